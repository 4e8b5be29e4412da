/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: another model takes over while states are kept in a file, or begin with
 * one of the user's. */

#include <glib/gstdio.h>
#include <string.h>

#include "reload-test.h"

/* ---- state-file ---- */

static gchar *
make_dir (gchar **path)
{
  gchar *dir = g_dir_make_tmp ("lstm-reload-XXXXXX", NULL);

  fail_unless (dir != NULL);
  *path = g_build_filename (dir, "states", NULL);
  return dir;
}

static void
remove_dir (const gchar *dir)
{
  g_autoptr (GDir) list = g_dir_open (dir, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (list)) != NULL) {
    g_autofree gchar *path = g_build_filename (dir, name, NULL);

    g_unlink (path);
  }
  fail_unless_equals_int (g_rmdir (dir), 0);
}

static void
set_state (ReloadTest *r, GstState state, GstStateChangeReturn expected)
{
  fail_unless_equals_int (
      gst_element_set_state (r->test->element, state), expected);
}

static void
push_all (ReloadTest *r, gboolean keyed)
{
  static const gchar *const keys[] = { "one", "two", "three" };

  for (guint i = 0; i < 9; i++)
    reload_test_push (r, keyed ? keys[i % 3] : NULL);
}

/* After the swap the file has the new model's states, of all streams, also of
 * those that no frame came for; the old model does not take them. */
START_TEST (test_state_file)
{
  gboolean keyed = _i & 1, more = (_i & 2) != 0;
  g_autofree gchar *path = NULL;
  g_autofree gchar *dir = make_dir (&path);
  g_autofree gchar *old = reload_path ("a");
  g_autoptr (ReloadTest) r = reload_test_new ("a", "state-file", path, NULL);

  push_all (r, keyed);
  reload_test_watch_loading ();
  reload_test_set (r, "b");
  reload_test_await_loaded ();
  reload_test_push (r, keyed ? "one" : NULL);
  fail_unless_equals_int (r->n_reloads, 1);
  if (more)
    push_all (r, keyed);
  set_state (r, GST_STATE_READY, GST_STATE_CHANGE_SUCCESS);
  set_state (r, GST_STATE_PLAYING, GST_STATE_CHANGE_SUCCESS);
  reload_test_resume (r, "b");
  push_all (r, keyed);
  reload_test_assert_no_warning (r);
  set_state (r, GST_STATE_READY, GST_STATE_CHANGE_SUCCESS);
  g_object_set (r->test->element, "model", old, NULL);
  set_state (r, GST_STATE_PAUSED, GST_STATE_CHANGE_FAILURE);
  element_test_assert_message (r->test, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, path, "another model", NULL);
  g_clear_pointer (&r, reload_test_free);
  remove_dir (dir);
}
END_TEST

/* ---- initial-state ---- */

/* A safetensors file with one tensor. */
static gchar *
write_initial (void)
{
  static const gchar head[] = "{\"second/h\":{\"dtype\":\"F32\",\"shape\":[4],"
                              "\"data_offsets\":[0,16]}}";
  gfloat values[4] = { 0.5f, -0.25f, 0.125f, 1.0f };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint64 size = GUINT64_TO_LE (strlen (head));
  gchar *path = element_test_write_file ("initial.safetensors", "");

  g_byte_array_append (bytes, (const guint8 *) &size, sizeof size);
  g_byte_array_append (bytes, (const guint8 *) head, strlen (head));
  g_byte_array_append (bytes, (const guint8 *) values, sizeof values);
  fail_unless (g_file_set_contents (
      path, (const gchar *) bytes->data, (gssize) bytes->len, NULL));
  return path;
}

/* Resets under the new model go to its initial state; a model that the file
 * does not suit is refused. */
START_TEST (test_initial_state)
{
  g_autofree gchar *path = write_initial ();
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);

  set_state (r, GST_STATE_READY, GST_STATE_CHANGE_SUCCESS);
  g_object_set (r->test->element, "initial-state", path, NULL);
  set_state (r, GST_STATE_PLAYING, GST_STATE_CHANGE_SUCCESS);
  r->initial = g_strdup (path);
  reload_test_restart (r, "a");
  push_all (r, TRUE);
  reload_test_set (r, "partly");
  reload_test_assert_refused (r, "a", "second/h", "6");
  push_all (r, TRUE);
  reload_test_set (r, "b");
  reload_test_await (r, 1);
  push_all (r, TRUE);
  reload_test_push (r, "a key that begins under the new model");
  g_signal_emit_by_name (r->test->element, "reset-state");
  reload_test_forget (r);
  push_all (r, TRUE);
  reload_test_assert_no_warning (r);
  g_clear_pointer (&r, reload_test_free);
  element_test_remove_file (g_steal_pointer (&path));
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_state_file, 0, 4);
  tcase_add_test (tests, test_initial_state);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-reload-state", add_tests);
}
