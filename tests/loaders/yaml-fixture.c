/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "yaml-fixture.h"

#include <string.h>

#include <glib/gstdio.h>

static gchar *folder;

void
yaml_fixture_open (void)
{
  g_autoptr (GError) error = NULL;

  folder = g_dir_make_tmp ("lstm-yaml-XXXXXX", &error);
  g_assert_no_error (error);
}

void
yaml_fixture_close (void)
{
  g_autoptr (GError) error = NULL;
  GDir *dir = g_dir_open (folder, 0, &error);
  const gchar *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = yaml_fixture_path (name);

    g_assert_cmpint (g_unlink (path), ==, 0);
  }
  g_dir_close (dir);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_clear_pointer (&folder, g_free);
}

gchar *
yaml_fixture_path (const gchar *name)
{
  return g_build_filename (folder, name, NULL);
}

gchar *
yaml_fixture_write (const gchar *name, const gchar *data, gssize length)
{
  g_autoptr (GError) error = NULL;
  gchar *path = yaml_fixture_path (name);

  g_file_set_contents (path, data, length, &error);
  g_assert_no_error (error);
  return path;
}

void
yaml_fixture_add (LstmSafetensors *tensors, const gchar *name, guint rank,
    gint64 first, gint64 second)
{
  gint64 shape[] = { first, second };
  LstmArray *array = lstm_array_new (rank, shape, NULL);
  guint seed = g_str_hash (name) % 89;

  g_assert_nonnull (array);
  for (gsize i = 0; i < array->count; i++)
    array->data[i] = (gfloat) ((i * 37 + seed) % 101) / 101.0f - 0.5f;
  g_assert_true (lstm_safetensors_add (tensors, name, array));
}

gchar *
yaml_fixture_save (const LstmSafetensors *tensors, const gchar *name)
{
  g_autoptr (GError) error = NULL;
  gchar *path = yaml_fixture_path (name);

  lstm_safetensors_save (tensors, path, &error);
  g_assert_no_error (error);
  return path;
}

LstmModel *
yaml_fixture_load (const gchar *text)
{
  g_autofree gchar *path = yaml_fixture_write ("model.yaml", text, -1);
  g_autoptr (GError) error = NULL;
  LstmModel *model = lstm_model_load (path, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (model);
  return model;
}

void
yaml_fixture_fail (const gchar *text, gssize length, gint code,
    const gchar *place, const gchar *facts)
{
  g_autofree gchar *path = yaml_fixture_write ("model.yaml", text, length);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);
  g_auto (GStrv) words = g_strsplit (facts, "|", -1);
  g_autofree gchar *begin =
      g_strconcat (path, *place != '\0' ? ":" : "", place, ": ", NULL);

  g_assert_null (model);
  g_assert_nonnull (error);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_test_message ("%s", error->message);
  if (!g_error_matches (error, LSTM_ERROR, code))
    g_test_fail_printf ("error code %d, expected %d", error->code, code);
  if (!g_str_has_prefix (error->message, begin))
    g_test_fail_printf ("it does not begin with %s", begin);
  for (guint i = 0; words[i] != NULL; i++)
    if (strstr (error->message + strlen (path), words[i]) == NULL)
      g_test_fail_printf ("it does not say: %s", words[i]);
}
