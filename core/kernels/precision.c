/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <lstm/error.h>
#include <lstm/precision.h>

#include <string.h>

static const gchar *const names[] = { "f32", "bf16", "int8" };

/**
 * lstm_precision_get_name:
 * @precision: a precision
 *
 * Returns: (transfer none) (nullable): `f32`, `bf16` or `int8`; %NULL for a
 *   number that is no precision
 */
const gchar *
lstm_precision_get_name (LstmPrecision precision)
{
  return (guint) precision < G_N_ELEMENTS (names) ? names[precision] : NULL;
}

/**
 * lstm_precision_from_name:
 * @name: `f32`, `bf16` or `int8`
 * @precision: (out): which one that is
 * @error: return location for a #GError
 *
 * Returns: %TRUE; %FALSE with %LSTM_ERROR_VALUE for another name
 */
gboolean
lstm_precision_from_name (
    const gchar *name, LstmPrecision *precision, GError **error)
{
  g_return_val_if_fail (name != NULL && precision != NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i], name) == 0) {
      *precision = (LstmPrecision) i;
      return TRUE;
    }
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "precision: found '%s', expected f32, bf16 or int8", name);
  return FALSE;
}
