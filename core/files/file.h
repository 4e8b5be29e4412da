/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stdio.h>

#include "files/array.h"
#include "files/dtype.h"

G_BEGIN_DECLS

/* A file that is read from its beginning, or written. Messages begin with its
 * path. */
typedef struct {
  gchar *path; /* to be shown: UTF-8 */
  FILE *stream;
  guint64 size;     /* in bytes; reading only */
  gchar *target;    /* what it becomes when it is finished, or NULL */
  gchar *temporary; /* where it is until then, or NULL */
} LstmFile;

/* Only regular files are read: a pipe could keep its reader waiting. */
LstmFile *lstm_file_open (const gchar *path, GError **error);
gboolean lstm_file_read (
    LstmFile *file, gpointer data, gsize n, GError **error);
/* The next numbers, rounded to float32. */
gboolean lstm_file_read_numbers (LstmFile *file, LstmDtype dtype,
    gboolean big_endian, gsize n, gfloat *to, GError **error);

LstmFile *lstm_file_create (const gchar *path, GError **error);
/* The same, but @path is what it was until lstm_file_finish(), which puts the
 * new file in its place at once; freed before that, nothing has happened. */
LstmFile *lstm_file_replace (const gchar *path, GError **error);
/* Everything written is on the disk. */
gboolean lstm_file_sync (LstmFile *file, GError **error);
gboolean lstm_file_write (
    LstmFile *file, gconstpointer data, gsize n, GError **error);
/* Float32, little endian. */
gboolean lstm_file_write_floats (
    LstmFile *file, const gfloat *data, gsize n, GError **error);
/* Takes the file. What was written is complete only if this is TRUE. */
gboolean lstm_file_finish (LstmFile *file, GError **error);

/* Closes it; @file may be NULL. */
void lstm_file_free (LstmFile *file);

/* Sets an error that begins with the path. */
void lstm_file_fail (LstmFile *file, GError **error, gint code,
    const gchar *format, ...) G_GNUC_PRINTF (4, 5);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmFile, lstm_file_free)

G_END_DECLS
