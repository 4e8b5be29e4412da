/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <lstm/shape.h>
#include <stdarg.h>

/**
 * lstm_shape_make:
 * @rank: number of axes, at most %LSTM_MAX_RANK
 * @...: a #gint64 for each axis, outermost first
 *
 * Returns: the shape
 */
LstmShape
lstm_shape_make (guint rank, ...)
{
  LstmShape shape = { .rank = MIN (rank, LSTM_MAX_RANK) };
  va_list args;

  va_start (args, rank);
  for (guint i = 0; i < shape.rank; i++)
    shape.dims[i] = va_arg (args, gint64);
  va_end (args);
  return shape;
}

/**
 * lstm_shape_equal:
 * @a: a shape
 * @b: a shape
 *
 * Returns: whether both have the same axes; an unknown length equals only
 *   another unknown one
 */
gboolean
lstm_shape_equal (const LstmShape *a, const LstmShape *b)
{
  if (a->rank != b->rank)
    return FALSE;
  for (guint i = 0; i < a->rank; i++)
    if (a->dims[i] != b->dims[i])
      return FALSE;
  return TRUE;
}

/**
 * lstm_shape_count:
 * @shape: a shape
 *
 * Returns: how many numbers a sample of this shape holds (1 with no axes), or
 *   -1 if an axis is unknown or the product does not fit
 */
gint64
lstm_shape_count (const LstmShape *shape)
{
  gint64 n = 1;

  for (guint i = 0; i < shape->rank; i++) {
    if (shape->dims[i] < 0)
      return -1;
    if (__builtin_mul_overflow (n, shape->dims[i], &n))
      return -1;
  }
  return n;
}

static void
append_dim (GString *text, gint64 dim)
{
  if (dim < 0)
    g_string_append (text, "None");
  else
    g_string_append_printf (text, "%" G_GINT64_FORMAT, dim);
}

/**
 * lstm_shape_to_batch_string:
 * @shape: a shape
 * @batch: length of the batch axis, or %LSTM_DIM_UNKNOWN
 *
 * Returns: (transfer full): the shape as Keras prints it, the batch axis first:
 *   `(None, 50, 25)`
 */
gchar *
lstm_shape_to_batch_string (const LstmShape *shape, gint64 batch)
{
  GString *text = g_string_new ("(");

  append_dim (text, batch);
  for (guint i = 0; i < shape->rank; i++) {
    g_string_append (text, ", ");
    append_dim (text, shape->dims[i]);
  }
  g_string_append (text, shape->rank == 0 ? ",)" : ")");
  return g_string_free (text, FALSE);
}

/**
 * lstm_shape_to_string:
 * @shape: a shape
 *
 * Returns: (transfer full): the shape without a batch axis, as Python prints a
 *   tuple: `(50, 25)`
 */
gchar *
lstm_shape_to_string (const LstmShape *shape)
{
  GString *text = g_string_new ("(");

  for (guint i = 0; i < shape->rank; i++) {
    if (i > 0)
      g_string_append (text, ", ");
    append_dim (text, shape->dims[i]);
  }
  g_string_append (text, shape->rank == 1 ? ",)" : ")");
  return g_string_free (text, FALSE);
}
