/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

#include "gstlstmenums.h"
#include "gstlstmsession.h"
#include "gstlstmtensor.h"

G_BEGIN_DECLS

/* Smaller models keep their weights in Keras's layout: they take 4 MB at most.
 */
#define GST_LSTM_RELEASED_PARAMETERS 1000000

/* Windows that stand side by side. */
#define GST_LSTM_MAX_BATCH 65536

/* Against keys without end: their states are some hundred bytes each, or more.
 */
#define GST_LSTM_DEFAULT_MAX_STREAMS 1000000

#define GST_LSTM_DEFAULT_RESET_ON                                              \
  (GST_LSTM_RESET_STREAM_START | GST_LSTM_RESET_FLUSH |                        \
      GST_LSTM_RESET_DISCONT | GST_LSTM_RESET_CAPS)

/* What a user asks for: by properties, where they are set, else by a YAML
 * file, else by default. */
typedef struct {
  gchar *model;   /* path, or NULL */
  gchar *config;  /* path, or NULL */
  gint mode;      /* GstLstmMode, or -1: not set */
  guint steps;    /* 0: not set */
  guint stride;   /* 0: not set */
  gint reset_on;  /* GstLstmReset, or -1: not set */
  guint batch;    /* 0: not set */
  gint allow_nan; /* a boolean, or -1: not set */
  gint precision; /* GstLstmPrecision, or -1: not set */
  gint threads;   /* -1: not set */
  GstLstmOnNan on_nan;
  GstLstmGap gap;
  GstLstmPartial partial_window;
  GstLstmPartial partial_batch;
  GstLstmOutput output;
  GstClockTime discont_threshold;
  gchar *initial_state; /* path, or NULL */
  gchar *state_file;    /* path, or NULL */
  GstClockTime state_interval;
  guint max_streams;
  GstClockTime idle_timeout;
} GstLstmSettings;

void gst_lstm_settings_copy (
    GstLstmSettings *settings, const GstLstmSettings *from);
void gst_lstm_settings_clear (GstLstmSettings *settings);

/* What came of it. */
typedef struct {
  LstmModel *model;
  LstmPlan *plan;
  LstmPool *pool;     /* or NULL: one thread */
  LstmConfig *config; /* or NULL */
  GstLstmSession *session;
  guint n_features;
  gchar **features; /* names in the model's order, or NULL */
  gchar **outputs;  /* names, as many as the first output has features */
  GstLstmReset reset_on;
  guint batch;
  GstLstmPartial partial_window;
  GstLstmPartial partial_batch;
  GstLstmOnNan on_nan;
  GstLstmGap gap;
} GstLstmSetup;

gboolean gst_lstm_setup_load (
    GstLstmSetup *setup, const GstLstmSettings *settings, GError **error);
void gst_lstm_setup_clear (GstLstmSetup *setup);
gboolean gst_lstm_setup_match_features (const GstLstmSetup *setup,
    const gchar *const *channels, guint **order, GError **error);
gboolean gst_lstm_setup_check_batch (
    const GstLstmSetup *setup, const GstLstmTensor *tensor, GError **error);
gchar **gst_lstm_setup_name_channels (const GstLstmSetup *setup, guint output);
gchar *gst_lstm_setup_describe_features (
    const GstLstmSetup *setup, const gchar *const *channels);

G_END_DECLS
