/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

G_BEGIN_DECLS

/* The state file of one model's streams: what is in it when a run begins, and
 * the thread that writes into it. Its functions are for one thread at a time.
 * Only those that open, read at the beginning and close wait for the disk. */
typedef struct _GstLstmKeeper GstLstmKeeper;

/* Opens what is there; NULL with an error if it is damaged or another model's.
 * @on_error is called in the writer's thread. */
GstLstmKeeper *gst_lstm_keeper_new (const gchar *path, const LstmModel *model,
    LstmStoreErrorFunc on_error, gpointer user_data, GError **error);
/* Writes what waits, and waits for it; FALSE if that is lost. */
gboolean gst_lstm_keeper_close (GstLstmKeeper *keeper, GError **error);

/* Waits until all of it is written, or cannot be. */
void gst_lstm_keeper_flush (GstLstmKeeper *keeper);
/* How often something was written; @last: when, by g_get_real_time(), or 0. */
guint64 gst_lstm_keeper_get_n_saves (GstLstmKeeper *keeper, gint64 *last);

const gchar *gst_lstm_keeper_get_path (const GstLstmKeeper *keeper);
/* States are read and written as those of another model from now on. */
void gst_lstm_keeper_set_model (GstLstmKeeper *keeper, const LstmModel *model);
gchar **gst_lstm_keeper_list (GstLstmKeeper *keeper, GError **error);
/* FALSE with an error; *state is NULL if there is none. */
gboolean gst_lstm_keeper_read (
    GstLstmKeeper *keeper, const gchar *key, GBytes **state, GError **error);

/* A change of one key, NULL for the stream without one; takes @state, NULL to
 * delete. It is handed over with others by gst_lstm_keeper_write(). */
void gst_lstm_keeper_add (
    GstLstmKeeper *keeper, const gchar *key, GBytes *state);
void gst_lstm_keeper_write (GstLstmKeeper *keeper);
/* What was added since is not to be written. */
void gst_lstm_keeper_forget (GstLstmKeeper *keeper);

G_END_DECLS
