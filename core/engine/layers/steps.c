/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/layers/steps.h"

LstmPadding
lstm_steps_padding (LstmOptions *options, gboolean allow_causal)
{
  const gchar *name = lstm_options_string (options, "padding", "valid");

  if (g_ascii_strcasecmp (name, "valid") == 0)
    return LSTM_PADDING_VALID;
  if (g_ascii_strcasecmp (name, "same") == 0)
    return LSTM_PADDING_SAME;
  if (allow_causal && g_ascii_strcasecmp (name, "causal") == 0)
    return LSTM_PADDING_CAUSAL;
  lstm_options_fail (options, LSTM_ERROR_VALUE,
      "padding is '%s', expected 'valid'%s 'same'%s", name,
      allow_causal ? "," : " or", allow_causal ? " or 'causal'" : "");
  return LSTM_PADDING_VALID;
}

gint64
lstm_steps_number (LstmOptions *options, const gchar *key)
{
  gint64 values[LSTM_MAX_RANK];
  guint n = lstm_options_ints (options, key, values, G_N_ELEMENTS (values));

  if (n == 0 && !lstm_options_has (options, key))
    return 0;
  if (n == 1 && values[0] >= 1 && values[0] <= LSTM_MAX_STEPS)
    return values[0];
  if (n == 1)
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "%s is %" G_GINT64_FORMAT ", expected a whole number from 1 to %d", key,
        values[0], LSTM_MAX_STEPS);
  else
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "%s holds %u numbers, expected one: the layer has one axis of steps",
        key, n);
  return 1;
}

void
lstm_steps_pair (
    LstmOptions *options, const gchar *key, gint64 fallback, gint64 pair[2])
{
  gint64 values[LSTM_MAX_RANK];
  guint n = lstm_options_ints (options, key, values, G_N_ELEMENTS (values));

  pair[0] = pair[1] = fallback;
  if (n == 0 && !lstm_options_has (options, key))
    return;
  if (n != 1 && n != 2) {
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "%s holds %u numbers, expected one, or two: [before, after]", key, n);
    return;
  }
  for (guint i = 0; i < 2; i++) {
    pair[i] = values[MIN (i, n - 1)];
    if (pair[i] < 0 || pair[i] > LSTM_MAX_STEPS)
      lstm_options_fail (options, LSTM_ERROR_VALUE,
          "%s holds %" G_GINT64_FORMAT ", expected whole numbers from 0 to %d",
          key, pair[i], LSTM_MAX_STEPS);
  }
}

void
lstm_steps_data_format (LstmOptions *options)
{
  const gchar *format =
      lstm_options_string (options, "data_format", "channels_last");

  if (!g_str_equal (format, "channels_last"))
    lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
        "data_format is '%s', expected 'channels_last': shapes are [batch, "
        "steps, features]; build the model so, with Permute for its input",
        format);
}

gboolean
lstm_steps_check (const LstmLayer *layer, const LstmSpec *spec, GError **error)
{
  g_autofree gchar *found = NULL;

  if (spec->shape.rank == 2)
    return TRUE;
  found = lstm_shape_to_batch_string (&spec->shape, -1);
  return lstm_shape_error (error, layer,
      "expected 3 axes [batch, steps, features], found %u: %s",
      spec->shape.rank + 1, found);
}

void
lstm_sliding_read (LstmOptions *options, gboolean allow_causal, LstmSliding *s)
{
  s->size = lstm_steps_number (options, "kernel_size");
  if (s->size == 0)
    lstm_options_fail (
        options, LSTM_ERROR_VALUE, "config key 'kernel_size' is missing");
  s->stride = MAX (lstm_steps_number (options, "strides"), 1);
  s->dilation = MAX (lstm_steps_number (options, "dilation_rate"), 1);
  s->padding = lstm_steps_padding (options, allow_causal);
  lstm_steps_data_format (options);
  if (s->stride > 1 && s->dilation > 1)
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "strides is %" G_GINT64_FORMAT " and dilation_rate %" G_GINT64_FORMAT
        ": only one of them may be above 1, as in Keras",
        s->stride, s->dilation);
}

gint64
lstm_sliding_reach (const LstmSliding *sliding)
{
  return (sliding->size - 1) * sliding->dilation + 1;
}

gboolean
lstm_sliding_steps (const LstmLayer *layer, const LstmSliding *sliding,
    gint64 in, gint64 *out, GError **error)
{
  gint64 reach = lstm_sliding_reach (sliding);

  *out = LSTM_DIM_UNKNOWN;
  if (in < 0)
    return TRUE;
  if (sliding->padding != LSTM_PADDING_VALID) {
    *out = (in - 1) / sliding->stride + 1;
    return TRUE;
  }
  if (in < reach)
    return lstm_shape_error (error, layer,
        "it needs %" G_GINT64_FORMAT " steps at least (padding='valid'), found "
        "%" G_GINT64_FORMAT "; give it longer windows",
        reach, in);
  *out = (in - reach) / sliding->stride + 1;
  return TRUE;
}

gint64
lstm_sliding_left (const LstmSliding *sliding, gint64 in, gint64 out)
{
  gint64 reach = lstm_sliding_reach (sliding);

  if (sliding->padding == LSTM_PADDING_CAUSAL)
    return reach - 1;
  if (sliding->padding == LSTM_PADDING_SAME)
    return MAX ((out - 1) * sliding->stride + reach - in, 0) / 2;
  return 0;
}
