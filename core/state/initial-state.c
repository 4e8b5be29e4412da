/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A stream's slots from a file of tensors that the user made. */

#include <lstm/error.h>
#include <lstm/state.h>
#include <string.h>

#include "config/suggest.h"
#include "engine/stream-private.h"
#include "files/safetensors.h"

/* An axis of 1 before the slot's own is the batch of one that Keras has. */
static gboolean
fits (const LstmArray *array, const LstmSlot *slot)
{
  guint extra = array->rank == slot->shape.rank + 1 && array->shape[0] == 1;

  if (array->rank != slot->shape.rank + extra)
    return FALSE;
  return memcmp (array->shape + extra, slot->shape.dims,
             slot->shape.rank * sizeof (gint64)) == 0;
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
check (const LstmPlan *plan, const LstmSafetensors *tensors, const gchar *path,
    GError **error)
{
  for (guint i = 0; i < lstm_safetensors_get_n (tensors); i++) {
    const LstmArray *array = lstm_safetensors_get (tensors, i);
    const gchar *name = lstm_safetensors_get_name (tensors, i);
    gint at = find_slot (plan, name);
    const LstmSlot *slot;
    g_autofree gchar *found = NULL, *expected = NULL;

    if (at < 0) {
      set_unknown (error, plan, path, name);
      return FALSE;
    }
    slot = lstm_plan_get_slot (plan, (guint) at);
    if (fits (array, slot))
      continue;
    found = lstm_array_shape_to_string (array->rank, array->shape);
    expected = lstm_shape_to_string (&slot->shape);
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "%s: '%s' has shape %s, expected %s, the layer's state of one stream",
        path, name, found, expected);
    return FALSE;
  }
  return TRUE;
}

/**
 * lstm_stream_load_initial_state:
 * @stream: a stream, with which no thread processes meanwhile
 * @path: a safetensors file of tensors named as slots are
 *   (`lstm_1/h`, see lstm_plan_get_slot()), each of its slot's shape or with
 * one more axis of 1 before it
 * @error: return location for a #GError
 *
 * Puts the stream into the state that the file says; slots that are not in it
 * are zero. On an error, the stream stays as it is. lstm_stream_reset() knows
 * nothing of the file: to reset to this state, keep a copy of the stream (see
 * lstm_stream_copy() and lstm_stream_assign()).
 *
 * Returns: %FALSE with %LSTM_ERROR_IO if the file cannot be read,
 *   %LSTM_ERROR_FORMAT if it is no safetensors file,
 *   %LSTM_ERROR_VALUE if one of its tensors is no slot, %LSTM_ERROR_SHAPE if
 * one has another shape
 */
gboolean
lstm_stream_load_initial_state (
    LstmStream *stream, const gchar *path, GError **error)
{
  g_autoptr (LstmSafetensors) tensors = NULL;

  g_return_val_if_fail (stream != NULL && path != NULL, FALSE);
  tensors = lstm_safetensors_load (path, error);
  if (!tensors || !check (stream->plan, tensors, path, error))
    return FALSE;
  lstm_stream_reset (stream);
  for (guint i = 0; i < lstm_plan_get_n_slots (stream->plan); i++) {
    const LstmSlot *slot = lstm_plan_get_slot (stream->plan, i);
    const LstmArray *array = lstm_safetensors_find (tensors, "%s", slot->name);

    if (array)
      memcpy (lstm_stream_get_slot (stream, i), array->data,
          slot->size * sizeof (gfloat));
  }
  return TRUE;
}
