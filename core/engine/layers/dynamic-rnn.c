/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* dynamic_rnn: a cell of TensorFlow 1, or a MultiRNNCell of them, over the
 * steps of a sequence, as tf.nn.dynamic_rnn ran it. A second input has the
 * sequence's length, [batch, 1]: steps from there on give zeros and leave the
 * state as it is. Outputs have no mask. */

#include "engine/layers/layers.h"
#include "engine/layers/recurrent.h"
#include "engine/layers/wrapper.h"

#include <string.h>

/* What a cell is called, and the scope of its variables unless it is named. */
static const struct {
  const gchar *name;
  const gchar *scope;
  const LstmLayerClass *klass;
} cells[] = {
  { "BasicLSTMCell", "basic_lstm_cell", &lstm_layer_tf1_basic_lstm },
  { "LSTMCell", "lstm_cell", &lstm_layer_tf1_lstm },
  { "BasicRNNCell", "basic_rnn_cell", &lstm_layer_tf1_rnn },
  { "GRUCell", "gru_cell", &lstm_layer_tf1_gru },
};

#define NO_MASK (-1)

typedef struct {
  gboolean return_sequences;
  gboolean return_state;
  guint n_cells;      /* the first children */
  LstmLayer *lengths; /* a helper */
} DynamicOptions;

/* ---- the cells ---- */

static gint
find_cell (LstmOptions *options, const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
    if (g_str_equal (cells[i].name, name))
      return (gint) i;
  lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
      "its cell %s is not one that we know; we know: BasicLSTMCell, "
      "BasicRNNCell, GRUCell, LSTMCell and MultiRNNCell of these",
      name);
  return -1;
}

/* The scope of a cell's variables: its name, but for one that was only numbered
 * among those of its class, which TensorFlow does not. */
static const gchar *
scope_of (const LstmWrapped *cell, const gchar *own)
{
  gsize n = strlen (own);

  if (!cell->name || (g_str_has_prefix (cell->name, own) &&
                         cell->name[n] == '_' && cell->name[n + 1] != '\0' &&
                         strspn (cell->name + n + 1, "0123456789") ==
                             strlen (cell->name + n + 1)))
    return own;
  return cell->name;
}

/* The config of a cell as a layer; a layer that another one reads gives all its
 * steps, and only what comes out has zeros beyond the length. */
static GVariant *
layer_config (const LstmLayer *layer, GVariant *cell, gboolean last)
{
  const DynamicOptions *o = layer->options;
  gboolean sequences = !last || o->return_sequences;
  GVariantDict config;

  g_variant_dict_init (&config, cell);
  g_variant_dict_insert (&config, "return_sequences", "b", sequences);
  g_variant_dict_insert (&config, "return_state", "b", o->return_state);
  g_variant_dict_insert (&config, "stateful", "b", layer->stateful);
  g_variant_dict_insert (
      &config, "zero_output_for_mask", "b", last && sequences);
  return g_variant_dict_end (&config);
}

/* Cell i of n; n is 0 for one that stands alone. */
static void
add_cell (
    LstmLayer *layer, LstmOptions *options, GVariant *dict, guint i, guint n)
{
  g_auto (LstmWrapped) cell = { 0 };
  g_autofree gchar *name = NULL, *prefix = NULL;
  g_autoptr (GVariant) config = NULL;
  g_autoptr (GError) error = NULL;
  DynamicOptions *o = layer->options;
  const gchar *scope;
  LstmLayer *child;
  gint k;

  if (!g_variant_is_of_type (dict, G_VARIANT_TYPE_VARDICT)) {
    lstm_options_fail (options, LSTM_ERROR_FORMAT,
        "config key 'cell' holds something that is no cell with its options");
    return;
  }
  if (!lstm_wrapped_read (options, dict, &cell) ||
      (k = find_cell (options, cell.class_name)) < 0)
    return;
  scope = scope_of (&cell, cells[k].scope);
  name = n == 0 ? g_strdup (layer->name)
                : g_strdup_printf ("%s/cell_%u", layer->name, i);
  prefix = n == 0 ? g_strdup_printf ("%s/", scope)
                  : g_strdup_printf ("multi_rnn_cell/cell_%u/%s/", i, scope);
  config = g_variant_ref_sink (
      layer_config (layer, cell.config, n == 0 || i + 1 == n));
  child = lstm_layer_new_of_class (
      cells[k].klass, name, config, options->keras, options->notes, &error);
  if (!child) {
    lstm_options_fail (options, error->code, "%s", error->message);
    return;
  }
  lstm_layer_add_child (layer, child, prefix);
  o->n_cells++;
}

static GVariant *
unbox (GVariant *list, gsize i)
{
  g_autoptr (GVariant) child = g_variant_get_child_value (list, i);

  return g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT)
             ? g_variant_get_variant (child)
             : g_steal_pointer (&child);
}

static void
add_stack (LstmLayer *layer, LstmOptions *options, GVariant *config)
{
  g_autoptr (GVariant) list = g_variant_lookup_value (config, "cells", NULL);
  gsize n;

  if (!list || !g_variant_is_of_type (list, G_VARIANT_TYPE_ARRAY) ||
      g_variant_is_of_type (list, G_VARIANT_TYPE_VARDICT) ||
      g_variant_n_children (list) == 0) {
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "its MultiRNNCell has no cells, expected cells: [...] with at least "
        "one");
    return;
  }
  n = g_variant_n_children (list);
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) dict = unbox (list, i);

    add_cell (layer, options, dict, (guint) i, (guint) n);
  }
}

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  DynamicOptions *o = layer->options;
  g_autoptr (GVariant) dict = NULL;
  g_auto (LstmWrapped) cell = { 0 };

  layer->recurrent = TRUE;
  layer->stateful = lstm_options_bool (options, "stateful", FALSE);
  o->return_sequences = lstm_options_bool (options, "return_sequences", TRUE);
  o->return_state = lstm_options_bool (options, "return_state", FALSE);
  dict = lstm_options_dict (options, "cell");
  if (!dict) {
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "config key 'cell' is missing, expected one such as BasicLSTMCell: "
        "{num_units: 20}");
    return;
  }
  if (!lstm_wrapped_read (options, dict, &cell))
    return;
  if (g_str_equal (cell.class_name, "MultiRNNCell"))
    add_stack (layer, options, cell.config);
  else
    add_cell (layer, options, dict, 0, 0);
  o->lengths = lstm_layer_add_helper (layer, &lstm_layer_sequence_mask, NULL);
}

/* ---- calls ---- */

static guint
n_states_of (const LstmLayer *layer, guint cell)
{
  return lstm_recurrent_cell (g_ptr_array_index (layer->children, cell))
      ->n_states;
}

static gboolean
check_states (const LstmLayer *layer, guint n_states, GError **error)
{
  const DynamicOptions *o = layer->options;
  guint expected = 0;

  for (guint i = 0; i < o->n_cells; i++)
    expected += n_states_of (layer, i);
  if (n_states == 0 || n_states == expected)
    return TRUE;
  return lstm_shape_error (error, layer,
      "initial_state holds %u values, expected %u: those of %u cells, the "
      "lowest first, of each h and then c",
      n_states, expected, o->n_cells);
}

/* Calls cell after cell on what the one before gives. */
static gboolean
call_cells (LstmModelBuilder *builder, const LstmLayer *layer,
    LstmValueId *value, const LstmValueId *states, guint n_states,
    GArray *last_states, GError **error)
{
  const DynamicOptions *o = layer->options;

  for (guint i = 0; i < o->n_cells; i++) {
    guint n = n_states > 0 ? n_states_of (layer, i) : 0;
    g_autoptr (GArray) given = lstm_model_builder_call (builder,
        g_ptr_array_index (layer->children, i), value, 1, states, n, error);

    if (!given)
      return FALSE;
    states += n;
    *value = g_array_index (given, LstmValueId, 0);
    g_array_append_vals (
        last_states, &g_array_index (given, LstmValueId, 1), given->len - 1);
  }
  return TRUE;
}

static gboolean
expand (LstmModelBuilder *builder, LstmLayer *layer, const LstmValueId *inputs,
    guint n_inputs, const LstmValueId *states, guint n_states, GArray *outputs,
    GError **error)
{
  const DynamicOptions *o = layer->options;
  LstmModel *model = lstm_model_builder_peek (builder);
  g_autoptr (GArray) last_states =
      g_array_new (FALSE, FALSE, sizeof (LstmValueId));
  gint own_mask = lstm_model_value (model, inputs[0])->mask;
  LstmValueId value = inputs[0], lengths;
  gboolean ok;

  if (!check_states (layer, n_states, error) ||
      (n_inputs > 1 && !lstm_model_builder_call_one (builder, o->lengths,
                           inputs, n_inputs, &lengths, error)))
    return FALSE;
  lstm_model_value (model, inputs[0])->mask =
      n_inputs > 1 ? (gint) lengths : NO_MASK;
  ok =
      call_cells (builder, layer, &value, states, n_states, last_states, error);
  lstm_model_value (model, inputs[0])->mask = own_mask;
  if (!ok)
    return FALSE;
  lstm_model_value (model, value)->mask = NO_MASK;
  g_array_append_val (outputs, value);
  g_array_append_vals (outputs, last_states->data, last_states->len);
  return TRUE;
}

const LstmLayerClass lstm_layer_dynamic_rnn = {
  .name = "dynamic_rnn",
  .options_size = sizeof (DynamicOptions),
  .min_inputs = 1,
  .max_inputs = 2,
  .takes_state = TRUE,
  .configure = configure,
  .expand = expand,
};
