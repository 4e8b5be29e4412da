/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "difference.h"

#include <math.h>

ToolDifference *
tool_difference_new (const gchar *name)
{
  ToolDifference *d = g_new0 (ToolDifference, 1);

  d->name = g_strdup (name);
  return d;
}

void
tool_difference_free (ToolDifference *d)
{
  g_free (d->name);
  g_free (d->where);
  g_free (d);
}

/* 0 for equal values, infinities and NaN included; NaN where one is a number
 * and the other is not. */
static gdouble
measure (gdouble ours, gdouble keras)
{
  if (ours == keras || (isnan (ours) && isnan (keras)))
    return 0;
  return fabs (ours - keras);
}

static gboolean
is_worse (gdouble difference, gdouble than)
{
  return !isnan (than) && (isnan (difference) || difference > than);
}

/* The index of number @at along the axes. */
static void
set_where (ToolDifference *d, const LstmArray *array, gsize at)
{
  gsize index[LSTM_ARRAY_MAX_RANK] = { 0 };
  g_autoptr (GString) text = g_string_new ("[");

  for (guint i = array->rank; i-- > 0;) {
    index[i] = at % (gsize) array->shape[i];
    at /= (gsize) array->shape[i];
  }
  for (guint i = 0; i < array->rank; i++)
    g_string_append_printf (
        text, "%s%" G_GSIZE_FORMAT, i > 0 ? ", " : "", index[i]);
  g_string_append_c (text, ']');
  g_free (d->where);
  d->where = g_strdup (text->str);
}

void
tool_difference_compare (ToolDifference *d, gdouble tolerance, guint call,
    const gfloat *ours, const LstmArray *array, gsize first, gsize n)
{
  gsize worst = n;

  for (gsize i = 0; i < n; i++) {
    gdouble a = (gdouble) ours[i], b = (gdouble) array->data[first + i];
    gdouble difference = measure (a, b);
    gdouble allowed = tolerance + tolerance * fabs (b);

    d->n_values++;
    d->n_beyond += !(difference == 0 || difference <= allowed);
    if (d->n_values > 1 && !is_worse (difference, d->largest))
      continue;
    d->largest = difference;
    d->ours = a;
    d->keras = b;
    d->call = call;
    worst = i;
  }
  if (worst < n)
    set_where (d, array, first + worst);
}
