/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-lstm
 * @title: lstm
 * @short_description: runs a trained recurrent model on a stream
 *
 * Runs a model that Keras trained and saved (LSTM, GRU, SimpleRNN and what
 * stands around them) on the frames of a stream, and keeps the model's memory.
 *
 * One sample of `audio/x-raw` is one frame, its channels are the features that
 * the model reads. In frame mode each frame gives an output at once (with
 * strides or `padding='valid'` before a layer, those that have one), and the
 * state is carried from frame to frame. In window mode #GstLstm:steps frames
 * are one sequence, run as Keras's predict() runs it; a window begins every
 * #GstLstm:stride frames.
 *
 * Frames of different sources may share one element: a buffer whose key is
 * marked (see `lstmkey` and `csvdec`) belongs to a stream of its own, with its
 * own state and window.
 *
 * Frames come as NNStreamer's `other/tensors` as well, of float32: with
 * `format=static` as many to a buffer as `dimensions` (features:steps:batch)
 * say, with `format=flexible` as many as the header of each buffer says.
 *
 * Streams run forwards: a seek with a negative rate is refused, and a segment
 * with one is an error. Other rates change nothing: times of frames are those
 * of the media.
 *
 * A model may have further outputs, such as the states of a layer with
 * `return_state`. Each goes out on a request pad `src_NAME`, NAME being the
 * output's name in the model, in which a `_` may stand for any character that
 * is no ASCII letter, digit, `_` or `-`. In window mode a sequence has a frame
 * for each step, with that step's time; a single output has the time of its
 * window's last frame. What nobody asks for costs nothing.
 *
 * The model's memory is at hand while the stream runs: #GstLstm::reset-state
 * and #GstLstm::reset-key put it back, for all streams or that of one key. So
 * does a custom event whose structure is named `lstm-reset-state`, with the key
 * in an optional string field `key`: sent upstream (to a src pad) as soon as it
 * comes, sent downstream at its place among the buffers. It travels on, to
 * other elements that may know it. #GstLstm::get-state and #GstLstm::set-state
 * take the memory out and put it in, as bytes, in the same element or another
 * one.
 *
 * With #GstLstm:state-file it outlives the element: it is read from the file at
 * the start, and written to it when the element stops, at EOS, and every
 * #GstLstm:state-interval. What is written at EOS is what there was before, so
 * that a later run goes on as if the stream had not ended. The first
 * stream-start, caps, segment and DISCONT do not reset what was read.
 *
 * Of #GstLstm:max-streams keys at most the streams are in memory, and a key
 * that had no buffer for #GstLstm:idle-timeout is put away: into the state
 * file, where it comes back from when it is needed; without one it ends as at
 * EOS, and the element message `lstm-evicted` has its `key` and `reason`
 * (string: `max-streams` or `idle-timeout`), the number of its `frames`
 * (guint64) and its `state` (GBytes) for #GstLstm::set-state.
 *
 * ## Watching it
 *
 * The property #GstLstm:stats is a structure `lstm-stats`:
 *
 * * `frames` (guint64): whole frames that came in
 * * `windows` (guint64): windows that were run; 0 in frame mode
 * * `steps` (guint64): time steps that the model ran: those of each window,
 *   frames in frame mode
 * * `buffers` (guint64): buffers that came in
 * * `resets-stream-start`, `-flush`, `-discont`, `-segment`, `-caps`, `-gap`,
 *   `-nan`, `-signal` (guint64): how often each put streams that were there
 *   back to their initial state, by signal or event for the last one
 * * `streams` (guint): how many streams have a state now
 * * `position` (guint64): how many frames of what they are read from all
 * streams together have seen, by the offsets of buffers (in a CSV: rows of
 * data); it is saved with the states, so that a run that goes on knows where to
 * (as #csvdec's `skip-rows`). 2^64 - 1 where it is not known
 * * `evictions` (guint64): keys whose state made room for another's
 * * `bad-numbers` (guint64): NaN and Inf that were replaced (`on-nan=hold`), or
 *   frames that were skipped for one (`on-nan=reset`)
 * * `out-of-range` (guint64): features out of the range that they are scaled
 *   to, if the YAML file says `out-of-range: clip` or `warn`
 * * `steps-per-second` (double): frames for each second of processing time: how
 *   many the element could do
 * * `time-p50`, `time-p99`, `time-max` (guint64): how long buffers took to be
 *   processed, in ns of the monotonic clock, a list of buffers counting as one;
 *   the first two are known to an eighth
 * * `time-histogram` (GstValueArray of guint64): how many of these times were
 *   below 2^10, 2^11, ..., 2^34 ns; `time-count`, `time-total` (guint64): how
 *   many there were, and all together in ns
 * * `state-saves` (guint64), `state-saved-at` (gint64): how often the state
 * file was written, and when last, in microseconds since 1970 or 0
 * * `model`, `kernels`, `precision` (string): the model's name, the kernel set
 *   that runs it, what its weights are stored in
 * * `threads` (guint): how many may work on a buffer, 0 before the first start
 *
 * Counts begin with each start, and stay to be read after it.
 *
 * The debug categories are `lstm`, `csvdec`, `csvenc` and `lstmkey`:
 * `GST_DEBUG=lstm:4` tells which model runs, in which mode, on which kernels,
 * and which formats go in and out. The tracer `latency(flags=element)` measures
 * what a buffer spends in the element.
 *
 * With #GstLstm:post-messages each output buffer is told of by an element
 * message `lstm`, before it is pushed: `timestamp`, `stream-time`,
 * `running-time`, `duration` and `endtime` (guint64, ns) as those of `level`,
 * `values` (a GstValueArray of doubles, or for a buffer of several frames an
 * array of such arrays), `names` of the values, `output` (the name of the
 * model's output) and, in a keyed stream, `key`.
 *
 * All settings may stand in one YAML file, #GstLstm:config; a property that is
 * set wins over the file.
 *
 * #GstLstm:model and #GstLstm:config may be set while the stream runs. The
 * model is loaded by a thread of its own and takes over between two buffers,
 * with all states of equal name and shape; then an element message
 * `lstm-reloaded` is posted, with the fields `model` (string, the path),
 * `fingerprint` (string), `kept` (boolean: all states), `slots-kept` and
 * `slots-reset` (uint: how many of the model's states, in each stream) and
 * `frames-kept` (boolean: whether frames that waited for a full window still
 * do). A model that cannot be loaded or does not suit the stream is refused
 * with a warning: the old one runs on.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=test.csv \
 *   ! csvdec config=turbofan.yaml ! lstm config=turbofan.yaml ! csvenc \
 *   ! filesink location=predictions.csv
 * ]| Rates engines by their last 50 cycles, each engine for itself.
 */

#include "gstlstm-private.h"

#include <string.h>

#include "gstlstmaudio.h"
#include "gstlstmflexible.h"
#include "gstlstmtensor.h"

GST_DEBUG_CATEGORY (gst_lstm_debug);
#define GST_CAT_DEFAULT gst_lstm_debug

#define SRC_CAPS                                                               \
  "audio/x-raw, format=(string)" GST_AUDIO_NE (                                \
      F32) ", layout=(string)interleaved, channels=(int)[ 1, max ], "          \
           "rate=(int)[ 1, max ]"

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
        GST_STATIC_CAPS (GST_LSTM_AUDIO_CAPS "; " GST_LSTM_TENSOR_CAPS
                                             "; " GST_LSTM_FLEXIBLE_CAPS));

static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
        GST_STATIC_CAPS (SRC_CAPS "; " GST_LSTM_TENSOR_CAPS));

/* A further output of the model, by its name. */
static GstStaticPadTemplate request_template =
    GST_STATIC_PAD_TEMPLATE ("src_%s", GST_PAD_SRC, GST_PAD_REQUEST,
        GST_STATIC_CAPS (SRC_CAPS "; " GST_LSTM_TENSOR_CAPS));

G_DEFINE_TYPE (GstLstm, gst_lstm, GST_TYPE_BASE_TRANSFORM)
GST_ELEMENT_REGISTER_DEFINE (lstm, "lstm", GST_RANK_NONE, GST_TYPE_LSTM)

/* ---- start and stop ---- */

/* Copies the settings as they are now. */
static void
begin_running (GstLstm *self, GstLstmSettings *settings)
{
  GST_OBJECT_LOCK (self);
  self->running = TRUE;
  self->running_model = g_strdup (self->settings.model);
  self->running_config = g_strdup (self->settings.config);
  gst_lstm_settings_copy (settings, &self->settings);
  GST_OBJECT_UNLOCK (self);
}

/* What is told of the model from now on. */
void
gst_lstm_publish_numbers (GstLstm *self)
{
  const GstLstmSetup *setup = &self->setup;
  guint n = lstm_model_get_n_outputs (setup->model);
  g_autofree GstLstmNumbers *numbers = g_new (GstLstmNumbers, n);
  g_auto (GStrv) names = g_new0 (gchar *, n + 1);

  for (guint i = 0; i < n; i++) {
    numbers[i] = gst_lstm_numbers_of (setup, i);
    names[i] = g_strdup (lstm_model_get_output_name (setup->model, i));
  }
  GST_OBJECT_LOCK (self);
  g_free (self->numbers);
  g_strfreev (self->output_names);
  self->numbers = g_steal_pointer (&numbers);
  self->output_names = g_steal_pointer (&names);
  self->warned = FALSE;
  GST_OBJECT_UNLOCK (self);
}

static void
end_running (GstLstm *self)
{
  GST_OBJECT_LOCK (self);
  self->running = FALSE;
  self->latency = 0;
  g_clear_pointer (&self->numbers, g_free);
  g_clear_pointer (&self->output_names, g_strfreev);
  g_clear_pointer (&self->running_model, g_free);
  g_clear_pointer (&self->running_config, g_free);
  GST_OBJECT_UNLOCK (self);
  gst_lstm_reload_cancel (self);
}

/* What the user should know of the model that runs. */
void
gst_lstm_tell_of_model (GstLstm *self)
{
  const GstLstmSetup *setup = &self->setup;

  for (guint i = 0; i < lstm_model_get_n_notes (setup->model); i++)
    GST_WARNING_OBJECT (self, "%s", lstm_model_get_note (setup->model, i));
  gst_lstm_tell_of_pads (self);
  GST_INFO_OBJECT (self,
      "model '%s', %u features to %u, %s mode, %u steps, kernels %s, precision "
      "%s",
      lstm_model_get_name (setup->model), setup->n_features,
      self->numbers->n_out,
      lstm_plan_get_mode (setup->plan) == LSTM_MODE_FRAME ? "frame" : "window",
      lstm_plan_get_steps (setup->plan), lstm_plan_get_kernels (setup->plan),
      lstm_precision_get_name (lstm_plan_get_precision (setup->plan)));
}

static gboolean
gst_lstm_start (GstBaseTransform *trans)
{
  GstLstm *self = GST_LSTM (trans);
  g_autoptr (GError) error = NULL;
  GstLstmSettings settings;
  GstLstmSetup setup;
  gboolean loaded;

  begin_running (self, &settings);
  loaded = gst_lstm_setup_load (&setup, &settings, &error) &&
           gst_lstm_open_state_file (self, &setup, &settings, &error);
  gst_lstm_settings_clear (&settings);
  if (!loaded) {
    gboolean io = g_error_matches (error, LSTM_ERROR, LSTM_ERROR_IO);

    if (io)
      GST_ELEMENT_ERROR (
          self, RESOURCE, OPEN_READ, ("%s", error->message), (NULL));
    else
      GST_ELEMENT_ERROR (
          self, RESOURCE, SETTINGS, ("%s", error->message), (NULL));
    end_running (self);
    return FALSE;
  }
  g_mutex_lock (&self->state_lock);
  self->setup = setup;
  memset (&self->stats, 0, sizeof self->stats);
  gst_lstm_session_set_counts (setup.session, &self->stats.counts);
  g_mutex_unlock (&self->state_lock);
  gst_lstm_publish_numbers (self);
  if (!gst_lstm_bind_pads (self)) {
    end_running (self);
    g_mutex_lock (&self->state_lock);
    gst_lstm_setup_clear (&self->setup);
    g_mutex_unlock (&self->state_lock);
    return FALSE;
  }
  gst_lstm_tell_of_model (self);
  return TRUE;
}

static gboolean
gst_lstm_stop (GstBaseTransform *trans)
{
  GstLstm *self = GST_LSTM (trans);

  gst_lstm_close_state_file (self);
  end_running (self);
  gst_lstm_clear_stream (self);
  g_mutex_lock (&self->state_lock);
  gst_lstm_setup_clear (&self->setup);
  g_mutex_unlock (&self->state_lock);
  return TRUE;
}

static void
gst_lstm_finalize (GObject *object)
{
  GstLstm *self = GST_LSTM (object);

  gst_lstm_settings_clear (&self->settings);
  g_mutex_clear (&self->state_lock);
  g_list_free_full (self->pads, gst_object_unref);
  g_ptr_array_unref (self->outputs);
  gst_flow_combiner_free (self->flows);
  G_OBJECT_CLASS (gst_lstm_parent_class)->finalize (object);
}

/* ---- class ---- */

static void
gst_lstm_class_init (GstLstmClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_lstm_debug, "lstm", 0, "Recurrent models");
  object_class->set_property = gst_lstm_set_property;
  object_class->get_property = gst_lstm_get_property;
  object_class->finalize = gst_lstm_finalize;
  gst_lstm_install_properties (object_class);
  gst_lstm_install_signals (object_class);

  gst_element_class_set_static_metadata (element_class, "Recurrent model",
      "Filter/Analyzer/Audio",
      "Runs a trained recurrent model (LSTM, GRU, SimpleRNN) on a stream and "
      "keeps its memory",
      "The gst-lstm developers");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_add_static_pad_template_with_gtype (
      element_class, &request_template, GST_TYPE_LSTM_PAD);
  element_class->request_new_pad = gst_lstm_request_new_pad;
  element_class->release_pad = gst_lstm_release_pad;

  trans_class->start = gst_lstm_start;
  trans_class->stop = gst_lstm_stop;
  trans_class->transform_caps = gst_lstm_transform_caps;
  trans_class->accept_caps = gst_lstm_accept_caps;
  trans_class->set_caps = gst_lstm_set_caps;
  trans_class->query = gst_lstm_query;
  trans_class->sink_event = gst_lstm_sink_event;
  trans_class->src_event = gst_lstm_src_event;
  trans_class->decide_allocation = gst_lstm_decide_allocation;
  trans_class->submit_input_buffer = gst_lstm_submit_input_buffer;
  trans_class->transform = gst_lstm_transform;
  trans_class->generate_output = gst_lstm_generate_output;
}

static void
gst_lstm_init (GstLstm *self)
{
  g_mutex_init (&self->state_lock);
  self->settings.mode = -1;
  self->settings.max_streams = GST_LSTM_DEFAULT_MAX_STREAMS;
  self->settings.reset_on = -1;
  self->settings.allow_nan = -1;
  self->settings.precision = -1;
  self->settings.threads = -1;
  self->settings.partial_batch = GST_LSTM_PARTIAL_ERROR;
  self->outputs = g_ptr_array_new_with_free_func (gst_object_unref);
  self->flows = gst_flow_combiner_new ();
  gst_flow_combiner_add_pad (self->flows, GST_BASE_TRANSFORM_SRC_PAD (self));
  gst_pad_set_event_full_function (
      GST_BASE_TRANSFORM_SINK_PAD (self), gst_lstm_sink_event_full);
  gst_pad_set_chain_list_function (
      GST_BASE_TRANSFORM_SINK_PAD (self), gst_lstm_chain_list);
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), FALSE);
}
