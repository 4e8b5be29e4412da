/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every golden case, from each format of its file, written as YAML and
 * safetensors and read again: the same bits and the same fingerprint. */

#include "yaml-fixture.h"

#include "common/golden.h"
#include "h5-edit.h"
#include "loaders/hdf5.h"
#include "loaders/zip.h"

#include <string.h>
#include <sys/resource.h>
#include <signal.h>

#include <glib/gstdio.h>

static guint n_converted;
static guint n_exported;
static guint n_h5;
static guint n_refused;

static LstmModel *
load (const gchar *path)
{
  g_autoptr (GError) error = NULL;
  LstmModel *model = lstm_model_load (path, NULL, &error);

  g_assert_no_error (error);
  return model;
}

static gchar *
read_text (const gchar *path)
{
  g_autoptr (GError) error = NULL;
  gchar *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* (transfer full): the text that the model is written as. */
static gchar *
save (const LstmModel *model, const gchar *name)
{
  g_autofree gchar *path = yaml_fixture_path (name);
  g_autoptr (GError) error = NULL;

  lstm_model_save (model, path, TRUE, &error);
  g_assert_no_error (error);
  return read_text (path);
}

static void
check_same (LstmModel *ours, LstmModel *theirs, const gchar *name)
{
  g_autoptr (GBytes) a = golden_run (ours, name);
  g_autoptr (GBytes) b = golden_run (theirs, name);

  g_assert_cmpstr (lstm_model_get_fingerprint (ours), ==,
      lstm_model_get_fingerprint (theirs));
  g_assert_true (g_bytes_get_size (a) > 0);
  g_assert_true (g_bytes_equal (a, b));
}

static void
check_ends (const LstmModel *a, const LstmModel *b)
{
  g_assert_cmpstr (lstm_model_get_name (a), ==, lstm_model_get_name (b));
  g_assert_cmpint (lstm_model_get_batch (a), ==, lstm_model_get_batch (b));
  g_assert_cmpuint (
      lstm_model_get_n_inputs (a), ==, lstm_model_get_n_inputs (b));
  g_assert_cmpuint (
      lstm_model_get_n_outputs (a), ==, lstm_model_get_n_outputs (b));
  for (guint i = 0; i < lstm_model_get_n_inputs (a); i++)
    g_assert_cmpstr (
        lstm_model_get_input_name (a, i), ==, lstm_model_get_input_name (b, i));
  for (guint i = 0; i < lstm_model_get_n_outputs (a); i++)
    g_assert_cmpstr (lstm_model_get_output_name (a, i), ==,
        lstm_model_get_output_name (b, i));
}

/* Keras's own export of the weights, by its paths of variables. */
static void
check_export (LstmModel *model, const gchar *name, const gchar *text)
{
  g_autofree gchar *weights = golden_file (name, "weights.safetensors");
  g_autofree gchar *other = g_strconcat ("weights: ", weights, NULL);
  g_autoptr (GString) changed = g_string_new (text);
  g_autoptr (LstmModel) exported = NULL;

  if (!g_file_test (weights, G_FILE_TEST_EXISTS))
    return;
  if (g_string_replace (changed, "weights: out.safetensors", other, 0) != 1)
    return;
  exported = yaml_fixture_load (changed->str);
  g_assert_cmpstr (lstm_model_get_fingerprint (model), ==,
      lstm_model_get_fingerprint (exported));
  n_exported++;
}

/* The same text with the weights of another file. */
static void
check_weights (LstmModel *model, const gchar *text, const gchar *weights)
{
  g_autofree gchar *other = g_strconcat ("weights: ", weights, NULL);
  g_autoptr (GString) changed = g_string_new (text);
  g_autoptr (LstmModel) loaded = NULL;

  if (g_string_replace (changed, "weights: out.safetensors", other, 0) != 1)
    return;
  loaded = yaml_fixture_load (changed->str);
  g_assert_cmpstr (lstm_model_get_fingerprint (model), ==,
      lstm_model_get_fingerprint (loaded));
  n_h5++;
}

/* What a .keras file has inside is what save_weights("x.weights.h5") writes: by
 * place, which a graph may not tell. */
static void
check_variables (LstmModel *model, const gchar *path, const gchar *text)
{
  g_autoptr (LstmZip) zip = lstm_zip_open (path, NULL);
  g_autoptr (GBytes) image =
      lstm_zip_read (zip, "model.weights.h5", 1 << 26, NULL);
  gsize size;
  const gchar *data = g_bytes_get_data (image, &size);
  g_autofree gchar *file =
      yaml_fixture_write ("out.weights.h5", data, (gssize) size);
  g_autoptr (GString) changed = g_string_new (text);
  g_autofree gchar *yaml = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) loaded = NULL;

  if (strstr (text, "inputs: ") == NULL) {
    check_weights (model, text, file);
    return;
  }
  g_string_replace (
      changed, "weights: out.safetensors", "weights: out.weights.h5", 0);
  yaml = yaml_fixture_write ("graph.yaml", changed->str, -1);
  loaded = lstm_model_load (yaml, NULL, &error);
  if (loaded != NULL) {
    g_assert_cmpstr (lstm_model_get_fingerprint (model), ==,
        lstm_model_get_fingerprint (loaded));
  } else if (strstr (text, "weights:") != NULL) {
    g_assert_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED);
    g_assert_nonnull (strstr (error->message,
        "out.weights.h5: has weights by class and place, and the model is a "
        "graph with several "));
    n_refused++;
  }
}

/* A whole-model file, and the weights of one without the rest. */
static void
check_groups (LstmModel *model, const gchar *path, const gchar *text)
{
  g_autofree gchar *copy = h5_copy (path, "alone.h5");
  g_auto (GStrv) groups = NULL;
  hid_t file;

  check_weights (model, text, path);
  {
    g_autoptr (LstmHdf5) whole = lstm_hdf5_open (path, NULL);

    groups =
        lstm_hdf5_get_strings (whole, "model_weights", "layer_names", NULL);
    g_assert_nonnull (groups);
  }
  file = h5_open (copy);
  for (guint i = 0; groups[i] != NULL; i++) {
    g_autofree gchar *from = g_strconcat ("model_weights/", groups[i], NULL);

    h5_move (file, from, groups[i]);
  }
  h5_set_fixed (file, "/", "layer_names", (const gchar *const *) groups, 64,
      H5T_STR_NULLPAD);
  h5_delete (file, "model_weights");
  h5_delete_attribute (file, "/", "model_config");
  H5Fclose (file);
  check_weights (model, text, copy);
}

static void
test_case (gconstpointer data)
{
  const gchar *path = data;
  g_autofree gchar *folder = g_path_get_dirname (path);
  g_autofree gchar *name = g_path_get_basename (folder);
  g_autofree gchar *yaml = yaml_fixture_path ("out.yaml");
  g_autoptr (LstmModel) keras = load (path);
  g_autofree gchar *text = save (keras, "out.yaml");
  g_autoptr (LstmModel) converted = load (yaml);
  g_autofree gchar *again = save (converted, "again.yaml");
  g_autoptr (GString) expected = g_string_new (text);

  check_same (converted, keras, name);
  check_ends (converted, keras);
  g_string_replace (
      expected, "weights: out.safetensors", "weights: again.safetensors", 0);
  g_assert_cmpstr (again, ==, expected->str);
  check_export (keras, name, text);
  n_converted++;
  if (strstr (text, "layer:\n") != NULL || strstr (text, "name: \"") != NULL ||
      strstr (text, "/") != NULL)
    return; /* models within models were taken apart */
  if (g_str_has_suffix (path, ".yaml"))
    return;
  if (g_str_has_suffix (path, ".keras"))
    check_variables (keras, path, text);
  else
    check_groups (keras, path, text);
}

static void
test_count (void)
{
  const gchar *least = g_getenv ("LSTM_CONVERT_AT_LEAST");
  g_auto (GStrv) numbers = g_strsplit (least, " ", -1);

  g_assert_cmpuint (n_converted, >=, g_ascii_strtoull (numbers[0], NULL, 10));
  g_assert_cmpuint (n_exported, >=, g_ascii_strtoull (numbers[1], NULL, 10));
  g_assert_cmpuint (n_h5, >=, g_ascii_strtoull (numbers[2], NULL, 10));
}

/* ---- names and numbers that YAML could take for others ---- */

static void
test_words (void)
{
  static const gchar text[] =
      "version: 1\nmodel:\n  name: \"1e3\"\n  keras: 3\n"
      "  input: {shape: [null, 2], name: \"null\"}\n"
      "  layers:\n"
      "    - Rescaling: {name: \"true\", scale: 0.1, offset: [1, -2.5e-07]}\n"
      "    - ELU: {name: \"12\", alpha: 3.0}\n"
      "    - Add: {name: 'a: {b}', inputs: [\"12\", \"true\"]}\n"
      "    - ReLU: {name: \"x:1\", max_value: 6}\n"
      "    - Flatten: {name: \"~\"}\n"
      "  outputs: {\"no\": \"x:1\", \"yes # it\": 'a: {b}'}\n";
  g_autoptr (LstmModel) model = yaml_fixture_load (text);
  g_autofree gchar *path = yaml_fixture_path ("words.yaml");
  g_autofree gchar *weights = yaml_fixture_path ("words.safetensors");
  g_autofree gchar *saved = save (model, "words.yaml");
  g_autoptr (LstmModel) again = load (path);

  check_ends (again, model);
  g_assert_cmpstr (lstm_model_get_name (again), ==, "1e3");
  g_assert_cmpstr (lstm_model_get_input_name (again, 0), ==, "null");
  g_assert_cmpstr (lstm_model_get_output_name (again, 1), ==, "yes # it");
  g_assert_cmpstr (lstm_model_get_fingerprint (again), ==,
      lstm_model_get_fingerprint (model));
  g_assert_nonnull (strstr (saved, "scale: 0.1,"));
  g_assert_nonnull (strstr (saved, "alpha: 3.0"));
  g_assert_false (g_file_test (weights, G_FILE_TEST_EXISTS));
}

/* ---- what is not written ---- */

static void
expect_refusal (const LstmModel *model, const gchar *path, gboolean overwrite,
    gint code, const gchar *fact)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (lstm_model_save (model, path, overwrite, &error));
  g_assert_error (error, LSTM_ERROR, code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, fact));
}

static LstmModel *
load_small (void)
{
  g_autoptr (LstmSafetensors) tensors = lstm_safetensors_new ();

  yaml_fixture_add (tensors, "dense/kernel", 2, 100, 100);
  yaml_fixture_add (tensors, "dense/bias", 1, 100, 0);
  g_free (yaml_fixture_save (tensors, "w.safetensors"));
  return yaml_fixture_load (
      "version: 1\nmodel:\n  keras: 3\n  weights: w.safetensors\n"
      "  input: {shape: [null, 100]}\n  layers: [{Dense: {units: 100}}]\n");
}

static void
test_overwrite (void)
{
  g_autoptr (LstmModel) model = load_small ();
  g_autofree gchar *yaml = yaml_fixture_write ("kept.yaml", "mine", -1);
  g_autofree gchar *weights = yaml_fixture_path ("kept.safetensors");
  g_autofree gchar *text = NULL, *still = NULL;

  expect_refusal (model, yaml, FALSE, LSTM_ERROR_IO,
      "kept.yaml: is there already; remove it, or");
  still = read_text (yaml);
  g_assert_cmpstr (still, ==, "mine");
  g_assert_cmpint (g_rename (yaml, weights), ==, 0);
  expect_refusal (
      model, yaml, FALSE, LSTM_ERROR_IO, "kept.safetensors: is there already");
  text = save (model, "kept.yaml");
  g_assert_nonnull (strstr (text, "weights: kept.safetensors"));
}

static void
test_names (void)
{
  g_autoptr (LstmModel) model = load_small ();

  expect_refusal (model, "/tmp/model.h5", TRUE, LSTM_ERROR_VALUE,
      "/tmp/model.h5: expected a name in UTF-8 that ends in .yaml");
  expect_refusal (model, ".yaml", TRUE, LSTM_ERROR_VALUE, "ends in .yaml");
  expect_refusal (model, "/no-such-folder/model.yaml", TRUE, LSTM_ERROR_IO,
      "/no-such-folder/model.yaml: cannot write it: No such file");
}

/* Nothing is left, and what was there still is, where the disk is full. */
static void
test_full (void)
{
  g_autoptr (LstmModel) model = load_small ();
  g_autofree gchar *yaml = yaml_fixture_write ("full.yaml", "mine", -1);
  g_autofree gchar *weights = yaml_fixture_path ("full.safetensors");
  g_autofree gchar *folder = g_path_get_dirname (yaml);
  g_autofree gchar *text = NULL;
  g_autoptr (GDir) dir = NULL;
  struct rlimit before, small;
  const gchar *name;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  small = (struct rlimit){ 4096, before.rlim_max };
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  expect_refusal (model, yaml, TRUE, LSTM_ERROR_IO,
      "full.safetensors: cannot write it: File too large");
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  text = read_text (yaml);
  g_assert_cmpstr (text, ==, "mine");
  g_assert_false (g_file_test (weights, G_FILE_TEST_EXISTS));
  dir = g_dir_open (folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_assert_false (g_str_has_prefix (name, "full.yaml."));
}

/* Over the file whose weights are mapped. */
static void
test_onto_itself (void)
{
  g_autofree gchar *path = yaml_fixture_path ("w.yaml");
  g_autoptr (LstmModel) model = load_small ();
  g_autoptr (LstmModel) again = NULL;

  g_free (save (model, "w.yaml"));
  again = load (path);
  g_assert_cmpstr (lstm_model_get_fingerprint (again), ==,
      lstm_model_get_fingerprint (model));
}

static void
add_cases (GPtrArray *paths)
{
  static const gchar *const files[] = { "model.h5", "model.keras",
    "model.yaml" };
  g_autoptr (GDir) dir = g_dir_open (golden_dir (), 0, NULL);
  const gchar *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL) {
    for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
      g_autofree gchar *path = golden_file (name, files[i]);
      g_autofree gchar *test =
          g_strconcat ("/yaml/convert/", name, "/", files[i], NULL);

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        continue;
      g_test_add_data_func (test, path, test_case);
      g_ptr_array_add (paths, g_steal_pointer (&path));
    }
  }
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  int status;

  g_test_init (&argc, &argv, NULL);
  yaml_fixture_open ();
  h5_begin ();
  add_cases (paths);
  g_test_add_func ("/yaml/counted/enough", test_count);
  g_test_add_func ("/yaml/words", test_words);
  g_test_add_func ("/yaml/refused/overwrite", test_overwrite);
  g_test_add_func ("/yaml/refused/names", test_names);
  g_test_add_func ("/yaml/refused/full", test_full);
  g_test_add_func ("/yaml/onto-itself", test_onto_itself);
  status = g_test_run ();
  g_print ("# converted: %u models, %u of them with weights that Keras "
           "exported by name\n",
      n_converted, n_exported);
  g_print ("# weights alone, in HDF5: %u files, %u of graphs refused\n", n_h5,
      n_refused);
  h5_end ();
  yaml_fixture_close ();
  return status;
}
