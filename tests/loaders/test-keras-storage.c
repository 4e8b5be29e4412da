/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The ways in which HDF5 files store names and values, and which variables are
 * no weights: golden files are stored otherwise and must still give Keras's
 * numbers. */

#include "common/golden.h"
#include "h5-edit.h"
#include "loaders/hdf5.h"

#include <string.h>

#define BASE "stateless_stack"
#define DENSE "model_weights/dense_1"
#define KERNEL DENSE "/sequential/dense_1/kernel"
#define CELL "model_weights/lstm_2/sequential/lstm_2/lstm_cell"

static const gchar *const layers[] = { "lstm_2", "lstm_3", "dense_1", NULL };

static void
fixed_nul (hid_t file)
{
  h5_set_fixed (
      file, "model_weights", "layer_names", layers, 7, H5T_STR_NULLPAD);
}

static void
fixed_terminated (hid_t file)
{
  h5_set_fixed (
      file, "model_weights", "layer_names", layers, 20, H5T_STR_NULLTERM);
}

static void
fixed_spaces (hid_t file)
{
  h5_set_fixed (
      file, "model_weights", "layer_names", layers, 20, H5T_STR_SPACEPAD);
}

static void
fixed_config (hid_t file)
{
  g_autofree gchar *config = h5_get_text (file, "", "model_config");
  const gchar *const texts[] = { config, NULL };

  h5_set_fixed (
      file, "", "model_config", texts, strlen (config), H5T_STR_NULLPAD);
}

static void
chunked_names (hid_t file)
{
  static const gchar *const first[] = { "lstm_2", NULL };
  static const gchar *const rest[] = { "lstm_3", "dense_1", NULL };

  h5_delete_attribute (file, "model_weights", "layer_names");
  h5_set_list (file, "model_weights", "layer_names0", first);
  h5_set_fixed (
      file, "model_weights", "layer_names1", rest, 7, H5T_STR_NULLPAD);
}

static void
chunked_weights (hid_t file)
{
  static const gchar *const first[] = { "sequential/dense_1/kernel", NULL };
  static const gchar *const rest[] = { "sequential/dense_1/bias", NULL };

  h5_delete_attribute (file, DENSE, "weight_names");
  h5_set_list (file, DENSE, "weight_names0", first);
  h5_set_list (file, DENSE, "weight_names1", rest);
}

/* More names than one string heap of 4 KiB holds. */
static void
many_names (hid_t file)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; layers[i] != NULL; i++)
    g_ptr_array_add (names, g_strdup (layers[i]));
  for (guint i = 0; i < 3000; i++) {
    g_autofree gchar *group = g_strdup_printf ("model_weights/idle_%u", i);

    g_ptr_array_add (names, g_strdup (group + strlen ("model_weights/")));
    h5_make_group (file, group);
    h5_set_list (file, group, "weight_names", (const gchar *[]){ NULL });
  }
  g_ptr_array_add (names, NULL);
  h5_set_list (file, "model_weights", "layer_names",
      (const gchar *const *) names->pdata);
}

static void
as_double (hid_t file)
{
  h5_store_as (file, KERNEL, H5T_IEEE_F64LE, H5P_DEFAULT);
  h5_store_as (file, CELL "/kernel", H5T_IEEE_F64BE, H5P_DEFAULT);
}

static void
big_endian (hid_t file)
{
  h5_store_as (file, KERNEL, H5T_IEEE_F32BE, H5P_DEFAULT);
}

static void
compressed (hid_t file)
{
  hsize_t chunk[] = { 1, 2 };
  hid_t creation = H5Pcreate (H5P_DATASET_CREATE);

  H5Pset_chunk (creation, 2, chunk);
  H5Pset_shuffle (creation);
  H5Pset_deflate (creation, 6);
  H5Pset_fletcher32 (creation);
  h5_store_as (file, KERNEL, H5T_IEEE_F32LE, creation);
  H5Pclose (creation);
}

static void
other_order (hid_t file)
{
  static const gchar *const names[] = { "sequential/lstm_2/lstm_cell/bias",
    "sequential/lstm_2/lstm_cell/kernel",
    "sequential/lstm_2/lstm_cell/recurrent_kernel", NULL };

  h5_set_list (file, "model_weights/lstm_2", "weight_names", names);
}

/* TensorFlow 1 numbers what is taken, and puts its output behind a colon. */
static void
numbered_names (hid_t file)
{
  static const gchar *const names[] = { "lstm_2_1/kernel_1:0",
    "lstm_2_1/recurrent_kernel_1:0", "lstm_2_1/bias_12:0", NULL };

  h5_move (file, CELL "/kernel", "model_weights/lstm_2/lstm_2_1/kernel_1:0");
  h5_move (file, CELL "/recurrent_kernel",
      "model_weights/lstm_2/lstm_2_1/recurrent_kernel_1:0");
  h5_move (file, CELL "/bias", "model_weights/lstm_2/lstm_2_1/bias_12:0");
  h5_set_list (file, "model_weights/lstm_2", "weight_names", names);
}

static void
with_seed (hid_t file)
{
  static const gchar *const names[] = { "sequential/dense_1/kernel",
    "seed_generator_3/seed_generator_state", "sequential/dense_1/bias", NULL };
  hsize_t n = 2;

  h5_put_dataset (file, DENSE "/seed_generator_3/seed_generator_state",
      H5T_STD_U32LE, 1, &n, H5P_DEFAULT);
  h5_set_list (file, DENSE, "weight_names", names);
}

static void
with_optimizer (hid_t file)
{
  static const gchar *const names[] = { "adam/iteration", NULL };
  hsize_t n = 7;

  h5_put_dataset (file, "optimizer_weights/adam/iteration", H5T_STD_I64LE, 1,
      &n, H5P_DEFAULT);
  h5_set_list (file, "optimizer_weights", "weight_names", names);
}

/* A layer that the model does not have, and that had no weights. */
static void
with_empty_group (hid_t file)
{
  static const gchar *const more[] = { "lstm_2", "lstm_3", "dense_1", "dropout",
    NULL };

  h5_make_group (file, "model_weights/dropout");
  h5_set_list (
      file, "model_weights/dropout", "weight_names", (const gchar *[]){ NULL });
  h5_set_list (file, "model_weights", "layer_names", more);
}

/* keras_version in the group of weights only, as files once had it. */
static void
version_below (hid_t file)
{
  h5_delete_attribute (file, "", "keras_version");
}

static const struct {
  const gchar *name;
  void (*edit) (hid_t file);
} stores[] = {
  { "names/nul-padded", fixed_nul },
  { "names/nul-terminated", fixed_terminated },
  { "names/space-padded", fixed_spaces },
  { "names/fixed-config", fixed_config },
  { "names/chunked-layers", chunked_names },
  { "names/chunked-weights", chunked_weights },
  { "names/many", many_names },
  { "names/other-order", other_order },
  { "names/numbered", numbered_names },
  { "names/version-below", version_below },
  { "values/float64", as_double },
  { "values/big-endian", big_endian },
  { "values/compressed", compressed },
  { "no-weights/seed", with_seed },
  { "no-weights/optimizer", with_optimizer },
  { "no-weights/empty-group", with_empty_group },
};

static void
test_store (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree gchar *from = golden_file (BASE, "model.h5");
  g_autofree gchar *path = h5_copy (from, "store.h5");
  g_autoptr (LstmModel) model = NULL;
  g_autoptr (GError) error = NULL;
  hid_t file = h5_open (path);

  stores[i].edit (file);
  H5Fclose (file);
  model = lstm_model_load (path, NULL, &error);
  g_assert_no_error (error);
  golden_check (model, BASE);
}

/* Behind a user block every address in the file is off by its size. */
static void
test_user_block (void)
{
  g_autofree gchar *from = golden_file (BASE, "model.h5");
  g_autofree gchar *path = h5_path ("block.h5");
  g_autofree gchar *data = NULL, *moved = NULL;
  g_autoptr (LstmModel) model = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_file_get_contents (from, &data, &size, &error);
  g_assert_no_error (error);
  moved = g_malloc0 (512 + size);
  memcpy (moved + 512, data, size);
  g_file_set_contents (path, moved, (gssize) (512 + size), &error);
  g_assert_no_error (error);
  model = lstm_model_load (path, NULL, &error);
  g_assert_no_error (error);
  golden_check (model, BASE);
}

static hid_t
half_type (void)
{
  hid_t type = H5Tcopy (H5T_IEEE_F32LE);

  g_assert_cmpint (H5Tset_fields (type, 15, 10, 5, 0, 10), >=, 0);
  g_assert_cmpint (H5Tset_precision (type, 16), >=, 0);
  g_assert_cmpint (H5Tset_ebias (type, 15), >=, 0);
  g_assert_cmpint (H5Tset_size (type, 2), >=, 0);
  return type;
}

static void
test_float16 (void)
{
  g_autofree gchar *from = golden_file (BASE, "model.h5");
  g_autofree gchar *path = h5_copy (from, "half.h5");
  LstmShape shape =
      lstm_shape_make (2, G_GINT64_CONSTANT (2), G_GINT64_CONSTANT (3));
  hsize_t dims[] = { 2, 3 };
  g_autoptr (GError) error = NULL;
  g_autofree gfloat *values = NULL;
  hid_t type = half_type ();
  hid_t file = h5_open (path);
  LstmHdf5 *reader;

  h5_put_dataset (file, "half", type, 2, dims, H5P_DEFAULT);
  H5Tclose (type);
  H5Fclose (file);
  reader = lstm_hdf5_open (path, &error);
  g_assert_no_error (error);
  values = lstm_hdf5_read_floats (reader, "half", &shape, &error);
  lstm_hdf5_close (reader);
  g_assert_no_error (error);
  for (guint i = 0; i < 6; i++)
    g_assert_cmpfloat (values[i], ==, (gfloat) i + 0.5f);
}

/* What the file says of Keras's version counts, unless told: of the two
 * meanings of hard_sigmoid only Keras 2's gives this case's numbers. */
static void
test_version_told (void)
{
  static const gchar *const name = "keras2_hard_sigmoid";
  g_autofree gchar *from = golden_file (name, "model.h5");
  g_autofree gchar *path = h5_copy (from, "version.h5");
  g_autoptr (LstmModel) as_2 = NULL, as_3 = NULL;
  g_autofree gchar *mismatch = NULL;
  g_autoptr (GError) error = NULL;
  hid_t file = h5_open (path);

  h5_delete_attribute (file, "", "keras_version");
  h5_delete_attribute (file, "model_weights", "keras_version");
  H5Fclose (file);
  as_2 = lstm_model_load (path, &(LstmLoadOptions){ .keras = 2 }, &error);
  g_assert_no_error (error);
  golden_check (as_2, name);
  as_3 = lstm_model_load (from, &(LstmLoadOptions){ .keras = 3 }, &error);
  g_assert_no_error (error);
  mismatch = golden_compare (as_3, name, NULL);
  g_assert_nonnull (mismatch);
}

static gpointer
load_often (gpointer path)
{
  for (guint i = 0; i < 20; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (lstm_model_get_n_outputs (model), ==, 1);
  }
  return NULL;
}

static void
test_threads (void)
{
  g_autofree gchar *path = golden_file (BASE, "model.h5");
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("load", load_often, path);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

static herr_t
print_nothing (hid_t stack, void *data)
{
  return 0;
}

/* An application that uses libhdf5 too finds it as it was. */
static void
test_library_as_it_was (void)
{
  g_autofree gchar *good = golden_file (BASE, "model.h5");
  g_autofree gchar *bad = h5_path ("short.h5");
  H5E_auto2_t old_print = NULL, print = NULL;
  void *old_data = NULL, *data = NULL;
  g_autoptr (LstmModel) model = NULL;

  g_assert_true (g_file_set_contents (bad, "\x89HDF\r\n\x1a\n", 8, NULL));
  H5Eget_auto2 (H5E_DEFAULT, &old_print, &old_data);
  H5Eset_auto2 (H5E_DEFAULT, print_nothing, &print);
  model = lstm_model_load (good, NULL, NULL);
  g_assert_nonnull (model);
  g_assert_null (lstm_model_load (bad, NULL, NULL));
  H5Eget_auto2 (H5E_DEFAULT, &print, &data);
  g_assert_true (print == print_nothing);
  g_assert_true (data == &print);
  g_assert_cmpint (H5Fget_obj_count (H5F_OBJ_ALL, H5F_OBJ_ALL), ==, 0);
  H5Eset_auto2 (H5E_DEFAULT, old_print, old_data);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  h5_begin ();
  for (guint i = 0; i < G_N_ELEMENTS (stores); i++) {
    g_autofree gchar *path = g_strconcat ("/storage/", stores[i].name, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_store);
  }
  g_test_add_func ("/storage/user-block", test_user_block);
  g_test_add_func ("/storage/values/float16", test_float16);
  g_test_add_func ("/storage/version-told", test_version_told);
  g_test_add_func ("/storage/threads", test_threads);
  g_test_add_func ("/storage/library-as-it-was", test_library_as_it_was);
  status = g_test_run ();
  h5_end ();
  return status;
}
