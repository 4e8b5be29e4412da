/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* RNN over a cell or a stack of them: a layer for each cell, each over all that
 * the one before it gives. */

#include "engine/layers/layers.h"
#include "engine/layers/recurrent.h"
#include "engine/layers/wrapper.h"

/* Which layer runs a cell. */
static const struct {
  const gchar *cell;
  const gchar *layer;
} cells[] = {
  { "GRUCell", "GRU" },
  { "LSTMCell", "LSTM" },
  { "SimpleRNNCell", "SimpleRNN" },
};

/* Cells within stacks within stacks; beyond this a file is no model. */
#define MAX_NESTING 16

typedef struct {
  LstmRecurrentOptions sequence; /* no units, no activations */
  guint n_cells;                 /* the first children */
  LstmLayer *reverse;            /* a helper, if go_backwards over a stack */
  LstmLayer *select;             /* the same, if late_zeros */
} RnnOptions;

/* ---- the cells ---- */

/* GVariants {"class_name", "config"} of all cells, the lowest first. */
static void collect (
    LstmOptions *options, GVariant *dict, guint nesting, GPtrArray *dicts);

static void
collect_list (
    LstmOptions *options, GVariant *list, guint nesting, GPtrArray *dicts)
{
  for (gsize i = 0; i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) child = g_variant_get_child_value (list, i);
    g_autoptr (GVariant) dict =
        g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT)
            ? g_variant_get_variant (child)
            : g_variant_ref (child);

    collect (options, dict, nesting + 1, dicts);
  }
}

static void
collect (LstmOptions *options, GVariant *dict, guint nesting, GPtrArray *dicts)
{
  g_auto (LstmWrapped) cell = { 0 };
  g_autoptr (GVariant) list = NULL;

  if (nesting > MAX_NESTING ||
      !g_variant_is_of_type (dict, G_VARIANT_TYPE_VARDICT)) {
    lstm_options_fail (options, LSTM_ERROR_FORMAT,
        "config key 'cell' holds something that is no cell with class_name and "
        "config");
    return;
  }
  if (!lstm_wrapped_read (options, dict, &cell))
    return;
  if (!g_str_equal (cell.class_name, "StackedRNNCells")) {
    g_ptr_array_add (dicts, g_variant_ref (dict));
    return;
  }
  list = g_variant_lookup_value (cell.config, "cells", G_VARIANT_TYPE_ARRAY);
  if (list && !g_variant_is_of_type (list, G_VARIANT_TYPE_VARDICT))
    collect_list (options, list, nesting, dicts);
}

static GPtrArray *
find_cells (LstmOptions *options)
{
  GPtrArray *dicts =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_autoptr (GVariant) cell =
      g_variant_lookup_value (options->config, "cell", NULL);

  if (!lstm_options_has (options, "cell"))
    lstm_options_fail (
        options, LSTM_ERROR_FORMAT, "config key 'cell' is missing");
  else if (g_variant_is_of_type (cell, G_VARIANT_TYPE_ARRAY) &&
           !g_variant_is_of_type (cell, G_VARIANT_TYPE_VARDICT))
    collect_list (options, cell, 0, dicts);
  else
    collect (options, cell, 0, dicts);
  if (dicts->len == 0)
    lstm_options_fail (
        options, LSTM_ERROR_VALUE, "it has no cells, expected at least one");
  return dicts;
}

static const gchar *
find_class (LstmOptions *options, const gchar *cell)
{
  for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
    if (g_str_equal (cells[i].cell, cell))
      return cells[i].layer;
  lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
      "its cell %s is not one that we know; we know: GRUCell, LSTMCell, "
      "SimpleRNNCell and StackedRNNCells of these",
      cell);
  return NULL;
}

/* The config of cell i of n as a layer: a layer that another one reads gives
 * all its steps, and only the last may have the zeros of masked ones. */
static GVariant *
layer_config (const LstmLayer *layer, GVariant *cell, guint i, guint n)
{
  const RnnOptions *o = layer->options;
  gboolean last = i + 1 == n;
  GVariantDict config;

  g_variant_dict_init (&config, cell);
  g_variant_dict_insert (
      &config, "return_sequences", "b", !last || o->sequence.return_sequences);
  g_variant_dict_insert (
      &config, "return_state", "b", o->sequence.return_state);
  g_variant_dict_insert (
      &config, "go_backwards", "b", n == 1 && o->sequence.go_backwards);
  g_variant_dict_insert (&config, "stateful", "b", layer->stateful);
  g_variant_dict_insert (&config, "zero_output_for_mask", "b",
      last && o->sequence.zero_output_for_mask &&
          (n == 1 || !o->sequence.late_zeros));
  g_variant_dict_insert (&config, "unroll", "b", o->sequence.late_zeros);
  if (o->sequence.prefers_state)
    g_variant_dict_insert (&config, "time_major", "b", FALSE);
  return g_variant_dict_end (&config);
}

/* A single cell goes by the layer's name, cells of a stack by their own. */
static void
add_cell (
    LstmLayer *layer, LstmOptions *options, GVariant *dict, guint i, guint n)
{
  g_auto (LstmWrapped) cell = { 0 };
  g_autofree gchar *own = NULL, *name = NULL, *prefix = NULL;
  const gchar *class_name;
  LstmLayer *child;

  if (!lstm_wrapped_read (options, dict, &cell))
    return;
  class_name = find_class (options, cell.class_name);
  if (!class_name)
    return;
  own = cell.name ? g_strdup (cell.name) : g_strdup_printf ("cell_%u", i);
  name = n == 1 ? g_strdup (layer->name)
                : g_strdup_printf ("%s/%s", layer->name, own);
  prefix = n == 1 ? NULL : g_strconcat (own, "/", NULL);
  child = lstm_wrapped_new (
      options, class_name, name, layer_config (layer, cell.config, i, n));
  if (child)
    lstm_layer_add_child (layer, child, prefix);
}

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  RnnOptions *o = layer->options;
  g_autoptr (GPtrArray) dicts = NULL;

  lstm_recurrent_configure_sequence (layer, options);
  if (lstm_options_int (options, "num_constants", 0, 0, G_MAXINT32) > 0)
    lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
        "num_constants is not 0: constants are not known here");
  dicts = find_cells (options);
  o->n_cells = dicts->len;
  for (guint i = 0; i < dicts->len; i++)
    add_cell (layer, options, g_ptr_array_index (dicts, i), i, dicts->len);
  if (o->sequence.go_backwards && o->n_cells > 1)
    o->reverse = lstm_layer_add_helper (layer, &lstm_layer_reverse, NULL);
  if (o->sequence.late_zeros && o->n_cells > 1)
    o->select = lstm_layer_add_helper (layer, &lstm_layer_select, NULL);
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
  const RnnOptions *o = layer->options;
  guint expected = 0;

  for (guint i = 0; i < o->n_cells; i++)
    expected += n_states_of (layer, i);
  if (n_states == 0 || n_states == expected)
    return TRUE;
  return lstm_shape_error (error, layer,
      "initial_state holds %u values, expected %u: those of %u cells, the "
      "lowest first",
      n_states, expected, o->n_cells);
}

/* A stack that reads backwards is one over what was turned round, its mask
 * with it. */
static gboolean
turn (LstmModelBuilder *builder, const LstmLayer *layer, LstmValueId *value,
    GError **error)
{
  const RnnOptions *o = layer->options;
  LstmModel *model = lstm_model_builder_peek (builder);
  gint mask = lstm_model_value (model, *value)->mask;
  LstmValueId turned = (LstmValueId) mask;

  if (!o->reverse)
    return TRUE;
  if (!lstm_model_builder_call_one (
          builder, o->reverse, value, 1, value, error))
    return FALSE;
  if (mask < 0)
    return TRUE;
  if (!lstm_model_builder_call_one (
          builder, o->reverse, &turned, 1, &turned, error))
    return FALSE;
  lstm_model_value (model, *value)->mask = (gint) turned;
  return TRUE;
}

/* Of a stack, what the driver does for one cell; see late_zeros. */
static gboolean
add_late_zeros (LstmModelBuilder *builder, const LstmLayer *layer, gint mask,
    LstmValueId *value, GError **error)
{
  const RnnOptions *o = layer->options;
  LstmValueId ids[] = { (LstmValueId) mask, *value };

  return !o->select || mask < 0 ||
         lstm_model_builder_call_one (builder, o->select, ids, 2, value, error);
}

static gboolean
expand (LstmModelBuilder *builder, LstmLayer *layer, const LstmValueId *inputs,
    guint n_inputs, const LstmValueId *states, guint n_states, GArray *outputs,
    GError **error)
{
  const RnnOptions *o = layer->options;
  LstmModel *model = lstm_model_builder_peek (builder);
  g_autoptr (GArray) last_states =
      g_array_new (FALSE, FALSE, sizeof (LstmValueId));
  gint mask = lstm_model_value (model, inputs[0])->mask;
  LstmValueId value = inputs[0];

  if (!check_states (layer, n_states, error) ||
      !turn (builder, layer, &value, error))
    return FALSE;
  for (guint i = 0; i < o->n_cells; i++) {
    guint n = n_states > 0 ? n_states_of (layer, i) : 0;
    g_autoptr (GArray) given = lstm_model_builder_call (builder,
        g_ptr_array_index (layer->children, i), &value, 1, states, n, error);

    if (!given)
      return FALSE;
    states += n;
    value = g_array_index (given, LstmValueId, 0);
    g_array_append_vals (
        last_states, &g_array_index (given, LstmValueId, 1), given->len - 1);
  }
  if (!add_late_zeros (builder, layer, mask, &value, error))
    return FALSE;
  if (o->sequence.return_sequences)
    lstm_model_value (model, value)->mask = mask;
  g_array_append_val (outputs, value);
  g_array_append_vals (outputs, last_states->data, last_states->len);
  return TRUE;
}

const LstmLayerClass lstm_layer_rnn = {
  .name = "RNN",
  .options_size = sizeof (RnnOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .takes_state = TRUE,
  .idle_keys = lstm_recurrent_idle_keys,
  .configure = configure,
  .expand = expand,
};
