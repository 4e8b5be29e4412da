/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "files/file.h"

G_BEGIN_DECLS

/* The text of a file's header on its way through a parser. The first thing that
 * is wrong is kept in *error, and everything after it fails. */
typedef struct {
  LstmFile *file;
  const gchar *begin;
  const gchar *at;
  const gchar *end;
  GError **error;
} LstmScan;

/* Passes over spaces, tabs and ends of lines. */
void lstm_scan_skip_space (LstmScan *scan);
/* Whether the next character that is no space is this one; takes it if so. */
gboolean lstm_scan_take (LstmScan *scan, gchar c);
/* The same, and an error if it is another. */
gboolean lstm_scan_expect (LstmScan *scan, gchar c);
/* Whether nothing but space is left. */
gboolean lstm_scan_is_done (LstmScan *scan);
/* Digits: a number from 0 to 2^63 - 1. */
gboolean lstm_scan_number (LstmScan *scan, gint64 *number);
/* Numbers after an opening bracket, up to @close; at most @max of them. With
 * @trailing_comma there may be one, as in a tuple of Python's. */
gboolean lstm_scan_numbers (LstmScan *scan, gchar close,
    gboolean trailing_comma, gint64 *numbers, guint max, guint *n);
/* The place of @key among @n @names, which *seen then has a bit for; -1 and an
 * error of what was @expected if it is none of them or was seen before. */
gint lstm_scan_key_once (LstmScan *scan, const gchar *key,
    const gchar *const *names, guint n, guint *seen, const gchar *expected);
/* FALSE; "expected <what>, found <what is there>". */
gboolean lstm_scan_fail (LstmScan *scan, const gchar *expected);

G_END_DECLS
