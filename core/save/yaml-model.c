/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A model as YAML: what its builder was asked for, in that order, so that who
 * reads it asks for the same again. */

#include "save/yaml-model.h"

#include "save/yaml-options.h"

#include <lstm/error.h>
#include <math.h>
#include <string.h>

/* One list of layers. */
typedef struct {
  LstmYamlText *text;
  const LstmModel *model;
  const gchar *prefix; /* that names of layers are written without, or "" */
  GHashTable *names;   /* value, plus 1 -> owned text that refers to it */
  GHashTable *called;  /* LstmLayer -> owned name of its first call */
  GHashTable *taken;   /* owned names of entries */
  gint64 last;         /* the value that the next layer is called on if nothing
                        * else is said, or -1 */
} Scope;

static gboolean write_calls (
    Scope *scope, guint from, guint to, GError **error);

static void
scope_init (Scope *scope, LstmYamlText *text, const LstmModel *model,
    const gchar *prefix)
{
  *scope =
      (Scope){ .text = text, .model = model, .prefix = prefix, .last = -1 };
  scope->names = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  scope->called = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  scope->taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
scope_clear (Scope *scope)
{
  g_clear_pointer (&scope->names, g_hash_table_unref);
  g_clear_pointer (&scope->called, g_hash_table_unref);
  g_clear_pointer (&scope->taken, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scope, scope_clear)

static const LstmCall *
call_at (const Scope *scope, guint i)
{
  return &g_array_index (scope->model->calls, LstmCall, i);
}

/* ---- names ---- */

/* (transfer full): @name, or with a number where it is taken. */
static gchar *
take_name (Scope *scope, const gchar *name)
{
  gchar *unique = g_strdup (name);

  for (guint i = 1; !g_hash_table_add (scope->taken, g_strdup (unique)); i++) {
    g_free (unique);
    unique = g_strdup_printf ("%s (%u)", name, i);
  }
  return unique;
}

static void
set_value (Scope *scope, LstmValueId value, const gchar *name, guint k)
{
  g_hash_table_insert (scope->names, GUINT_TO_POINTER (value + 1),
      k == 0 ? g_strdup (name) : g_strdup_printf ("%s:%u", name, k));
}

static void
set_values (Scope *scope, const LstmCall *call, const gchar *name)
{
  const LstmValueId *outputs = call->values + call->n_inputs + call->n_states;

  for (guint k = call->n_outputs; k > 0; k--)
    set_value (scope, outputs[k - 1], name, k - 1);
  scope->last = call->n_outputs == 1 ? (gint64) outputs[0] : -1;
}

static gboolean
write_reference (Scope *scope, LstmValueId value, GError **error)
{
  const gchar *name =
      g_hash_table_lookup (scope->names, GUINT_TO_POINTER (value + 1));

  if (name != NULL) {
    lstm_yaml_text_add_string (scope->text, name);
    return TRUE;
  }
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "a layer within TimeDistributed reads a value from outside of it, which "
      "YAML has no word for");
  return FALSE;
}

static gboolean
write_references (Scope *scope, const gchar *key, const LstmValueId *values,
    guint n, GError **error)
{
  lstm_yaml_text_add_string (scope->text, key);
  if (n != 1)
    lstm_yaml_text_open_list (scope->text, TRUE);
  for (guint i = 0; i < n; i++)
    if (!write_reference (scope, values[i], error))
      return FALSE;
  if (n != 1)
    lstm_yaml_text_close_list (scope->text);
  return TRUE;
}

/* What a layer is called on. */
static gboolean
write_inputs (Scope *scope, const LstmCall *call, GError **error)
{
  if ((call->n_inputs != 1 || (gint64) call->values[0] != scope->last) &&
      !write_references (scope, "inputs", call->values, call->n_inputs, error))
    return FALSE;
  if (call->n_states > 0 &&
      !write_references (scope, "initial_state", call->values + call->n_inputs,
          call->n_states, error))
    return FALSE;
  if (call->mask_with_state && call->kind == LSTM_CALL_LAYER) {
    lstm_yaml_text_add_string (scope->text, "mask");
    lstm_yaml_text_add_boolean (scope->text, TRUE);
  }
  return TRUE;
}

/* A name without the prefix, or the whole with a slash before it. */
static void
write_layer_name (Scope *scope, const gchar *name)
{
  g_autofree gchar *whole = NULL;

  lstm_yaml_text_add_string (scope->text, "name");
  if (g_str_has_prefix (name, scope->prefix) && name[0] != '/')
    name += strlen (scope->prefix);
  else
    name = whole = g_strconcat ("/", name, NULL);
  lstm_yaml_text_add_string (scope->text, name);
}

/* ---- calls ---- */

static gboolean
write_again (Scope *scope, const LstmCall *call, GError **error)
{
  const gchar *first = g_hash_table_lookup (scope->called, call->layer);
  g_autofree gchar *name = take_name (scope, first);

  lstm_yaml_text_open_mapping (scope->text, FALSE);
  lstm_yaml_text_add_string (scope->text, "call");
  lstm_yaml_text_open_mapping (scope->text, TRUE);
  lstm_yaml_text_add_string (scope->text, "layer");
  lstm_yaml_text_add_string (scope->text, first);
  lstm_yaml_text_add_string (scope->text, "name");
  lstm_yaml_text_add_string (scope->text, name);
  if (!write_inputs (scope, call, error))
    return FALSE;
  lstm_yaml_text_close_mapping (scope->text);
  lstm_yaml_text_close_mapping (scope->text);
  set_values (scope, call, name);
  return TRUE;
}

/* The name by which others refer to a layer; it must be the layer's own. */
static gchar *
enter_layer (Scope *scope, const LstmLayer *layer, GError **error)
{
  const gchar *name = layer->name;
  g_autofree gchar *own = NULL;

  if (g_str_has_prefix (name, scope->prefix) && name[0] != '/')
    own = g_strdup (name + strlen (scope->prefix));
  else
    own = g_strconcat ("/", name, NULL);
  if (*own != '\0' && g_hash_table_add (scope->taken, g_strdup (own))) {
    g_hash_table_insert (scope->called, (gpointer) layer, g_strdup (own));
    return g_steal_pointer (&own);
  }
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "two layers or inputs have the name '%s'; expected another for each: "
      "rename one in Keras and save the model again",
      own);
  return NULL;
}

static gboolean
write_layer (Scope *scope, const LstmCall *call, GError **error)
{
  g_autofree gchar *name = enter_layer (scope, call->layer, error);

  if (name == NULL)
    return FALSE;
  lstm_yaml_text_open_mapping (scope->text, FALSE);
  lstm_yaml_text_add_string (
      scope->text, lstm_layer_get_class_name (call->layer));
  lstm_yaml_text_open_mapping (scope->text, TRUE);
  write_layer_name (scope, call->layer->name);
  if (!write_inputs (scope, call, error) ||
      !lstm_yaml_options_write (scope->text, call->layer, error))
    return FALSE;
  lstm_yaml_text_close_mapping (scope->text);
  lstm_yaml_text_close_mapping (scope->text);
  set_values (scope, call, name);
  return TRUE;
}

/* The LSTM_CALL_END that belongs to the LSTM_CALL_BEGIN at @from. */
static guint
find_end (const Scope *scope, guint from)
{
  guint depth = 0, i = from;

  do {
    LstmCallKind kind = call_at (scope, i++)->kind;

    depth += kind == LSTM_CALL_BEGIN;
    depth -= kind == LSTM_CALL_END;
  } while (depth > 0);
  return i - 1;
}

/* "td/encoder/" where the first layer of those that the TimeDistributed "td"
 * distributes is called "td/encoder/lstm"; else NULL. */
static gchar *
find_prefix (const Scope *scope, guint from, const gchar *around)
{
  const LstmCall *call;
  const gchar *name, *slash;
  gsize n = strlen (around);

  while (call_at (scope, from)->kind == LSTM_CALL_BEGIN)
    from++;
  call = call_at (scope, from);
  name = call->layer->name;
  if (strncmp (name, around, n) != 0 || name[n] != '/')
    return NULL;
  slash = strchr (name + n + 1, '/');
  return slash != NULL ? g_strndup (name, (gsize) (slash + 1 - name)) : NULL;
}

static gboolean
write_inner_model (
    Scope *inner, guint from, guint to, const LstmCall *end, GError **error)
{
  LstmValueId output = end->values[1];
  g_autofree gchar *input = take_name (inner, "input");

  lstm_yaml_text_add_string (inner->text, "layers");
  lstm_yaml_text_open_list (inner->text, FALSE);
  lstm_yaml_text_open_mapping (inner->text, FALSE);
  lstm_yaml_text_add_string (inner->text, "InputLayer");
  lstm_yaml_text_open_mapping (inner->text, TRUE);
  lstm_yaml_text_add_string (inner->text, "name");
  lstm_yaml_text_add_string (inner->text, input);
  lstm_yaml_text_close_mapping (inner->text);
  lstm_yaml_text_close_mapping (inner->text);
  set_value (inner, end->values[0], input, 0);
  inner->last = end->values[0];
  if (!write_calls (inner, from, to, error))
    return FALSE;
  lstm_yaml_text_close_list (inner->text);
  return inner->last == (gint64) output ||
         write_references (inner, "outputs", &output, 1, error);
}

/* TimeDistributed: {layer: {Functional: {layers: [...]}}} */
static gboolean
write_distributed (Scope *scope, guint from, guint to, GError **error)
{
  const LstmCall *end = call_at (scope, to);
  g_autofree gchar *prefix = NULL, *name = NULL;
  g_auto (Scope) inner = { 0 };

  if (g_hash_table_contains (scope->called, end->layer))
    return write_again (scope, end, error);
  name = enter_layer (scope, end->layer, error);
  if (name == NULL)
    return FALSE;
  prefix = find_prefix (scope, from + 1, end->layer->name);
  scope_init (&inner, scope->text, scope->model,
      prefix != NULL ? prefix : "\xff no layer has this");
  lstm_yaml_text_open_mapping (scope->text, FALSE);
  lstm_yaml_text_add_string (
      scope->text, lstm_layer_get_class_name (end->layer));
  lstm_yaml_text_open_mapping (scope->text, FALSE);
  write_layer_name (scope, end->layer->name);
  if (!write_inputs (scope, end, error))
    return FALSE;
  lstm_yaml_text_add_string (scope->text, "layer");
  lstm_yaml_text_open_mapping (scope->text, FALSE);
  lstm_yaml_text_add_string (scope->text, "Functional");
  lstm_yaml_text_open_mapping (scope->text, FALSE);
  if (prefix != NULL) {
    g_autofree gchar *own = g_strndup (prefix + strlen (end->layer->name) + 1,
        strlen (prefix) - strlen (end->layer->name) - 2);

    lstm_yaml_text_add_string (scope->text, "name");
    lstm_yaml_text_add_string (scope->text, own);
  }
  if (!write_inner_model (&inner, from + 1, to, end, error))
    return FALSE;
  for (guint i = 0; i < 4; i++)
    lstm_yaml_text_close_mapping (scope->text);
  set_values (scope, end, name);
  return TRUE;
}

static gboolean
write_calls (Scope *scope, guint from, guint to, GError **error)
{
  for (guint i = from; i < to; i++) {
    const LstmCall *call = call_at (scope, i);
    gboolean ok;

    if (call->kind == LSTM_CALL_BEGIN) {
      guint end = find_end (scope, i);

      ok = write_distributed (scope, i, end, error);
      i = end;
    } else if (g_hash_table_contains (scope->called, call->layer)) {
      ok = write_again (scope, call, error);
    } else {
      ok = write_layer (scope, call, error);
    }
    if (!ok)
      return FALSE;
  }
  return TRUE;
}

/* ---- the whole model ---- */

static void
write_input (Scope *scope, const LstmEnd *end)
{
  const LstmModel *model = scope->model;
  const LstmShape *shape = &lstm_model_value (model, end->value)->spec.shape;
  g_autofree gchar *name = take_name (scope, end->name);

  lstm_yaml_text_open_mapping (scope->text, TRUE);
  lstm_yaml_text_add_string (scope->text, "shape");
  lstm_yaml_text_open_list (scope->text, TRUE);
  for (guint i = 0; i < shape->rank; i++) {
    if (shape->dims[i] == LSTM_DIM_UNKNOWN)
      lstm_yaml_text_add_null (scope->text);
    else
      lstm_yaml_text_add_whole (scope->text, shape->dims[i]);
  }
  lstm_yaml_text_close_list (scope->text);
  if (model->batch != LSTM_DIM_UNKNOWN) {
    lstm_yaml_text_add_string (scope->text, "batch_size");
    lstm_yaml_text_add_whole (scope->text, model->batch);
  }
  lstm_yaml_text_add_string (scope->text, "name");
  lstm_yaml_text_add_string (scope->text, name);
  lstm_yaml_text_close_mapping (scope->text);
  set_value (scope, end->value, name, 0);
  scope->last = model->inputs->len == 1 ? (gint64) end->value : -1;
}

static void
write_inputs_of_model (Scope *scope)
{
  GArray *inputs = scope->model->inputs;

  lstm_yaml_text_add_string (scope->text, "input");
  if (inputs->len != 1)
    lstm_yaml_text_open_list (scope->text, FALSE);
  for (guint i = 0; i < inputs->len; i++)
    write_input (scope, &g_array_index (inputs, LstmEnd, i));
  if (inputs->len != 1)
    lstm_yaml_text_close_list (scope->text);
}

/* Whether the outputs are what they are where nothing is said of them. */
static gboolean
is_last_alone (const Scope *scope)
{
  const LstmEnd *end = &g_array_index (scope->model->outputs, LstmEnd, 0);
  const gchar *name =
      g_hash_table_lookup (scope->names, GUINT_TO_POINTER (end->value + 1));

  return scope->model->outputs->len == 1 &&
         (gint64) end->value == scope->last && g_strcmp0 (name, end->name) == 0;
}

static gboolean
write_outputs (Scope *scope, GError **error)
{
  GArray *outputs = scope->model->outputs;

  if (is_last_alone (scope))
    return TRUE;
  lstm_yaml_text_add_string (scope->text, "outputs");
  lstm_yaml_text_open_mapping (scope->text, TRUE);
  for (guint i = 0; i < outputs->len; i++) {
    const LstmEnd *end = &g_array_index (outputs, LstmEnd, i);

    lstm_yaml_text_add_string (scope->text, end->name);
    if (!write_reference (scope, end->value, error))
      return FALSE;
  }
  lstm_yaml_text_close_mapping (scope->text);
  return TRUE;
}

static gboolean
is_finite (const LstmLayer *layer)
{
  for (guint i = 0; i < layer->weights->len; i++) {
    const LstmWeight *weight = g_ptr_array_index (layer->weights, i);
    gint64 n = lstm_shape_count (&weight->shape);

    for (gint64 k = 0; weight->data != NULL && k < n; k++)
      if (!isfinite (weight->data[k]))
        return FALSE;
  }
  for (guint i = 0; i < layer->children->len; i++)
    if (!is_finite (g_ptr_array_index (layer->children, i)))
      return FALSE;
  return TRUE;
}

static void
write_head (Scope *scope, const gchar *weights)
{
  const LstmModel *model = scope->model;
  gboolean finite = TRUE;

  for (guint i = 0; i < model->layers->len; i++)
    finite = finite && is_finite (g_ptr_array_index (model->layers, i));
  lstm_yaml_text_add_string (scope->text, "name");
  lstm_yaml_text_add_string (scope->text, model->name);
  lstm_yaml_text_add_string (scope->text, "keras");
  lstm_yaml_text_add_whole (scope->text, model->keras);
  if (weights != NULL) {
    lstm_yaml_text_add_string (scope->text, "weights");
    lstm_yaml_text_add_string (scope->text, weights);
  }
  if (!finite) {
    lstm_yaml_text_add_string (scope->text, "allow_nan");
    lstm_yaml_text_add_boolean (scope->text, TRUE);
  }
  write_inputs_of_model (scope);
}

GString *
lstm_yaml_model_write (
    const LstmModel *model, const gchar *weights, GError **error)
{
  g_autoptr (LstmYamlText) text = lstm_yaml_text_new ();
  g_auto (Scope) scope = { 0 };
  GString *written;

  scope_init (&scope, text, model, "");
  lstm_yaml_text_open_mapping (text, FALSE);
  lstm_yaml_text_add_string (text, "version");
  lstm_yaml_text_add_whole (text, 1);
  lstm_yaml_text_add_string (text, "model");
  lstm_yaml_text_open_mapping (text, FALSE);
  write_head (&scope, weights);
  lstm_yaml_text_add_string (text, "layers");
  lstm_yaml_text_open_list (text, FALSE);
  if (!write_calls (&scope, 0, model->calls->len, error))
    return NULL;
  lstm_yaml_text_close_list (text);
  if (!write_outputs (&scope, error))
    return NULL;
  lstm_yaml_text_close_mapping (text);
  lstm_yaml_text_close_mapping (text);
  written = lstm_yaml_text_finish (g_steal_pointer (&text));
  if (written == NULL)
    g_set_error (
        error, LSTM_ERROR, LSTM_ERROR_IO, "no memory for the model's text");
  return written;
}

gchar *
lstm_yaml_weight_name (const LstmLayer *layer, const LstmWeight *weight)
{
  return g_strconcat (layer->name, "/", weight->name, NULL);
}
