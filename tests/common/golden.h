/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

G_BEGIN_DECLS

/* The folder of golden cases (environment LSTM_GOLDEN_DIR), and a file of one
 * (transfer full). */
const gchar *golden_dir (void);
gchar *golden_file (const gchar *name, const gchar *file);

/* What the case's calls are: whether the states are reset before each one
 * (gboolean; transfer full), and how many outputs each gave. */
GArray *golden_read_calls (const gchar *name, guint *n_outputs);

/* Runs the calls of golden case @name through @model, in window mode, and
 * compares outputs and states with Keras's. (transfer full): the first value
 * that is not Keras's, in words, or NULL. */
gchar *golden_compare (LstmModel *model, const gchar *name, gdouble *largest);

/* The same; a difference fails the test. Returns the largest difference. */
gdouble golden_check (LstmModel *model, const gchar *name);

/* (transfer full): the bits of all outputs, and of the states as they are saved
 * after each call. */
GBytes *golden_run (LstmModel *model, const gchar *name);

G_END_DECLS
