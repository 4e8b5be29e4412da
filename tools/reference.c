/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "reference.h"

#include "case-file.h"

#include <string.h>

void
tool_reference_free (ToolReference *reference)
{
  lstm_safetensors_free (reference->tensors);
  g_free (reference->reset_before);
  g_free (reference);
}

const LstmArray *
tool_reference_input (const ToolReference *reference, guint call, guint i)
{
  return i == 0 ? lstm_safetensors_find (reference->tensors, "call%u.x", call)
                : lstm_safetensors_find (
                      reference->tensors, "call%u.x%u", call, i);
}

const LstmArray *
tool_reference_output (const ToolReference *reference, guint call, guint k)
{
  return lstm_safetensors_find (reference->tensors, "call%u.y%u", call, k);
}

/* ---- names ---- */

/* Digits without leading zeros at the beginning of a text; where they end, or
 * NULL. */
static const gchar *
read_number (const gchar *text, guint *number)
{
  guint length = 0;

  *number = 0;
  for (; g_ascii_isdigit (text[length]) && length < 9; length++)
    *number = *number * 10 + (guint) (text[length] - '0');
  if (length == 0 || g_ascii_isdigit (text[length]) ||
      (length > 1 && text[0] == '0'))
    return NULL;
  return text + length;
}

/* What follows call<i>. in a name, or NULL. */
static const gchar *
read_call (const gchar *name, guint *call)
{
  if (!g_str_has_prefix (name, "call"))
    return NULL;
  name = read_number (name + strlen ("call"), call);
  return name != NULL && *name == '.' ? name + 1 : NULL;
}

/* x, x1, x2, ..., or y0, y1, ... */
static gboolean
is_end (const gchar *what, const LstmModel *model)
{
  guint n_inputs = lstm_model_get_n_inputs (model);
  const gchar *rest;
  guint number;

  if (strcmp (what, "x") == 0)
    return TRUE;
  rest = *what != '\0' ? read_number (what + 1, &number) : NULL;
  if (rest == NULL || *rest != '\0')
    return FALSE;
  if (*what == 'x')
    return number > 0 && number < n_inputs;
  return *what == 'y' && number < lstm_model_get_n_outputs (model);
}

static gboolean
split_state (const gchar *what, gchar **layer, guint *number)
{
  const gchar *dot, *rest;

  if (!g_str_has_prefix (what, "state."))
    return FALSE;
  what += strlen ("state.");
  dot = strrchr (what, '.');
  rest = dot != NULL && dot > what ? read_number (dot + 1, number) : NULL;
  if (rest == NULL || *rest != '\0')
    return FALSE;
  if (layer != NULL)
    *layer = g_strndup (what, (gsize) (dot - what));
  return TRUE;
}

gboolean
tool_reference_is_state (const ToolReference *reference, guint i, guint call,
    gchar **layer, guint *number)
{
  const gchar *name = lstm_safetensors_get_name (reference->tensors, i);
  guint own;
  const gchar *what = read_call (name, &own);

  return what != NULL && own == call && split_state (what, layer, number);
}

/* ---- what must be there ---- */

static gboolean
check_names (ToolReference *reference, const LstmModel *model,
    const gchar *path, GError **error)
{
  for (guint i = 0; i < lstm_safetensors_get_n (reference->tensors); i++) {
    const gchar *name = lstm_safetensors_get_name (reference->tensors, i);
    guint call, number;
    const gchar *what = read_call (name, &call);

    if (what == NULL ||
        !(is_end (what, model) || split_state (what, NULL, &number))) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
          "%s: tensor '%s' is nothing that a model of %u inputs and %u outputs "
          "has; expected call<i>.x, call<i>.x<k>, call<i>.y<k> and "
          "call<i>.state.<layer>.<j>, counted from 0",
          path, name, lstm_model_get_n_inputs (model),
          lstm_model_get_n_outputs (model));
      return FALSE;
    }
    reference->n_calls = MAX (reference->n_calls, call + 1);
  }
  return TRUE;
}

static gboolean
check_call (const ToolReference *reference, const LstmModel *model, guint call,
    const gchar *path, GError **error)
{
  guint n_inputs = lstm_model_get_n_inputs (model);
  guint n_outputs = lstm_model_get_n_outputs (model);
  g_autofree gchar *missing = NULL;

  for (guint i = 0; i < n_inputs && missing == NULL; i++)
    if (tool_reference_input (reference, call, i) == NULL)
      missing = i == 0 ? g_strdup_printf ("call%u.x", call)
                       : g_strdup_printf ("call%u.x%u", call, i);
  for (guint k = 0; k < n_outputs && missing == NULL; k++)
    if (tool_reference_output (reference, call, k) == NULL)
      missing = g_strdup_printf ("call%u.y%u", call, k);
  if (missing == NULL)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "%s: tensor '%s' is missing; the model has %u inputs and %u outputs, and "
      "each call has all of them",
      path, missing, n_inputs, n_outputs);
  return FALSE;
}

static gboolean
check_calls (const ToolReference *reference, const LstmModel *model,
    const gchar *path, GError **error)
{
  if (reference->n_calls == 0) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "%s: holds no calls; expected tensors call0.x and call0.y0", path);
    return FALSE;
  }
  for (guint call = 0; call < reference->n_calls; call++)
    if (!check_call (reference, model, call, path, error))
      return FALSE;
  return TRUE;
}

/* ---- resets ---- */

static gboolean
set_reset (
    ToolReference *reference, guint call, const gchar *path, GError **error)
{
  if (call < reference->n_calls) {
    reference->reset_before[call] = TRUE;
    return TRUE;
  }
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "%s: reset_before names call %u, but calls are 0 to %u", path, call,
      reference->n_calls - 1);
  return FALSE;
}

/* Numbers between commas, spaces and brackets. */
static gboolean
read_resets (ToolReference *reference, const gchar *text, const gchar *path,
    GError **error)
{
  for (const gchar *at = text; *at != '\0';) {
    const gchar *end;
    guint call;

    if (strchr (", []", *at) != NULL) {
      at++;
      continue;
    }
    end = read_number (at, &call);
    if (end == NULL) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
          "%s: reset_before is '%s', expected numbers of calls such as '2, 5'",
          path, text);
      return FALSE;
    }
    if (!set_reset (reference, call, path, error))
      return FALSE;
    at = end;
  }
  return TRUE;
}

static gboolean
find_resets (ToolReference *reference, const gchar *path, GError **error)
{
  const gchar *text =
      lstm_safetensors_get_metadata (reference->tensors, "reset_before");
  g_autofree gchar *folder = g_path_get_dirname (path);
  g_autofree gchar *about = g_build_filename (folder, "case.json", NULL);
  g_autofree gchar *content = NULL;
  gsize length;

  reference->reset_before = g_new0 (gboolean, reference->n_calls);
  if (text != NULL)
    return read_resets (reference, text, path, error);
  if (!g_file_test (about, G_FILE_TEST_IS_REGULAR))
    return TRUE;
  return g_file_get_contents (about, &content, &length, error) &&
         tool_case_read_resets (about, content, length, reference->n_calls,
             reference->reset_before, error);
}

ToolReference *
tool_reference_load (const gchar *path, const LstmModel *model, GError **error)
{
  g_autoptr (ToolReference) reference = g_new0 (ToolReference, 1);

  reference->tensors = lstm_safetensors_load (path, error);
  if (reference->tensors == NULL ||
      !check_names (reference, model, path, error) ||
      !check_calls (reference, model, path, error) ||
      !find_resets (reference, path, error))
    return NULL;
  return g_steal_pointer (&reference);
}
