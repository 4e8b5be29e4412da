/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-lstmkey
 * @title: lstmkey
 * @short_description: says to which keyed stream buffers belong
 *
 * Marks every buffer with #GstLstmKey:key, so that #lstm keeps a state of its
 * own for it, also where several sources share one element. The mark is a
 * #GstReferenceTimestampMeta with the caps `timestamp/x-lstm, key=(string)K`,
 * its timestamp the number of the buffer's first frame; a buffer that has a key
 * gets the new one instead. Data is not touched. For `audio/x-raw` frames are
 * counted, for all else buffers.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=1 samplesperbuffer=8 \
 *   ! audio/x-raw,format=F32LE,channels=1 ! lstmkey key=pump-7 \
 *   ! csvenc names=level ! filesink location=pump.csv
 * ]| Writes eight samples of a tone, each with the key pump-7.
 */

#include "gstlstmkey.h"

#include <gst/lstm/lstm.h>

#include "gstlstmaudio.h"

GST_DEBUG_CATEGORY_STATIC (gst_lstm_key_debug);
#define GST_CAT_DEFAULT gst_lstm_key_debug

enum {
  PROP_0,
  PROP_KEY,
};

struct _GstLstmKey {
  GstBaseTransform parent;

  /* The object lock guards both. */
  gchar *key;        /* NULL: buffers go unmarked */
  GstCaps *key_caps; /* the same as reference caps, or NULL */

  /* The streaming thread's. */
  gsize frame_size; /* bytes of a frame, or 0 where buffers are counted */
  guint64 n_units;  /* bytes so far, or buffers */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

G_DEFINE_TYPE (GstLstmKey, gst_lstm_key, GST_TYPE_BASE_TRANSFORM)
GST_ELEMENT_REGISTER_DEFINE (
    lstmkey, "lstmkey", GST_RANK_NONE, GST_TYPE_LSTM_KEY)

/* Frames, or buffers, before the next one. */
static guint64
get_frame (GstLstmKey *self)
{
  return self->frame_size > 0 ? self->n_units / self->frame_size
                              : self->n_units;
}

static GstFlowReturn
gst_lstm_key_transform_ip (GstBaseTransform *trans, GstBuffer *buffer)
{
  GstLstmKey *self = GST_LSTM_KEY (trans);
  g_autoptr (GstCaps) key_caps = NULL;

  GST_OBJECT_LOCK (self);
  if (self->key_caps != NULL)
    key_caps = gst_caps_ref (self->key_caps);
  GST_OBJECT_UNLOCK (self);
  if (key_caps != NULL)
    gst_buffer_add_lstm_key_meta (buffer, key_caps, get_frame (self));
  self->n_units += self->frame_size > 0 ? gst_buffer_get_size (buffer) : 1;
  return GST_FLOW_OK;
}

/* The count goes on when caps change: other units, the same number of them. */
static gboolean
gst_lstm_key_set_caps (GstBaseTransform *trans, GstCaps *in, GstCaps *out)
{
  GstLstmKey *self = GST_LSTM_KEY (trans);
  guint64 frame = get_frame (self);
  GstLstmAudio audio;

  if (gst_lstm_audio_from_caps (&audio, in))
    self->frame_size = audio.frame_size;
  else
    self->frame_size = 0;
  self->n_units = frame * MAX (self->frame_size, 1);
  return TRUE;
}

static gboolean
gst_lstm_key_sink_event (GstBaseTransform *trans, GstEvent *event)
{
  GstLstmKey *self = GST_LSTM_KEY (trans);

  if (GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START ||
      GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP)
    self->n_units = 0;
  return GST_BASE_TRANSFORM_CLASS (gst_lstm_key_parent_class)
      ->sink_event (trans, event);
}

static gboolean
gst_lstm_key_start (GstBaseTransform *trans)
{
  GstLstmKey *self = GST_LSTM_KEY (trans);

  self->frame_size = 0;
  self->n_units = 0;
  return TRUE;
}

static void
set_key (GstLstmKey *self, const gchar *key)
{
  g_autoptr (GstCaps) old_caps = NULL;
  g_autofree gchar *old_key = NULL;

  if (key != NULL && !g_utf8_validate (key, -1, NULL)) {
    GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
        ("key is not UTF-8 and keeps its value; give it as UTF-8"), (NULL));
    return;
  }
  GST_OBJECT_LOCK (self);
  old_key = self->key;
  old_caps = self->key_caps;
  self->key = g_strdup (key);
  self->key_caps = key != NULL ? gst_lstm_key_caps_new (key) : NULL;
  GST_OBJECT_UNLOCK (self);
}

static void
gst_lstm_key_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id) {
    case PROP_KEY:
      set_key (GST_LSTM_KEY (object), g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_lstm_key_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstLstmKey *self = GST_LSTM_KEY (object);

  switch (id) {
    case PROP_KEY:
      GST_OBJECT_LOCK (self);
      g_value_set_string (value, self->key);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_lstm_key_finalize (GObject *object)
{
  GstLstmKey *self = GST_LSTM_KEY (object);

  g_free (self->key);
  gst_clear_caps (&self->key_caps);
  G_OBJECT_CLASS (gst_lstm_key_parent_class)->finalize (object);
}

static void
gst_lstm_key_class_init (GstLstmKeyClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *transform_class = GST_BASE_TRANSFORM_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_lstm_key_debug, "lstmkey", 0, "key of a stream");
  object_class->set_property = gst_lstm_key_set_property;
  object_class->get_property = gst_lstm_key_get_property;
  object_class->finalize = gst_lstm_key_finalize;
  g_object_class_install_property (object_class, PROP_KEY,
      g_param_spec_string ("key", "Key",
          "To which keyed stream buffers belong, from the next buffer on; not "
          "set: they go unmarked",
          NULL,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
              GST_PARAM_MUTABLE_PLAYING));

  transform_class->transform_ip = gst_lstm_key_transform_ip;
  transform_class->set_caps = gst_lstm_key_set_caps;
  transform_class->sink_event = gst_lstm_key_sink_event;
  transform_class->start = gst_lstm_key_start;

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Stream key",
      "Filter/Metadata", "Says to which keyed stream buffers belong",
      "gst-lstm");
}

static void
gst_lstm_key_init (GstLstmKey *self)
{
  gst_base_transform_set_in_place (GST_BASE_TRANSFORM (self), TRUE);
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), FALSE);
  gst_base_transform_set_gap_aware (GST_BASE_TRANSFORM (self), TRUE);
}
