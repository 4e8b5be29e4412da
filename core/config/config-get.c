/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/config-private.h"

/**
 * lstm_config_get_path:
 * @config: a configuration
 *
 * Returns: (type filename): the path that it was loaded from, as it was given
 */
const gchar *
lstm_config_get_path (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  return config->path;
}

/**
 * lstm_config_get_model:
 * @config: a configuration
 *
 * Returns: (type filename) (nullable): the model file, resolved against the
 *   folder of the YAML file, or %NULL if the file names none
 */
const gchar *
lstm_config_get_model (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  return config->model;
}

/**
 * lstm_config_get_keras:
 * @config: a configuration
 *
 * Returns: the major version of Keras that wrote the model, 2 or 3, or 0 if the
 *   file does not say
 */
guint
lstm_config_get_keras (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, 0);

  return config->keras;
}

/**
 * lstm_config_get_allow_nan:
 * @config: a configuration
 *
 * Returns: whether the model's weights may be NaN or infinite; %FALSE if the
 *   file does not say
 */
gboolean
lstm_config_get_allow_nan (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, FALSE);

  return config->allow_nan;
}

/**
 * lstm_config_get_features:
 * @config: a configuration
 *
 * Returns: (nullable) (array zero-terminated=1): the names of the model's
 *   features in the order in which it was trained, all different, at least one;
 *   or %NULL if the file has none. A column number stands there in digits.
 */
const gchar *const *
lstm_config_get_features (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  return (const gchar *const *) config->features;
}

/**
 * lstm_config_get_key:
 * @config: a configuration
 *
 * Returns: (nullable): the column whose value names a frame's stream, or %NULL
 */
const gchar *
lstm_config_get_key (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  return config->key;
}

/**
 * lstm_config_get_keep:
 * @config: a configuration
 *
 * Returns: (nullable) (array zero-terminated=1): the columns that are kept
 *   beside the output, all different, possibly none; %NULL if the file does not
 *   say
 */
const gchar *const *
lstm_config_get_keep (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  return (const gchar *const *) config->keep;
}

/**
 * lstm_config_get_time:
 * @config: a configuration
 *
 * Returns: (nullable): the column that tells a row's time, or %NULL
 */
const gchar *
lstm_config_get_time (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  return config->time;
}

/**
 * lstm_config_get_time_unit:
 * @config: a configuration
 *
 * Returns: (nullable): what the time column holds: `s`, `ms`, `us`, `ns` or
 *   `iso8601`, or %NULL if the file does not say
 */
const gchar *
lstm_config_get_time_unit (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  return config->time_unit;
}

/**
 * lstm_config_get_skip_rows:
 * @config: a configuration
 *
 * Returns: rows of data that are thrown away at the start of a text
 */
guint
lstm_config_get_skip_rows (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, 0);

  return config->skip_rows;
}

/**
 * lstm_config_get_outputs:
 * @config: a configuration
 *
 * Returns: (nullable) (array zero-terminated=1): the names of the output's
 *   columns, all different, at least one; or %NULL if the file has none
 */
const gchar *const *
lstm_config_get_outputs (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  return (const gchar *const *) config->outputs;
}

/**
 * lstm_config_get_scaling:
 * @config: a configuration
 *
 * Returns: (nullable) (transfer none): the scaling of the features before the
 *   model, in the order of lstm_config_get_features() where the file names
 * them; or %NULL for none
 */
const LstmScaling *
lstm_config_get_scaling (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  return config->scaling;
}

/**
 * lstm_config_get_output_scaling:
 * @config: a configuration
 *
 * Returns: (nullable) (transfer none): the scaling that the model was trained
 *   to give its first output in, and that is turned round; in the order of
 *   lstm_config_get_outputs() where the file names them; or %NULL for none
 */
const LstmScaling *
lstm_config_get_output_scaling (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  return config->output_scaling;
}

/**
 * lstm_config_get_mode:
 * @config: a configuration
 *
 * Returns: (nullable): `auto`, `frame` or `window`, or %NULL if the file does
 * not say
 */
const gchar *
lstm_config_get_mode (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  return config->mode;
}

/**
 * lstm_config_get_steps:
 * @config: a configuration
 *
 * Returns: the length of a window in frames, or 0 if the file does not say
 */
guint
lstm_config_get_steps (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, 0);

  return config->steps;
}

/**
 * lstm_config_get_stride:
 * @config: a configuration
 *
 * Returns: the frames from the start of one window to the start of the next, or
 *   0 if the file does not say
 */
guint
lstm_config_get_stride (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, 0);

  return config->stride;
}

/**
 * lstm_config_get_reset_on:
 * @config: a configuration
 *
 * Returns: (nullable) (array zero-terminated=1): what resets a stream's state:
 *   any of `stream-start`, `flush`, `discont`, `segment` and `caps`, possibly
 *   none; %NULL if the file does not say
 */
const gchar *const *
lstm_config_get_reset_on (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  return (const gchar *const *) config->reset_on;
}

/**
 * lstm_config_get_initial_state:
 * @config: a configuration
 *
 * Returns: (nullable): path of the safetensors file with the state that streams
 *   begin with, or %NULL if the file does not say
 */
const gchar *
lstm_config_get_initial_state (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  return config->initial_state;
}

/**
 * lstm_config_get_precision:
 * @config: a configuration
 *
 * Returns: (nullable): `f32`, `bf16` or `int8`, or %NULL if the file does not
 *   say
 */
const gchar *
lstm_config_get_precision (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  return config->precision;
}

/**
 * lstm_config_get_threads:
 * @config: a configuration
 *
 * Returns: how many threads work on a call, 0 for one a processor, or -1 if the
 *   file does not say
 */
gint
lstm_config_get_threads (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, -1);

  return config->threads;
}

/**
 * lstm_config_get_post:
 * @config: a configuration
 *
 * Returns: (transfer none): what is made of the outputs
 */
const LstmConfigPost *
lstm_config_get_post (const LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  return &config->post;
}
