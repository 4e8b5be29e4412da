/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Several lstm of the same file have one model between them. */

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "lstm-reference.h"

#define N_FRAMES 50
#define N_THREADS 3

static gchar *
copy_model (const gchar *golden)
{
  g_autofree gchar *from = reference_model_path (golden);
  gchar *folder = g_dir_make_tmp ("lstm-shared-XXXXXX", NULL);
  gchar *path = g_build_filename (folder, "model.h5", NULL);
  g_autofree gchar *data = NULL;
  gsize size;

  fail_unless (g_file_get_contents (from, &data, &size, NULL));
  fail_unless (g_file_set_contents (path, data, size, NULL));
  g_free (folder);
  return path;
}

/* Writes zeros over the file, and puts its time back: nobody sees it who does
 * not read it. */
static void
spoil_unseen (const gchar *path)
{
  int file = open (path, O_WRONLY);
  struct timespec times[2];
  struct stat st;
  g_autofree guint8 *zeros = NULL;

  fail_unless (fstat (file, &st) == 0);
  times[0] = st.st_atim;
  times[1] = st.st_mtim;
  zeros = g_malloc0 ((gsize) st.st_size);
  fail_unless (write (file, zeros, (gsize) st.st_size) == st.st_size);
  fail_unless (futimens (file, times) == 0);
  close (file);
}

static ElementTest *
new_test (const gchar *path)
{
  ElementTest *test =
      element_test_new (element_test_make ("lstm", "model", path, NULL));

  lstm_test_set_format (test, FALSE, 5, 10);
  return test;
}

/* Frame by frame what the library gives. */
static void
assert_works (ElementTest *test, guint seed)
{
  g_autofree gfloat *x = reference_input (seed, N_FRAMES * 5);
  gsize n;
  g_autofree gfloat *expected =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, N_FRAMES, &n);

  for (guint i = 0; i < N_FRAMES; i++)
    element_test_push_buffer (test, x + i * 5, 5 * sizeof (gfloat));
  lstm_test_assert_output (test, expected, n);
}

START_TEST (test_one_copy)
{
  g_autofree gchar *path = copy_model (MODEL_FRAMES);
  g_autoptr (ElementTest) a = new_test (path);
  g_autoptr (ElementTest) b = NULL;
  g_autoptr (GstElement) c = NULL;

  spoil_unseen (path);
  b = new_test (path);
  assert_works (a, 1);
  assert_works (b, 2);
  g_clear_pointer (&a, element_test_free);
  g_clear_pointer (&b, element_test_free);
  c = element_test_make ("lstm", "model", path, NULL);
  fail_unless_equals_int (
      gst_element_set_state (c, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  gst_element_set_state (c, GST_STATE_NULL);
  element_test_remove_file (g_steal_pointer (&path));
}
END_TEST

/* Who has the old model keeps it. */
START_TEST (test_changed_file)
{
  g_autofree gchar *path = copy_model (MODEL_FRAMES);
  g_autofree gchar *other = reference_model_path (MODEL_WINDOW);
  g_autofree gchar *data = NULL;
  g_autoptr (ElementTest) a = new_test (path);
  g_autoptr (ElementTest) b = NULL;
  gsize size;

  fail_unless (g_file_get_contents (other, &data, &size, NULL));
  fail_unless (g_file_set_contents (path, data, size, NULL));
  b = element_test_new (element_test_make ("lstm", "model", path, NULL));
  lstm_test_set_format (b, FALSE, 1, 10);
  element_test_assert_silent (b);
  assert_works (a, 3);
  element_test_remove_file (g_steal_pointer (&path));
}
END_TEST

typedef struct {
  ElementTest *test;
  gfloat *x;
} Work;

static gpointer
push_all (gpointer data)
{
  const Work *w = data;

  for (guint i = 0; i < N_FRAMES; i++)
    element_test_push_buffer (w->test, w->x + i * 5, 5 * sizeof (gfloat));
  return NULL;
}

/* What an application may do meanwhile. */
static void
watch (GstElement *element)
{
  GstStructure *stats = NULL;
  GStrv keys = NULL;

  g_object_set (element, "post-messages", TRUE, NULL);
  g_object_get (element, "stats", &stats, NULL);
  g_signal_emit_by_name (element, "list-keys", &keys);
  fail_unless (stats != NULL && keys != NULL);
  gst_structure_free (stats);
  g_strfreev (keys);
}

/* Elements that run at once do not see each other. */
START_TEST (test_threads)
{
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  GThread *threads[N_THREADS];
  Work work[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++) {
    work[i] = (Work){ new_test (path), reference_input (i, N_FRAMES * 5) };
    threads[i] = g_thread_new ("pusher", push_all, &work[i]);
  }
  for (guint i = 0; i < 20 * N_THREADS; i++)
    watch (work[i % N_THREADS].test->element);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < N_THREADS; i++) {
    gsize n;
    g_autofree gfloat *expected = reference_output (
        MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, work[i].x, N_FRAMES, &n);

    lstm_test_assert_output (work[i].test, expected, n);
    element_test_free (work[i].test);
    g_free (work[i].x);
  }
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_one_copy);
  tcase_add_test (tests, test_changed_file);
  tcase_add_test (tests, test_threads);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-shared", add_tests);
}
