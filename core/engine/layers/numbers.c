/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/layers/numbers.h"

#include <lstm/error.h>

#define MAX_NUMBERS (1 << 24)

void
lstm_numbers_clear (LstmNumbers *numbers)
{
  g_clear_pointer (&numbers->data, g_free);
}

gsize
lstm_numbers_count (const LstmNumbers *numbers)
{
  return lstm_shape_count (&numbers->shape);
}

static GVariant *
nth (GVariant *list, gsize i)
{
  g_autoptr (GVariant) child = g_variant_get_child_value (list, i);

  if (g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT))
    return g_variant_get_variant (child);
  return g_steal_pointer (&child);
}

static gboolean
is_list (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_ARRAY) &&
         !g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT);
}

/* The shape, by the first item of each list. */
static gboolean
find_shape (GVariant *value, LstmShape *shape)
{
  g_autoptr (GVariant) at = g_variant_ref (value);

  shape->rank = 0;
  while (is_list (at)) {
    GVariant *first;

    if (shape->rank == LSTM_MAX_RANK || g_variant_n_children (at) == 0)
      return FALSE;
    shape->dims[shape->rank++] = g_variant_n_children (at);
    first = nth (at, 0);
    g_variant_unref (at);
    at = first;
  }
  return lstm_shape_count (shape) >= 1 &&
         lstm_shape_count (shape) <= MAX_NUMBERS;
}

static gboolean
read_scalar (GVariant *value, gfloat *to)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    *to = (gfloat) g_variant_get_double (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    *to = (gfloat) g_variant_get_int64 (value);
  else
    return FALSE;
  return TRUE;
}

/* Writes what is below axis @axis and moves @to on; FALSE where the lists are
 * not of one shape. */
static gboolean
read_axis (GVariant *value, const LstmShape *shape, guint axis, gfloat **to)
{
  if (axis == shape->rank)
    return read_scalar (value, (*to)++);
  if (!is_list (value) ||
      g_variant_n_children (value) != (gsize) shape->dims[axis])
    return FALSE;
  for (gint64 i = 0; i < shape->dims[axis]; i++) {
    g_autoptr (GVariant) child = nth (value, i);

    if (!read_axis (child, shape, axis + 1, to))
      return FALSE;
  }
  return TRUE;
}

/* {"class_name": "__numpy__", "config": {"value": ..., "dtype": ...}} */
static GVariant *
unwrap (GVariant *value)
{
  g_autoptr (GVariant) config = NULL;
  const gchar *class_name = NULL;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    return g_variant_ref (value);
  g_variant_lookup (value, "class_name", "&s", &class_name);
  config = g_variant_lookup_value (value, "config", G_VARIANT_TYPE_VARDICT);
  if (!config || (g_strcmp0 (class_name, "__numpy__") != 0 &&
                     g_strcmp0 (class_name, "__tensor__") != 0))
    return g_variant_ref (value);
  return g_variant_lookup_value (config, "value", NULL);
}

void
lstm_numbers_read (LstmOptions *options, const gchar *key, LstmNumbers *numbers)
{
  g_autoptr (GVariant) boxed = NULL;
  g_autoptr (GVariant) value = NULL;
  gfloat *to;

  if (!lstm_options_has (options, key))
    return;
  boxed = g_variant_lookup_value (options->config, key, NULL);
  value = unwrap (boxed);
  if (!value || !find_shape (value, &numbers->shape)) {
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "%s is empty or too large, expected 1 to %d numbers", key, MAX_NUMBERS);
    return;
  }
  to = numbers->data = g_new0 (gfloat, lstm_numbers_count (numbers));
  if (!read_axis (value, &numbers->shape, 0, &to))
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "%s is neither a number nor a list of numbers, or of lists of equal "
        "length",
        key);
}

static gint64
dim_from_end (const LstmShape *shape, guint i)
{
  return i < shape->rank ? shape->dims[shape->rank - 1 - i] : 1;
}

static void
spread (LstmNumbers *numbers, const LstmShape *to)
{
  gsize n = lstm_shape_count (to);
  gfloat *data = g_new (gfloat, n);

  for (gsize at = 0; at < n; at++) {
    gsize rest = at, offset = 0, stride = 1;

    for (guint i = 0; i < to->rank; i++) {
      gsize dim = dim_from_end (to, i), own = dim_from_end (&numbers->shape, i);

      offset += (own == 1 ? 0 : rest % dim) * stride;
      rest /= dim;
      stride *= own;
    }
    data[at] = numbers->data[offset];
  }
  g_free (numbers->data);
  numbers->data = data;
  numbers->shape = *to;
}

gboolean
lstm_numbers_broadcast (LstmNumbers *a, LstmNumbers *b)
{
  LstmShape to = { .rank = MAX (a->shape.rank, b->shape.rank) };

  for (guint i = 0; i < to.rank; i++) {
    gint64 x = dim_from_end (&a->shape, i), y = dim_from_end (&b->shape, i);

    if (x != y && x != 1 && y != 1)
      return FALSE;
    to.dims[to.rank - 1 - i] = MAX (x, y);
  }
  if (lstm_shape_count (&to) < 0 || lstm_shape_count (&to) > MAX_NUMBERS)
    return FALSE;
  spread (a, &to);
  spread (b, &to);
  return TRUE;
}
