/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/state.h>

/* A saved state, all numbers little-endian:
 *
 *   0   magic, 8 bytes
 *   8   u32 version, 1
 *   12  u32 mode, an LstmMode
 *   16  u64 size of the whole, checksum included
 *   24  fingerprint of the model, 32 bytes
 *   56  u64 frames seen
 *   64  u64 size of what is pending
 *   72  u32 size of the key
 *   76  u32 number of slots
 *   80  u32 number of streams, at least 1
 *   84  key
 *       each slot: u32 size of the name, u32 rank, u64 dims[rank], name,
 *         f32 numbers[streams][product of dims]
 *       pending
 *       SHA-256 of all before it, 32 bytes
 */
#define LSTM_STATE_MAGIC "\211LSTM\r\n\032"
#define LSTM_STATE_VERSION 1
#define LSTM_STATE_MAGIC_BYTES 8
#define LSTM_STATE_HEADER_BYTES 84
#define LSTM_STATE_DIGEST_BYTES 32

/* What a saved state says; pointers are into its bytes. */
typedef struct {
  const gchar *name;
  gsize name_size;
  LstmShape shape;
  const guint8 *data;
  gsize count; /* of floats of one stream */
} LstmStateSlot;

typedef struct {
  guint32 mode;
  guint32 n_streams;
  guint8 fingerprint[LSTM_STATE_DIGEST_BYTES];
  guint64 frames;
  const gchar *key;
  gsize key_size;
  const guint8 *pending;
  gsize pending_size;
  GArray *slots; /* LstmStateSlot */
} LstmStateView;

gboolean lstm_state_view_init (
    LstmStateView *view, GBytes *state, GError **error);
void lstm_state_view_clear (LstmStateView *view);

/* 64 digits; NUL-terminated. */
void lstm_state_digest_to_hex (
    const guint8 *digest, gchar hex[2 * LSTM_STATE_DIGEST_BYTES + 1]);
void lstm_state_checksum (
    const guint8 *data, gsize size, guint8 digest[LSTM_STATE_DIGEST_BYTES]);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LstmStateView, lstm_state_view_clear)
