/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/macros.h>

G_BEGIN_DECLS

/**
 * LstmConfig:
 *
 * What a YAML file (`version: 1`) says of a model and its stream. It is
 * immutable and reference-counted. Paths in it are relative to the file and are
 * handed out resolved.
 */
typedef struct _LstmConfig LstmConfig;

/**
 * LstmRangePolicy:
 * @LSTM_RANGE_PASS: a feature out of range is run as it is
 * @LSTM_RANGE_CLIP: it is set to the end of the range that is nearer
 * @LSTM_RANGE_WARN: it is run as it is, and told of
 *
 * What becomes of features out of the range that they are scaled to.
 */
typedef enum {
  LSTM_RANGE_PASS,
  LSTM_RANGE_CLIP,
  LSTM_RANGE_WARN,
} LstmRangePolicy;

/**
 * LstmScaling:
 * @n_features: length of the arrays
 * @offset: taken away from a feature
 * @divisor: what the difference is divided by; above 0
 * @low: the least that a scaled feature may be, or -infinity
 * @high: the most that it may be, or infinity
 * @out_of_range: what becomes of one that is less or more
 *
 * Scaling of features, in double: (x - offset) / divisor; of outputs the other
 * way: x * divisor + offset. Min-max scaling to [a, b] has divisor = (max -
 * min) / (b - a), or 1 / (b - a) where max equals min, and offset = min - a *
 * divisor; standard and robust scaling have the mean, or the median, and the
 * scale, 1 where it is 0 (scikit-learn's rules).
 */
typedef struct {
  guint n_features;
  const gdouble *offset;
  const gdouble *divisor;
  const gdouble *low;
  const gdouble *high;
  LstmRangePolicy out_of_range;
} LstmScaling;

LSTM_API LstmConfig *lstm_config_load (const gchar *path, GError **error);
LSTM_API LstmConfig *lstm_config_ref (LstmConfig *config);
LSTM_API void lstm_config_unref (LstmConfig *config);

LSTM_API const gchar *lstm_config_get_path (const LstmConfig *config);
LSTM_API const gchar *lstm_config_get_model (const LstmConfig *config);
LSTM_API guint lstm_config_get_keras (const LstmConfig *config);
LSTM_API gboolean lstm_config_get_allow_nan (const LstmConfig *config);
LSTM_API const gchar *const *lstm_config_get_features (
    const LstmConfig *config);
LSTM_API const gchar *lstm_config_get_key (const LstmConfig *config);
LSTM_API const gchar *const *lstm_config_get_keep (const LstmConfig *config);
LSTM_API const gchar *lstm_config_get_time (const LstmConfig *config);
LSTM_API const gchar *lstm_config_get_time_unit (const LstmConfig *config);
LSTM_API guint lstm_config_get_skip_rows (const LstmConfig *config);
LSTM_API const gchar *const *lstm_config_get_outputs (const LstmConfig *config);
LSTM_API const LstmScaling *lstm_config_get_scaling (const LstmConfig *config);
LSTM_API const LstmScaling *lstm_config_get_output_scaling (
    const LstmConfig *config);
LSTM_API const gchar *lstm_config_get_mode (const LstmConfig *config);
LSTM_API guint lstm_config_get_steps (const LstmConfig *config);
LSTM_API guint lstm_config_get_stride (const LstmConfig *config);
LSTM_API const gchar *const *lstm_config_get_reset_on (
    const LstmConfig *config);

LSTM_API const gchar *lstm_config_get_initial_state (const LstmConfig *config);
LSTM_API const gchar *lstm_config_get_precision (const LstmConfig *config);
LSTM_API gint lstm_config_get_threads (const LstmConfig *config);

/**
 * LstmConfigAlarm:
 * @name: (nullable): what it is called; no two of a file are called the same
 * @output: (nullable): the output that it is about
 * @on: at this number it begins
 * @off: below this one it ends; NaN if it is not said, else at most @on
 * @min_duration: seconds at @on or above before it begins; NaN if it is not
 *   said
 */
typedef struct {
  gchar *name;
  gchar *output;
  gdouble on;
  gdouble off;
  gdouble min_duration;
} LstmConfigAlarm;

/**
 * LstmConfigPost:
 * @average: frames that each output is averaged over; 0 if it is not said
 * @average_time: seconds that it is averaged over; NaN if it is not said, as
 *   with @average
 * @n_alarms: how many alarms there are
 * @alarms: (array length=n_alarms) (nullable): the alarms, in the file's order
 * @classes: (nullable): names of the classes, one for each output
 *
 * What is made of a model's outputs.
 */
typedef struct {
  guint average;
  gdouble average_time;
  guint n_alarms;
  LstmConfigAlarm *alarms;
  gchar **classes;
} LstmConfigPost;

LSTM_API const LstmConfigPost *lstm_config_get_post (const LstmConfig *config);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmConfig, lstm_config_unref)

G_END_DECLS
