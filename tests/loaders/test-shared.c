/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Models and plans that several users have one copy of. */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <lstm/lstm.h>

#define N_THREADS 4
#define N_LOADS 40
#define N_FRAMES 30

typedef struct {
  gchar *folder;
  gchar *path;
} Fixture;

static gchar *
golden_path (const gchar *name)
{
  return g_build_filename (
      g_getenv ("LSTM_GOLDEN_DIR"), name, "model.h5", NULL);
}

static void
write_copy (const gchar *golden, const gchar *path)
{
  g_autofree gchar *from = golden_path (golden);
  g_autofree gchar *data = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_file_get_contents (from, &data, &size, &error);
  g_assert_no_error (error);
  g_file_set_contents (path, data, size, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("lstm-shared-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "model.h5", NULL);
  write_copy ("stateless_stack", f->path);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_unlink (f->path);
  g_rmdir (f->folder);
  g_free (f->path);
  g_free (f->folder);
}

/* Writes zeros over the file; nobody sees it by inode, size and time. */
static void
spoil_unseen (const gchar *path)
{
  struct stat st;
  struct timespec times[2];
  int file = open (path, O_WRONLY);
  g_autofree guint8 *zeros = NULL;

  g_assert_cmpint (fstat (file, &st), ==, 0);
  times[0] = st.st_atim;
  times[1] = st.st_mtim;
  zeros = g_malloc0 ((gsize) st.st_size);
  g_assert_cmpint (write (file, zeros, (gsize) st.st_size), ==, st.st_size);
  g_assert_cmpint (futimens (file, times), ==, 0);
  close (file);
}

static LstmModel *
load (const Fixture *f)
{
  g_autoptr (GError) error = NULL;
  LstmModel *model = lstm_model_load_shared (f->path, NULL, &error);

  g_assert_no_error (error);
  return model;
}

/* ---- models ---- */

static void
test_one_model (Fixture *f, gconstpointer data)
{
  g_autoptr (LstmModel) a = load (f);
  g_autoptr (LstmModel) b = load (f);
  g_autoptr (LstmModel) alone = lstm_model_load (f->path, NULL, NULL);

  g_assert_true (a == b);
  g_assert_true (a != alone);
}

static void
test_other_options (Fixture *f, gconstpointer data)
{
  LstmLoadOptions options = { .allow_nan = TRUE };
  g_autoptr (LstmModel) a = load (f);
  g_autoptr (LstmModel) nan = lstm_model_load_shared (f->path, &options, NULL);
  g_autoptr (LstmModel) keras =
      lstm_model_load_shared (f->path, &(LstmLoadOptions){ .keras = 3 }, NULL);
  g_autoptr (LstmModel) same = lstm_model_load_shared (f->path, &options, NULL);

  g_assert_true (a != nan && a != keras && keras != nan);
  g_assert_true (same == nan);
}

/* Another name of the same file. */
static void
test_other_path (Fixture *f, gconstpointer data)
{
  g_autofree gchar *link = g_build_filename (f->folder, "link.h5", NULL);
  g_autoptr (LstmModel) a = load (f);
  g_autoptr (LstmModel) b = NULL;

  g_assert_cmpint (symlink ("model.h5", link), ==, 0);
  b = lstm_model_load_shared (link, NULL, NULL);
  g_unlink (link);
  g_assert_true (a == b);
}

/* The second user does not read the file; after the last one nothing stays. */
static void
test_weak (Fixture *f, gconstpointer data)
{
  g_autoptr (LstmModel) a = load (f);
  g_autoptr (LstmModel) b = NULL;
  g_autoptr (GError) error = NULL;

  spoil_unseen (f->path);
  b = load (f);
  g_assert_true (a == b);
  g_clear_pointer (&a, lstm_model_unref);
  a = load (f);
  g_assert_true (a == b);
  g_clear_pointer (&a, lstm_model_unref);
  g_clear_pointer (&b, lstm_model_unref);
  a = lstm_model_load_shared (f->path, NULL, &error);
  g_assert_null (a);
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT);
}

/* A plan keeps its model in the table. */
static void
test_plan_keeps_model (Fixture *f, gconstpointer data)
{
  g_autoptr (LstmModel) a = load (f);
  g_autoptr (LstmModel) b = NULL;
  g_autoptr (LstmPlan) plan = lstm_plan_new (a, NULL, NULL);

  spoil_unseen (f->path);
  g_clear_pointer (&a, lstm_model_unref);
  b = load (f);
  g_assert_true (b == lstm_plan_get_model (plan));
}

static void
test_replaced (Fixture *f, gconstpointer data)
{
  g_autoptr (LstmModel) a = load (f);
  g_autoptr (LstmModel) b = NULL;

  write_copy ("window_last_dense", f->path);
  b = load (f);
  g_assert_true (a != b);
  g_assert_cmpstr (
      lstm_model_get_fingerprint (a), !=, lstm_model_get_fingerprint (b));
}

/* Written in place, as many bytes: the time tells. */
static void
test_touched (Fixture *f, gconstpointer data)
{
  g_autoptr (LstmModel) a = load (f);
  g_autoptr (LstmModel) b = NULL;
  const struct timespec times[2] = { { 1, 1 }, { 1, 1 } };

  g_assert_cmpint (utimensat (AT_FDCWD, f->path, times, 0), ==, 0);
  b = load (f);
  g_assert_true (a != b);
  g_assert_cmpstr (
      lstm_model_get_fingerprint (a), ==, lstm_model_get_fingerprint (b));
}

static void
test_missing (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  LstmModel *model = lstm_model_load_shared ("/nowhere/model.h5", NULL, &error);

  g_assert_null (model);
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "/nowhere/model.h5: cannot open"));
}

/* ---- plans ---- */

static void
test_plans (Fixture *f, gconstpointer data)
{
  g_autoptr (LstmModel) model = load (f);
  LstmPlanOptions frame = { .mode = LSTM_MODE_FRAME };
  LstmPlanOptions window = { .mode = LSTM_MODE_WINDOW };
  LstmPlanOptions scalar = { .mode = LSTM_MODE_FRAME, .kernels = "scalar" };
  g_autoptr (LstmPlan) a = lstm_plan_new_shared (model, &frame, NULL);
  g_autoptr (LstmPlan) b = lstm_plan_new_shared (model, NULL, NULL);
  g_autoptr (LstmPlan) c = lstm_plan_new_shared (model, &window, NULL);
  g_autoptr (LstmPlan) d = lstm_plan_new_shared (model, &scalar, NULL);
  g_autoptr (LstmPlan) e = lstm_plan_new_shared (model, &scalar, NULL);

  g_assert_true (a == b && d == e);
  g_assert_true (a != c && a != d);
  g_assert_cmpint (lstm_plan_get_mode (c), ==, LSTM_MODE_WINDOW);
}

static void
test_plan_error (Fixture *f, gconstpointer data)
{
  g_autoptr (LstmModel) model = load (f);
  LstmPlanOptions options = { .kernels = "abacus" };
  g_autoptr (GError) error = NULL;

  g_assert_null (lstm_plan_new_shared (model, &options, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "abacus"));
}

/* ---- threads ---- */

typedef struct {
  const Fixture *fixture;
  gfloat *x;
  gfloat *expected;
} Work;

static void
run (LstmPlan *plan, const gfloat *x, gfloat *y)
{
  g_autoptr (LstmContext) context = lstm_context_new (plan);
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  gsize in = lstm_plan_get_input_size (plan, 0);
  gsize out = lstm_plan_get_output_size (plan, 0);

  for (gsize i = 0; i < N_FRAMES; i++)
    lstm_context_process (context, &stream, 1, 1,
        &(LstmInput){ .data = x + i * in },
        &(LstmOutput){ .data = y + i * out });
}

static gpointer
work (gpointer data)
{
  const Work *w = data;

  for (guint i = 0; i < N_LOADS; i++) {
    g_autoptr (LstmModel) model = load (w->fixture);
    LstmPlanOptions options = { .mode = LSTM_MODE_FRAME };
    g_autoptr (LstmPlan) plan = lstm_plan_new_shared (model, &options, NULL);
    gsize n = N_FRAMES * lstm_plan_get_output_size (plan, 0);
    g_autofree gfloat *y = g_new (gfloat, n);

    run (plan, w->x, y);
    g_assert_cmpmem (y, n * sizeof (gfloat), w->expected, n * sizeof (gfloat));
    g_assert_nonnull (lstm_model_get_fingerprint (model));
  }
  return NULL;
}

/* They load, run and let go at once, now together, now alone. */
static void
test_threads (Fixture *f, gconstpointer data)
{
  g_autoptr (LstmModel) model = lstm_model_load (f->path, NULL, NULL);
  g_autoptr (LstmPlan) plan = lstm_plan_new (model, NULL, NULL);
  gsize n = N_FRAMES * lstm_plan_get_input_size (plan, 0);
  g_autofree gfloat *x = g_new (gfloat, n);
  g_autofree gfloat *expected =
      g_new (gfloat, N_FRAMES * lstm_plan_get_output_size (plan, 0));
  Work w = { f, x, expected };
  GThread *threads[N_THREADS];

  for (gsize i = 0; i < n; i++)
    x[i] = (gfloat) g_test_rand_double_range (-1, 1);
  run (plan, x, expected);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("user", work, &w);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
}

#define ADD(name, function)                                                    \
  g_test_add ("/shared/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("one-model", test_one_model);
  ADD ("other-options", test_other_options);
  ADD ("other-path", test_other_path);
  ADD ("weak", test_weak);
  ADD ("plan-keeps-model", test_plan_keeps_model);
  ADD ("replaced", test_replaced);
  ADD ("touched", test_touched);
  ADD ("missing", test_missing);
  ADD ("plans", test_plans);
  ADD ("plan-error", test_plan_error);
  ADD ("threads", test_threads);
  return g_test_run ();
}
