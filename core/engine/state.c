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

static gsize
slots_size (const LstmPlan *plan)
{
  gsize size = 0;

  for (guint i = 0; i < plan->slots->len; i++) {
    const LstmSlot *slot = &g_array_index (plan->slots, LstmSlot, i);

    size += 2 * sizeof (guint32) + slot->shape.rank * sizeof (guint64) +
            strlen (slot->name) + slot->size * sizeof (gfloat);
  }
  return size;
}

static void
put_slot (guint8 **to, const LstmStream *stream, const LstmSlot *slot)
{
  put_u32 (to, (guint32) strlen (slot->name));
  put_u32 (to, slot->shape.rank);
  for (guint i = 0; i < slot->shape.rank; i++)
    put_u64 (to, (guint64) slot->shape.dims[i]);
  put (to, slot->name, strlen (slot->name));
  copy_floats (*to, stream->data + slot->offset, slot->size);
  *to += slot->size * sizeof (gfloat);
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
 * float32,
 * @extras, a checksum. The bytes are the same on every machine and for every
 * kernel set. The stream stays as it is.
 *
 * Returns: (transfer full) (nullable): the saved state; %NULL with
 *   %LSTM_ERROR_VALUE if the key has more than %LSTM_STATE_MAX_KEY bytes or the
 *   whole more than %LSTM_STATE_MAX_BYTES
 */
GBytes *
lstm_state_save (
    const LstmStream *stream, const LstmStateExtras *extras, GError **error)
{
  static const LstmStateExtras none = { 0 };
  const LstmPlan *plan;
  gsize key_size, pending_size = 0, size;
  gconstpointer pending = NULL;
  guint8 *blob, *to;

  g_return_val_if_fail (stream != NULL, NULL);
  plan = stream->plan;
  if (!extras)
    extras = &none;
  key_size = extras->key ? strlen (extras->key) : 0;
  if (extras->pending)
    pending = g_bytes_get_data (extras->pending, &pending_size);
  if (!g_size_checked_add (&size, pending_size,
          LSTM_STATE_HEADER_BYTES + LSTM_STATE_DIGEST_BYTES + key_size +
              slots_size (plan)))
    size = G_MAXSIZE;
  if (!check_lengths (key_size, pending_size, size, error))
    return NULL;

  to = blob = g_malloc (size);
  put (&to, LSTM_STATE_MAGIC, LSTM_STATE_MAGIC_BYTES);
  put_u32 (&to, LSTM_STATE_VERSION);
  put_u32 (&to, plan->mode);
  put_u64 (&to, size);
  put_fingerprint (&to, plan->model);
  put_u64 (&to, extras->frames);
  put_u64 (&to, pending_size);
  put_u32 (&to, (guint32) key_size);
  put_u32 (&to, plan->slots->len);
  put (&to, extras->key, key_size);
  for (guint i = 0; i < plan->slots->len; i++)
    put_slot (&to, stream, &g_array_index (plan->slots, LstmSlot, i));
  put (&to, pending, pending_size);
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
 * with another fingerprint; %LSTM_ERROR_MODE if they were saved in another
 * mode; %LSTM_ERROR_SHAPE if their slots are not the stream's
 */
gboolean
lstm_state_load (
    GBytes *state, LstmStream *stream, LstmStateExtras *extras, GError **error)
{
  g_auto (LstmStateView) view = { 0 };
  const LstmPlan *plan;

  g_return_val_if_fail (state != NULL && stream != NULL, FALSE);
  plan = stream->plan;
  if (!lstm_state_view_init (&view, state, error) ||
      !check_model (&view, plan, error) || !check_slots (&view, plan, error))
    return FALSE;
  for (guint i = 0; i < plan->slots->len; i++) {
    const LstmSlot *slot = &g_array_index (plan->slots, LstmSlot, i);
    const LstmStateSlot *saved = find_slot (&view, slot);

    copy_floats (stream->data + slot->offset, saved->data, slot->size);
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
