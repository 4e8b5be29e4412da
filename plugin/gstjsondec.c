/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-jsondec
 * @title: jsondec
 * @short_description: reads JSON lines as frames of numbers
 *
 * Each line of the text is a JSON object (RFC 8259, UTF-8) and becomes one
 * frame of `audio/x-raw`; its members are columns as those of a CSV are to
 * #csvdec, with the same properties: #GstRowDec:features, #GstRowDec:key,
 * #GstRowDec:keep, #GstRowDec:time and the rest, or #GstRowDec:config. Members
 * are found by their names, in any order. Which there are the first object
 * says: without #GstRowDec:features, all of its members that are neither key,
 * time nor kept are features, and what later objects have beside is left out.
 *
 * A feature is a number, or a string that holds one; `null` is NaN, of which
 * #GstLstm:on-nan says what becomes of it, and NaN, Infinity and -Infinity are
 * read as Python writes them. A feature, a key or a time that is missing is an
 * error; a kept member that is missing is empty. Keys and kept members are
 * what a string says, and of any other value how it is written: an id of twenty
 * digits keeps them all.
 *
 * What is not JSON, and a value that a column cannot have, is an error that
 * says where it stands. Blank lines are skipped. A line may have 16 MiB, the
 * first object 65,536 members. Bytes that upstream lost are treated as #csvdec
 * does.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=test.csv \
 *   ! csvdec features=s2,s3 key=id keep=cycle ! jsonenc \
 *   ! jsondec features=s3 key=id keep=cycle ! csvenc \
 *   ! filesink location=one.csv
 * ]| Writes columns of a CSV as JSON, and reads one of them again.
 */

#include "gstjsondec.h"

#include "gstjsonreader.h"
#include "gstlstmaudio.h"

GST_DEBUG_CATEGORY_STATIC (gst_json_dec_debug);
#define GST_CAT_DEFAULT gst_json_dec_debug

struct _GstJsonDec {
  GstRowDec parent;

  GstJsonReader *reader; /* from READY to PAUSED until back */
};

static const GstRowWords words = {
  .text = "JSON",
  .column = "member",
  .names = "the first object",
  .hint = "use these names",
  .expected = "objects, one a line",
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("application/x-ndjson"));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_LSTM_AUDIO_CAPS));

G_DEFINE_TYPE (GstJsonDec, gst_json_dec, GST_TYPE_ROW_DEC)
GST_ELEMENT_REGISTER_DEFINE (
    jsondec, "jsondec", GST_RANK_NONE, GST_TYPE_JSON_DEC)

static gboolean
open_reader (GstRowDec *rows, GError **error)
{
  GST_JSON_DEC (rows)->reader =
      gst_json_reader_new (gst_row_dec_take_row, rows);
  return TRUE;
}

static void
close_reader (GstRowDec *rows)
{
  g_clear_pointer (&GST_JSON_DEC (rows)->reader, gst_json_reader_free);
}

static gboolean
push_text (GstRowDec *rows, const guint8 *data, gsize size, GError **error)
{
  return gst_json_reader_push (GST_JSON_DEC (rows)->reader, data, size, error);
}

static gboolean
finish_text (GstRowDec *rows, GError **error)
{
  return gst_json_reader_finish (GST_JSON_DEC (rows)->reader, error);
}

static void
reset_reader (GstRowDec *rows)
{
  gst_json_reader_reset (GST_JSON_DEC (rows)->reader);
}

static guint64
resync_reader (GstRowDec *rows)
{
  return gst_json_reader_resync (GST_JSON_DEC (rows)->reader);
}

static void
gst_json_dec_class_init (GstJsonDecClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstRowDecClass *rows_class = GST_ROW_DEC_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (
      gst_json_dec_debug, "jsondec", 0, "JSON lines decoder");
  rows_class->words = &words;
  rows_class->open = open_reader;
  rows_class->close = close_reader;
  rows_class->push = push_text;
  rows_class->finish = finish_text;
  rows_class->reset = reset_reader;
  rows_class->resync = resync_reader;

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "JSON lines decoder",
      "Codec/Decoder/Text",
      "Reads JSON objects, one a line, as frames of numbers, with keys and "
      "kept members",
      "gst-lstm");
}

static void
gst_json_dec_init (GstJsonDec *self)
{
}
