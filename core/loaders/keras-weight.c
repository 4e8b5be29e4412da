/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-weight.h"

#include "weight-finite.h"

static gboolean
check_shape (LstmHdf5 *file, const gchar *dataset, const KerasWeight *weight,
    GError **error)
{
  const LstmShape *want = lstm_weight_get_shape (weight->weight);
  g_autofree gchar *want_text = lstm_shape_to_string (want);
  g_autofree gchar *have_text = NULL;
  LstmShape have;

  if (!lstm_hdf5_get_shape (file, dataset, &have, error))
    return FALSE;
  if (lstm_shape_equal (&have, want))
    return TRUE;
  have_text = lstm_shape_to_string (&have);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
      "layer '%s' (%s): weight '%s' has shape %s in the file (/%s), but "
      "by the layer's config and input it is %s; config and weights are of "
      "different models: save the model again",
      weight->layer->path, weight->layer->class_name,
      lstm_weight_get_name (weight->weight), have_text, dataset, want_text);
  return FALSE;
}

/* The shape is compared before anything is allocated by the file's word. */
gboolean
lstm_keras_weight_read (LstmHdf5 *file, const gchar *dataset,
    const KerasWeight *weight, gboolean allow_nan, GError **error)
{
  const LstmShape *shape = lstm_weight_get_shape (weight->weight);
  g_autofree gfloat *values = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (!check_shape (file, dataset, weight, error))
    return FALSE;
  values = lstm_hdf5_read_floats (file, dataset, shape, error);
  if (values == NULL ||
      (!allow_nan &&
          !lstm_weight_check_finite (weight->weight, weight->layer->path,
              weight->layer->class_name, values, dataset, error)))
    return FALSE;
  bytes = g_bytes_new_take (g_steal_pointer (&values),
      (gsize) lstm_shape_count (shape) * sizeof (gfloat));
  return lstm_weight_set_bytes (weight->weight, shape, bytes, error);
}
