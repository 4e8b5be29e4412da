/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include <glib/gstdio.h>
#include <lstm/error.h>

static gchar *folder;
static GPtrArray *paths;

void
tool_fixture_init (void)
{
  g_autoptr (GError) error = NULL;

  folder = g_dir_make_tmp ("lstm-files-XXXXXX", &error);
  g_assert_no_error (error);
  paths = g_ptr_array_new_with_free_func (g_free);
}

void
tool_fixture_clear (void)
{
  for (guint i = 0; i < paths->len; i++)
    g_remove (g_ptr_array_index (paths, i));
  g_ptr_array_unref (paths);
  g_rmdir (folder);
  g_free (folder);
}

gchar *
tool_fixture_path (const gchar *name)
{
  gchar *path = g_build_filename (folder, name, NULL);

  g_ptr_array_add (paths, g_strdup (path));
  return path;
}

gchar *
tool_fixture_write (const gchar *name, gconstpointer content, gsize size)
{
  gchar *path = tool_fixture_path (name);
  FILE *file = g_fopen (path, "wb");

  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (content, 1, size, file), ==, size);
  g_assert_cmpint (fclose (file), ==, 0);
  return path;
}

void
tool_fixture_check_error (
    GError **error, gint code, const gchar *path, const gchar *words)
{
  g_auto (GStrv) list = g_strsplit (words, "|", -1);

  g_assert_error (*error, LSTM_ERROR, code);
  g_assert_true (g_str_has_prefix ((*error)->message, path));
  for (guint i = 0; list[i] != NULL; i++)
    if (strstr ((*error)->message, list[i]) == NULL)
      g_test_fail_printf ("'%s' is not in: %s", list[i], (*error)->message);
  g_clear_error (error);
}
