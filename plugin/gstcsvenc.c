/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-csvenc
 * @title: csvenc
 * @short_description: writes frames of numbers as a CSV text
 *
 * Each frame becomes one row: its time, if #GstRowEnc:time names a column for
 * that, the key, where the stream is keyed, the kept
 * columns, where there are any, and one column for each channel. Names of the
 * channels are #GstRowEnc:names, else the outputs of #GstRowEnc:config, else
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

#include "gstcsvreader.h"
#include "gstcsvwriter.h"

GST_DEBUG_CATEGORY_STATIC (gst_csv_enc_debug);
#define GST_CAT_DEFAULT gst_csv_enc_debug

#define DEFAULT_DELIMITER ","
#define DEFAULT_HEADER TRUE

enum {
  PROP_0,
  PROP_HEADER,
  PROP_DELIMITER,
};

struct _GstCsvEnc {
  GstRowEnc parent;

  /* Properties; the object lock guards them. */
  gboolean header;
  gchar *delimiter;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_LSTM_AUDIO_CAPS));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("text/csv"));

G_DEFINE_TYPE (GstCsvEnc, gst_csv_enc, GST_TYPE_ROW_ENC)
GST_ELEMENT_REGISTER_DEFINE (csvenc, "csvenc", GST_RANK_NONE, GST_TYPE_CSV_ENC)

static GstRowWriter *
open_writer (GstRowEnc *rows, GError **error)
{
  GstCsvEnc *self = GST_CSV_ENC (rows);
  gchar delimiter;

  if (!gst_csv_parse_delimiter (self->delimiter, &delimiter, error))
    return NULL;
  return gst_csv_writer_new (delimiter, self->header);
}

static void
set_property_locked (GstRowEnc *rows, guint id, const GValue *value)
{
  GstCsvEnc *self = GST_CSV_ENC (rows);

  if (id == PROP_HEADER) {
    self->header = g_value_get_boolean (value);
  } else if (id == PROP_DELIMITER) {
    g_free (self->delimiter);
    self->delimiter = g_value_dup_string (value);
  }
}

static void
gst_csv_enc_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  gst_row_enc_change_property (
      GST_ROW_ENC (object), id, value, pspec, set_property_locked);
}

static void
gst_csv_enc_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstCsvEnc *self = GST_CSV_ENC (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
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
  g_free (GST_CSV_ENC (object)->delimiter);
  G_OBJECT_CLASS (gst_csv_enc_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass, GParamFlags flags)
{
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
  GstRowEncClass *rows_class = GST_ROW_ENC_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_csv_enc_debug, "csvenc", 0, "CSV encoder");
  object_class->set_property = gst_csv_enc_set_property;
  object_class->get_property = gst_csv_enc_get_property;
  object_class->finalize = gst_csv_enc_finalize;
  install_properties (object_class,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  rows_class->text = "CSV";
  rows_class->open = open_writer;

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
}
