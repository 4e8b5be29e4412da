/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The properties of lstm. */

#include "gstlstm-private.h"

#define GST_CAT_DEFAULT gst_lstm_debug

#define MAX_STEPS (1 << 20)
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
  PROP_POST_MESSAGES,
  PROP_STATS,
  PROP_ALLOW_NAN,
  PROP_PRECISION,
  PROP_THREADS,
  N_PROPS,
};

/* ---- set and get ---- */

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
    case PROP_ALLOW_NAN:
      settings->allow_nan = g_value_get_boolean (value);
      break;
    case PROP_PRECISION:
      settings->precision = g_value_get_enum (value);
      break;
    case PROP_THREADS:
      settings->threads = (gint) g_value_get_uint (value);
      break;
    default:
      gst_lstm_set_state_property (settings, id, value);
  }
}

void
gst_lstm_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstLstm *self = GST_LSTM (object);
  gboolean hot = id == PROP_MODEL || id == PROP_CONFIG;
  gboolean refused;

  if ((id < PROP_MODEL || id >= N_PROPS) && !gst_lstm_is_state_property (id)) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    return;
  }
  if (id == PROP_POST_MESSAGES) {
    g_atomic_int_set (&self->post_messages, g_value_get_boolean (value));
    return;
  }
  GST_OBJECT_LOCK (self);
  refused = self->running && !hot;
  if (!refused)
    set_property_locked (self, id, value);
  if (self->running && hot)
    gst_lstm_reload_ask (self);
  GST_OBJECT_UNLOCK (self);
  if (refused)
    GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
        ("%s cannot change while running and keeps its value: set it in READY",
            pspec->name),
        (NULL));
}

void
gst_lstm_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstLstm *self = GST_LSTM (object);
  const GstLstmSettings *settings = &self->settings;

  if (id == PROP_STATS) {
    g_value_take_boxed (value, gst_lstm_get_stats (self));
    return;
  }
  if (id == PROP_POST_MESSAGES) {
    g_value_set_boolean (value, g_atomic_int_get (&self->post_messages));
    return;
  }
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
                                    ? GST_LSTM_DEFAULT_RESET_ON
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
    case PROP_ALLOW_NAN:
      g_value_set_boolean (value, settings->allow_nan > 0);
      break;
    case PROP_PRECISION:
      g_value_set_enum (
          value, MAX (settings->precision, GST_LSTM_PRECISION_F32));
      break;
    case PROP_THREADS:
      g_value_set_uint (value, settings->threads < 0 ? 1 : settings->threads);
      break;
    default:
      if (gst_lstm_is_state_property (id))
        gst_lstm_get_state_property (settings, id, value);
      else
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

/* ---- installed by class ---- */

static void
install_properties (GObjectClass *klass)
{
  GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;
  GParamFlags hot =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

  g_object_class_install_property (klass, PROP_MODEL,
      g_param_spec_string ("model", "Model",
          "Path of the model file, as Keras saved it. Wins over the line "
          "`model:` of the config file. Set while the stream runs, it is "
          "loaded "
          "beside it and takes over between two buffers, with the states of "
          "equal name and shape",
          NULL, hot));
  g_object_class_install_property (klass, PROP_CONFIG,
      g_param_spec_string ("config", "Config",
          "Path of a YAML file with model, features, scaling, window and "
          "output names. Properties that are set win over it. Set while the "
          "stream runs, it is loaded as a model is",
          NULL, hot));
  g_object_class_install_property (klass, PROP_ALLOW_NAN,
      g_param_spec_boolean ("allow-nan", "Allow NaN",
          "Whether a model is run whose weights hold NaN or Inf, and whose "
          "outputs will as a rule; otherwise it is refused",
          FALSE, flags));
  g_object_class_install_property (klass, PROP_PRECISION,
      g_param_spec_enum ("precision", "Precision",
          "What the weights of recurrent layers, Dense and Conv1D are stored "
          "in: fewer bits are less to read, and further from Keras's numbers "
          "(`gst-lstm verify --precision` tells how far). The rest is f32",
          GST_TYPE_LSTM_PRECISION, GST_LSTM_PRECISION_F32, flags));
  g_object_class_install_property (klass, PROP_THREADS,
      g_param_spec_uint ("threads", "Threads",
          "Threads that share the work of large models and of many streams or "
          "windows, the streaming thread being one of them; 0 is one a "
          "processor. Elements with equal numbers share theirs",
          0, LSTM_POOL_MAX_THREADS, 1, flags));
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
          GST_TYPE_LSTM_RESET, GST_LSTM_DEFAULT_RESET_ON, flags));
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

/* What the element tells of itself. */
static void
install_telling_properties (GObjectClass *klass)
{
  g_object_class_install_property (klass, PROP_POST_MESSAGES,
      g_param_spec_boolean ("post-messages", "Post messages",
          "Posts an element message `lstm` with each output buffer's values, "
          "time and key",
          FALSE,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
              GST_PARAM_MUTABLE_PLAYING));
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "What the element has done since it was started: frames, windows, "
          "resets by cause, times",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

void
gst_lstm_install_properties (GObjectClass *klass)
{
  install_properties (klass);
  install_fault_properties (klass);
  install_output_properties (klass);
  install_telling_properties (klass);
  gst_lstm_install_state_properties (klass);

  gst_type_mark_as_plugin_api (GST_TYPE_LSTM_MODE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_LSTM_RESET, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_LSTM_ON_NAN, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_LSTM_GAP, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_LSTM_PARTIAL, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_LSTM_OUTPUT, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_LSTM_PRECISION, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_LSTM_PAD, 0);
}
