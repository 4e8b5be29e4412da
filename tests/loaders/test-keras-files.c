/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* HDF5 files whose weights and config do not fit or are not what Keras writes.
 * Broken files are made from good ones. */

#include "common/golden.h"
#include "expect.h"
#include "h5-edit.h"

/* The file that the cases below change: LSTM lstm_2, LSTM lstm_3, Dense
 * dense_1; (10, 2) to (2,). */
#define BASE "stateless_stack"
#define LSTM_GROUP "model_weights/lstm_2"
#define DENSE_GROUP "model_weights/dense_1"
#define KERNEL DENSE_GROUP "/sequential/dense_1/kernel"

typedef struct {
  const gchar *name;
  void (*edit) (hid_t file);
  gint code;
  const gchar *facts[MAX_FACTS];
} BadFile;

static void
drop_config (hid_t file)
{
  h5_delete_attribute (file, "", "model_config");
}

/* What model.save_weights("x.h5") leaves: the groups stand in the root. */
static void
weights_only (hid_t file)
{
  static const gchar *const names[] = { "lstm_2", NULL };

  h5_delete_attribute (file, "", "model_config");
  h5_set_list (file, "", "layer_names", names);
}

static void
weights_only_keras_3 (hid_t file)
{
  h5_delete_attribute (file, "", "model_config");
  h5_move (file, "model_weights", "layers");
}

static void
drop_weights (hid_t file)
{
  h5_delete (file, "model_weights");
}

static void
drop_version (hid_t file)
{
  h5_delete_attribute (file, "", "keras_version");
  h5_delete_attribute (file, "model_weights", "keras_version");
}

static void
old_version (hid_t file)
{
  h5_set_text (file, "", "keras_version", "1.2.2");
}

static void
odd_version (hid_t file)
{
  h5_set_text (file, "", "keras_version", "banana");
}

static void
number_version (hid_t file)
{
  int version = 3;

  h5_set_attribute (
      file, "", "keras_version", H5T_NATIVE_INT, 0, NULL, &version);
}

static void
two_configs (hid_t file)
{
  static const gchar *const texts[] = { "{}", "{}", NULL };

  h5_set_list (file, "", "model_config", texts);
}

static void
no_configs (hid_t file)
{
  hsize_t n = 0;

  h5_set_attribute (file, "", "model_config", H5T_NATIVE_DOUBLE, 1, &n, NULL);
}

static void
config_latin1 (hid_t file)
{
  h5_set_text (file, "", "model_config", "{\"name\": \"caf\xe9\"}");
}

static void
names_in_2d (hid_t file)
{
  hsize_t dims[] = { 1, 1 };
  double zero = 0;

  h5_set_attribute (
      file, "model_weights", "layer_names", H5T_NATIVE_DOUBLE, 2, dims, &zero);
}

static void
names_are_numbers (hid_t file)
{
  hsize_t n = 3;
  double numbers[] = { 1, 2, 3 };

  h5_set_attribute (
      file, "model_weights", "layer_names", H5T_NATIVE_DOUBLE, 1, &n, numbers);
}

static void
names_missing (hid_t file)
{
  h5_delete_attribute (file, "model_weights", "layer_names");
}

static void
drop_group (hid_t file)
{
  h5_delete (file, LSTM_GROUP);
}

static void
drop_weight_names (hid_t file)
{
  h5_delete_attribute (file, LSTM_GROUP, "weight_names");
}

static void
drop_dataset (hid_t file)
{
  h5_delete (file, KERNEL);
}

static void
drop_name (hid_t file)
{
  static const gchar *const names[] = { "sequential/dense_1/kernel", NULL };

  h5_set_list (file, DENSE_GROUP, "weight_names", names);
}

static void
drop_layer (hid_t file)
{
  static const gchar *const names[] = { "lstm_2", "lstm_3", NULL };

  h5_set_list (file, "model_weights", "layer_names", names);
}

static void
other_variable (hid_t file)
{
  static const gchar *const names[] = { "sequential/dense_1/kernel",
    "sequential/dense_1/gamma", NULL };

  h5_set_list (file, DENSE_GROUP, "weight_names", names);
}

static void
put (hid_t file, const gchar *object, hsize_t rows, hsize_t columns)
{
  hsize_t dims[] = { rows, columns };

  h5_put_dataset (file, object, H5T_IEEE_F32LE, 2, dims, H5P_DEFAULT);
}

static void
same_names (hid_t file)
{
  static const gchar *const names[] = { "sequential/dense_1/kernel",
    "sequential/dense_1/bias", "sequential/dense_1/bias", NULL };

  h5_set_list (file, DENSE_GROUP, "weight_names", names);
}

static void
unused_weight (hid_t file)
{
  static const gchar *const names[] = { "sequential/dense_1/kernel",
    "sequential/dense_1/bias", "sequential/dense_1/extra", NULL };

  put (file, DENSE_GROUP "/sequential/dense_1/extra", 1, 2);
  h5_set_list (file, DENSE_GROUP, "weight_names", names);
}

static void
unused_twin (hid_t file)
{
  static const gchar *const names[] = { "sequential/dense_1/kernel",
    "sequential/dense_1/bias", "other/dense_1/bias", NULL };

  put (file, DENSE_GROUP "/other/dense_1/bias", 1, 2);
  h5_set_list (file, DENSE_GROUP, "weight_names", names);
}

static void
unused_layer (hid_t file)
{
  static const gchar *const layers[] = { "lstm_2", "lstm_3", "dense_1", "ghost",
    NULL };
  static const gchar *const names[] = { "ghost/kernel", NULL };

  put (file, "model_weights/ghost/ghost/kernel", 1, 2);
  h5_set_list (file, "model_weights/ghost", "weight_names", names);
  h5_set_list (file, "model_weights", "layer_names", layers);
}

static void
unused_top_level (hid_t file)
{
  static const gchar *const names[] = { "temperature", NULL };

  put (file, "model_weights/top_level_model_weights/temperature", 1, 1);
  h5_set_list (
      file, "model_weights/top_level_model_weights", "weight_names", names);
}

static void
wrong_shape (hid_t file)
{
  put (file, KERNEL, 1, 3);
}

static void
transposed (hid_t file)
{
  put (file, KERNEL, 2, 1);
}

static void
wrong_rank (hid_t file)
{
  hsize_t dims[] = { 1, 1, 1, 1, 1, 1, 1, 2 };

  h5_put_dataset (file, KERNEL, H5T_IEEE_F32LE, 8, dims, H5P_DEFAULT);
}

static void
scalar (hid_t file)
{
  h5_put_dataset (file, KERNEL, H5T_IEEE_F32LE, 0, NULL, H5P_DEFAULT);
}

static void
whole_numbers (hid_t file)
{
  hsize_t dims[] = { 1, 2 };

  h5_put_dataset (file, KERNEL, H5T_STD_I32LE, 2, dims, H5P_DEFAULT);
}

/* A float whose fields stand where no type has them. */
static void
odd_floats (hid_t file)
{
  hsize_t dims[] = { 1, 2 };
  hid_t type = H5Tcopy (H5T_IEEE_F32LE);

  g_assert_cmpint (H5Tset_fields (type, 15, 8, 7, 0, 8), >=, 0);
  g_assert_cmpint (H5Tset_precision (type, 16), >=, 0);
  g_assert_cmpint (H5Tset_size (type, 2), >=, 0);
  h5_put_dataset (file, KERNEL, type, 2, dims, H5P_DEFAULT);
  H5Tclose (type);
}

static void
group_for_dataset (hid_t file)
{
  h5_delete (file, KERNEL);
  put (file, KERNEL "/deeper", 1, 2);
}

/* Sizes that the file names and does not hold. */
static void
huge_size (hid_t file)
{
  hsize_t dims[] = { G_GUINT64_CONSTANT (1) << 33, G_GUINT64_CONSTANT (1)
                                                       << 29 };
  hsize_t chunk[] = { 16, 16 };
  hid_t creation = H5Pcreate (H5P_DATASET_CREATE);

  H5Pset_chunk (creation, 2, chunk);
  h5_put_dataset (file, KERNEL, H5T_IEEE_F32LE, 2, dims, creation);
  H5Pclose (creation);
}

static void
no_values (hid_t file)
{
  hsize_t dims[] = { 1, 2 };
  hid_t creation = H5Pcreate (H5P_DATASET_CREATE);
  hid_t space = H5Screate_simple (2, dims, NULL);
  hid_t dataset;

  H5Pset_alloc_time (creation, H5D_ALLOC_TIME_LATE);
  h5_delete (file, KERNEL);
  dataset = H5Dcreate2 (
      file, KERNEL, H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  g_assert_cmpint (dataset, >=, 0);
  H5Dclose (dataset);
  H5Sclose (space);
  H5Pclose (creation);
}

/* The first of two chunks. */
static void
half_the_values (hid_t file)
{
  hsize_t dims[] = { 1, 2 }, chunk[] = { 1, 1 };
  hid_t creation = H5Pcreate (H5P_DATASET_CREATE);
  hid_t space = H5Screate_simple (2, dims, NULL);
  hid_t dataset;

  H5Pset_chunk (creation, 2, chunk);
  h5_delete (file, KERNEL);
  dataset = H5Dcreate2 (
      file, KERNEL, H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  g_assert_cmpint (H5Sselect_hyperslab (space, H5S_SELECT_SET,
                       (hsize_t[]){ 0, 0 }, NULL, (hsize_t[]){ 1, 1 }, NULL),
      >=, 0);
  g_assert_cmpint (H5Dwrite (dataset, H5T_NATIVE_FLOAT, space, space,
                       H5P_DEFAULT, (gfloat[]){ 0.5f, 1.5f }),
      >=, 0);
  H5Dclose (dataset);
  H5Sclose (space);
  H5Pclose (creation);
}

static void
external_values (hid_t file)
{
  g_autofree gchar *path = h5_path ("values.raw");
  hsize_t dims[] = { 1, 2 };
  hid_t creation = H5Pcreate (H5P_DATASET_CREATE);

  g_assert_cmpint (H5Pset_external (creation, path, 0, 8), >=, 0);
  h5_put_dataset (file, KERNEL, H5T_IEEE_F32LE, 2, dims, creation);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  H5Pclose (creation);
}

static void
virtual_values (hid_t file)
{
  hsize_t dims[] = { 1, 2 };
  hid_t creation = H5Pcreate (H5P_DATASET_CREATE);
  hid_t space = H5Screate_simple (2, dims, NULL);
  hid_t dataset;

  h5_move (file, KERNEL, "elsewhere");
  g_assert_cmpint (
      H5Pset_virtual (creation, space, ".", "/elsewhere", space), >=, 0);
  dataset = H5Dcreate2 (
      file, KERNEL, H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  g_assert_cmpint (dataset, >=, 0);
  H5Dclose (dataset);
  H5Sclose (space);
  H5Pclose (creation);
}

static void
soft_link (hid_t file)
{
  h5_move (file, KERNEL, "elsewhere");
  g_assert_cmpint (
      H5Lcreate_soft ("/elsewhere", file, KERNEL, H5P_DEFAULT, H5P_DEFAULT), >=,
      0);
}

static void
external_link (hid_t file)
{
  g_autofree gchar *other = golden_file (BASE, "model.h5");

  h5_delete (file, "model_weights");
  g_assert_cmpint (H5Lcreate_external (other, "/model_weights", file,
                       "model_weights", H5P_DEFAULT, H5P_DEFAULT),
      >=, 0);
}

static const BadFile bad_files[] = {
  { "no-config", drop_config, LSTM_ERROR_FORMAT,
      { "no Keras model", "no model_config", "model.save(\"model.h5\")" } },
  { "weights-only", weights_only, LSTM_ERROR_FORMAT,
      { "weights only", "model.save(\"model.h5\")" } },
  { "weights-only-keras-3", weights_only_keras_3, LSTM_ERROR_FORMAT,
      { "weights only", "model.save(\"model.h5\")" } },
  { "no-weights", drop_weights, LSTM_ERROR_WEIGHTS,
      { "no readable /model_weights" } },
  { "version/none", drop_version, LSTM_ERROR_VALUE,
      { "keras_version", "hard_sigmoid", "`keras: 2`", "`keras: 3`" } },
  { "version/old", old_version, LSTM_ERROR_UNSUPPORTED,
      { "1.2.2", "known are versions 2 and 3" } },
  { "version/odd", odd_version, LSTM_ERROR_UNSUPPORTED,
      { "banana", "known are versions 2 and 3" } },
  { "version/number", number_version, LSTM_ERROR_FORMAT,
      { "keras_version", "expected text" } },
  { "attribute/two", two_configs, LSTM_ERROR_FORMAT,
      { "model_config", "2 strings", "expected one" } },
  { "attribute/none", no_configs, LSTM_ERROR_FORMAT,
      { "model_config", "0 strings", "expected one" } },
  { "attribute/latin-1", config_latin1, LSTM_ERROR_FORMAT,
      { "model_config", "UTF-8" } },
  { "attribute/2d", names_in_2d, LSTM_ERROR_FORMAT,
      { "/model_weights@layer_names", "no scalar and no list" } },
  { "attribute/numbers", names_are_numbers, LSTM_ERROR_FORMAT,
      { "/model_weights@layer_names", "expected text" } },
  { "attribute/missing", names_missing, LSTM_ERROR_FORMAT,
      { "/model_weights@layer_names" } },
  { "missing/group", drop_group, LSTM_ERROR_FORMAT,
      { "/model_weights/lstm_2 is not in the file" } },
  { "missing/weight-names", drop_weight_names, LSTM_ERROR_FORMAT,
      { "/model_weights/lstm_2@weight_names" } },
  { "missing/dataset", drop_dataset, LSTM_ERROR_FORMAT,
      { KERNEL " is not in the file" } },
  { "missing/weight", drop_name, LSTM_ERROR_WEIGHTS,
      { "'dense_1' (Dense)", "'bias'", "(2,)", "sequential/dense_1/kernel" } },
  { "missing/layer", drop_layer, LSTM_ERROR_WEIGHTS,
      { "'dense_1' (Dense)", "'kernel'", "lstm_2, lstm_3" } },
  { "missing/other-variable", other_variable, LSTM_ERROR_WEIGHTS,
      { "'dense_1' (Dense)", "'bias'", "sequential/dense_1/gamma" } },
  { "names/same", same_names, LSTM_ERROR_WEIGHTS,
      { "two weights", "'sequential/dense_1/bias'", "/" DENSE_GROUP } },
  { "unused/weight", unused_weight, LSTM_ERROR_WEIGHTS,
      { "/model_weights/dense_1", "'sequential/dense_1/extra'", "(Dense" } },
  { "unused/twin", unused_twin, LSTM_ERROR_WEIGHTS,
      { "'dense_1' (Dense)", "'bias'", "other/dense_1/bias" } },
  { "unused/layer", unused_layer, LSTM_ERROR_WEIGHTS,
      { "'ghost/kernel'", "no layer 'ghost'" } },
  { "unused/top-level", unused_top_level, LSTM_ERROR_WEIGHTS,
      { "top_level_model_weights", "'temperature'" } },
  { "shape/other", wrong_shape, LSTM_ERROR_SHAPE,
      { "'dense_1' (Dense)", "'kernel'", "(1, 3)", "(1, 2)" } },
  { "shape/transposed", transposed, LSTM_ERROR_SHAPE,
      { "'dense_1' (Dense)", "'kernel'", "(2, 1)", "(1, 2)" } },
  { "shape/scalar", scalar, LSTM_ERROR_SHAPE,
      { "'dense_1' (Dense)", "'kernel'", "(1, 2)" } },
  { "shape/rank", wrong_rank, LSTM_ERROR_FORMAT,
      { KERNEL, "8 axes", "the limit is 6" } },
  { "shape/huge", huge_size, LSTM_ERROR_FORMAT,
      { KERNEL, "8589934592", "1073741824" } },
  { "values/whole-numbers", whole_numbers, LSTM_ERROR_UNSUPPORTED,
      { KERNEL, "float16, float32 or float64" } },
  { "values/odd-floats", odd_floats, LSTM_ERROR_UNSUPPORTED,
      { KERNEL, "float16, float32 or float64" } },
  { "values/none", no_values, LSTM_ERROR_FORMAT, { KERNEL, "no values" } },
  { "values/half", half_the_values, LSTM_ERROR_FORMAT,
      { KERNEL, "not all of them" } },
  { "values/external", external_values, LSTM_ERROR_UNSUPPORTED,
      { KERNEL, "another file" } },
  { "values/virtual", virtual_values, LSTM_ERROR_UNSUPPORTED,
      { KERNEL, "virtual" } },
  { "values/group", group_for_dataset, LSTM_ERROR_FORMAT,
      { KERNEL, "is a group" } },
  { "link/soft", soft_link, LSTM_ERROR_FORMAT,
      { KERNEL, "links are not followed" } },
  { "link/external", external_link, LSTM_ERROR_WEIGHTS,
      { "no readable /model_weights" } },
};

static void
test_bad_file (gconstpointer data)
{
  const BadFile *bad = data;
  g_autofree gchar *from = golden_file (BASE, "model.h5");
  g_autofree gchar *path = h5_copy (from, "broken.h5");
  hid_t file = h5_open (path);

  bad->edit (file);
  H5Fclose (file);
  expect_failure (path, NULL, bad->code, bad->facts);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  h5_begin ();
  for (guint i = 0; i < G_N_ELEMENTS (bad_files); i++) {
    g_autofree gchar *path = g_strconcat ("/h5/", bad_files[i].name, NULL);

    g_test_add_data_func (path, &bad_files[i], test_bad_file);
  }
  status = g_test_run ();
  h5_end ();
  return status;
}
