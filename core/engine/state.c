/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A stream's state as bytes that another process, machine or kernel set can go
 * on from; the layout stands in state-private.h. */

#include "engine/state-private.h"

#include "engine/plan-private.h"
#include "engine/stream-private.h"

#include <string.h>

/**
 * lstm_state_extras_clear:
 * @extras: extras
 *
 * Frees what they hold, and zeroes them.
 */
void
lstm_state_extras_clear (LstmStateExtras *extras)
{
  g_free (extras->key);
  g_clear_pointer (&extras->pending, g_bytes_unref);
  *extras = (LstmStateExtras){ 0 };
}

/* ---- saving ---- */

static void
put (guint8 **to, gconstpointer data, gsize n)
{
  if (n > 0)
    memcpy (*to, data, n);
  *to += n;
}

static void
put_u32 (guint8 **to, guint32 n)
{
  n = GUINT32_TO_LE (n);
  put (to, &n, sizeof n);
}

static void
put_u64 (guint8 **to, guint64 n)
{
  n = GUINT64_TO_LE (n);
  put (to, &n, sizeof n);
}

/* Between floats and their little-endian bytes, either way. */
static void
copy_floats (gpointer to, gconstpointer from, gsize n)
{
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
  if (n > 0)
    memcpy (to, from, n * sizeof (gfloat));
#else
  for (gsize i = 0; i < n; i++) {
    guint32 bits;

    memcpy (&bits, (const guint8 *) from + i * sizeof bits, sizeof bits);
    bits = GUINT32_SWAP_LE_BE (bits);
    memcpy ((guint8 *) to + i * sizeof bits, &bits, sizeof bits);
  }
#endif
}

static gboolean
check_lengths (gsize key, gsize pending, gsize all, GError **error)
{
  if (key > LSTM_STATE_MAX_KEY) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
        "the state cannot be saved: the stream's key has %" G_GSIZE_FORMAT
        " bytes, at most %d can be; use shorter keys",
        key, LSTM_STATE_MAX_KEY);
    return FALSE;
  }
  if (all > LSTM_STATE_MAX_BYTES) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
        "the state cannot be saved: it has %" G_GSIZE_FORMAT
        " bytes, %" G_GSIZE_FORMAT " of them pending frames; at most %d can be",
        all, pending, LSTM_STATE_MAX_BYTES);
    return FALSE;
  }
  return TRUE;
}

/* G_MAXSIZE where it is beyond what memory can hold. */
static gsize
slots_size (const LstmPlan *plan, guint n_streams)
{
  gsize size = 0;

  for (guint i = 0; i < plan->slots->len; i++) {
    const LstmSlot *slot = &g_array_index (plan->slots, LstmSlot, i);
    gsize numbers;

    if (!g_size_checked_mul (&numbers, slot->size, n_streams) ||
        !g_size_checked_mul (&numbers, numbers, sizeof (gfloat)) ||
        !g_size_checked_add (&size, size, numbers) ||
        !g_size_checked_add (&size, size,
            2 * sizeof (guint32) + slot->shape.rank * sizeof (guint64) +
                strlen (slot->name)))
      return G_MAXSIZE;
  }
  return size;
}

static void
put_slot (guint8 **to, LstmStream *const *streams, guint n_streams,
    const LstmSlot *slot)
{
  put_u32 (to, (guint32) strlen (slot->name));
  put_u32 (to, slot->shape.rank);
  for (guint i = 0; i < slot->shape.rank; i++)
    put_u64 (to, (guint64) slot->shape.dims[i]);
  put (to, slot->name, strlen (slot->name));
  for (guint i = 0; i < n_streams; i++) {
    copy_floats (*to, streams[i]->data + slot->offset, slot->size);
    *to += slot->size * sizeof (gfloat);
  }
}

static void
put_fingerprint (guint8 **to, const LstmModel *model)
{
  const gchar *hex = lstm_model_get_fingerprint (model);

  for (guint i = 0; i < LSTM_STATE_DIGEST_BYTES; i++)
    *(*to)++ = (guint8) (g_ascii_xdigit_value (hex[2 * i]) * 16 +
                         g_ascii_xdigit_value (hex[2 * i + 1]));
}

/**
 * lstm_state_save:
 * @stream: a stream, with which no thread processes meanwhile
 * @extras: (nullable): what to save with it
 * @error: return location for a #GError
 *
 * Writes a stream's state down: the model's fingerprint, mode, slots as
 * float32, @extras, a checksum. The bytes are the same on every machine and for
 * every kernel set. The stream stays as it is.
 *
 * Returns: (transfer full) (nullable): the saved state; %NULL with
 *   %LSTM_ERROR_VALUE if the key has more than %LSTM_STATE_MAX_KEY bytes or the
 *   whole more than %LSTM_STATE_MAX_BYTES
 */
GBytes *
lstm_state_save (
    const LstmStream *stream, const LstmStateExtras *extras, GError **error)
{
  LstmStream *only = (LstmStream *) stream;

  g_return_val_if_fail (stream != NULL, NULL);
  return lstm_state_save_batch (&only, 1, extras, error);
}

/* The header, up to the key. */
static void
put_header (
    guint8 **to, const LstmPlan *plan, const LstmStateView *says, gsize size)
{
  put (to, LSTM_STATE_MAGIC, LSTM_STATE_MAGIC_BYTES);
  put_u32 (to, LSTM_STATE_VERSION);
  put_u32 (to, plan->mode);
  put_u64 (to, size);
  put_fingerprint (to, plan->model);
  put_u64 (to, says->frames);
  put_u64 (to, says->pending_size);
  put_u32 (to, (guint32) says->key_size);
  put_u32 (to, plan->slots->len);
  put_u32 (to, says->n_streams);
}

/* What is to be said beside the slots. */
static LstmStateView
view_extras (const LstmStateExtras *extras, guint n_streams)
{
  LstmStateView says = { .n_streams = n_streams };

  if (!extras)
    return says;
  says.frames = extras->frames;
  says.key = extras->key;
  says.key_size = extras->key ? strlen (extras->key) : 0;
  if (extras->pending)
    says.pending = g_bytes_get_data (extras->pending, &says.pending_size);
  return says;
}

/**
 * lstm_state_save_batch:
 * @streams: (array length=n_streams): streams of one plan, with which no thread
 *   processes meanwhile
 * @n_streams: at least 1
 * @extras: (nullable): what to save with them
 * @error: return location for a #GError
 *
 * Writes the states of streams that stand side by side down as one, as
 * lstm_state_save() does for one stream.
 *
 * Returns: (transfer full) (nullable): the saved state; %NULL as from
 *   lstm_state_save()
 */
GBytes *
lstm_state_save_batch (LstmStream *const *streams, guint n_streams,
    const LstmStateExtras *extras, GError **error)
{
  const LstmPlan *plan;
  LstmStateView says;
  gsize size;
  guint8 *blob, *to;

  g_return_val_if_fail (streams != NULL && n_streams > 0, NULL);
  plan = streams[0]->plan;
  says = view_extras (extras, n_streams);
  if (!g_size_checked_add (
          &size, says.pending_size, slots_size (plan, n_streams)) ||
      !g_size_checked_add (&size, size,
          LSTM_STATE_HEADER_BYTES + LSTM_STATE_DIGEST_BYTES + says.key_size))
    size = G_MAXSIZE;
  if (!check_lengths (says.key_size, says.pending_size, size, error))
    return NULL;

  to = blob = g_malloc (size);
  put_header (&to, plan, &says, size);
  put (&to, says.key, says.key_size);
  for (guint i = 0; i < plan->slots->len; i++)
    put_slot (
        &to, streams, n_streams, &g_array_index (plan->slots, LstmSlot, i));
  put (&to, says.pending, says.pending_size);
  lstm_state_checksum (blob, to - blob, to);
  return g_bytes_new_take (blob, size);
}

/* ---- loading ---- */

static const gchar *
mode_name (guint32 mode)
{
  return mode == LSTM_MODE_FRAME    ? "frame"
         : mode == LSTM_MODE_WINDOW ? "window"
                                    : "an unknown";
}

static gboolean
check_model (const LstmStateView *view, const LstmPlan *plan, GError **error)
{
  const gchar *expected = lstm_model_get_fingerprint (plan->model);
  gchar found[2 * LSTM_STATE_DIGEST_BYTES + 1];

  lstm_state_digest_to_hex (view->fingerprint, found);
  if (strcmp (found, expected) != 0) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
        "the saved state is of another model: its fingerprint is %s, expected "
        "%s (model '%s'); run the model that it was saved from, or delete it "
        "to "
        "start from the initial state",
        found, expected, plan->model->name);
    return FALSE;
  }
  if (view->mode != plan->mode) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_MODE,
        "the saved state was saved in %s mode, expected %s mode; run the model "
        "in the mode that it was saved in, or delete it to start from the "
        "initial state",
        mode_name (view->mode), mode_name (plan->mode));
    return FALSE;
  }
  return TRUE;
}

static const LstmStateSlot *
find_slot (const LstmStateView *view, const LstmSlot *slot)
{
  gsize size = strlen (slot->name);

  for (guint i = 0; i < view->slots->len; i++) {
    const LstmStateSlot *saved = &g_array_index (view->slots, LstmStateSlot, i);

    if (saved->name_size == size && memcmp (saved->name, slot->name, size) == 0)
      return saved;
  }
  return NULL;
}

static gchar *
list_slots (const LstmStateView *view)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < view->slots->len && i < 20; i++) {
    const LstmStateSlot *slot = &g_array_index (view->slots, LstmStateSlot, i);
    g_autofree gchar *name = g_strndup (slot->name, slot->name_size);
    g_autofree gchar *valid = g_utf8_make_valid (name, -1);

    g_string_append_printf (text, "%s%s", i ? ", " : "", valid);
  }
  if (view->slots->len > 20)
    g_string_append (text, ", ...");
  return g_string_free (text, FALSE);
}

static gboolean
check_slot (const LstmStateView *view, const LstmSlot *slot, GError **error)
{
  const LstmStateSlot *saved = find_slot (view, slot);
  g_autofree gchar *found = NULL, *expected = NULL, *names = NULL;

  if (saved && lstm_shape_equal (&saved->shape, &slot->shape))
    return TRUE;
  if (!saved) {
    names = list_slots (view);
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "the saved state has no slot '%s'; it has: %s; delete it to start from "
        "the initial state",
        slot->name, names);
    return FALSE;
  }
  found = lstm_shape_to_string (&saved->shape);
  expected = lstm_shape_to_string (&slot->shape);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
      "slot '%s' of the saved state has shape %s, expected %s; delete it to "
      "start "
      "from the initial state",
      slot->name, found, expected);
  return FALSE;
}

/* As many slots, and each of the plan's among them: so they are the same. */
static gboolean
check_slots (const LstmStateView *view, const LstmPlan *plan, GError **error)
{
  for (guint i = 0; i < plan->slots->len; i++)
    if (!check_slot (view, &g_array_index (plan->slots, LstmSlot, i), error))
      return FALSE;
  if (view->slots->len == plan->slots->len)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
      "the saved state has %u slots, expected %u; delete it to start from the "
      "initial state",
      view->slots->len, plan->slots->len);
  return FALSE;
}

static void
fill_extras (LstmStateExtras *extras, const LstmStateView *view)
{
  if (!extras)
    return;
  *extras = (LstmStateExtras){ 0 };
  if (view->key_size > 0)
    extras->key = g_strndup (view->key, view->key_size);
  extras->frames = view->frames;
  if (view->pending_size > 0)
    extras->pending = g_bytes_new (view->pending, view->pending_size);
}

/**
 * lstm_state_load:
 * @state: what lstm_state_save() gave
 * @stream: a stream of the same model in the same mode, with which no thread
 *   processes meanwhile
 * @extras: (out caller-allocates) (optional): what was saved with it, to be
 *   cleared with lstm_state_extras_clear(); what was there is not freed; a key
 *   and pending bytes of length 0 come back as %NULL
 * @error: return location for a #GError
 *
 * Puts a saved state into a stream, wholly or, on an error, not at all.
 *
 * Returns: %FALSE with %LSTM_ERROR_FORMAT if the bytes are no saved state, are
 *   damaged or of another version; %LSTM_ERROR_VALUE if they are of a model
 *   with another fingerprint; %LSTM_ERROR_MODE if they were saved in another
 *   mode; %LSTM_ERROR_SHAPE if their slots are not the stream's, or they are
 *   those of several streams
 */
gboolean
lstm_state_load (
    GBytes *state, LstmStream *stream, LstmStateExtras *extras, GError **error)
{
  g_return_val_if_fail (stream != NULL, FALSE);
  return lstm_state_load_batch (state, &stream, 1, extras, error);
}

static gboolean
check_streams (const LstmStateView *view, guint n_streams, GError **error)
{
  if (view->n_streams == n_streams)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
      "the saved state is of a batch of %u, expected one of %u; run the model "
      "with the batch that it was saved with, or delete it to start from the "
      "initial state",
      view->n_streams, n_streams);
  return FALSE;
}

/**
 * lstm_state_load_batch:
 * @state: what lstm_state_save_batch() gave
 * @streams: (array length=n_streams): streams of one plan, of the same model in
 *   the same mode, with which no thread processes meanwhile
 * @n_streams: as many as were saved
 * @extras: (out caller-allocates) (optional): as from lstm_state_load()
 * @error: return location for a #GError
 *
 * Puts a saved state into streams that stand side by side, wholly or, on an
 * error, not at all.
 *
 * Returns: %FALSE as lstm_state_load() does, with %LSTM_ERROR_SHAPE as well if
 *   it is of another number of streams
 */
gboolean
lstm_state_load_batch (GBytes *state, LstmStream *const *streams,
    guint n_streams, LstmStateExtras *extras, GError **error)
{
  g_auto (LstmStateView) view = { 0 };
  const LstmPlan *plan;

  g_return_val_if_fail (state && streams && n_streams > 0, FALSE);
  plan = streams[0]->plan;
  if (!lstm_state_view_init (&view, state, error) ||
      !check_model (&view, plan, error) || !check_slots (&view, plan, error) ||
      !check_streams (&view, n_streams, error))
    return FALSE;
  for (guint i = 0; i < plan->slots->len; i++) {
    const LstmSlot *slot = &g_array_index (plan->slots, LstmSlot, i);
    const LstmStateSlot *saved = find_slot (&view, slot);

    for (guint k = 0; k < n_streams; k++)
      copy_floats (streams[k]->data + slot->offset,
          saved->data + k * slot->size * sizeof (gfloat), slot->size);
  }
  fill_extras (extras, &view);
  return TRUE;
}

/**
 * lstm_state_inspect:
 * @state: what lstm_state_save() gave
 * @fingerprint: (out) (optional) (transfer full): of the model that it is of
 * @extras: (out caller-allocates) (optional): what was saved with it, as from
 *   lstm_state_load()
 * @error: return location for a #GError
 *
 * Tells what a saved state is of, without a stream to put it into.
 *
 * Returns: %FALSE with %LSTM_ERROR_FORMAT if the bytes are no saved state, are
 *   damaged or of another version
 */
gboolean
lstm_state_inspect (
    GBytes *state, gchar **fingerprint, LstmStateExtras *extras, GError **error)
{
  g_auto (LstmStateView) view = { 0 };
  gchar hex[2 * LSTM_STATE_DIGEST_BYTES + 1];

  g_return_val_if_fail (state != NULL, FALSE);
  if (!lstm_state_view_init (&view, state, error))
    return FALSE;
  lstm_state_digest_to_hex (view.fingerprint, hex);
  if (fingerprint)
    *fingerprint = g_strdup (hex);
  fill_extras (extras, &view);
  return TRUE;
}
