/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every stored random model, made with real Keras, in each format that Keras
 * wrote, and frame by frame where it can stream. A case is a folder of
 * LSTM_GOLDEN_DIR; a new folder is new tests. LSTM_TEST_N_CASES says how many
 * there are at least. */

#include "common/golden.h"
#include "frames.h"

#include <string.h>

static const gchar *const formats[] = { "model.h5", "model.keras" };

typedef struct {
  const gchar *name;
  const gchar *format;
} Case;

static gdouble largest;
static guint n_passed[G_N_ELEMENTS (formats)], n_streamed;

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autofree gchar *path = golden_file (c->name, c->format);
  g_autofree gchar *mismatch = NULL;
  g_autoptr (LstmModel) model = NULL;
  g_autoptr (GError) error = NULL;
  gdouble difference = 0, by_frames = 0;

  model = lstm_model_load (path, NULL, &error);
  g_assert_no_error (error);
  mismatch = golden_compare (model, c->name, &difference);
  if (mismatch == NULL && lstm_model_can_stream (model, NULL)) {
    mismatch = frames_compare (model, c->name, &by_frames);
    n_streamed++;
  }
  if (mismatch != NULL)
    g_test_fail_printf ("%s: %s", c->name, mismatch);
  largest = MAX (largest, MAX (difference, by_frames));
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    n_passed[i] += mismatch == NULL && g_str_equal (c->format, formats[i]);
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
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static void
test_count (gconstpointer data)
{
  const GPtrArray *names = data;

  const gchar *n = g_getenv ("LSTM_TEST_N_CASES");

  g_assert_nonnull (n);
  g_assert_cmpuint (names->len, >=, g_ascii_strtoull (n, NULL, 10));
}

/* A case has a test for each format that is there, and one at least. */
static void
add_tests (const gchar *name, GPtrArray *cases)
{
  guint n = cases->len;

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_autofree gchar *file = golden_file (name, formats[i]);
    g_autofree gchar *path = NULL;
    Case *c;

    if (!g_file_test (file, G_FILE_TEST_EXISTS))
      continue;
    c = g_new (Case, 1);
    *c = (Case){ name, formats[i] };
    g_ptr_array_add (cases, c);
    path = g_strdup_printf ("/random/%s/%s", formats[i], name);
    g_test_add_data_func (path, c, test_case);
  }
  if (cases->len == n)
    g_error ("case %s has no model in any format", name);
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) cases = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) names = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  names = list_cases ();
  g_test_add_data_func ("/random/count", names, test_count);
  for (guint i = 0; i < names->len; i++)
    add_tests (g_ptr_array_index (names, i), cases);
  status = g_test_run ();
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    g_print ("# random: %u of %s passed\n", n_passed[i], formats[i]);
  g_print ("# random: %u of both ran frame by frame too\n", n_streamed);
  g_print ("# random: largest difference %.3g\n", largest);
  return status;
}
