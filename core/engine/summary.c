/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <lstm/summary.h>

#include "engine/layer.h"
#include "engine/plan-cost.h"

#include <string.h>

/* The weights that training does not change, by Keras's name and class. */
static const struct {
  const gchar *klass;
  const gchar *name;
} untrained[] = {
  { "BatchNormalization", "moving_mean" },
  { "BatchNormalization", "moving_variance" },
  { "Normalization", "mean" },
  { "Normalization", "variance" },
};

struct _LstmSummary {
  LstmModel *model;
  GArray *layers; /* LstmLayerInfo; what it points to is owned here */
};

/* A row on its way: what its nodes give and read. */
typedef struct {
  const LstmLayer *layer;
  LstmLayerInfo info;
  GArray *shapes;     /* LstmShape, of what it gives */
  guint last;         /* where those of its last node begin */
  gboolean composite; /* some of its nodes are of layers within it */
  GPtrArray *sources; /* gchar *, names of what it reads from */
} Row;

/* All rows, and which values stay within one, or are masks. */
typedef struct {
  const LstmModel *model;
  const LstmPlan *plan;
  GArray *rows;        /* Row */
  GHashTable *indices; /* outermost LstmLayer -> index of its row */
  gboolean *hidden;    /* one a value */
} Walk;

static const LstmLayer *
outermost (const LstmLayer *layer)
{
  while (layer->parent)
    layer = layer->parent;
  return layer;
}

/* ---- parameters ---- */

static gboolean
is_untrained (const LstmWeight *weight)
{
  for (guint i = 0; i < G_N_ELEMENTS (untrained); i++)
    if (g_str_equal (weight->layer->klass->name, untrained[i].klass) &&
        g_str_has_suffix (weight->name, untrained[i].name))
      return TRUE;
  return FALSE;
}

static gboolean
is_frozen (const LstmLayer *layer)
{
  for (; layer; layer = layer->parent) {
    gboolean trainable = TRUE;

    if (g_variant_lookup (layer->config, "trainable", "b", &trainable) &&
        !trainable)
      return TRUE;
  }
  return FALSE;
}

/* A Normalization that was adapted to data also holds how much data that was,
 * which Keras counts and nobody else needs. */
static guint64
count_hidden (const LstmLayer *layer)
{
  return g_str_equal (layer->klass->name, "Normalization") &&
         layer->weights->len > 0;
}

static void
count_parameters (const LstmLayer *layer, LstmLayerInfo *info)
{
  info->n_parameters += count_hidden (layer);
  for (guint i = 0; i < layer->weights->len; i++) {
    const LstmWeight *weight = g_ptr_array_index (layer->weights, i);
    guint64 n = (guint64) lstm_shape_count (&weight->shape);

    info->n_parameters += n;
    if (!is_untrained (weight) && !is_frozen (layer))
      info->n_trainable += n;
  }
  for (guint i = 0; i < layer->children->len; i++)
    count_parameters (g_ptr_array_index (layer->children, i), info);
}

/* ---- what it reads and gives ---- */

static gboolean
is_own (const LstmModel *model, const LstmNode *node, LstmValueId value)
{
  const LstmNode *producer = lstm_model_value (model, value)->producer;

  return producer && outermost (producer->layer) == outermost (node->layer);
}

/* Masks, and what one part of a layer makes for another. */
static void
find_hidden (Walk *walk)
{
  const LstmModel *model = walk->model;

  walk->hidden = g_new0 (gboolean, MAX (model->values->len, 1));
  for (guint v = 0; v < model->values->len; v++)
    if (lstm_model_value (model, v)->mask >= 0)
      walk->hidden[lstm_model_value (model, v)->mask] = TRUE;
  for (guint i = 0; i < model->nodes->len; i++) {
    const LstmNode *node = g_ptr_array_index (model->nodes, i);

    if (node->mask >= 0)
      walk->hidden[node->mask] = TRUE;
    for (guint k = 0; k < node->n_inputs + node->n_states; k++)
      if (is_own (model, node, node->inputs[k]))
        walk->hidden[node->inputs[k]] = TRUE;
  }
}

/* Of the last call, where a layer is one node; else of all its nodes. */
static void
add_outputs (const Walk *walk, Row *row, const LstmNode *node)
{
  row->composite = row->composite || node->layer != row->layer;
  if (!row->composite)
    g_array_set_size (row->shapes, 0);
  row->last = row->shapes->len;
  for (guint k = 0; k < node->n_outputs; k++)
    if (!walk->hidden[node->outputs[k]])
      g_array_append_val (row->shapes,
          lstm_model_value (walk->model, node->outputs[k])->spec.shape);
}

static const gchar *
name_of_source (const LstmModel *model, LstmValueId value)
{
  const LstmNode *producer = lstm_model_value (model, value)->producer;

  if (producer)
    return outermost (producer->layer)->name;
  for (guint i = 0; i < model->inputs->len; i++)
    if (g_array_index (model->inputs, LstmEnd, i).value == value)
      return g_array_index (model->inputs, LstmEnd, i).name;
  return NULL;
}

static void
add_sources (const Walk *walk, Row *row, const LstmNode *node)
{
  for (guint k = 0; k < node->n_inputs + node->n_states; k++) {
    LstmValueId v = node->inputs[k];
    const gchar *name = name_of_source (walk->model, v);

    if (walk->hidden[v])
      continue;
    if (!g_ptr_array_find_with_equal_func (
            row->sources, name, g_str_equal, NULL))
      g_ptr_array_add (row->sources, g_strdup (name));
  }
}

/* What the nodes of a layer do: that of the one that changes most. */
static void
join_frames (LstmFrames *row, const LstmFrames *node)
{
  if (node->in != 1 || node->out != 1) {
    row->in = node->in;
    row->out = node->out;
  }
  row->history = MAX (row->history, node->history);
  row->look_ahead = MAX (row->look_ahead, node->look_ahead);
}

static void
add_node (const Walk *walk, guint i)
{
  const LstmNode *node = g_ptr_array_index (walk->model->nodes, i);
  guint index = GPOINTER_TO_UINT (
      g_hash_table_lookup (walk->indices, (gpointer) outermost (node->layer)));
  Row *row = &g_array_index (walk->rows, Row, index);

  add_outputs (walk, row, node);
  add_sources (walk, row, node);
  join_frames (&row->info.frames, &node->frames);
  if (!row->info.needs_window)
    row->info.needs_window = node->needs_window;
  row->info.stateful = row->info.stateful || node->layer->stateful;
  if (walk->plan)
    row->info.macs += lstm_plan_count_node_macs (walk->plan, i);
}

/* ---- rows ---- */

static void
walk_layers (Walk *walk)
{
  walk->rows = g_array_new (FALSE, FALSE, sizeof (Row));
  walk->indices = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < walk->model->layers->len; i++) {
    Row row = { .layer = g_ptr_array_index (walk->model->layers, i) };

    row.info.name = row.layer->name;
    row.info.class_name = row.layer->klass->name;
    row.info.frames = (LstmFrames){ 1, 1, 0, 0 };
    row.shapes = g_array_new (FALSE, FALSE, sizeof (LstmShape));
    row.sources = g_ptr_array_new ();
    count_parameters (row.layer, &row.info);
    g_hash_table_insert (
        walk->indices, (gpointer) row.layer, GUINT_TO_POINTER (i));
    g_array_append_val (walk->rows, row);
  }
  find_hidden (walk);
  for (guint i = 0; i < walk->model->nodes->len; i++)
    add_node (walk, i);
}

/* What the last node of a composite layer makes first is its output; what its
 * other nodes leave are states. */
static void
put_output_first (Row *row)
{
  LstmShape output;

  if (!row->composite || row->last == 0 || row->last >= row->shapes->len)
    return;
  output = g_array_index (row->shapes, LstmShape, row->last);
  g_array_remove_index (row->shapes, row->last);
  g_array_prepend_val (row->shapes, output);
}

static void
row_clear (Row *row)
{
  g_array_unref (row->shapes);
  g_ptr_array_set_free_func (row->sources, g_free);
  g_ptr_array_unref (row->sources);
}

/* A layer that gives nothing is never called: it stands for how others are
 * (a model in TimeDistributed). */
static void
finish_rows (Walk *walk, GArray *layers)
{
  for (guint i = 0; i < walk->rows->len; i++) {
    Row *row = &g_array_index (walk->rows, Row, i);

    if (row->shapes->len == 0) {
      row_clear (row);
      continue;
    }
    put_output_first (row);
    row->info.n_outputs = row->shapes->len;
    row->info.outputs =
        (LstmShape *) (void *) g_array_free (row->shapes, FALSE);
    g_ptr_array_add (row->sources, NULL);
    row->info.inputs =
        (const gchar *const *) g_ptr_array_free (row->sources, FALSE);
    g_array_append_val (layers, row->info);
  }
  g_array_unref (walk->rows);
  g_hash_table_unref (walk->indices);
  g_free (walk->hidden);
}

static void
add_input (LstmSummary *summary, guint i)
{
  const LstmShape *shape = lstm_model_get_input_shape (summary->model, i);
  LstmLayerInfo info = {
    .name = lstm_model_get_input_name (summary->model, i),
    .class_name = "InputLayer",
    .n_outputs = 1,
    .frames = { 1, 1, 0, 0 },
    .outputs = g_memdup2 (shape, sizeof *shape),
    .inputs = (const gchar *const *) g_new0 (gchar *, 1),
  };

  g_array_append_val (summary->layers, info);
}

static void
info_clear (gpointer data)
{
  LstmLayerInfo *info = data;

  g_free ((gpointer) info->outputs);
  g_strfreev ((gchar **) info->inputs);
}

/**
 * lstm_summary_new:
 * @model: a model
 * @plan: (nullable): a plan of this model, to count the work of each layer
 *
 * Describes a model layer by layer: its inputs, then its layers in the order of
 * the file. Layers of a model within the model are rows of their own.
 *
 * Returns: (transfer full): the description
 */
LstmSummary *
lstm_summary_new (LstmModel *model, const LstmPlan *plan)
{
  Walk walk = { .model = model, .plan = plan };
  LstmSummary *summary;

  g_return_val_if_fail (model != NULL, NULL);
  g_return_val_if_fail (!plan || lstm_plan_get_model (plan) == model, NULL);
  summary = g_new0 (LstmSummary, 1);
  summary->model = lstm_model_ref (model);
  summary->layers = g_array_new (FALSE, FALSE, sizeof (LstmLayerInfo));
  g_array_set_clear_func (summary->layers, info_clear);
  for (guint i = 0; i < model->inputs->len; i++)
    add_input (summary, i);
  walk_layers (&walk);
  finish_rows (&walk, summary->layers);
  return summary;
}

/**
 * lstm_summary_free:
 * @summary: (nullable) (transfer full): a summary
 */
void
lstm_summary_free (LstmSummary *summary)
{
  if (!summary)
    return;
  g_array_unref (summary->layers);
  lstm_model_unref (summary->model);
  g_free (summary);
}

/**
 * lstm_summary_get_n_layers:
 * @summary: a summary
 *
 * Returns: how many rows it has, the model's inputs counted
 */
guint
lstm_summary_get_n_layers (const LstmSummary *summary)
{
  return summary->layers->len;
}

/**
 * lstm_summary_get_layer:
 * @summary: a summary
 * @i: which row
 *
 * Returns: (transfer none): the layer, valid as long as the summary is
 */
const LstmLayerInfo *
lstm_summary_get_layer (const LstmSummary *summary, guint i)
{
  g_return_val_if_fail (i < summary->layers->len, NULL);
  return &g_array_index (summary->layers, LstmLayerInfo, i);
}
