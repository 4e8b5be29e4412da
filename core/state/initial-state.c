/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A stream's slots from a file of tensors that the user made. */

#include <lstm/error.h>
#include <lstm/state.h>
#include <string.h>

#include "config/suggest.h"
#include "engine/stream-private.h"
#include "state/tensors.h"

/* An axis of 1 before the slot's own is the batch of one that Keras has. */
static gboolean
fits (const LstmTensor *tensor, const LstmSlot *slot)
{
  LstmShape shape = tensor->shape;

  if (shape.rank == slot->shape.rank + 1 && shape.dims[0] == 1) {
    shape.rank--;
    for (guint i = 0; i < shape.rank; i++)
      shape.dims[i] = shape.dims[i + 1];
  }
  return lstm_shape_equal (&shape, &slot->shape);
}

static gint
find_slot (const LstmPlan *plan, const gchar *name)
{
  for (guint i = 0; i < lstm_plan_get_n_slots (plan); i++)
    if (strcmp (lstm_plan_get_slot (plan, i)->name, name) == 0)
      return (gint) i;
  return -1;
}

static void
set_unknown (
    GError **error, const LstmPlan *plan, const gchar *path, const gchar *name)
{
  guint n = lstm_plan_get_n_slots (plan);
  g_autofree const gchar **names = g_new0 (const gchar *, n + 1);
  g_autofree gchar *list = NULL;
  const gchar *near;

  for (guint i = 0; i < n; i++)
    names[i] = lstm_plan_get_slot (plan, i)->name;
  list = g_strjoinv (", ", (gchar **) names);
  near = lstm_suggest (name, names);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "%s: '%s' is no state of the model%s%s%s; it has: %s", path, name,
      near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "",
      n > 0 ? list : "none");
}

static gboolean
check (const LstmPlan *plan, const LstmTensors *tensors, const gchar *path,
    GError **error)
{
  for (guint i = 0; i < tensors->list->len; i++) {
    const LstmTensor *tensor = g_ptr_array_index (tensors->list, i);
    gint at = find_slot (plan, tensor->name);
    const LstmSlot *slot;
    g_autofree gchar *found = NULL, *expected = NULL;

    if (at < 0) {
      set_unknown (error, plan, path, tensor->name);
      return FALSE;
    }
    slot = lstm_plan_get_slot (plan, (guint) at);
    if (fits (tensor, slot))
      continue;
    found = lstm_shape_to_string (&tensor->shape);
    expected = lstm_shape_to_string (&slot->shape);
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "%s: '%s' has shape %s, expected %s, the layer's state of one stream",
        path, tensor->name, found, expected);
    return FALSE;
  }
  return TRUE;
}

static void
copy (gfloat *to, const LstmTensor *tensor)
{
  for (gsize i = 0; i < tensor->count; i++) {
    guint32 bits;

    memcpy (&bits, tensor->data + i * sizeof bits, sizeof bits);
    bits = GUINT32_FROM_LE (bits);
    memcpy (&to[i], &bits, sizeof bits);
  }
}

/**
 * lstm_stream_load_initial_state:
 * @stream: a stream, with which no thread processes meanwhile
 * @path: a safetensors file of float32 tensors named as slots are
 *   (`lstm_1/h`, see lstm_plan_get_slot()), each of its slot's shape or with
 * one more axis of 1 before it
 * @error: return location for a #GError
 *
 * Puts the stream into the state that the file says; slots that are not in it
 * are zero. On an error, the stream stays as it is. lstm_stream_reset() knows
 * nothing of the file: to reset to this state, keep a copy of the stream (see
 * lstm_stream_copy()).
 *
 * Returns: %FALSE with %LSTM_ERROR_IO if the file cannot be read,
 *   %LSTM_ERROR_FORMAT if it is no safetensors file of float32 tensors,
 *   %LSTM_ERROR_VALUE if one of its tensors is no slot, %LSTM_ERROR_SHAPE if
 * one has another shape
 */
gboolean
lstm_stream_load_initial_state (
    LstmStream *stream, const gchar *path, GError **error)
{
  g_autoptr (LstmTensors) tensors = NULL;

  g_return_val_if_fail (stream != NULL && path != NULL, FALSE);
  tensors = lstm_tensors_load (path, error);
  if (!tensors || !check (stream->plan, tensors, path, error))
    return FALSE;
  lstm_stream_reset (stream);
  for (guint i = 0; i < lstm_plan_get_n_slots (stream->plan); i++) {
    const LstmTensor *tensor =
        lstm_tensors_find (tensors, lstm_plan_get_slot (stream->plan, i)->name);

    if (tensor)
      copy (lstm_stream_get_slot (stream, i), tensor);
  }
  return TRUE;
}
