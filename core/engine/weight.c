/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/layer.h"

#include <string.h>

/**
 * lstm_weight_get_name:
 * @weight: a weight
 *
 * Returns: (transfer none): Keras's name of the variable without the layer's,
 *   such as `recurrent_kernel`; inside Bidirectional it begins with
 *   `forward_layer/` or `backward_layer/`
 */
const gchar *
lstm_weight_get_name (const LstmWeight *weight)
{
  return weight->name;
}

/**
 * lstm_weight_get_shape:
 * @weight: a weight
 *
 * Returns: (transfer none): the shape that it must have, in Keras's layout
 */
const LstmShape *
lstm_weight_get_shape (const LstmWeight *weight)
{
  return &weight->shape;
}

/**
 * lstm_weight_is_set:
 * @weight: a weight
 *
 * Returns: whether lstm_weight_set() was called for it
 */
gboolean
lstm_weight_is_set (const LstmWeight *weight)
{
  return weight->data != NULL;
}

static gboolean
check_shape (const LstmWeight *weight, const LstmShape *shape, GError **error)
{
  g_autofree gchar *found = NULL, *expected = NULL;

  if (lstm_shape_equal (shape, &weight->shape))
    return TRUE;
  found = lstm_shape_to_string (shape);
  expected = lstm_shape_to_string (&weight->shape);
  return lstm_shape_error (error, weight->layer,
      "its weight '%s' has shape %s in the file, expected %s: the file's "
      "config and weights do not belong together",
      weight->name, found, expected);
}

static void
take (LstmWeight *weight, GBytes *bytes)
{
  g_clear_pointer (&weight->owner, g_bytes_unref);
  weight->owner = bytes;
  weight->data = g_bytes_get_data (bytes, NULL);
}

/**
 * lstm_weight_set:
 * @weight: a weight
 * @shape: the shape of @data
 * @data: float32, in Keras's layout; copied
 * @error: return location for a #GError
 *
 * Sets the numbers of a weight.
 *
 * Returns: %FALSE with %LSTM_ERROR_SHAPE if the shape is not the one that the
 *   layer needs
 */
gboolean
lstm_weight_set (LstmWeight *weight, const LstmShape *shape, const gfloat *data,
    GError **error)
{
  gsize size = (gsize) lstm_shape_count (&weight->shape) * sizeof (gfloat);
  gpointer copy;

  if (!check_shape (weight, shape, error))
    return FALSE;
  copy = g_malloc (MAX (size, sizeof (gfloat)));
  memcpy (copy, data, size);
  take (weight, g_bytes_new_take (copy, MAX (size, sizeof (gfloat))));
  return TRUE;
}

/**
 * lstm_weight_set_bytes:
 * @weight: a weight
 * @shape: the shape of the numbers
 * @bytes: float32 as the machine has them, in Keras's layout, aligned to 4
 *   bytes, as many as the shape has; not copied but held as long as the model
 *   lives, and never written to
 * @error: return location for a #GError
 *
 * Sets the numbers of a weight to some that stand elsewhere, such as in a file
 * that is mapped into memory.
 *
 * Returns: %FALSE with %LSTM_ERROR_SHAPE if the shape is not the one that the
 *   layer needs, or the bytes are not as many or not aligned
 */
gboolean
lstm_weight_set_bytes (
    LstmWeight *weight, const LstmShape *shape, GBytes *bytes, GError **error)
{
  gsize size = 0, expected;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  if (!check_shape (weight, shape, error))
    return FALSE;
  expected = (gsize) lstm_shape_count (&weight->shape) * sizeof (gfloat);
  if (data == NULL || size != expected ||
      (gsize) data % G_ALIGNOF (gfloat) != 0)
    return lstm_shape_error (error, weight->layer,
        "its weight '%s' is given %zu bytes at %p, expected %zu that are "
        "aligned to %zu",
        weight->name, size, data, expected, (gsize) G_ALIGNOF (gfloat));
  take (weight, g_bytes_ref (bytes));
  return TRUE;
}
