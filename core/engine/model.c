/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/pace.h"
#include "engine/shared.h"

LstmSpec
lstm_spec_fold (const LstmSpec *spec, guint fold)
{
  LstmSpec inner = *spec;

  if (fold == 0)
    return inner;
  inner.time = FALSE;
  inner.shape.rank -= fold;
  for (guint i = 0; i < inner.shape.rank; i++)
    inner.shape.dims[i] = spec->shape.dims[i + fold];
  return inner;
}

LstmSpec
lstm_spec_unfold (const LstmSpec *inner, const LstmSpec *outer, guint fold)
{
  LstmSpec spec = *inner;

  if (fold == 0)
    return spec;
  spec.time = outer->time;
  spec.shape.rank = inner->shape.rank + fold;
  if (spec.shape.rank > LSTM_MAX_RANK)
    return spec;
  for (guint i = 0; i < fold; i++)
    spec.shape.dims[i] = outer->shape.dims[i];
  for (guint i = 0; i < inner->shape.rank; i++)
    spec.shape.dims[i + fold] = inner->shape.dims[i];
  return spec;
}

LstmShape
lstm_spec_item_shape (const LstmSpec *spec, LstmMode mode)
{
  LstmShape shape = spec->shape;

  if (mode == LSTM_MODE_WINDOW || !spec->time)
    return shape;
  shape.rank--;
  for (guint i = 0; i < shape.rank; i++)
    shape.dims[i] = shape.dims[i + 1];
  return shape;
}

static void
node_free (gpointer data)
{
  LstmNode *node = data;

  g_free (node->inputs);
  g_free (node->outputs);
  g_free (node);
}

static void
call_clear (gpointer data)
{
  g_free (((LstmCall *) data)->values);
}

static void
end_clear (gpointer data)
{
  g_free (((LstmEnd *) data)->name);
}

LstmModel *
lstm_model_new_empty (const gchar *name, guint keras)
{
  LstmModel *model = g_new0 (LstmModel, 1);

  g_atomic_ref_count_init (&model->ref_count);
  g_mutex_init (&model->weights_lock);
  model->name = g_strdup (name);
  model->keras = keras;
  model->batch = LSTM_DIM_UNKNOWN;
  model->layers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_layer_free);
  model->nodes = g_ptr_array_new_with_free_func (node_free);
  model->calls = g_array_new (FALSE, FALSE, sizeof (LstmCall));
  g_array_set_clear_func (model->calls, call_clear);
  model->values = g_array_new (FALSE, FALSE, sizeof (LstmValue));
  model->inputs = g_array_new (FALSE, FALSE, sizeof (LstmEnd));
  model->outputs = g_array_new (FALSE, FALSE, sizeof (LstmEnd));
  g_array_set_clear_func (model->inputs, end_clear);
  g_array_set_clear_func (model->outputs, end_clear);
  model->notes = g_ptr_array_new_with_free_func (g_free);
  return model;
}

/**
 * lstm_model_ref:
 * @model: a model
 *
 * Returns: (transfer full): the model
 */
LstmModel *
lstm_model_ref (LstmModel *model)
{
  g_atomic_ref_count_inc (&model->ref_count);
  return model;
}

/**
 * lstm_model_unref:
 * @model: (transfer full): a model
 */
void
lstm_model_unref (LstmModel *model)
{
  if (!lstm_shared_unref (&model->ref_count, &model->shared_key))
    return;
  g_array_unref (model->calls);
  g_ptr_array_unref (model->nodes);
  g_ptr_array_unref (model->layers);
  g_array_unref (model->values);
  g_array_unref (model->inputs);
  g_array_unref (model->outputs);
  g_ptr_array_unref (model->notes);
  g_free (model->fingerprint);
  if (model->reload_destroy)
    model->reload_destroy (model->reload_data);
  g_mutex_clear (&model->weights_lock);
  g_free (model->name);
  g_free (model);
}

/**
 * lstm_model_get_name:
 * @model: a model
 *
 * Returns: (transfer none): the name that the file gives it
 */
const gchar *
lstm_model_get_name (const LstmModel *model)
{
  return model->name;
}

/**
 * lstm_model_get_n_inputs:
 * @model: a model
 *
 * Returns: how many inputs it has, at least 1
 */
guint
lstm_model_get_n_inputs (const LstmModel *model)
{
  return model->inputs->len;
}

/**
 * lstm_model_get_input_name:
 * @model: a model
 * @i: which input
 *
 * Returns: (transfer none): its name
 */
const gchar *
lstm_model_get_input_name (const LstmModel *model, guint i)
{
  g_return_val_if_fail (i < model->inputs->len, NULL);
  return g_array_index (model->inputs, LstmEnd, i).name;
}

static const LstmShape *
end_shape (const LstmModel *model, GArray *ends, guint i)
{
  return &lstm_model_value (model, g_array_index (ends, LstmEnd, i).value)
              ->spec.shape;
}

/**
 * lstm_model_get_input_shape:
 * @model: a model
 * @i: which input
 *
 * Returns: (transfer none): shape of a sample, [steps, features] as a rule;
 *   steps are %LSTM_DIM_UNKNOWN where the model leaves them open
 */
const LstmShape *
lstm_model_get_input_shape (const LstmModel *model, guint i)
{
  g_return_val_if_fail (i < model->inputs->len, NULL);
  return end_shape (model, model->inputs, i);
}

/**
 * lstm_model_get_n_outputs:
 * @model: a model
 *
 * Returns: how many outputs it has, at least 1
 */
guint
lstm_model_get_n_outputs (const LstmModel *model)
{
  return model->outputs->len;
}

/**
 * lstm_model_get_output_name:
 * @model: a model
 * @i: which output
 *
 * Returns: (transfer none): its name
 */
const gchar *
lstm_model_get_output_name (const LstmModel *model, guint i)
{
  g_return_val_if_fail (i < model->outputs->len, NULL);
  return g_array_index (model->outputs, LstmEnd, i).name;
}

/**
 * lstm_model_get_output_shape:
 * @model: a model
 * @i: which output
 *
 * Returns: (transfer none): shape of a sample, [features] or [steps, features]
 *   as a rule
 */
const LstmShape *
lstm_model_get_output_shape (const LstmModel *model, guint i)
{
  g_return_val_if_fail (i < model->outputs->len, NULL);
  return end_shape (model, model->outputs, i);
}

/**
 * lstm_model_get_batch:
 * @model: a model
 *
 * Returns: the batch size that the model insists on, or %LSTM_DIM_UNKNOWN
 */
gint64
lstm_model_get_batch (const LstmModel *model)
{
  return model->batch;
}

/**
 * lstm_model_is_stateful:
 * @model: a model
 *
 * Returns: whether a recurrent layer is `stateful`: carries its state from one
 *   window (sample i of a batch) to the next
 */
gboolean
lstm_model_is_stateful (const LstmModel *model)
{
  for (guint i = 0; i < model->nodes->len; i++)
    if (((LstmNode *) g_ptr_array_index (model->nodes, i))->layer->stateful)
      return TRUE;
  return FALSE;
}

/**
 * lstm_model_can_stream:
 * @model: a model
 * @error: return location for a #GError
 *
 * Returns: whether the model can run frame by frame; %FALSE with
 *   %LSTM_ERROR_MODE, which names the layer that needs the whole window and why
 */
gboolean
lstm_model_can_stream (const LstmModel *model, GError **error)
{
  const gchar *other;

  for (guint i = 0; i < model->nodes->len; i++) {
    const LstmNode *node = g_ptr_array_index (model->nodes, i);
    const LstmLayer *layer = node->layer;

    if (!node->needs_window)
      continue;
    while (layer->parent)
      layer = layer->parent;
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_MODE,
        "the model cannot run frame by frame: layer '%s' (%s) needs the whole "
        "window, since %s; use window mode",
        layer->name, layer->klass->name, node->needs_window);
    return FALSE;
  }
  other = lstm_pace_find_other (model);
  if (!other)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_MODE,
      "the model cannot run frame by frame: its output '%s' comes at other "
      "times than '%s', since strides or padding='valid' before it differ; use "
      "window mode, or save a model for each output",
      other, g_array_index (model->outputs, LstmEnd, 0).name);
  return FALSE;
}

static gboolean
all_recurrent_are_stateful (const LstmModel *model)
{
  for (guint i = 0; i < model->nodes->len; i++) {
    const LstmLayer *layer =
        ((LstmNode *) g_ptr_array_index (model->nodes, i))->layer;

    if (layer->recurrent && !layer->stateful)
      return FALSE;
  }
  return TRUE;
}

/**
 * lstm_model_prefers_frames:
 * @model: a model
 *
 * Returns: whether frame mode does what the model was made for: every layer
 *   streams, and either its steps are open or 1, or all of its recurrent layers
 *   are stateful and its output is a sequence of as many frames
 */
gboolean
lstm_model_prefers_frames (const LstmModel *model)
{
  const LstmEnd *in = &g_array_index (model->inputs, LstmEnd, 0);
  const LstmEnd *out = &g_array_index (model->outputs, LstmEnd, 0);
  const LstmSpec *spec = &lstm_model_value (model, in->value)->spec;

  if (!lstm_model_can_stream (model, NULL))
    return FALSE;
  if (!spec->time || spec->shape.dims[0] < 0 || spec->shape.dims[0] == 1)
    return TRUE;
  return all_recurrent_are_stateful (model) &&
         lstm_model_value (model, out->value)->spec.time &&
         lstm_model_value (model, out->value)->pace.every == 1 &&
         lstm_model_value (model, out->value)->pace.first == 0;
}

/**
 * lstm_model_get_n_parameters:
 * @model: a model
 *
 * Returns: how many numbers its weights hold, as Keras counts them
 */
guint64
lstm_model_get_n_parameters (const LstmModel *model)
{
  guint64 n = 0;

  for (guint i = 0; i < model->layers->len; i++) {
    LstmLayer *layer = g_ptr_array_index (model->layers, i);

    for (guint k = 0; k < lstm_layer_get_n_weights (layer); k++)
      n += lstm_shape_count (&lstm_layer_get_weight (layer, k)->shape);
  }
  return n;
}

/**
 * lstm_model_get_n_notes:
 * @model: a model
 *
 * Returns: how many notes there are: things in the file that a user should know
 *   of and that do not keep the model from running
 */
guint
lstm_model_get_n_notes (const LstmModel *model)
{
  return model->notes->len;
}

/**
 * lstm_model_get_note:
 * @model: a model
 * @i: which note
 *
 * Returns: (transfer none): a sentence
 */
const gchar *
lstm_model_get_note (const LstmModel *model, guint i)
{
  g_return_val_if_fail (i < model->notes->len, NULL);
  return g_ptr_array_index (model->notes, i);
}
