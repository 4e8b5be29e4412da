/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-csvdec
 * @title: csvdec
 * @short_description: reads a CSV text as frames of numbers
 *
 * Each row of a CSV text becomes one frame of `audio/x-raw`, each feature
 * column one channel. A row's number, from 0, over #GstCsvDec:rate is its time.
 *
 * #GstCsvDec:features, #GstCsvDec:key and #GstCsvDec:keep, or the file that
 * #GstCsvDec:config names, say what a column is for. A *feature* is a number
 * that the model reads. The *key* says to which source a row belongs, such as
 * one of many machines in the file: one buffer never holds rows of two keys.
 * The text of a *kept* column goes along with its row, to #csvenc. Columns are
 * called by their names in the header, or by their numbers from 1. Without
 * #GstCsvDec:features, all columns that are neither key nor kept are features.
 *
 * The names travel downstream in a sticky event, `lstm-layout`.
 *
 * Text is UTF-8, or ASCII with whatever in the kept columns; a byte order mark,
 * LF, CRLF and CR, quotes after RFC 4180, blank lines and blanks around cells
 * are understood. Numbers have a decimal point in every locale. What is no
 * number, a row with a cell too many or too few, or a missing column is an
 * error that says where it stands. A cell may have 1 MiB, a row 16 MiB and
 * 65,536 cells.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=test.csv \
 *   ! csvdec features=s2,s3 key=id keep=cycle ! csvenc \
 *   ! filesink location=two.csv
 * ]| Writes two of the columns of a CSV, with the key and the kept column.
 */

#include "gstcsvdec.h"

#include "gstcsvdec-private.h"
#include "gstlstmaudio.h"

GST_DEBUG_CATEGORY (gst_csv_dec_debug);
#define GST_CAT_DEFAULT gst_csv_dec_debug

#define DEFAULT_DELIMITER ","
#define DEFAULT_HEADER TRUE
#define DEFAULT_RATE_N 1
#define DEFAULT_RATE_D 1
#define DEFAULT_MAX_FRAMES 1024

enum {
  PROP_0,
  PROP_CONFIG,
  PROP_FEATURES,
  PROP_KEY,
  PROP_KEEP,
  PROP_HEADER,
  PROP_DELIMITER,
  PROP_RATE,
  PROP_MAX_FRAMES,
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("text/csv"));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_LSTM_AUDIO_CAPS));

G_DEFINE_TYPE (GstCsvDec, gst_csv_dec, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE (csvdec, "csvdec", GST_RANK_NONE, GST_TYPE_CSV_DEC)

/* Names of a property, or of the config where the property is not set. */
static gboolean
choose_names (const gchar *property, const gchar *const *from_config,
    gchar ***names, GError **error)
{
  if (property != NULL)
    *names = gst_csv_split_names (property, error);
  else
    *names = g_strdupv ((gchar **) from_config);
  return property == NULL || *names != NULL;
}

static gboolean
choose_columns (GstCsvDec *self, GError **error)
{
  const gchar *const *features = NULL;
  const gchar *const *keep = NULL;
  const gchar *key = NULL;

  if (self->config_path != NULL) {
    self->config = lstm_config_load (self->config_path, error);
    if (self->config == NULL)
      return FALSE;
    features = lstm_config_get_features (self->config);
    key = lstm_config_get_key (self->config);
    keep = lstm_config_get_keep (self->config);
  }
  self->use_key = g_strdup (self->key != NULL ? self->key : key);
  return choose_names (self->features, features, &self->use_features, error) &&
         choose_names (self->keep, keep, &self->use_keep, error);
}

static void
set_running (GstCsvDec *self, gboolean running)
{
  GST_OBJECT_LOCK (self);
  self->running = running;
  GST_OBJECT_UNLOCK (self);
}

static void
stop (GstCsvDec *self)
{
  gst_csv_dec_stop_streaming (self);
  g_clear_pointer (&self->config, lstm_config_unref);
  g_clear_pointer (&self->use_features, g_strfreev);
  g_clear_pointer (&self->use_key, g_free);
  g_clear_pointer (&self->use_keep, g_strfreev);
  set_running (self, FALSE);
}

static gboolean
start (GstCsvDec *self)
{
  g_autoptr (GError) error = NULL;
  gchar delimiter;

  set_running (self, TRUE);
  if (!gst_csv_parse_delimiter (self->delimiter, &delimiter, &error) ||
      !choose_columns (self, &error)) {
    GST_ELEMENT_ERROR (
        self, RESOURCE, SETTINGS, ("%s", error->message), (NULL));
    stop (self);
    return FALSE;
  }
  gst_csv_dec_start_streaming (self, delimiter);
  return TRUE;
}

static GstStateChangeReturn
gst_csv_dec_change_state (GstElement *element, GstStateChange transition)
{
  GstCsvDec *self = GST_CSV_DEC (element);
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start (self))
    return GST_STATE_CHANGE_FAILURE;
  result = GST_ELEMENT_CLASS (gst_csv_dec_parent_class)
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
set_property_locked (GstCsvDec *self, guint id, const GValue *value)
{
  switch (id) {
    case PROP_CONFIG:
      take_string (&self->config_path, value);
      break;
    case PROP_FEATURES:
      take_string (&self->features, value);
      break;
    case PROP_KEY:
      take_string (&self->key, value);
      break;
    case PROP_KEEP:
      take_string (&self->keep, value);
      break;
    case PROP_HEADER:
      self->header = g_value_get_boolean (value);
      break;
    case PROP_DELIMITER:
      take_string (&self->delimiter, value);
      break;
    case PROP_RATE:
      self->rate_n = gst_value_get_fraction_numerator (value);
      self->rate_d = gst_value_get_fraction_denominator (value);
      break;
    case PROP_MAX_FRAMES:
      self->max_frames = g_value_get_uint (value);
      break;
  }
}

static void
gst_csv_dec_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstCsvDec *self = GST_CSV_DEC (object);
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
gst_csv_dec_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstCsvDec *self = GST_CSV_DEC (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_CONFIG:
      g_value_set_string (value, self->config_path);
      break;
    case PROP_FEATURES:
      g_value_set_string (value, self->features);
      break;
    case PROP_KEY:
      g_value_set_string (value, self->key);
      break;
    case PROP_KEEP:
      g_value_set_string (value, self->keep);
      break;
    case PROP_HEADER:
      g_value_set_boolean (value, self->header);
      break;
    case PROP_DELIMITER:
      g_value_set_string (value, self->delimiter);
      break;
    case PROP_RATE:
      gst_value_set_fraction (value, self->rate_n, self->rate_d);
      break;
    case PROP_MAX_FRAMES:
      g_value_set_uint (value, self->max_frames);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_csv_dec_finalize (GObject *object)
{
  GstCsvDec *self = GST_CSV_DEC (object);

  g_free (self->config_path);
  g_free (self->features);
  g_free (self->key);
  g_free (self->keep);
  g_free (self->delimiter);
  G_OBJECT_CLASS (gst_csv_dec_parent_class)->finalize (object);
}

static void
install_columns (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, PROP_CONFIG,
      g_param_spec_string ("config", "Config",
          "YAML file that names features, key and kept columns; a property "
          "that is set wins over it",
          NULL, flags));
  g_object_class_install_property (klass, PROP_FEATURES,
      g_param_spec_string ("features", "Features",
          "Columns that become the channels, in this order: names with commas "
          "between, or numbers from 1; default or empty: all columns that are "
          "neither key nor kept",
          NULL, flags));
  g_object_class_install_property (klass, PROP_KEY,
      g_param_spec_string ("key", "Key",
          "Column that says to which source a row belongs: a name, or a number "
          "from 1; empty: none",
          NULL, flags));
  g_object_class_install_property (klass, PROP_KEEP,
      g_param_spec_string ("keep", "Keep",
          "Columns whose text goes along with the frames, to csvenc: names "
          "with commas between, or numbers from 1; empty: none",
          NULL, flags));
}

static void
install_text (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, PROP_HEADER,
      g_param_spec_boolean ("header", "Header",
          "Whether the first row names the columns; without one, columns are "
          "called by their numbers from 1",
          DEFAULT_HEADER, flags));
  g_object_class_install_property (klass, PROP_DELIMITER,
      g_param_spec_string ("delimiter", "Delimiter",
          "What stands between cells: one ASCII character, or the word tab",
          DEFAULT_DELIMITER, flags));
  g_object_class_install_property (klass, PROP_RATE,
      gst_param_spec_fraction ("rate", "Rate",
          "Rows per second, which gives each its time; caps say it rounded to "
          "a whole number, at least 1",
          1, G_MAXINT, G_MAXINT, 1, DEFAULT_RATE_N, DEFAULT_RATE_D, flags));
  g_object_class_install_property (klass, PROP_MAX_FRAMES,
      g_param_spec_uint ("max-frames", "Max frames",
          "The most rows in one buffer; what upstream sent is never waited "
          "with for more",
          1, G_MAXINT, DEFAULT_MAX_FRAMES, flags));
}

static void
gst_csv_dec_class_init (GstCsvDecClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  GST_DEBUG_CATEGORY_INIT (gst_csv_dec_debug, "csvdec", 0, "CSV decoder");
  object_class->set_property = gst_csv_dec_set_property;
  object_class->get_property = gst_csv_dec_get_property;
  object_class->finalize = gst_csv_dec_finalize;
  install_columns (object_class, flags);
  install_text (object_class, flags);

  element_class->change_state = gst_csv_dec_change_state;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "CSV decoder",
      "Codec/Decoder/Text",
      "Reads a CSV text as frames of numbers, with keys and "
      "kept columns",
      "gst-lstm");
}

static void
gst_csv_dec_init (GstCsvDec *self)
{
  self->header = DEFAULT_HEADER;
  self->delimiter = g_strdup (DEFAULT_DELIMITER);
  self->rate_n = DEFAULT_RATE_N;
  self->rate_d = DEFAULT_RATE_D;
  self->max_frames = DEFAULT_MAX_FRAMES;

  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, gst_csv_dec_chain);
  gst_pad_set_event_full_function (self->sinkpad, gst_csv_dec_sink_event);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (self->srcpad, gst_csv_dec_src_event);
  gst_pad_set_query_function (self->srcpad, gst_csv_dec_src_query);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
}
