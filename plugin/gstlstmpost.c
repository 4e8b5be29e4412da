/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-lstmpost
 * @title: lstmpost
 * @short_description: means, alarms and classes of a model's outputs
 *
 * Stands behind #lstm. Frames go on with the same caps and times. In this order
 * each stream of its own key, or the one without keys, is given:
 *
 * a moving average: with #GstLstmPost:average each output becomes the mean of
 * so many frames, the newest ones, and with #GstLstmPost:average-time of those
 * of so long a time, however many they are; of fewer at the start. Numbers that
 * are not finite are left out;
 *
 * an alarm: it begins when #GstLstmPost:output has been at
 * #GstLstmPost:threshold-on or more for #GstLstmPost:min-duration, and ends
 * when it is below #GstLstmPost:threshold-off. NaN begins and ends nothing.
 * Each frame gets a kept column #GstLstmPost:alarm-name, 1 or 0, which #csvenc
 * and #jsonenc write. Several alarms stand in #GstLstmPost:config;
 *
 * a class: with #GstLstmPost:argmax each frame gets a kept column `class`, the
 * name of the largest output, the first of equals.
 *
 * The key `post` of the file that #GstLstmPost:config names says the same:
 * `post: {average: 3, alarm: {on: 0.8, off: 0.5, min-duration: 2, output: p},
 * classes: [a, b]}`, times in seconds (`average-time: 2.5` in place of
 * `average`). Under `alarm` a list of such mappings, each with a `name`, makes
 * as many alarms, and columns in that order.
 *
 * When an alarm begins and ends an element message `lstm-alarm` is posted, with
 * `state` (start or end), `name`, `output`, `key` where there is one, `value`,
 * `peak` (the highest since it began), `timestamp`, `running-time` and
 * `stream-time` of the frame, `since` (time of the first frame at the
 * threshold), `duration` (from there to this frame), and at the end `reason`:
 * `below`, or `eos`, `discont`, `caps`, `segment`, `flush`, `stream-start`,
 * `signal`, `evicted` or `stop` where the stream ended before the alarm.
 *
 * GAP buffers pass as they are: the alarm stands still, and they have no class.
 * A custom event `lstm-reset-state` from upstream resets here, too.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=test.csv ! csvdec config=turbofan.yaml \
 *   ! lstm config=turbofan.yaml ! lstmpost average=3 threshold-on=0.8 \
 *   threshold-off=0.5 min-duration=2000000000 ! csvenc \
 *   ! filesink location=alarms.csv
 * ]| Which engine is in alarm in which cycle.
 */

#include "gstlstmpost.h"

#include "gstlstmaudio.h"
#include "gstlstmpost-private.h"
#include "gstlstmtensor.h"

GST_DEBUG_CATEGORY_STATIC (gst_lstm_post_debug);
#define GST_CAT_DEFAULT gst_lstm_post_debug

#define RESET_EVENT_NAME "lstm-reset-state"

#define CAPS GST_LSTM_AUDIO_CAPS "; " GST_LSTM_TENSOR_CAPS

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));

G_DEFINE_TYPE (GstLstmPost, gst_lstm_post, GST_TYPE_BASE_TRANSFORM)
GST_ELEMENT_REGISTER_DEFINE (
    lstmpost, "lstmpost", GST_RANK_NONE, GST_TYPE_LSTM_POST)

static void
set_running (GstLstmPost *self, gboolean running)
{
  GST_OBJECT_LOCK (self);
  self->running = running;
  GST_OBJECT_UNLOCK (self);
}

static gboolean
gst_lstm_post_stop (GstBaseTransform *trans)
{
  GstLstmPost *self = GST_LSTM_POST (trans);

  gst_lstm_post_reset_all (self, "stop");
  g_clear_pointer (&self->streams, g_hash_table_unref);
  g_clear_pointer (&self->cells, g_ptr_array_unref);
  gst_lstm_post_clear_choice (self);
  g_clear_pointer (&self->names, g_strfreev);
  g_clear_pointer (&self->keep, g_strfreev);
  g_clear_pointer (&self->frame, g_free);
  self->frame_size = 0;
  set_running (self, FALSE);
  return TRUE;
}

static gboolean
gst_lstm_post_start (GstBaseTransform *trans)
{
  GstLstmPost *self = GST_LSTM_POST (trans);
  g_autoptr (GError) error = NULL;

  set_running (self, TRUE);
  self->streams = g_hash_table_new (g_str_hash, g_str_equal);
  self->cells = g_ptr_array_new ();
  self->keep = g_new0 (gchar *, 1);
  self->have_layout = FALSE;
  if (gst_lstm_post_choose (self, &error))
    return TRUE;
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error->message), (NULL));
  gst_lstm_post_stop (trans);
  return FALSE;
}

static gboolean
read_caps (GstLstmPost *self, GstCaps *caps)
{
  GstLstmAudio audio;
  GstLstmTensor tensor;

  if (gst_lstm_audio_from_caps (&audio, caps)) {
    self->format = audio.format;
    self->mean.channels = (guint) audio.channels;
    self->rate_n = audio.rate;
    self->rate_d = 1;
    return TRUE;
  }
  if (!gst_lstm_tensor_from_caps (&tensor, caps) || tensor.batch != 1)
    return FALSE;
  self->format = GST_AUDIO_FORMAT_F32;
  self->mean.channels = tensor.features;
  self->rate_n = 0;
  self->rate_d = 1;
  return TRUE;
}

static gboolean
gst_lstm_post_set_caps (GstBaseTransform *trans, GstCaps *in, GstCaps *out)
{
  GstLstmPost *self = GST_LSTM_POST (trans);
  guint channels = self->frame_size > 0 ? self->mean.channels : 0;

  /* What ran has the old shape. */
  if (!read_caps (self, in)) {
    GST_ELEMENT_ERROR (self, CORE, NEGOTIATION,
        ("Frames must be audio/x-raw in F32 or F64, or tensors of one batch, "
         "such as lstm gives; put lstm before lstmpost, or set its batch=1"),
        ("found %" GST_PTR_FORMAT, in));
    return FALSE;
  }
  if (channels > 0 && (channels != self->mean.channels ||
                          (self->reset_on & GST_LSTM_RESET_CAPS) != 0))
    gst_lstm_post_reset_all (self, "caps");
  self->frame_size = (gsize) self->mean.channels *
                     (self->format == GST_AUDIO_FORMAT_F64 ? sizeof (gdouble)
                                                           : sizeof (gfloat));
  g_free (self->frame);
  self->frame = g_new (gdouble, self->mean.channels);
  self->layout_due = TRUE;
  return TRUE;
}

static GstFlowReturn
gst_lstm_post_transform_ip (GstBaseTransform *trans, GstBuffer *buffer)
{
  return gst_lstm_post_process (GST_LSTM_POST (trans), buffer);
}

static void
reset_if (GstLstmPost *self, GstLstmReset cause, const gchar *reason)
{
  if ((self->reset_on & cause) != 0)
    gst_lstm_post_reset_all (self, reason);
}

static void
reset_for_event (GstLstmPost *self, GstEvent *event)
{
  const GstStructure *structure = gst_event_get_structure (event);
  const gchar *key;

  if (!gst_event_has_name (event, RESET_EVENT_NAME))
    return;
  key = gst_structure_get_string (structure, "key");
  if (key != NULL)
    gst_lstm_post_reset (self, key, "signal");
  else
    gst_lstm_post_reset_all (self, "signal");
}

static gboolean
gst_lstm_post_sink_event (GstBaseTransform *trans, GstEvent *event)
{
  GstLstmPost *self = GST_LSTM_POST (trans);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      reset_if (self, GST_LSTM_RESET_STREAM_START, "stream-start");
      break;
    case GST_EVENT_SEGMENT:
      reset_if (self, GST_LSTM_RESET_SEGMENT, "segment");
      break;
    case GST_EVENT_FLUSH_STOP:
      reset_if (self, GST_LSTM_RESET_FLUSH, "flush");
      break;
    case GST_EVENT_EOS:
      gst_lstm_post_reset_all (self, "eos");
      break;
    case GST_EVENT_CUSTOM_DOWNSTREAM:
      reset_for_event (self, event);
      break;
    case GST_EVENT_CUSTOM_DOWNSTREAM_STICKY:
      event = gst_lstm_post_take_layout (self, event);
      break;
    default:
      break;
  }
  return GST_BASE_TRANSFORM_CLASS (gst_lstm_post_parent_class)
      ->sink_event (trans, event);
}

static void
gst_lstm_post_finalize (GObject *object)
{
  gst_lstm_post_clear_properties (GST_LSTM_POST (object));
  G_OBJECT_CLASS (gst_lstm_post_parent_class)->finalize (object);
}

static void
gst_lstm_post_class_init (GstLstmPostClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *transform_class = GST_BASE_TRANSFORM_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (
      gst_lstm_post_debug, "lstmpost", 0, "means, alarms and classes");
  object_class->set_property = gst_lstm_post_set_property;
  object_class->get_property = gst_lstm_post_get_property;
  object_class->finalize = gst_lstm_post_finalize;
  gst_lstm_post_install_properties (object_class);

  transform_class->start = gst_lstm_post_start;
  transform_class->stop = gst_lstm_post_stop;
  transform_class->set_caps = gst_lstm_post_set_caps;
  transform_class->transform_ip = gst_lstm_post_transform_ip;
  transform_class->sink_event = gst_lstm_post_sink_event;

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Post-processing of model outputs", "Filter/Analyzer/Audio",
      "Moving averages, alarms with hysteresis and names of classes for the "
      "outputs of a model",
      "gst-lstm");
}

static void
gst_lstm_post_init (GstLstmPost *self)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);

  gst_lstm_post_init_properties (self);
  gst_base_transform_set_in_place (trans, TRUE);
  gst_base_transform_set_passthrough (trans, FALSE);
  gst_base_transform_set_gap_aware (trans, TRUE);
  gst_base_transform_set_qos_enabled (trans, FALSE);
}
