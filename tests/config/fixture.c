/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include <string.h>

#include <glib/gstdio.h>
#include <lstm/error.h>

#include "config/config-private.h"

static gchar *folder;

void
fixture_open (void)
{
  g_autoptr (GError) error = NULL;

  folder = g_dir_make_tmp ("lstm-config-XXXXXX", &error);
  g_assert_no_error (error);
}

void
fixture_close (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir))) {
    g_autofree gchar *path = fixture_path (name);

    g_assert_cmpint (g_remove (path), ==, 0);
  }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_clear_pointer (&folder, g_free);
}

gchar *
fixture_path (const gchar *name)
{
  return g_build_filename (folder, name, NULL);
}

void
fixture_write (const gchar *name, const gchar *data, gssize length)
{
  g_autofree gchar *path = fixture_path (name);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, data, length, &error);
  g_assert_no_error (error);
}

LstmConfig *
fixture_config (const gchar *data, gssize length, GError **error)
{
  g_autofree gchar *path = fixture_path ("config.yaml");

  return lstm_config_new_from_data (
      path, data, length < 0 ? strlen (data) : (gsize) length, error);
}

void
fixture_assert_error (const GError *error, gint code, const gchar *pattern)
{
  g_auto (GStrv) parts = g_strsplit (pattern, "@", -1);
  g_autofree gchar *expected = g_strjoinv (folder, parts);

  g_assert_error (error, LSTM_ERROR, code);
  if (!g_pattern_match_simple (expected, error->message))
    g_assert_cmpstr (error->message, ==, expected);
}

void
fixture_assert_names (const gchar *const *names, const gchar *expected)
{
  g_autofree gchar *joined = NULL;

  g_assert_nonnull (names);
  joined = g_strjoinv (" ", (gchar **) names);
  g_assert_cmpstr (joined, ==, expected);
}
