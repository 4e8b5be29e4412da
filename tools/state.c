/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "state.h"

#include "files/safetensors.h"

#include <string.h>

static gboolean
check_slots (const ToolRunner *runner, const gchar *path, GError **error)
{
  if (lstm_plan_get_n_slots (runner->plan) > 0)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_MODE,
      "%s: the model has no state that goes from window to window, since none "
      "of its layers is stateful",
      path);
  return FALSE;
}

static gint
find_slot (const LstmPlan *plan, const gchar *name)
{
  for (guint i = 0; i < lstm_plan_get_n_slots (plan); i++)
    if (strcmp (lstm_plan_get_slot (plan, i)->name, name) == 0)
      return (gint) i;
  return -1;
}

static gchar *
list_slots (const LstmPlan *plan)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < lstm_plan_get_n_slots (plan); i++)
    g_string_append_printf (
        text, "%s%s", i > 0 ? ", " : "", lstm_plan_get_slot (plan, i)->name);
  return g_string_free (text, FALSE);
}

static void
slot_shape (const LstmSlot *slot, guint batch, gint64 *shape)
{
  shape[0] = batch;
  memcpy (shape + 1, slot->shape.dims, slot->shape.rank * sizeof *shape);
}

/* ---- reading ---- */

static gboolean
check_names (const LstmPlan *plan, const LstmSafetensors *tensors,
    const gchar *path, GError **error)
{
  const gchar *unknown = NULL, *missing = NULL;
  g_autofree gchar *known = NULL;

  for (guint i = 0; i < lstm_safetensors_get_n (tensors); i++)
    if (find_slot (plan, lstm_safetensors_get_name (tensors, i)) < 0)
      unknown = lstm_safetensors_get_name (tensors, i);
  for (guint i = 0; i < lstm_plan_get_n_slots (plan); i++)
    if (!lstm_safetensors_find (
            tensors, "%s", lstm_plan_get_slot (plan, i)->name))
      missing = lstm_plan_get_slot (plan, i)->name;
  if (unknown == NULL && missing == NULL)
    return TRUE;
  known = list_slots (plan);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
      "%s: %s state '%s'; the model's are: %s", path,
      unknown != NULL ? "holds an unknown" : "lacks the",
      unknown != NULL ? unknown : missing, known);
  return FALSE;
}

static gboolean
set_slot (ToolRunner *runner, guint i, guint batch, const LstmArray *array,
    const gchar *path, GError **error)
{
  const LstmSlot *slot = lstm_plan_get_slot (runner->plan, i);
  gint64 shape[LSTM_MAX_RANK + 1];
  g_autofree gchar *found = NULL, *expected = NULL;

  slot_shape (slot, batch, shape);
  if (array->rank == slot->shape.rank + 1 &&
      memcmp (array->shape, shape, array->rank * sizeof *shape) == 0) {
    for (guint s = 0; s < batch; s++)
      memcpy (lstm_stream_get_slot (g_ptr_array_index (runner->streams, s), i),
          array->data + s * slot->size, slot->size * sizeof (gfloat));
    return TRUE;
  }
  found = lstm_array_shape_to_string (array->rank, array->shape);
  expected = lstm_array_shape_to_string (slot->shape.rank + 1, shape);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
      "%s: state '%s' has shape %s, expected %s: one for each sequence of a "
      "batch",
      path, slot->name, found, expected);
  return FALSE;
}

gboolean
tool_state_load (
    ToolRunner *runner, guint batch, const gchar *path, GError **error)
{
  g_autoptr (LstmSafetensors) tensors = NULL;

  if (!check_slots (runner, path, error))
    return FALSE;
  tensors = lstm_safetensors_load (path, error);
  if (tensors == NULL || !check_names (runner->plan, tensors, path, error))
    return FALSE;
  for (guint i = 0; i < lstm_plan_get_n_slots (runner->plan); i++) {
    const gchar *name = lstm_plan_get_slot (runner->plan, i)->name;

    if (!set_slot (runner, i, batch,
            lstm_safetensors_find (tensors, "%s", name), path, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- writing ---- */

static LstmArray *
get_slot (ToolRunner *runner, guint i, guint batch, GError **error)
{
  const LstmSlot *slot = lstm_plan_get_slot (runner->plan, i);
  gint64 shape[LSTM_MAX_RANK + 1];
  LstmArray *array;

  slot_shape (slot, batch, shape);
  array = lstm_array_new (slot->shape.rank + 1, shape, error);
  for (guint s = 0; array != NULL && s < batch; s++)
    memcpy (array->data + s * slot->size,
        lstm_stream_get_slot (g_ptr_array_index (runner->streams, s), i),
        slot->size * sizeof (gfloat));
  return array;
}

gboolean
tool_state_save (
    ToolRunner *runner, guint batch, const gchar *path, GError **error)
{
  g_autoptr (LstmSafetensors) tensors = lstm_safetensors_new ();

  if (!check_slots (runner, path, error))
    return FALSE;
  for (guint i = 0; i < lstm_plan_get_n_slots (runner->plan); i++) {
    LstmArray *array = get_slot (runner, i, batch, error);

    if (array == NULL)
      return FALSE;
    lstm_safetensors_add (
        tensors, lstm_plan_get_slot (runner->plan, i)->name, array);
  }
  return lstm_safetensors_save (tensors, path, error);
}
