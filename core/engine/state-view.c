/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads what a saved state says, and believes none of it: every length is held
 * against the bytes that are there. */

#include "engine/state-private.h"

#include <lstm/error.h>
#include <string.h>

typedef struct {
  const guint8 *data;
  gsize left;
} Cursor;

void
lstm_state_checksum (
    const guint8 *data, gsize size, guint8 digest[LSTM_STATE_DIGEST_BYTES])
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize n = LSTM_STATE_DIGEST_BYTES;

  g_checksum_update (sum, data, (gssize) size);
  g_checksum_get_digest (sum, digest, &n);
}

void
lstm_state_digest_to_hex (
    const guint8 *digest, gchar hex[2 * LSTM_STATE_DIGEST_BYTES + 1])
{
  static const gchar digits[] = "0123456789abcdef";

  for (guint i = 0; i < LSTM_STATE_DIGEST_BYTES; i++) {
    hex[2 * i] = digits[digest[i] >> 4];
    hex[2 * i + 1] = digits[digest[i] & 15];
  }
  hex[2 * LSTM_STATE_DIGEST_BYTES] = '\0';
}

/* NULL if there are fewer than @n bytes. */
static const guint8 *
take (Cursor *cursor, guint64 n)
{
  const guint8 *p = cursor->data;

  if (n > cursor->left)
    return NULL;
  cursor->data += n;
  cursor->left -= n;
  return p;
}

/* A number of @size bytes, the lowest first. */
static gboolean
take_number (Cursor *cursor, guint size, guint64 *n)
{
  const guint8 *p = take (cursor, size);

  if (!p)
    return FALSE;
  *n = 0;
  for (guint i = 0; i < size; i++)
    *n |= (guint64) p[i] << 8 * i;
  return TRUE;
}

static gboolean
take_u32 (Cursor *cursor, guint32 *n)
{
  guint64 number = 0;

  if (!take_number (cursor, sizeof *n, &number))
    return FALSE;
  *n = (guint32) number;
  return TRUE;
}

static gboolean
take_u64 (Cursor *cursor, guint64 *n)
{
  return take_number (cursor, sizeof *n, n);
}

/* ---- what stands outside ---- */

static gboolean
check_magic (const guint8 *data, gsize size, GError **error)
{
  if (size >= LSTM_STATE_MAGIC_BYTES &&
      memcmp (data, LSTM_STATE_MAGIC, LSTM_STATE_MAGIC_BYTES) == 0)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "this is no saved state: its %" G_GSIZE_FORMAT
      " bytes do not begin with the mark of one; name a file that this program "
      "wrote",
      size);
  return FALSE;
}

static gboolean
check_size (gsize size, guint64 said, GError **error)
{
  if (size == said && size <= LSTM_STATE_MAX_BYTES)
    return TRUE;
  if (size == said)
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "the saved state has %" G_GSIZE_FORMAT " bytes, at most %d can be",
        size, LSTM_STATE_MAX_BYTES);
  else
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "the saved state is damaged: it has %" G_GSIZE_FORMAT
        " bytes, expected %" G_GUINT64_FORMAT
        "; delete it to start from the initial state, or take a copy of it",
        size, said);
  return FALSE;
}

static gboolean
check_sum (const guint8 *data, gsize size, GError **error)
{
  gsize body = size - LSTM_STATE_DIGEST_BYTES;
  gchar found[2 * LSTM_STATE_DIGEST_BYTES + 1];
  gchar expected[2 * LSTM_STATE_DIGEST_BYTES + 1];
  guint8 digest[LSTM_STATE_DIGEST_BYTES];

  lstm_state_checksum (data, body, digest);
  if (memcmp (digest, data + body, sizeof digest) == 0)
    return TRUE;
  lstm_state_digest_to_hex (digest, found);
  lstm_state_digest_to_hex (data + body, expected);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "the saved state is damaged: its checksum is %.16s..., expected "
      "%.16s...; delete it to start from the initial state, or take a copy of "
      "it",
      found, expected);
  return FALSE;
}

/* Magic, version, size, checksum: in this order, since what comes after the
 * version may be elsewhere in another. */
static gboolean
check_frame (const guint8 *data, gsize size, GError **error)
{
  Cursor cursor = { data, size };
  guint32 version, mode;
  guint64 said = 0;

  if (!check_magic (data, size, error))
    return FALSE;
  take (&cursor, LSTM_STATE_MAGIC_BYTES);
  if (take_u32 (&cursor, &version) && version != LSTM_STATE_VERSION) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "the saved state is of version %u, expected %d: another release wrote "
        "it; read it with that one, or delete it to start from the initial "
        "state",
        version, LSTM_STATE_VERSION);
    return FALSE;
  }
  if (size < LSTM_STATE_HEADER_BYTES + LSTM_STATE_DIGEST_BYTES) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "the saved state is damaged: it has %" G_GSIZE_FORMAT
        " bytes, expected at least %d; delete it to start from the initial "
        "state, or take a copy of it",
        size, LSTM_STATE_HEADER_BYTES + LSTM_STATE_DIGEST_BYTES);
    return FALSE;
  }
  take_u32 (&cursor, &mode);
  take_u64 (&cursor, &said);
  return check_size (size, said, error) && check_sum (data, size, error);
}

/* ---- what stands inside ---- */

static gboolean
read_slot (Cursor *cursor, guint32 n_streams, LstmStateSlot *slot)
{
  guint32 name_size, rank;
  gsize size;

  if (!take_u32 (cursor, &name_size) || !take_u32 (cursor, &rank) ||
      rank > LSTM_MAX_RANK)
    return FALSE;
  slot->shape.rank = rank;
  slot->count = 1;
  for (guint i = 0; i < rank; i++) {
    guint64 dim;

    if (!take_u64 (cursor, &dim) || dim > LSTM_STATE_MAX_BYTES ||
        !g_size_checked_mul (&slot->count, slot->count, (gsize) dim) ||
        slot->count > LSTM_STATE_MAX_BYTES)
      return FALSE;
    slot->shape.dims[i] = (gint64) dim;
  }
  slot->name_size = name_size;
  slot->name = (const gchar *) take (cursor, name_size);
  if (!slot->name)
    return FALSE;
  /* both factors are below 2^32 */
  if (!g_size_checked_mul (&size, slot->count, n_streams) ||
      size > LSTM_STATE_MAX_BYTES)
    return FALSE;
  slot->data = take (cursor, (guint64) size * sizeof (gfloat));
  return slot->data != NULL;
}

static gboolean
read_body (LstmStateView *view, Cursor *cursor)
{
  guint32 mode, key_size, n_slots;
  guint64 said, pending_size;
  const guint8 *fingerprint;

  take (cursor, LSTM_STATE_MAGIC_BYTES + sizeof (guint32));
  if (!take_u32 (cursor, &mode) || !take_u64 (cursor, &said))
    return FALSE;
  fingerprint = take (cursor, LSTM_STATE_DIGEST_BYTES);
  if (!fingerprint || !take_u64 (cursor, &view->frames) ||
      !take_u64 (cursor, &pending_size) || !take_u32 (cursor, &key_size) ||
      !take_u32 (cursor, &n_slots) || !take_u32 (cursor, &view->n_streams) ||
      view->n_streams == 0 || key_size > LSTM_STATE_MAX_KEY)
    return FALSE;
  view->mode = mode;
  memcpy (view->fingerprint, fingerprint, LSTM_STATE_DIGEST_BYTES);
  view->key_size = key_size;
  view->key = (const gchar *) take (cursor, key_size);
  if (!view->key || memchr (view->key, 0, key_size))
    return FALSE;
  for (guint32 i = 0; i < n_slots; i++) {
    LstmStateSlot slot = { 0 };

    if (!read_slot (cursor, view->n_streams, &slot))
      return FALSE;
    g_array_append_val (view->slots, slot);
  }
  view->pending_size = pending_size;
  view->pending = take (cursor, pending_size);
  return view->pending && cursor->left == 0;
}

/* @view is to be cleared if this returned TRUE; it lives as long as @state. */
gboolean
lstm_state_view_init (LstmStateView *view, GBytes *state, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (state, &size);
  Cursor cursor;

  *view = (LstmStateView){ 0 };
  if (!check_frame (data, size, error))
    return FALSE;
  cursor.data = data;
  cursor.left = size - LSTM_STATE_DIGEST_BYTES;
  view->slots = g_array_new (FALSE, FALSE, sizeof (LstmStateSlot));
  if (read_body (view, &cursor))
    return TRUE;
  lstm_state_view_clear (view);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "the saved state is malformed: its checksum holds, but the lengths in "
      "its %" G_GSIZE_FORMAT
      " bytes do not go together: no program of ours wrote it; delete it to "
      "start from the initial state",
      size);
  return FALSE;
}

void
lstm_state_view_clear (LstmStateView *view)
{
  g_clear_pointer (&view->slots, g_array_unref);
}
