/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Weights that were packed, released and wanted again. */

#include <string.h>

#include <glib/gstdio.h>
#include <lstm/lstm.h>

#include "engine/graph.h"

#define N_FRAMES 20
#define N_THREADS 4

typedef struct {
  gchar *folder;
  gchar *path;
  LstmModel *model;
  gfloat *x;
} Fixture;

static void
write_copy (const gchar *golden, const gchar *path)
{
  g_autofree gchar *from =
      g_build_filename (g_getenv ("LSTM_GOLDEN_DIR"), golden, "model.h5", NULL);
  g_autofree gchar *data = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (from, &data, &size, NULL));
  g_assert_true (g_file_set_contents (path, data, (gssize) size, NULL));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  f->folder = g_dir_make_tmp ("lstm-release-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "model.h5", NULL);
  write_copy (data, f->path);
  f->model = lstm_model_load (f->path, NULL, &error);
  g_assert_no_error (error);
  f->x = g_new (gfloat, N_FRAMES * 64);
  for (guint i = 0; i < N_FRAMES * 64; i++)
    f->x[i] = (gfloat) g_rand_int_range (rand, 0, 3);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  (void) data;
  g_unlink (f->path);
  g_rmdir (f->folder);
  lstm_model_unref (f->model);
  g_free (f->x);
  g_free (f->path);
  g_free (f->folder);
}

static LstmPlan *
make_plan (LstmModel *model, LstmPrecision precision)
{
  LstmPlanOptions options = { .mode = lstm_model_can_stream (model, NULL)
                                          ? LSTM_MODE_FRAME
                                          : LSTM_MODE_WINDOW,
    .precision = precision };
  g_autoptr (GError) error = NULL;
  LstmPlan *plan;

  if (options.mode == LSTM_MODE_WINDOW &&
      lstm_model_get_input_shape (model, 0)->dims[0] < 0)
    options.steps = 3;
  plan = lstm_plan_new (model, &options, &error);
  g_assert_no_error (error);
  return plan;
}

/* (transfer full) */
static GBytes *
run (LstmPlan *plan, const gfloat *x)
{
  g_autoptr (LstmContext) context = lstm_context_new (plan);
  LstmStream *stream = lstm_stream_new (plan);
  gsize out = lstm_plan_get_output_size (plan, 0);
  gfloat *y = g_new0 (gfloat, N_FRAMES * out);

  for (guint i = 0; i < N_FRAMES; i++) {
    const LstmInput input = { .data = x + i };
    LstmOutput outputs[4] = { { .data = y + i * out } };

    g_assert_cmpint (
        lstm_context_process (context, &stream, 1, 1, &input, outputs), ==,
        LSTM_STATUS_OK);
  }
  lstm_stream_free (stream);
  return g_bytes_new_take (y, N_FRAMES * out * sizeof (gfloat));
}

static void
assert_same (LstmPlan *plan, const gfloat *x, GBytes *expected)
{
  g_autoptr (GBytes) found = run (plan, x);

  g_assert_true (g_bytes_equal (found, expected));
}

static guint
count_kernels (LstmModel *model)
{
  guint n = 0;

  for (guint i = 0; i < model->layers->len; i++) {
    LstmLayer *layer = g_ptr_array_index (model->layers, i);

    for (guint k = 0; k < lstm_layer_get_n_weights (layer); k++) {
      const LstmWeight *weight = lstm_layer_get_weight (layer, k);

      n += weight->data && g_str_has_suffix (weight->name, "kernel");
    }
  }
  return n;
}

/* Plans from before go on, later ones are the same; weights come and go. */
static void
test_again (Fixture *f, gconstpointer data)
{
  g_autoptr (LstmPlan) before = make_plan (f->model, LSTM_PRECISION_F32);
  g_autoptr (LstmPlan) narrow = make_plan (f->model, LSTM_PRECISION_INT8);
  g_autoptr (GBytes) y = run (before, f->x);
  g_autoptr (GBytes) y_narrow = run (narrow, f->x);
  g_autofree gchar *fingerprint =
      g_strdup (lstm_model_get_fingerprint (f->model));

  (void) data;
  g_assert_cmpuint (count_kernels (f->model), >, 0);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (LstmPlan) after = NULL;
    g_autoptr (LstmPlan) narrow_after = NULL;

    lstm_model_release_weights (f->model);
    g_assert_cmpuint (count_kernels (f->model), ==, 0);
    assert_same (before, f->x, y);
    after = make_plan (f->model, LSTM_PRECISION_F32);
    narrow_after = make_plan (f->model, LSTM_PRECISION_INT8);
    g_assert_cmpuint (count_kernels (f->model), ==, 0);
    assert_same (after, f->x, y);
    assert_same (narrow_after, f->x, y_narrow);
  }
  g_assert_cmpstr (lstm_model_get_fingerprint (f->model), ==, fingerprint);
}

static void
test_replaced (Fixture *f, gconstpointer data)
{
  g_autoptr (LstmPlan) before = make_plan (f->model, LSTM_PRECISION_F32);
  g_autoptr (GBytes) y = run (before, f->x);
  g_autoptr (GError) error = NULL;

  (void) data;
  lstm_model_release_weights (f->model);
  write_copy ("returns_last", f->path);
  g_assert_null (lstm_plan_new (f->model, NULL, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS);
  g_assert_nonnull (strstr (error->message,
      "its weights were packed and released, and its file now holds another "
      "model; load the model again"));
  g_clear_error (&error);
  g_unlink (f->path);
  g_assert_null (lstm_plan_new (f->model, NULL, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_IO);
  assert_same (before, f->x, y);
  write_copy ("hello_lstm", f->path);
  g_clear_pointer (&before, lstm_plan_unref);
  before = make_plan (f->model, LSTM_PRECISION_F32);
  assert_same (before, f->x, y);
}

static void
test_saved (Fixture *f, gconstpointer data)
{
  g_autofree gchar *yaml = g_build_filename (f->folder, "m.yaml", NULL);
  g_autofree gchar *weights =
      g_build_filename (f->folder, "m.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) saved = NULL;

  (void) data;
  lstm_model_release_weights (f->model);
  lstm_model_save (f->model, yaml, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_kernels (f->model), ==, 0);
  saved = lstm_model_load (yaml, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (lstm_model_get_fingerprint (saved), ==,
      lstm_model_get_fingerprint (f->model));
  g_unlink (yaml);
  g_unlink (weights);
}

/* A plan that reads another's packed weights needs no others. */
static void
test_frames (Fixture *f, gconstpointer data)
{
  g_autoptr (LstmPlan) plan = lstm_plan_new (
      f->model, &(LstmPlanOptions){ .mode = LSTM_MODE_WINDOW }, NULL);
  g_autoptr (LstmPlan) frames = NULL;

  (void) data;
  lstm_model_release_weights (f->model);
  g_unlink (f->path);
  frames = lstm_plan_new_for_frames (plan, NULL);
  g_assert_nonnull (frames);
}

static gpointer
plan_and_release (gpointer data)
{
  Fixture *f = data;

  for (guint i = 0; i < 10; i++) {
    g_autoptr (LstmPlan) plan = make_plan (f->model, LSTM_PRECISION_F32);
    g_autoptr (GBytes) y = run (plan, f->x);

    lstm_model_release_weights (f->model);
    assert_same (plan, f->x, y);
  }
  return NULL;
}

static void
test_threads (Fixture *f, gconstpointer data)
{
  GThread *threads[N_THREADS];

  (void) data;
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("planner", plan_and_release, f);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (count_kernels (f->model), ==, 0);
}

int
main (int argc, char **argv)
{
  static const gchar *const models[] = { "hello_lstm", "stateful_stack",
    "bidirectional_gru", "embedding", "layernorm_lstm", "conv1d_causal_lstm",
    "dense_activation_tanh" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    g_autofree gchar *path = g_strconcat ("/release/again/", models[i], NULL);

    g_test_add (path, Fixture, models[i], set_up, test_again, tear_down);
  }
  g_test_add ("/release/replaced", Fixture, "hello_lstm", set_up, test_replaced,
      tear_down);
  g_test_add ("/release/frames", Fixture, "returns_last", set_up, test_frames,
      tear_down);
  g_test_add (
      "/release/saved", Fixture, "hello_lstm", set_up, test_saved, tear_down);
  g_test_add ("/release/threads", Fixture, "hello_lstm", set_up, test_threads,
      tear_down);
  return g_test_run ();
}
