/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-csvenc
 * @title: csvenc
 * @short_description: writes frames of numbers as a CSV text
 *
 * Each frame becomes one row: the key, where the stream is keyed, the kept
 * columns, where there are any, and one column for each channel. Names of the
 * channels are #GstCsvEnc:names, else the outputs of #GstCsvEnc:config, else
 * those that the stream brings along (#csvdec and #lstm send them), else out_1,
 * out_2 and so on.
 *
 * Numbers have a decimal point in every locale and digits enough to be read
 * back to the same bits: 9 for F32, 17 for F64. Text that holds the delimiter,
 * quotes, line ends or blanks at its ends is put in quotes, as RFC 4180 says;
 * lines end with LF.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=1 samplesperbuffer=8 \
 *   ! audio/x-raw,format=F32LE,channels=1 ! csvenc names=level \
 *   ! filesink location=tone.csv
 * ]| Writes eight samples of a tone under the name level.
 */

#include "gstcsvenc.h"

#include <lstm/lstm.h>

#include "gstcsvenc-private.h"
#include "gstcsvreader.h"

GST_DEBUG_CATEGORY (gst_csv_enc_debug);
#define GST_CAT_DEFAULT gst_csv_enc_debug

#define DEFAULT_DELIMITER ","
#define DEFAULT_HEADER TRUE

enum {
  PROP_0,
  PROP_CONFIG,
  PROP_NAMES,
  PROP_HEADER,
  PROP_DELIMITER,
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_LSTM_AUDIO_CAPS));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("text/csv"));

G_DEFINE_TYPE (GstCsvEnc, gst_csv_enc, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE (csvenc, "csvenc", GST_RANK_NONE, GST_TYPE_CSV_ENC)

/* The names that the user gave, in the property or else in the config. */
static gboolean
choose_names (GstCsvEnc *self, GError **error)
{
  g_autoptr (LstmConfig) config = NULL;

  if (self->config_path != NULL) {
    config = lstm_config_load (self->config_path, error);
    if (config == NULL)
      return FALSE;
    self->use_names = g_strdupv ((gchar **) lstm_config_get_outputs (config));
  }
  if (self->names != NULL) {
    g_clear_pointer (&self->use_names, g_strfreev);
    self->use_names = gst_csv_split_names (self->names, error);
    if (self->use_names == NULL)
      return FALSE;
  }
  if (self->use_names != NULL && self->use_names[0] == NULL)
    g_clear_pointer (&self->use_names, g_strfreev);
  return TRUE;
}

static void
set_running (GstCsvEnc *self, gboolean running)
{
  GST_OBJECT_LOCK (self);
  self->running = running;
  GST_OBJECT_UNLOCK (self);
}

static void
stop (GstCsvEnc *self)
{
  gst_csv_enc_stop_streaming (self);
  g_clear_pointer (&self->use_names, g_strfreev);
  set_running (self, FALSE);
}

static gboolean
start (GstCsvEnc *self)
{
  g_autoptr (GError) error = NULL;
  gchar delimiter;

  set_running (self, TRUE);
  if (!gst_csv_parse_delimiter (self->delimiter, &delimiter, &error) ||
      !choose_names (self, &error)) {
    GST_ELEMENT_ERROR (
        self, RESOURCE, SETTINGS, ("%s", error->message), (NULL));
    stop (self);
    return FALSE;
  }
  gst_csv_enc_start_streaming (self, delimiter);
  return TRUE;
}

static GstStateChangeReturn
gst_csv_enc_change_state (GstElement *element, GstStateChange transition)
{
  GstCsvEnc *self = GST_CSV_ENC (element);
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start (self))
    return GST_STATE_CHANGE_FAILURE;
  result = GST_ELEMENT_CLASS (gst_csv_enc_parent_class)
               ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
          result == GST_STATE_CHANGE_FAILURE))
    stop (self);
  return result;
}

static void
take_string (gchar **field, const GValue *value)
{
  g_free (*field);
  *field = g_value_dup_string (value);
}

static void
set_property_locked (GstCsvEnc *self, guint id, const GValue *value)
{
  switch (id) {
    case PROP_CONFIG:
      take_string (&self->config_path, value);
      break;
    case PROP_NAMES:
      take_string (&self->names, value);
      break;
    case PROP_HEADER:
      self->header = g_value_get_boolean (value);
      break;
    case PROP_DELIMITER:
      take_string (&self->delimiter, value);
      break;
  }
}

static void
gst_csv_enc_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstCsvEnc *self = GST_CSV_ENC (object);
  gboolean refused;

  GST_OBJECT_LOCK (self);
  refused = self->running;
  if (!refused)
    set_property_locked (self, id, value);
  GST_OBJECT_UNLOCK (self);
  if (refused)
    GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
        ("%s cannot change while the element runs, and keeps its value; set it "
         "in the state NULL or READY",
            pspec->name),
        (NULL));
}

static void
gst_csv_enc_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstCsvEnc *self = GST_CSV_ENC (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_CONFIG:
      g_value_set_string (value, self->config_path);
      break;
    case PROP_NAMES:
      g_value_set_string (value, self->names);
      break;
    case PROP_HEADER:
      g_value_set_boolean (value, self->header);
      break;
    case PROP_DELIMITER:
      g_value_set_string (value, self->delimiter);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_csv_enc_finalize (GObject *object)
{
  GstCsvEnc *self = GST_CSV_ENC (object);

  g_free (self->config_path);
  g_free (self->names);
  g_free (self->delimiter);
  G_OBJECT_CLASS (gst_csv_enc_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, PROP_CONFIG,
      g_param_spec_string ("config", "Config",
          "YAML file that names the outputs; names wins over it", NULL, flags));
  g_object_class_install_property (klass, PROP_NAMES,
      g_param_spec_string ("names", "Names",
          "Names of the channels with commas between; default or empty: those "
          "that the stream brings along, else out_1, out_2, ...",
          NULL, flags));
  g_object_class_install_property (klass, PROP_HEADER,
      g_param_spec_boolean ("header", "Header",
          "Whether the first row names the columns", DEFAULT_HEADER, flags));
  g_object_class_install_property (klass, PROP_DELIMITER,
      g_param_spec_string ("delimiter", "Delimiter",
          "What stands between cells: one ASCII character, or the word tab",
          DEFAULT_DELIMITER, flags));
}

static void
gst_csv_enc_class_init (GstCsvEncClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_csv_enc_debug, "csvenc", 0, "CSV encoder");
  object_class->set_property = gst_csv_enc_set_property;
  object_class->get_property = gst_csv_enc_get_property;
  object_class->finalize = gst_csv_enc_finalize;
  install_properties (object_class,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);

  element_class->change_state = gst_csv_enc_change_state;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "CSV encoder",
      "Codec/Encoder/Text",
      "Writes frames of numbers as a CSV text, with keys and kept columns",
      "gst-lstm");
}

static void
gst_csv_enc_init (GstCsvEnc *self)
{
  self->header = DEFAULT_HEADER;
  self->delimiter = g_strdup (DEFAULT_DELIMITER);

  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, gst_csv_enc_chain);
  gst_pad_set_event_full_function (self->sinkpad, gst_csv_enc_sink_event);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_query_function (self->srcpad, gst_csv_enc_src_query);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
}
