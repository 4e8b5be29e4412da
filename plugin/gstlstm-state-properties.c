/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The properties of lstm that say where states come from and where they go. */

#include "gstlstm-private.h"

enum {
  PROP_INITIAL_STATE = GST_LSTM_FIRST_STATE_PROPERTY,
  PROP_STATE_FILE,
  PROP_STATE_INTERVAL,
  PROP_MAX_STREAMS,
  PROP_IDLE_TIMEOUT,
};

static void
take_string (gchar **field, const GValue *value)
{
  g_free (*field);
  *field = g_value_dup_string (value);
}

/* With the object lock held, like the next one. */
void
gst_lstm_set_state_property (
    GstLstmSettings *settings, guint id, const GValue *value)
{
  switch (id) {
    case PROP_INITIAL_STATE:
      take_string (&settings->initial_state, value);
      break;
    case PROP_STATE_FILE:
      take_string (&settings->state_file, value);
      break;
    case PROP_STATE_INTERVAL:
      settings->state_interval = g_value_get_uint64 (value);
      break;
    case PROP_MAX_STREAMS:
      settings->max_streams = g_value_get_uint (value);
      break;
    case PROP_IDLE_TIMEOUT:
      settings->idle_timeout = g_value_get_uint64 (value);
      break;
    default:
      break;
  }
}

void
gst_lstm_get_state_property (
    const GstLstmSettings *settings, guint id, GValue *value)
{
  switch (id) {
    case PROP_INITIAL_STATE:
      g_value_set_string (value, settings->initial_state);
      break;
    case PROP_STATE_FILE:
      g_value_set_string (value, settings->state_file);
      break;
    case PROP_STATE_INTERVAL:
      g_value_set_uint64 (value, settings->state_interval);
      break;
    case PROP_MAX_STREAMS:
      g_value_set_uint (value, settings->max_streams);
      break;
    case PROP_IDLE_TIMEOUT:
      g_value_set_uint64 (value, settings->idle_timeout);
      break;
    default:
      break;
  }
}

gboolean
gst_lstm_is_state_property (guint id)
{
  return id >= PROP_INITIAL_STATE && id <= PROP_IDLE_TIMEOUT;
}

static void
install_file_properties (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, PROP_INITIAL_STATE,
      g_param_spec_string ("initial-state", "Initial state",
          "Path of a safetensors file with the state that each stream begins "
          "with and goes back to at a reset: tensors named as the model's "
          "states (lstm_1/h, lstm_1/c); those that are not there are zero",
          NULL, flags));
  g_object_class_install_property (klass, PROP_STATE_FILE,
      g_param_spec_string ("state-file", "State file",
          "Path of a file that the states are read from when the element "
          "starts, if it is there, and written to when it stops and at the end "
          "of a stream: one state, or with keys an SQLite file",
          NULL, flags));
  g_object_class_install_property (klass, PROP_STATE_INTERVAL,
      g_param_spec_uint64 ("state-interval", "State interval",
          "How often (ns of the monotonic clock) what has changed is written "
          "to "
          "the state file while buffers come; 0 is only when the element stops "
          "and at the end of a stream",
          0, G_MAXINT64, 0, flags));
}

void
gst_lstm_install_state_properties (GObjectClass *klass)
{
  GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  install_file_properties (klass, flags);
  g_object_class_install_property (klass, PROP_MAX_STREAMS,
      g_param_spec_uint ("max-streams", "Max streams",
          "The most keys that have their stream in memory; the one that was "
          "used least recently makes room, into the state file or a message "
          "`lstm-evicted`; 0 is no limit",
          0, G_MAXUINT, GST_LSTM_DEFAULT_MAX_STREAMS, flags));
  g_object_class_install_property (klass, PROP_IDLE_TIMEOUT,
      g_param_spec_uint64 ("idle-timeout", "Idle timeout",
          "A key that had no buffer for longer than this (ns of the buffers' "
          "time) makes room in the same way; 0 is off",
          0, G_MAXUINT64, 0, flags));
}
