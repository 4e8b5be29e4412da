/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "config/yaml-tree.h"

/* Where the numbers of one scaler stand: in the YAML itself, or in a JSON file
 * with our names or those of scikit-learn's attributes. */

typedef enum {
  LSTM_SCALER_MIN,
  LSTM_SCALER_MAX,
  LSTM_SCALER_RANGE,
  LSTM_SCALER_SCALE,
  LSTM_SCALER_SHIFT, /* MinMaxScaler's min_: x scale_ + min_ */
  LSTM_SCALER_CENTER,
  LSTM_SCALER_VARIANCE,
  LSTM_SCALER_CLIP,
  LSTM_SCALER_WITH_CENTER,
  LSTM_SCALER_WITH_SCALE,
  LSTM_SCALER_FEATURES,
  LSTM_N_SCALER_PARTS,
  LSTM_SCALER_IDLE, /* changes nothing */
} LstmScalerPart;

typedef struct {
  const gchar *key; /* NULL ends the list */
  LstmScalerPart part;
  gboolean json; /* in JSON files only */
} LstmScalerKey;

typedef struct {
  const gchar *name;
  const gchar *parts; /* that must be there if there is no file, for messages */
  const LstmScalerKey *keys;
  LstmScalerPart wanted[4]; /* IDLE ends the list */
  gboolean wants_all;       /* of them; else one is enough */
} LstmScalerMethod;

typedef struct {
  const LstmYamlNode *parts[LSTM_N_SCALER_PARTS]; /* or NULL */
  const gchar *keys[LSTM_N_SCALER_PARTS];         /* as they are written */
  LstmYaml *json; /* owns what came from there, or NULL */
} LstmScalerSource;

/* @node: `{file: PATH}`, with or without `range`, or the numbers; for
 * lstm_scaler_source_clear(), also after an error. */
gboolean lstm_scaler_source_read (const LstmYamlNode *node,
    const LstmScalerMethod *method, LstmScalerSource *source, GError **error);
void lstm_scaler_source_clear (LstmScalerSource *source);

/* Whether `clip: true`, `with_mean: false` and the like are there; FALSE with
 * an error if what is there is neither true nor false. */
gboolean lstm_scaler_source_get_flag (const LstmScalerSource *source,
    LstmScalerPart part, gboolean fallback, gboolean *flag, GError **error);
