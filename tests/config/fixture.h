/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/config.h>

/* A folder of this test alone with the files that configurations name. */
void fixture_open (void);
void fixture_close (void);

/* A path in the folder; free it with g_free(). */
gchar *fixture_path (const gchar *name);
/* Writes a file to the folder. */
void fixture_write (const gchar *name, const gchar *data, gssize length);

/* Reads @data as the file config.yaml of the folder. */
LstmConfig *fixture_config (const gchar *data, gssize length, GError **error);

/* Checks domain, code and message. In @pattern, @ stands for the folder and *
 * for any text. */
void fixture_assert_error (
    const GError *error, gint code, const gchar *pattern);

/* Checks that two NULL-terminated lists are equal; @expected is separated by
 * blanks. */
void fixture_assert_names (const gchar *const *names, const gchar *expected);
