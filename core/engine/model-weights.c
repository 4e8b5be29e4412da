/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Weights in Keras's layout are needed until plans have packed them. A model
 * that was told to let go of them has its file loaded again when somebody needs
 * them after all, and is given those of the new model. */

#include "engine/layer.h"

#include <string.h>

/* Only what a plan has a copy of. */
static gboolean
may_go (const LstmWeight *weight)
{
  return weight->layer->klass->copies_kernels &&
         g_str_has_suffix (weight->name, "kernel");
}

static void
for_each (LstmModel *model, const LstmModel *from,
    void (*func) (LstmWeight *weight, const LstmWeight *from))
{
  for (guint i = 0; i < model->layers->len; i++) {
    LstmLayer *layer = g_ptr_array_index (model->layers, i);

    for (guint k = 0; k < lstm_layer_get_n_weights (layer); k++) {
      LstmWeight *weight = lstm_layer_get_weight (layer, k);

      if (may_go (weight))
        func (weight, from ? lstm_layer_get_weight (
                                 g_ptr_array_index (from->layers, i), k)
                           : NULL);
    }
  }
}

static void
drop (LstmWeight *weight, const LstmWeight *from)
{
  (void) from;
  weight->data = NULL;
  g_clear_pointer (&weight->owner, g_bytes_unref);
}

static void
take (LstmWeight *weight, const LstmWeight *from)
{
  weight->data = from->data;
  weight->owner = g_bytes_ref (from->owner);
}

/* A model of the same fingerprint from the same file has the same layers in the
 * same order. */
static gboolean
restore (LstmModel *model, GError **error)
{
  g_autoptr (LstmModel) fresh = model->reload (model->reload_data, error);

  if (fresh == NULL)
    return FALSE;
  if (strcmp (lstm_model_get_fingerprint (fresh), model->fingerprint) != 0) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
        "model '%s': its weights were packed and released, and its file now "
        "holds another model; load the model again",
        model->name);
    return FALSE;
  }
  for_each (model, fresh, take);
  return TRUE;
}

/* With weights_lock held. */
static void
drop_unused (LstmModel *model)
{
  if (!model->release || model->released || model->weight_users > 0)
    return;
  for_each (model, NULL, drop);
  model->released = TRUE;
}

gboolean
lstm_model_begin_weights (LstmModel *model, GError **error)
{
  gboolean there;

  g_mutex_lock (&model->weights_lock);
  there = !model->released || restore (model, error);
  if (there) {
    model->released = FALSE;
    model->weight_users++;
  }
  g_mutex_unlock (&model->weights_lock);
  return there;
}

void
lstm_model_end_weights (LstmModel *model)
{
  g_mutex_lock (&model->weights_lock);
  model->weight_users--;
  drop_unused (model);
  g_mutex_unlock (&model->weights_lock);
}

void
lstm_model_set_reload (LstmModel *model, LstmModelReload reload, gpointer data,
    GDestroyNotify destroy)
{
  model->reload = reload;
  model->reload_data = data;
  model->reload_destroy = destroy;
}

/**
 * lstm_model_release_weights:
 * @model: a model
 *
 * Frees the model's large weights, of which plans have packed copies: who has
 * made the plans that it needs, needs them no more. Plans and streams go on. A
 * plan that is made later has the file loaded again, and fails with
 * %LSTM_ERROR_WEIGHTS if that holds another model by then. It computes
 * lstm_model_get_fingerprint(), which takes as long as hashing the weights
 * does. Of a model that came from no file nothing is freed.
 */
void
lstm_model_release_weights (LstmModel *model)
{
  g_return_if_fail (model != NULL);
  if (model->reload == NULL)
    return;
  lstm_model_get_fingerprint (model);
  g_mutex_lock (&model->weights_lock);
  model->release = TRUE;
  drop_unused (model);
  g_mutex_unlock (&model->weights_lock);
}
