/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "weight-finite.h"

#include <math.h>

gboolean
lstm_weight_check_finite (const LstmWeight *weight, const gchar *layer,
    const gchar *class_name, const gfloat *values, const gchar *where,
    GError **error)
{
  gsize n = (gsize) lstm_shape_count (lstm_weight_get_shape (weight));
  gsize first = 0, bad = 0;

  for (gsize i = 0; i < n; i++) {
    if (isfinite (values[i]))
      continue;
    if (bad++ == 0)
      first = i;
  }
  if (bad == 0)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
      "layer '%s' (%s): %zu of the %zu numbers of weight '%s' are NaN or "
      "infinite, first number %zu, which is %s (/%s); every output would be. "
      "Train the model again with a smaller learning rate or clipnorm, or set "
      "allow_nan (allow-nan on the command line and the element)",
      layer, class_name, bad, n, lstm_weight_get_name (weight), first,
      isnan (values[first])  ? "NaN"
      : values[first] < 0.0f ? "-infinity"
                             : "infinity",
      where);
  return FALSE;
}
