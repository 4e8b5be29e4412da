/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-csvdec
 * @title: csvdec
 * @short_description: reads a CSV text as frames of numbers
 *
 * Each row of a CSV text becomes one frame of `audio/x-raw`, each feature
 * column one channel. A row's number, from 0, over #GstRowDec:rate is its time,
 * or #GstRowDec:time names a column that tells it, in #GstRowDec:time-unit:
 * each row is a buffer of its own then, lasts until the next one, and goes out
 * when that is there; how long the last one lasts is not known. Times may stand
 * still, and never go back. The segment starts at the first row that is sent.
 *
 * A run that was stopped goes on with #GstRowDec:skip-rows, which leaves out as
 * many rows of data at the start of the text. They count: numbers and times of
 * those that follow are the same as in an unbroken run. What stands in their
 * cells is not looked at.
 *
 * #GstRowDec:features, #GstRowDec:key and #GstRowDec:keep, or the file that
 * #GstRowDec:config names, say what a column is for. A *feature* is a number
 * that the model reads. The *key* says to which source a row belongs, such as
 * one of many machines in the file: one buffer never holds rows of two keys.
 * The text of a *kept* column goes along with its row, to #csvenc. Columns are
 * called by their names in the header, or by their numbers from 1. Without
 * #GstRowDec:features, all columns that are neither key, time nor kept are
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

#include "gstcsvreader.h"
#include "gstlstmaudio.h"

GST_DEBUG_CATEGORY_STATIC (gst_csv_dec_debug);
#define GST_CAT_DEFAULT gst_csv_dec_debug

#define DEFAULT_DELIMITER ","
#define DEFAULT_HEADER TRUE

enum {
  PROP_0,
  PROP_HEADER,
  PROP_DELIMITER,
};

struct _GstCsvDec {
  GstRowDec parent;

  gchar *delimiter;     /* property; the object lock guards it */
  GstCsvReader *reader; /* from READY to PAUSED until back */
};

static const GstRowWords words = {
  .text = "CSV",
  .column = "column",
  .names = "the header",
  .hint = "use these names, or column numbers from 1 (does the file lack a "
          "header, or is the delimiter another?)",
  .expected = "rows of numbers",
  .has_numbers = TRUE,
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("text/csv"));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_LSTM_AUDIO_CAPS));

G_DEFINE_TYPE (GstCsvDec, gst_csv_dec, GST_TYPE_ROW_DEC)
GST_ELEMENT_REGISTER_DEFINE (csvdec, "csvdec", GST_RANK_NONE, GST_TYPE_CSV_DEC)

static gboolean
open_reader (GstRowDec *rows, GError **error)
{
  GstCsvDec *self = GST_CSV_DEC (rows);
  gchar delimiter;

  if (!gst_csv_parse_delimiter (self->delimiter, &delimiter, error))
    return FALSE;
  self->reader = gst_csv_reader_new (delimiter, gst_row_dec_take_row, self);
  return TRUE;
}

static void
close_reader (GstRowDec *rows)
{
  g_clear_pointer (&GST_CSV_DEC (rows)->reader, gst_csv_reader_free);
}

static gboolean
push_text (GstRowDec *rows, const guint8 *data, gsize size, GError **error)
{
  return gst_csv_reader_push (GST_CSV_DEC (rows)->reader, data, size, error);
}

static gboolean
finish_text (GstRowDec *rows, GError **error)
{
  return gst_csv_reader_finish (GST_CSV_DEC (rows)->reader, error);
}

static void
reset_reader (GstRowDec *rows)
{
  gst_csv_reader_reset (GST_CSV_DEC (rows)->reader);
}

static guint64
resync_reader (GstRowDec *rows)
{
  return gst_csv_reader_resync (GST_CSV_DEC (rows)->reader);
}

static void
set_property_locked (GstRowDec *rows, guint id, const GValue *value)
{
  GstCsvDec *self = GST_CSV_DEC (rows);

  if (id == PROP_HEADER) {
    rows->header = g_value_get_boolean (value);
  } else if (id == PROP_DELIMITER) {
    g_free (self->delimiter);
    self->delimiter = g_value_dup_string (value);
  }
}

static void
gst_csv_dec_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  gst_row_dec_change_property (
      GST_ROW_DEC (object), id, value, pspec, set_property_locked);
}

static void
gst_csv_dec_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstCsvDec *self = GST_CSV_DEC (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_HEADER:
      g_value_set_boolean (value, self->parent.header);
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
gst_csv_dec_finalize (GObject *object)
{
  g_free (GST_CSV_DEC (object)->delimiter);
  G_OBJECT_CLASS (gst_csv_dec_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass, GParamFlags flags)
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
}

static void
gst_csv_dec_class_init (GstCsvDecClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstRowDecClass *rows_class = GST_ROW_DEC_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_csv_dec_debug, "csvdec", 0, "CSV decoder");
  object_class->set_property = gst_csv_dec_set_property;
  object_class->get_property = gst_csv_dec_get_property;
  object_class->finalize = gst_csv_dec_finalize;
  install_properties (object_class,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);

  rows_class->words = &words;
  rows_class->open = open_reader;
  rows_class->close = close_reader;
  rows_class->push = push_text;
  rows_class->finish = finish_text;
  rows_class->reset = reset_reader;
  rows_class->resync = resync_reader;

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
  self->delimiter = g_strdup (DEFAULT_DELIMITER);
}
