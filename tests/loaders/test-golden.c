/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every golden case, made with real Keras, through loader and engine. A case is
 * a folder of LSTM_GOLDEN_DIR; a new folder is a new test. LSTM_GOLDEN_AT_LEAST
 * says how many files of each kind the folders had when they were made. */

#include "common/golden.h"

#include <string.h>

static const gchar *const files[] = { "model.h5", "model.keras" };

/* One file of a case. */
typedef struct {
  gchar *name;
  guint file; /* in files */
} Case;

/* By file. */
static gdouble largest[G_N_ELEMENTS (files)];
static guint n_passed[G_N_ELEMENTS (files)];

static GHashTable *fingerprints; /* of the cases that have both files */
static guint n_compared;

static void
case_free (gpointer data)
{
  g_free (((Case *) data)->name);
  g_free (data);
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autofree gchar *path = golden_file (c->name, files[c->file]);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);
  gdouble difference;

  g_assert_no_error (error);
  difference = golden_check (model, c->name);
  g_test_message ("%s: largest difference to Keras %.3g", c->name, difference);
  largest[c->file] = MAX (largest[c->file], difference);
  n_passed[c->file]++;
}

static gchar *
load_fingerprint (const gchar *name, guint file)
{
  g_autofree gchar *path = golden_file (name, files[file]);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);

  g_assert_no_error (error);
  return g_strdup (lstm_model_get_fingerprint (model));
}

/* A state that was saved from one file of a model fits the other. */
static void
test_fingerprint (gconstpointer data)
{
  const Case *c = data;
  g_autofree gchar *first = load_fingerprint (c->name, 0);
  g_autofree gchar *second = load_fingerprint (c->name, c->file);

  g_assert_cmpuint (strlen (first), ==, 64);
  g_assert_cmpstr (first, ==, second);
  g_hash_table_add (fingerprints, g_steal_pointer (&first));
  n_compared++;
}

/* Models of different cases are different models. */
static void
test_fingerprints_differ (void)
{
  g_assert_cmpuint (n_compared, >, 0);
  g_assert_cmpuint (g_hash_table_size (fingerprints), ==, n_compared);
}

static gint
compare_cases (gconstpointer a, gconstpointer b)
{
  const Case *x = *(const Case *const *) a;
  const Case *y = *(const Case *const *) b;

  return x->file != y->file ? (gint) x->file - (gint) y->file
                            : strcmp (x->name, y->name);
}

static void
add_files (GPtrArray *cases, const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *path = golden_file (name, files[i]);
    Case *c;

    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      continue;
    c = g_new0 (Case, 1);
    c->name = g_strdup (name);
    c->file = i;
    g_ptr_array_add (cases, c);
  }
}

static GPtrArray *
list_cases (void)
{
  GPtrArray *cases = g_ptr_array_new_with_free_func (case_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (golden_dir (), 0, &error);
  const gchar *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = golden_file (name, "case.json");

    if (g_file_test (path, G_FILE_TEST_EXISTS))
      add_files (cases, name);
  }
  g_ptr_array_sort (cases, compare_cases);
  return cases;
}

static void
test_count (gconstpointer data)
{
  const GPtrArray *cases = data;
  guint n[G_N_ELEMENTS (files)] = { 0 };
  const gchar *least = g_getenv ("LSTM_GOLDEN_AT_LEAST");
  g_auto (GStrv) numbers = NULL;

  g_assert_nonnull (least);
  numbers = g_strsplit (least, " ", -1);
  g_assert_cmpuint (g_strv_length (numbers), ==, G_N_ELEMENTS (files));
  for (guint i = 0; i < cases->len; i++)
    n[((const Case *) g_ptr_array_index (cases, i))->file]++;
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    g_assert_cmpuint (n[i], >=, g_ascii_strtoull (numbers[i], NULL, 10));
}

static void
add_fingerprint_test (const Case *c)
{
  g_autofree gchar *other = golden_file (c->name, files[0]);
  g_autofree gchar *path = g_strconcat ("/golden/fingerprint/", c->name, NULL);

  if (c->file > 0 && g_file_test (other, G_FILE_TEST_EXISTS))
    g_test_add_data_func (path, c, test_fingerprint);
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) cases = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  cases = list_cases ();
  g_test_add_data_func ("/golden/count", cases, test_count);
  for (guint i = 0; i < cases->len; i++) {
    const Case *c = g_ptr_array_index (cases, i);
    g_autofree gchar *path =
        g_strconcat ("/golden/", files[c->file], "/", c->name, NULL);

    g_test_add_data_func (path, c, test_case);
    add_fingerprint_test (c);
  }
  g_test_add_func ("/golden/fingerprints/differ", test_fingerprints_differ);
  fingerprints = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  status = g_test_run ();
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    g_print ("# golden %s: %u passed, largest difference %.3g\n", files[i],
        n_passed[i], largest[i]);
  g_print (
      "# golden: %u models with one fingerprint in both files\n", n_compared);
  g_hash_table_unref (fingerprints);
  return status;
}
