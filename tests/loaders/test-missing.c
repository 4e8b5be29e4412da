/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A build that lacks a library that some files need says which, of the first
 * one that it lacks; see HAVE_* in meson.build. */

#include <string.h>

#include <lstm/lstm.h>

typedef struct {
  const gchar *path;
  gboolean present;
  const gchar *library;
  const gchar *files;
} Case;

static const Case h5_cases[] = {
  { "model.h5", HAVE_JSON, "json-glib", "Keras's files (.h5, .keras)" },
  { "model.h5", HAVE_HDF5, "libhdf5", "HDF5 files (.h5, and the weights" },
};

static const Case zip_cases[] = {
  { "model.keras", HAVE_JSON, "json-glib", "Keras's files (.h5, .keras)" },
  { "model.keras", HAVE_ZIP, "libzip", "zip files (.keras)" },
  { "model.keras", HAVE_HDF5, "libhdf5", "HDF5 files (.h5, and the weights" },
};

static void
check (const Case *cases, guint n)
{
  g_autofree gchar *path = g_build_filename (
      g_getenv ("LSTM_GOLDEN_DIR"), "hello_lstm", cases[0].path, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);
  g_autofree gchar *said = NULL;
  guint i = 0;

  while (i < n && cases[i].present)
    i++;
  if (i == n) {
    g_assert_no_error (error);
    g_assert_nonnull (model);
    return;
  }
  said = g_strdup_printf ("this build cannot read %s", cases[i].files);
  g_assert_null (model);
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_assert_nonnull (strstr (error->message, said));
  g_assert_nonnull (strstr (error->message, cases[i].library));
  g_assert_nonnull (strstr (error->message, "gst-lstm convert MODEL OUT.yaml"));
}

static void
test_h5 (void)
{
  check (h5_cases, G_N_ELEMENTS (h5_cases));
}

static void
test_keras (void)
{
  check (zip_cases, G_N_ELEMENTS (zip_cases));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/missing/h5", test_h5);
  g_test_add_func ("/missing/keras", test_keras);
  return g_test_run ();
}
