/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/stream.h>

G_BEGIN_DECLS

/**
 * LSTM_STATE_MAX_BYTES:
 *
 * The most bytes that a saved state can have: 512 MiB.
 */
#define LSTM_STATE_MAX_BYTES (512 * 1024 * 1024)

/**
 * LSTM_STATE_MAX_KEY:
 *
 * The most bytes that a stream's key can have in a saved state.
 */
#define LSTM_STATE_MAX_KEY 4096

/**
 * LstmStateExtras:
 * @key: (nullable): name of the stream among many; %NULL (or empty) for the
 *   only one; any bytes but 0, no more than %LSTM_STATE_MAX_KEY
 * @frames: how many frames the stream has seen
 * @pending: (nullable): what the caller keeps beside the slots, such as frames
 *   of a window that is not full yet; in a form of its own that is the same on
 *   every machine
 *
 * What is saved with a stream's slots. Zero it before use.
 */
typedef struct {
  gchar *key;
  guint64 frames;
  GBytes *pending;
  gpointer reserved[4];
} LstmStateExtras;

LSTM_API void lstm_state_extras_clear (LstmStateExtras *extras);

LSTM_API GBytes *lstm_state_save (
    const LstmStream *stream, const LstmStateExtras *extras, GError **error);
LSTM_API gboolean lstm_state_load (
    GBytes *state, LstmStream *stream, LstmStateExtras *extras, GError **error);
LSTM_API GBytes *lstm_state_save_batch (LstmStream *const *streams,
    guint n_streams, const LstmStateExtras *extras, GError **error);
LSTM_API gboolean lstm_state_load_batch (GBytes *state,
    LstmStream *const *streams, guint n_streams, LstmStateExtras *extras,
    GError **error);
LSTM_API gboolean lstm_state_inspect (GBytes *state, gchar **fingerprint,
    LstmStateExtras *extras, GError **error);

LSTM_API gboolean lstm_stream_load_initial_state (
    LstmStream *stream, const gchar *path, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LstmStateExtras, lstm_state_extras_clear)

G_END_DECLS
