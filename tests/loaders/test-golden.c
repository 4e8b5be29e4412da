/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every golden case, made with real Keras, through loader and engine. A case is
 * a folder of LSTM_GOLDEN_DIR; a new folder is a new test. */

#include "common/golden.h"

#include <string.h>

/* How many cases the folder had when this was written. */
#define N_CASES_AT_LEAST 94

/* Cases with a layer that the engine does not have, and that layer. Each must
 * fail for that reason; one that loads is taken out. None at present. */
static const struct {
  const gchar *name;
  const gchar *layer;
} skipped[] = {
  { NULL, NULL },
};

static gdouble largest;
static guint n_passed, n_skipped;

static const gchar *
find_skipped (const gchar *name)
{
  for (guint i = 0; skipped[i].name != NULL; i++)
    if (strcmp (skipped[i].name, name) == 0)
      return skipped[i].layer;
  return NULL;
}

static void
check_skipped (const gchar *path, const gchar *layer)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);
  g_autofree gchar *named = g_strdup_printf (" %s ", layer);
  g_autofree gchar *reason = NULL;

  if (model != NULL) {
    g_test_fail_printf ("it loads: take it out of the list of skipped cases");
    return;
  }
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, named));
  reason = g_strdup_printf ("layer %s is not known yet", layer);
  g_test_skip (reason);
  n_skipped++;
}

static void
test_case (gconstpointer data)
{
  const gchar *name = data;
  g_autofree gchar *path = golden_file (name, "model.h5");
  const gchar *layer = find_skipped (name);
  g_autoptr (LstmModel) model = NULL;
  g_autoptr (GError) error = NULL;
  gdouble difference;

  if (layer != NULL) {
    check_skipped (path, layer);
    return;
  }
  model = lstm_model_load (path, NULL, &error);
  g_assert_no_error (error);
  difference = golden_check (model, name);
  g_test_message ("%s: largest difference to Keras %.3g", name, difference);
  largest = MAX (largest, difference);
  n_passed++;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

static GPtrArray *
list_cases (void)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (golden_dir (), 0, &error);
  const gchar *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = golden_file (name, "case.json");

    if (g_file_test (path, G_FILE_TEST_EXISTS))
      g_ptr_array_add (names, g_strdup (name));
  }
  g_ptr_array_sort (names, compare_names);
  return names;
}

static void
test_count (gconstpointer data)
{
  const GPtrArray *names = data;

  g_assert_cmpuint (names->len, >=, N_CASES_AT_LEAST);
  for (guint i = 0; skipped[i].name != NULL; i++)
    g_assert_true (g_ptr_array_find_with_equal_func (
        (GPtrArray *) names, skipped[i].name, g_str_equal, NULL));
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) names = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  names = list_cases ();
  g_test_add_data_func ("/golden/count", names, test_count);
  for (guint i = 0; i < names->len; i++) {
    const gchar *name = g_ptr_array_index (names, i);
    g_autofree gchar *path = g_strconcat ("/golden/case/", name, NULL);

    g_test_add_data_func (path, name, test_case);
  }
  status = g_test_run ();
  g_print ("# golden: %u passed, %u skipped, largest difference %.3g\n",
      n_passed, n_skipped, largest);
  return status;
}
