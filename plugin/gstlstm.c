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
 * the model reads. In frame mode each frame gives an output at once, and the
 * state is carried from frame to frame. In window mode #GstLstm:steps frames
 * are one sequence, run as Keras's predict() runs it; a window begins every
 * #GstLstm:stride frames.
 *
 * Frames of different sources may share one element: a buffer whose key is
 * marked (see `lstmkey` and `csvdec`) belongs to a stream of its own, with its
 * own state and window.
 *
 * All settings may stand in one YAML file, #GstLstm:config; a property that is
 * set wins over the file.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=test.csv \
 *   ! csvdec config=turbofan.yaml ! lstm config=turbofan.yaml ! csvenc \
 *   ! filesink location=predictions.csv
 * ]| Rates engines by their last 50 cycles, each engine for itself.
 */

#include "gstlstm-private.h"
#include "gstlstmaudio.h"
#include "gstlstmtensor.h"

GST_DEBUG_CATEGORY (gst_lstm_debug);
#define GST_CAT_DEFAULT gst_lstm_debug

#define MAX_STEPS (1 << 20)
#define DEFAULT_RESET_ON                                                       \
  (GST_LSTM_RESET_STREAM_START | GST_LSTM_RESET_FLUSH |                        \
      GST_LSTM_RESET_DISCONT | GST_LSTM_RESET_CAPS)

enum {
  PROP_0,
  PROP_MODEL,
  PROP_CONFIG,
  PROP_MODE,
  PROP_STEPS,
  PROP_STRIDE,
  PROP_RESET_ON,
  PROP_ON_NAN,
  PROP_GAP,
  PROP_DISCONT_THRESHOLD,
  PROP_PARTIAL_WINDOW,
  PROP_OUTPUT,
  PROP_BATCH,
  PROP_PARTIAL_BATCH,
  N_PROPS,
};

#define SRC_CAPS                                                               \
  "audio/x-raw, format=(string)" GST_AUDIO_NE (                                \
      F32) ", layout=(string)interleaved, channels=(int)[ 1, max ], "          \
           "rate=(int)[ 1, max ]"

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
        GST_STATIC_CAPS (GST_LSTM_AUDIO_CAPS "; " GST_LSTM_TENSOR_CAPS));

static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
        GST_STATIC_CAPS (SRC_CAPS "; " GST_LSTM_TENSOR_CAPS));

G_DEFINE_TYPE (GstLstm, gst_lstm, GST_TYPE_BASE_TRANSFORM)
GST_ELEMENT_REGISTER_DEFINE (lstm, "lstm", GST_RANK_NONE, GST_TYPE_LSTM)

/* ---- start and stop ---- */

/* The settings as they are now: they do not change while running. */
static GstLstmSettings
begin_running (GstLstm *self)
{
  GstLstmSettings settings;

  GST_OBJECT_LOCK (self);
  self->running = TRUE;
  settings = self->settings;
  GST_OBJECT_UNLOCK (self);
  return settings;
}

static void
publish_numbers (GstLstm *self)
{
  GstLstmSession *session = self->setup.session;

  GST_OBJECT_LOCK (self);
  self->n_in = self->setup.n_features;
  self->n_out = gst_lstm_session_get_output_features (session);
  self->item_frames = gst_lstm_session_get_output_frames (session);
  gst_lstm_session_get_ratio (session, &self->frames_out, &self->frames_in);
  self->latency = 0;
  self->warned = FALSE;
  GST_OBJECT_UNLOCK (self);
}

static void
end_running (GstLstm *self)
{
  GST_OBJECT_LOCK (self);
  self->running = FALSE;
  self->n_in = 0;
  GST_OBJECT_UNLOCK (self);
}

/* What the user should know of the model that runs. */
static void
tell_of_model (GstLstm *self)
{
  const GstLstmSetup *setup = &self->setup;
  guint n_outputs = lstm_model_get_n_outputs (setup->model);

  for (guint i = 0; i < lstm_model_get_n_notes (setup->model); i++)
    GST_WARNING_OBJECT (self, "%s", lstm_model_get_note (setup->model, i));
  if (n_outputs > 1)
    GST_ELEMENT_WARNING (self, STREAM, NOT_IMPLEMENTED,
        ("The model has %u outputs; the first one, '%s', is sent", n_outputs,
            lstm_model_get_output_name (setup->model, 0)),
        (NULL));
  GST_INFO_OBJECT (self,
      "model '%s', %u features to %u, %s mode, %u steps, kernels %s",
      lstm_model_get_name (setup->model), self->n_in, self->n_out,
      lstm_plan_get_mode (setup->plan) == LSTM_MODE_FRAME ? "frame" : "window",
      lstm_plan_get_steps (setup->plan), lstm_plan_get_kernels (setup->plan));
}

static gboolean
gst_lstm_start (GstBaseTransform *trans)
{
  GstLstm *self = GST_LSTM (trans);
  GstLstmSettings settings = begin_running (self);
  g_autoptr (GError) error = NULL;

  if (!gst_lstm_setup_load (&self->setup, &settings, &error)) {
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
  publish_numbers (self);
  tell_of_model (self);
  return TRUE;
}

static gboolean
gst_lstm_stop (GstBaseTransform *trans)
{
  GstLstm *self = GST_LSTM (trans);

  end_running (self);
  gst_lstm_clear_stream (self);
  gst_lstm_setup_clear (&self->setup);
  return TRUE;
}

/* ---- properties ---- */

static void
take_string (gchar **field, const GValue *value)
{
  g_free (*field);
  *field = g_value_dup_string (value);
}

static void
set_property_locked (GstLstm *self, guint id, const GValue *value)
{
  GstLstmSettings *settings = &self->settings;

  switch (id) {
    case PROP_MODEL:
      take_string (&settings->model, value);
      break;
    case PROP_CONFIG:
      take_string (&settings->config, value);
      break;
    case PROP_MODE:
      settings->mode = g_value_get_enum (value);
      break;
    case PROP_STEPS:
      settings->steps = g_value_get_uint (value);
      break;
    case PROP_STRIDE:
      settings->stride = g_value_get_uint (value);
      break;
    case PROP_RESET_ON:
      settings->reset_on = (gint) g_value_get_flags (value);
      break;
    case PROP_ON_NAN:
      settings->on_nan = g_value_get_enum (value);
      break;
    case PROP_GAP:
      settings->gap = g_value_get_enum (value);
      break;
    case PROP_DISCONT_THRESHOLD:
      settings->discont_threshold = g_value_get_uint64 (value);
      break;
    case PROP_PARTIAL_WINDOW:
      settings->partial_window = g_value_get_enum (value);
      break;
    case PROP_OUTPUT:
      settings->output = g_value_get_enum (value);
      break;
    case PROP_BATCH:
      settings->batch = g_value_get_uint (value);
      break;
    case PROP_PARTIAL_BATCH:
      settings->partial_batch = g_value_get_enum (value);
      break;
  }
}

static void
gst_lstm_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstLstm *self = GST_LSTM (object);
  gboolean refused;

  if (id < PROP_MODEL || id >= N_PROPS) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    return;
  }
  GST_OBJECT_LOCK (self);
  refused = self->running;
  if (!refused)
    set_property_locked (self, id, value);
  GST_OBJECT_UNLOCK (self);
  if (refused)
    GST_WARNING_OBJECT (self,
        "%s cannot change while running and keeps its value: set it in READY",
        pspec->name);
}

static void
gst_lstm_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstLstm *self = GST_LSTM (object);
  const GstLstmSettings *settings = &self->settings;

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_MODEL:
      g_value_set_string (value, settings->model);
      break;
    case PROP_CONFIG:
      g_value_set_string (value, settings->config);
      break;
    case PROP_MODE:
      g_value_set_enum (value, MAX (settings->mode, GST_LSTM_MODE_AUTO));
      break;
    case PROP_STEPS:
      g_value_set_uint (value, settings->steps);
      break;
    case PROP_STRIDE:
      g_value_set_uint (value, settings->stride);
      break;
    case PROP_RESET_ON:
      g_value_set_flags (value, settings->reset_on < 0
                                    ? DEFAULT_RESET_ON
                                    : (guint) settings->reset_on);
      break;
    case PROP_ON_NAN:
      g_value_set_enum (value, settings->on_nan);
      break;
    case PROP_GAP:
      g_value_set_enum (value, settings->gap);
      break;
    case PROP_DISCONT_THRESHOLD:
      g_value_set_uint64 (value, settings->discont_threshold);
      break;
    case PROP_PARTIAL_WINDOW:
      g_value_set_enum (value, settings->partial_window);
      break;
    case PROP_OUTPUT:
      g_value_set_enum (value, settings->output);
      break;
    case PROP_BATCH:
      g_value_set_uint (value, settings->batch);
      break;
    case PROP_PARTIAL_BATCH:
      g_value_set_enum (value, settings->partial_batch);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_lstm_finalize (GObject *object)
{
  GstLstm *self = GST_LSTM (object);

  g_free (self->settings.model);
  g_free (self->settings.config);
  G_OBJECT_CLASS (gst_lstm_parent_class)->finalize (object);
}

/* ---- class ---- */

static void
install_properties (GObjectClass *klass)
{
  GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  g_object_class_install_property (klass, PROP_MODEL,
      g_param_spec_string ("model", "Model",
          "Path of the model file, as Keras saved it. Wins over the line "
          "`model:` of the config file",
          NULL, flags));
  g_object_class_install_property (klass, PROP_CONFIG,
      g_param_spec_string ("config", "Config",
          "Path of a YAML file with model, features, scaling, window and "
          "output "
          "names. Properties that are set win over it",
          NULL, flags));
  g_object_class_install_property (klass, PROP_MODE,
      g_param_spec_enum ("mode", "Mode",
          "Whether the model runs frame by frame or on windows of frames",
          GST_TYPE_LSTM_MODE, GST_LSTM_MODE_AUTO, flags));
  g_object_class_install_property (klass, PROP_STEPS,
      g_param_spec_uint ("steps", "Steps",
          "Window mode: frames in a window; 0 takes the model's own (Keras: "
          "the "
          "second axis of the input shape)",
          0, MAX_STEPS, 0, flags));
  g_object_class_install_property (klass, PROP_STRIDE,
      g_param_spec_uint ("stride", "Stride",
          "Window mode: frames from the start of a window to the start of the "
          "next; 0 is as many as steps, less makes windows overlap",
          0, MAX_STEPS, 0, flags));
  g_object_class_install_property (klass, PROP_RESET_ON,
      g_param_spec_flags ("reset-on", "Reset on",
          "What puts the model's memory back to its initial state. A discont "
          "resets the stream of that buffer's key, the others all",
          GST_TYPE_LSTM_RESET, DEFAULT_RESET_ON, flags));
}

/* What is done with what is missing, or is no number. */
static void
install_fault_properties (GObjectClass *klass)
{
  GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  g_object_class_install_property (klass, PROP_ON_NAN,
      g_param_spec_enum ("on-nan", "On NaN",
          "What to do with a frame that holds NaN or Inf, which would stay in "
          "the model's memory. The first one is said, all are counted",
          GST_TYPE_LSTM_ON_NAN, GST_LSTM_ON_NAN_ERROR, flags));
  g_object_class_install_property (klass, PROP_GAP,
      g_param_spec_enum ("gap", "Gap",
          "What a buffer with the GAP flag and a GAP event do to the model. "
          "Time goes on in any case. A buffer concerns its key, an event all; "
          "an event of unknown length has nothing to fill",
          GST_TYPE_LSTM_GAP, GST_LSTM_GAP_HOLD, flags));
  g_object_class_install_property (klass, PROP_DISCONT_THRESHOLD,
      g_param_spec_uint64 ("discont-threshold", "Discont threshold",
          "A buffer whose time is further than this (ns) from the end of the "
          "one before counts as DISCONT; 0 is off",
          0, G_MAXUINT64, 0, flags));
}

static void
install_output_properties (GObjectClass *klass)
{
  GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  g_object_class_install_property (klass, PROP_OUTPUT,
      g_param_spec_enum ("output", "Output",
          "Which of the model's output frames go out: all, or the last one of "
          "each window; in frame mode the last one at the end of the stream "
          "and before each reset but a flush",
          GST_TYPE_LSTM_OUTPUT, GST_LSTM_OUTPUT_SEQUENCE, flags));
  g_object_class_install_property (klass, PROP_PARTIAL_WINDOW,
      g_param_spec_enum ("partial-window", "Partial window",
          "What to do with a window that is not full at the end of the stream "
          "or at a reset (a flush forgets it). Frames that are filled in give "
          "no output and leave no state",
          GST_TYPE_LSTM_PARTIAL, GST_LSTM_PARTIAL_DROP, flags));
  g_object_class_install_property (klass, PROP_BATCH,
      g_param_spec_uint ("batch", "Batch",
          "Window mode: so many windows of a stream run side by side, and "
          "window i of a batch goes on with the state of window i of the batch "
          "before, as in Keras; 0 is the stateful model's own, else 1",
          0, GST_LSTM_MAX_BATCH, 0, flags));
  g_object_class_install_property (klass, PROP_PARTIAL_BATCH,
      g_param_spec_enum ("partial-batch", "Partial batch",
          "What to do with a stateful model's batch that is not full at the "
          "end of the stream or at a reset; stateless models run it",
          GST_TYPE_LSTM_PARTIAL, GST_LSTM_PARTIAL_ERROR, flags));
}

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
  install_properties (object_class);
  install_fault_properties (object_class);
  install_output_properties (object_class);

  gst_element_class_set_static_metadata (element_class, "Recurrent model",
      "Filter/Analyzer/Audio",
      "Runs a trained recurrent model (LSTM, GRU, SimpleRNN) on a stream and "
      "keeps its memory",
      "The gst-lstm developers");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);

  trans_class->start = gst_lstm_start;
  trans_class->stop = gst_lstm_stop;
  trans_class->transform_caps = gst_lstm_transform_caps;
  trans_class->accept_caps = gst_lstm_accept_caps;
  trans_class->set_caps = gst_lstm_set_caps;
  trans_class->query = gst_lstm_query;
  trans_class->sink_event = gst_lstm_sink_event;
  trans_class->submit_input_buffer = gst_lstm_submit_input_buffer;
  trans_class->generate_output = gst_lstm_generate_output;

  gst_type_mark_as_plugin_api (GST_TYPE_LSTM_MODE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_LSTM_RESET, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_LSTM_ON_NAN, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_LSTM_GAP, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_LSTM_PARTIAL, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_LSTM_OUTPUT, 0);
}

static void
gst_lstm_init (GstLstm *self)
{
  self->settings.mode = -1;
  self->settings.reset_on = -1;
  self->settings.partial_batch = GST_LSTM_PARTIAL_ERROR;
  gst_pad_set_event_full_function (
      GST_BASE_TRANSFORM_SINK_PAD (self), gst_lstm_sink_event_full);
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), FALSE);
}
