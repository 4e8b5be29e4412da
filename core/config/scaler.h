/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/config.h>

#include "config/yaml-tree.h"

/* The scalers of scikit-learn: MinMaxScaler, StandardScaler, RobustScaler. */

/* Names of the methods, NULL-terminated: min-max, standard, robust. */
extern const gchar *const lstm_scaler_names[];

/* What a scaler makes of n features; arrays are owned. */
typedef struct {
  guint n;
  gdouble *offset;
  gdouble *divisor;
  gboolean has_range; /* scaled features lie within low and high */
  gdouble low, high;
  gboolean clip; /* the scaler was made to clip */
} LstmScaler;

/* @names: of the features, or NULL where the file names none. With @alone the
 * numbers are of one feature and not in lists; names then has one. */
gboolean lstm_scaler_read (guint method, const LstmYamlNode *node,
    const gchar *const *names, gboolean alone, LstmScaler *scaler,
    GError **error);
void lstm_scaler_clear (LstmScaler *scaler);

/* Two numbers, the lower one first. */
gboolean lstm_scaler_read_range (const LstmYamlNode *node, const gchar *what,
    gdouble *low, gdouble *high, GError **error);
