/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "files/array.h"

#include <lstm/error.h>
#include <string.h>

gboolean
lstm_array_count (guint rank, const gint64 *shape, gsize *count)
{
  gsize bytes = 0;

  *count = 1;
  for (guint i = 0; i < rank; i++)
    if (shape[i] < 0 || (guint64) shape[i] > G_MAXSIZE ||
        !g_size_checked_mul (count, *count, (gsize) shape[i]))
      return FALSE;
  return g_size_checked_mul (&bytes, *count, sizeof (gdouble)) &&
         bytes <= G_MAXSSIZE;
}

gchar *
lstm_array_shape_to_string (guint rank, const gint64 *shape)
{
  GString *text = g_string_new ("(");

  for (guint i = 0; i < rank; i++)
    g_string_append_printf (
        text, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "", shape[i]);
  g_string_append (text, rank == 1 ? ",)" : ")");
  return g_string_free (text, FALSE);
}

LstmArray *
lstm_array_new (guint rank, const gint64 *shape, GError **error)
{
  g_autoptr (LstmArray) array = g_new0 (LstmArray, 1);
  g_autofree gchar *text = NULL;

  if (rank > LSTM_ARRAY_MAX_RANK) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "an array of %u axes; at most %d can be", rank, LSTM_ARRAY_MAX_RANK);
    return NULL;
  }
  text = lstm_array_shape_to_string (rank, shape);
  if (!lstm_array_count (rank, shape, &array->count)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "an array of shape %s has more numbers than memory can hold", text);
    return NULL;
  }
  array->rank = rank;
  memcpy (array->shape, shape, rank * sizeof *shape);
  array->data = g_try_malloc0_n (MAX (array->count, 1), sizeof (gfloat));
  if (array->data == NULL) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO,
        "not enough memory for an array of shape %s", text);
    return NULL;
  }
  return g_steal_pointer (&array);
}

void
lstm_array_free (LstmArray *array)
{
  if (array == NULL)
    return;
  g_free (array->data);
  g_free (array);
}
