/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/config.h>

struct _LstmConfig {
  gatomicrefcount refs;
  gchar *path;
  gchar *model;
  guint keras;
  gboolean allow_nan;
  gchar *initial_state;
  gchar **features;
  gchar *key;
  gchar **keep;
  gchar *time;
  const gchar *time_unit; /* static */
  guint skip_rows;
  gchar **outputs;
  LstmScaling *scaling;
  LstmScaling *output_scaling;
  const gchar *mode;   /* static */
  guint steps, stride; /* frames; 0: not said */
  gchar **reset_on;
  const gchar *precision; /* static */
  gint threads;           /* -1: not said */
  LstmConfigPost post;
};

/* lstm_config_load() of a file @path whose contents are @data: for tests and
 * fuzzers. */
LstmConfig *lstm_config_new_from_data (
    const gchar *path, const gchar *data, gsize length, GError **error);
