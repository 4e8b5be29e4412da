/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the weights of a .keras file may be, and how they can disagree with the
 * model's config. The base is a golden file of two LSTM layers and a Dense. */

#include "common/golden.h"
#include "expect.h"
#include "h5-edit.h"
#include "loaders/keras-groups.h"
#include "zip-edit.h"

#include <math.h>

#define BASE "stateless_stack"
#define WEIGHTS "model.weights.h5"
#define KERNEL "layers/dense/vars/0"
#define BIAS "layers/dense/vars/1"
#define CELL "layers/lstm/cell/vars"

/* (transfer full): the base with its weights edited. */
static gchar *
edit_base (void (*edit) (hid_t file))
{
  g_autofree gchar *from = golden_file (BASE, "model.keras");
  g_autoptr (GPtrArray) members = pack_take_apart (from);
  ZipMember *member = pack_find (members, WEIGHTS);
  g_autofree gchar *inner = h5_path (WEIGHTS);
  g_autofree gchar *data = NULL;
  g_autoptr (GError) error = NULL;
  gchar *path = h5_path ("edited.keras");
  gsize size;
  hid_t file;

  g_file_set_contents (inner, member->data, (gssize) member->n_data, &error);
  g_assert_no_error (error);
  file = h5_open (inner);
  edit (file);
  H5Fclose (file);
  g_file_get_contents (inner, &data, &size, &error);
  g_assert_no_error (error);
  pack_set (member, data, (gssize) size);
  pack_put_together (members, path);
  return path;
}

static void
put (hid_t file, const gchar *dataset, hsize_t a, hsize_t b)
{
  const hsize_t dims[] = { a, b };

  h5_put_dataset (
      file, dataset, H5T_IEEE_F32LE, b > 0 ? 2 : 1, dims, H5P_DEFAULT);
}

/* ---- what loads ---- */

/* The base's own weights, stored otherwise. */
static void
as_double (hid_t file)
{
  h5_store_as (file, KERNEL, H5T_IEEE_F64LE, H5P_DEFAULT);
  h5_store_as (file, CELL "/0", H5T_IEEE_F64BE, H5P_DEFAULT);
}

static void
as_big_endian (hid_t file)
{
  h5_store_as (file, CELL "/1", H5T_IEEE_F32BE, H5P_DEFAULT);
}

static void
with_optimizer (hid_t file)
{
  put (file, "optimizer/vars/0", 3, 4);
  put (file, "metrics/mean/vars/0", 1, 0);
  put (file, "loss_tracker/vars/0", 1, 0);
}

static void
with_seeds (hid_t file)
{
  put (file, "layers/dropout/seed_generator/vars/0", 2, 0);
  put (file, "layers/lstm/cell/seed_generator/vars/0", 2, 0);
}

static void
with_empty_groups (hid_t file)
{
  h5_make_group (file, "layers/dropout");
  h5_make_group (file, "layers/dropout/vars");
}

static const struct {
  const gchar *name;
  void (*edit) (hid_t file);
} good[] = {
  { "double", as_double },
  { "big-endian", as_big_endian },
  { "optimizer", with_optimizer },
  { "seeds", with_seeds },
  { "empty-groups", with_empty_groups },
};

static void
test_good (gconstpointer data)
{
  g_autofree gchar *path = edit_base (good[GPOINTER_TO_UINT (data)].edit);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);

  g_assert_no_error (error);
  golden_check (model, BASE);
}

/* ---- what does not ---- */

static void
no_variable (hid_t file)
{
  h5_delete (file, BIAS);
}

static void
no_cell (hid_t file)
{
  h5_delete (file, "layers/lstm/cell");
}

static void
no_layer (hid_t file)
{
  h5_delete (file, "layers/lstm_1");
}

static void
no_layers (hid_t file)
{
  h5_delete (file, "layers");
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
cell_of_another (hid_t file)
{
  put (file, CELL "/2", 3, 0);
}

static void
other_layer (hid_t file)
{
  put (file, "layers/dense_1/vars/0", 4, 5);
}

static void
other_variable (hid_t file)
{
  put (file, "layers/lstm/cell/vars/3", 7, 0);
}

static void
by_name (hid_t file)
{
  h5_move (file, KERNEL, "layers/dense/vars/kernel");
}

static void
model_variable (hid_t file)
{
  put (file, "vars/0", 2, 0);
}

static void
unknown_root (hid_t file)
{
  put (file, "encoder/vars/0", 2, 0);
}

static void
deep_groups (hid_t file)
{
  g_autoptr (GString) path = g_string_new ("a");

  for (guint i = 0; i < 200; i++)
    g_string_append (path, "/a");
  put (file, path->str, 1, 0);
}

/* A group within itself: no end to it. */
static void
cycle (hid_t file)
{
  h5_make_group (file, "round");
  g_assert_cmpint (H5Lcreate_hard (file, "round", file, "round/again",
                       H5P_DEFAULT, H5P_DEFAULT),
      >=, 0);
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
whole_numbers (hid_t file)
{
  const hsize_t dims[] = { 1, 2 };

  h5_put_dataset (file, KERNEL, H5T_STD_I8LE, 2, dims, H5P_DEFAULT);
}

static void
opaque_of_3 (hid_t file)
{
  const hsize_t dims[] = { 1, 2 };
  hid_t type = H5Tcreate (H5T_OPAQUE, 3);
  hid_t space = H5Screate_simple (2, dims, NULL);
  hid_t dataset;

  h5_delete (file, KERNEL);
  dataset = H5Dcreate2 (
      file, KERNEL, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  g_assert_cmpint (dataset, >=, 0);
  g_assert_cmpint (
      H5Dwrite (dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, "abcdef"), >=, 0);
  H5Dclose (dataset);
  H5Sclose (space);
  H5Tclose (type);
}

static void
put_number (hid_t file, const gchar *object, gsize at, gfloat number)
{
  hid_t dataset = H5Dopen2 (file, object, H5P_DEFAULT);
  gfloat values[16] = { 0 };

  g_assert_cmpuint (at, <, G_N_ELEMENTS (values));
  g_assert_cmpint (H5Dread (dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL,
                       H5P_DEFAULT, values),
      >=, 0);
  values[at] = number;
  g_assert_cmpint (H5Dwrite (dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL,
                       H5P_DEFAULT, values),
      >=, 0);
  H5Dclose (dataset);
}

static void
with_nan (hid_t file)
{
  put_number (file, CELL "/1", 2, NAN);
}

static void
with_infinity (hid_t file)
{
  put_number (file, KERNEL, 1, -INFINITY);
}

static void
over_float32 (hid_t file)
{
  hid_t dataset;
  const gdouble values[] = { 1.0, 1e300 };

  h5_store_as (file, KERNEL, H5T_IEEE_F64LE, H5P_DEFAULT);
  dataset = H5Dopen2 (file, KERNEL, H5P_DEFAULT);
  g_assert_cmpint (H5Dwrite (dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL,
                       H5P_DEFAULT, values),
      >=, 0);
  H5Dclose (dataset);
}

static const struct {
  const gchar *name;
  void (*edit) (hid_t file);
  gint code;
  const gchar *facts[MAX_FACTS];
} bad[] = {
  { "missing/variable", no_variable, LSTM_ERROR_WEIGHTS,
      { WEIGHTS, "'dense_1' (Dense)", "'bias' (2,)", "/" BIAS, "has 0;" } },
  { "missing/cell", no_cell, LSTM_ERROR_WEIGHTS,
      { "'lstm_2' (LSTM)", "'kernel' (2, 4)", "/" CELL "/0", "is no group" } },
  { "missing/layer", no_layer, LSTM_ERROR_WEIGHTS,
      { "'lstm_3' (LSTM)", "/layers/lstm_1/cell/vars/0" } },
  { "missing/all", no_layers, LSTM_ERROR_WEIGHTS,
      { "'lstm_2' (LSTM)", "/" CELL "/0" } },
  { "shape/other", wrong_shape, LSTM_ERROR_SHAPE,
      { "'dense_1' (Dense)", "'kernel'", "(1, 3)", "(1, 2)", "/" KERNEL } },
  { "shape/transposed", transposed, LSTM_ERROR_SHAPE, { "(2, 1)", "(1, 2)" } },
  { "shape/cell", cell_of_another, LSTM_ERROR_SHAPE,
      { "'lstm_2' (LSTM)", "'bias'", "(3,)", "(4,)", "/" CELL "/2" } },
  { "unused/layer", other_layer, LSTM_ERROR_WEIGHTS,
      { "/layers/dense_1/vars/0 (4, 5)", "no layer of the model uses" } },
  { "unused/variable", other_variable, LSTM_ERROR_WEIGHTS,
      { "/layers/lstm/cell/vars/3 (7,)", "no layer of the model uses" } },
  { "unused/model", model_variable, LSTM_ERROR_WEIGHTS, { "/vars/0 (2,)" } },
  { "unused/root", unknown_root, LSTM_ERROR_WEIGHTS,
      { "/encoder/vars/0 (2,)" } },
  { "by-name", by_name, LSTM_ERROR_WEIGHTS,
      { "'dense_1' (Dense)", "'kernel'", "/" KERNEL, "has 1, kernel" } },
  { "deep", deep_groups, LSTM_ERROR_FORMAT, { "within one another", "160" } },
  { "cycle", cycle, LSTM_ERROR_FORMAT, { "within one another", "again" } },
  { "soft-link", soft_link, LSTM_ERROR_WEIGHTS, { "'kernel'", "/" KERNEL } },
  { "type/int8", whole_numbers, LSTM_ERROR_UNSUPPORTED,
      { "/" KERNEL, "bfloat16, float32" } },
  { "type/opaque", opaque_of_3, LSTM_ERROR_UNSUPPORTED,
      { "/" KERNEL, "bfloat16, float32" } },
  { "finite/nan", with_nan, LSTM_ERROR_WEIGHTS,
      { "'lstm_2' (LSTM)", "'recurrent_kernel'", "1 of the 4", "number 2",
          "allow_nan" } },
  { "finite/infinity", with_infinity, LSTM_ERROR_WEIGHTS,
      { "'dense_1' (Dense)", "'kernel'", "-infinity", "/" KERNEL } },
  { "finite/over-float32", over_float32, LSTM_ERROR_WEIGHTS,
      { "'dense_1' (Dense)", "infinity" } },
};

static void
test_bad (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree gchar *path = edit_base (bad[i].edit);

  expect_failure (path, NULL, bad[i].code, bad[i].facts);
}

static void
test_allow_nan (void)
{
  g_autofree gchar *path = edit_base (with_nan);
  LstmLoadOptions options = { .allow_nan = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, &options, &error);

  g_assert_no_error (error);
  g_assert_nonnull (model);
}

/* The same for HDF5. */
static void
test_h5_nan (void)
{
  static const gchar *const facts[MAX_FACTS] = { "'dense_1' (Dense)",
    "'kernel'", "NaN", "/model_weights/dense_1", "allow_nan" };
  g_autofree gchar *from = golden_file (BASE, "model.h5");
  g_autofree gchar *path = h5_copy (from, "nan.h5");
  LstmLoadOptions options = { .allow_nan = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = NULL;
  hid_t file = h5_open (path);

  put_number (file, "model_weights/dense_1/sequential/dense_1/kernel", 0, NAN);
  H5Fclose (file);
  expect_failure (path, NULL, LSTM_ERROR_WEIGHTS, facts);
  model = lstm_model_load (path, &options, &error);
  g_assert_no_error (error);
}

/* ---- names of groups ---- */

static const struct {
  const gchar *class_name;
  const gchar *group;
} groups[] = {
  { "LSTM", "lstm" },
  { "GRU", "gru" },
  { "SimpleRNN", "simple_rnn" },
  { "Conv1D", "conv1d" },
  { "PReLU", "p_re_lu" },
  { "LeakyReLU", "leaky_re_lu" },
  { "ELU", "elu" },
  { "StackedRNNCells", "stacked_rnn_cells" },
  { "GlobalAveragePooling1D", "global_average_pooling1d" },
  { "ZeroPadding1D", "zero_padding1d" },
  { "CuDNNLSTM", "cu_dnnlstm" },
  { "Conv1DTranspose", "conv1d_transpose" },
  { "TimeDistributed", "time_distributed" },
  { "", "" },
};

static void
test_groups (void)
{
  g_autoptr (GHashTable) counts = lstm_keras_group_counts_new ();

  for (guint i = 0; i < G_N_ELEMENTS (groups); i++) {
    g_autofree gchar *group = lstm_keras_snake_case (groups[i].class_name);

    g_assert_cmpstr (group, ==, groups[i].group);
  }
  for (guint i = 0; i < 3; i++) {
    static const gchar *const names[] = { "p_re_lu", "p_re_lu_1", "p_re_lu_2" };
    g_autofree gchar *name = lstm_keras_group_name (counts, "PReLU");

    g_assert_cmpstr (name, ==, names[i]);
  }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  h5_begin ();
  g_test_add_func ("/vars/groups", test_groups);
  g_test_add_func ("/vars/allow-nan", test_allow_nan);
  g_test_add_func ("/vars/h5-nan", test_h5_nan);
  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autofree gchar *path = g_strconcat ("/vars/good/", good[i].name, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_good);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *path = g_strconcat ("/vars/bad/", bad[i].name, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_bad);
  }
  status = g_test_run ();
  h5_end ();
  return status;
}
