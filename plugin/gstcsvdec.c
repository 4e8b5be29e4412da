/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-csvdec
 * @title: csvdec
 * @short_description: reads a CSV text as frames of numbers
 *
 * Each row of a CSV text becomes one frame of `audio/x-raw`, each feature
 * column one channel. A row's number, from 0, over #GstCsvDec:rate is its time,
 * or #GstCsvDec:time names a column that tells it, in #GstCsvDec:time-unit:
 * each row is a buffer of its own then, lasts until the next one, and goes out
 * when that is there; how long the last one lasts is not known. Times may stand
 * still, and never go back. The segment starts at the first row that is sent.
 *
 * A run that was stopped goes on with #GstCsvDec:skip-rows, which leaves out as
 * many rows of data at the start of the text. They count: numbers and times of
 * those that follow are the same as in an unbroken run. What stands in their
 * cells is not looked at.
 *
 * #GstCsvDec:features, #GstCsvDec:key and #GstCsvDec:keep, or the file that
 * #GstCsvDec:config names, say what a column is for. A *feature* is a number
 * that the model reads. The *key* says to which source a row belongs, such as
 * one of many machines in the file: one buffer never holds rows of two keys.
 * The text of a *kept* column goes along with its row, to #csvenc. Columns are
 * called by their names in the header, or by their numbers from 1. Without
 * #GstCsvDec:features, all columns that are neither key, time nor kept are
 * features.
 *
 * A buffer with the DISCONT flag within a text says that bytes before it are
 * lost: both ends of the broken row are left out with a warning, and the next
 * frames are marked DISCONT. Nothing is put together of what does not belong
 * together; without a whole header there is nothing to go on with, an error.
 *
 * The names travel downstream in a sticky event, `lstm-layout`, which also says
 * whether times come from a column.
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

/* The unit of a nick, or -1 for none. */
static gint
parse_time_unit (const gchar *nick)
{
  g_autoptr (GEnumClass) units = g_type_class_ref (GST_TYPE_CSV_TIME_UNIT);
  const GEnumValue *value =
      nick != NULL ? g_enum_get_value_by_nick (units, nick) : NULL;

  return value != NULL ? value->value : -1;
}

/* Which column tells the time and in what unit, and what is skipped. */
static void
choose_rows (GstCsvDec *self)
{
  const gchar *time = NULL;
  gint unit = self->time_unit;

  if (self->config != NULL) {
    time = lstm_config_get_time (self->config);
    self->use_skip_rows = lstm_config_get_skip_rows (self->config);
    if (unit < 0)
      unit = parse_time_unit (lstm_config_get_time_unit (self->config));
  }
  if (self->skip_rows >= 0)
    self->use_skip_rows = (guint64) self->skip_rows;
  self->use_time = g_strdup (self->time != NULL ? self->time : time);
  self->use_time_unit = MAX (unit, GST_CSV_TIME_UNIT_S);
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
  choose_rows (self);
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
  g_clear_pointer (&self->use_time, g_free);
  self->use_skip_rows = 0;
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
gst_csv_dec_finalize (GObject *object)
{
  GstCsvDec *self = GST_CSV_DEC (object);

  gst_csv_dec_clear_properties (self);
  G_OBJECT_CLASS (gst_csv_dec_parent_class)->finalize (object);
}

static void
gst_csv_dec_class_init (GstCsvDecClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_csv_dec_debug, "csvdec", 0, "CSV decoder");
  object_class->set_property = gst_csv_dec_set_property;
  object_class->get_property = gst_csv_dec_get_property;
  object_class->finalize = gst_csv_dec_finalize;
  gst_csv_dec_install_properties (object_class);

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
  gst_csv_dec_init_properties (self);

  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, gst_csv_dec_chain);
  gst_pad_set_event_full_function (self->sinkpad, gst_csv_dec_sink_event);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (self->srcpad, gst_csv_dec_src_event);
  gst_pad_set_query_function (self->srcpad, gst_csv_dec_src_query);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
}
