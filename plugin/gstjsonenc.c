/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-jsonenc
 * @title: jsonenc
 * @short_description: writes frames of numbers as JSON lines
 *
 * Each frame becomes one JSON object on a line of its own: its time in seconds,
 * by the buffer's, as #GstRowEnc:time; the key, where the stream is keyed; the
 * kept columns, where there are any; and a number for each channel. Names of
 * the channels are as those of #csvenc.
 *
 * Keys and kept columns are strings, whatever they look like; null stands for
 * one that is not known. Numbers have digits enough to be read back to the same
 * bits: 9 for F32, 17 for F64. JSON knows neither NaN nor infinities:
 * #GstJsonEnc:non-finite says what stands for them.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=1 samplesperbuffer=8 \
 *   ! audio/x-raw,format=F32LE,channels=1 ! jsonenc names=level \
 *   ! filesink location=tone.jsonl
 * ]| Writes eight samples of a tone under the name level.
 */

#include "gstjsonenc.h"

#include "gstjsonwriter.h"

GST_DEBUG_CATEGORY_STATIC (gst_json_enc_debug);
#define GST_CAT_DEFAULT gst_json_enc_debug

enum {
  PROP_0,
  PROP_NON_FINITE,
};

struct _GstJsonEnc {
  GstRowEnc parent;

  GstJsonNonFinite non_finite; /* property; the object lock guards it */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_LSTM_AUDIO_CAPS));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("application/x-ndjson"));

G_DEFINE_TYPE (GstJsonEnc, gst_json_enc, GST_TYPE_ROW_ENC)
GST_ELEMENT_REGISTER_DEFINE (
    jsonenc, "jsonenc", GST_RANK_NONE, GST_TYPE_JSON_ENC)

static GstRowWriter *
open_writer (GstRowEnc *rows, GError **error)
{
  return gst_json_writer_new (GST_JSON_ENC (rows)->non_finite);
}

static void
set_property_locked (GstRowEnc *rows, guint id, const GValue *value)
{
  if (id == PROP_NON_FINITE)
    GST_JSON_ENC (rows)->non_finite = g_value_get_enum (value);
}

static void
gst_json_enc_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  gst_row_enc_change_property (
      GST_ROW_ENC (object), id, value, pspec, set_property_locked);
}

static void
gst_json_enc_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GST_OBJECT_LOCK (object);
  if (id == PROP_NON_FINITE)
    g_value_set_enum (value, GST_JSON_ENC (object)->non_finite);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  GST_OBJECT_UNLOCK (object);
}

static void
gst_json_enc_class_init (GstJsonEncClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstRowEncClass *rows_class = GST_ROW_ENC_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (
      gst_json_enc_debug, "jsonenc", 0, "JSON lines encoder");
  object_class->set_property = gst_json_enc_set_property;
  object_class->get_property = gst_json_enc_get_property;
  g_object_class_install_property (object_class, PROP_NON_FINITE,
      g_param_spec_enum ("non-finite", "Non-finite",
          "What stands for NaN and infinities, which JSON does not know",
          GST_TYPE_JSON_NON_FINITE, GST_JSON_NON_FINITE_NULL,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
              GST_PARAM_MUTABLE_READY));
  gst_type_mark_as_plugin_api (GST_TYPE_JSON_NON_FINITE, 0);
  rows_class->text = "JSON";
  rows_class->time = "time";
  rows_class->open = open_writer;

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "JSON lines encoder",
      "Codec/Encoder/Text",
      "Writes frames of numbers as JSON objects, one a line, with times, keys "
      "and kept columns",
      "gst-lstm");
}

static void
gst_json_enc_init (GstJsonEnc *self)
{
}
