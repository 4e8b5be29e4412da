/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: another model takes over while the stream runs, frame by frame. */

#include <glib/gstdio.h>
#include <string.h>

#include "gstlstmaudio.h"
#include "gstlstmlayout.h"
#include "reload-test.h"

/* ---- states ---- */

typedef struct {
  const gchar *model;
  guint kept;
  guint reset;
} Kept;

static const Kept kept[] = { { "a", 3, 0 }, { "b", 3, 0 }, { "partly", 2, 1 },
  { "wider", 3, 0 } };

/* The states go over where they match; all outputs are the library's. */
START_TEST (test_states)
{
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);

  reload_test_push_many (r, NULL, 7);
  reload_test_set (r, kept[_i].model);
  reload_test_assert_property (r, kept[_i].model);
  reload_test_await (r, 1);
  reload_test_assert_kept (r, kept[_i].model, kept[_i].kept, kept[_i].reset);
  reload_test_push_many (r, NULL, 20);
  reload_test_assert_no_warning (r);
}
END_TEST

/* Each key has its own state, and each goes over. */
START_TEST (test_keys)
{
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);
  static const gchar *const keys[] = { "one", "two", "three" };

  for (guint i = 0; i < 12; i++)
    reload_test_push (r, keys[i * i % 3]);
  reload_test_set (r, "b");
  reload_test_await (r, 1);
  for (guint i = 0; i < 12; i++)
    reload_test_push (r, keys[i % 3]);
  reload_test_set (r, "partly");
  reload_test_await (r, 1);
  for (guint i = 0; i < 12; i++)
    reload_test_push (r, keys[i % 3]);
  reload_test_assert_kept (r, "partly", 2, 1);
}
END_TEST

/* Buffers that come as a list are all run by one model, the new one if it is
 * there. */
START_TEST (test_lists)
{
  static const gchar *const keys[] = { "one", "two", NULL, "one", "two", "one",
    NULL, "three" };
  static const gchar *const models[] = { "b", "partly", "wider", "a" };
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);

  reload_test_push_list (r, keys, G_N_ELEMENTS (keys));
  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    guint before = r->n_reloads;

    reload_test_watch_loading ();
    reload_test_set (r, models[i]);
    reload_test_await_loaded ();
    reload_test_push_list (r, keys, G_N_ELEMENTS (keys));
    fail_unless_equals_int (r->n_reloads, before + 1);
    reload_test_push_list (r, keys, 5);
  }
  reload_test_assert_no_warning (r);
}
END_TEST

/* ---- outputs of another shape ---- */

static void
assert_event (GstEvent *event, GstEventType type)
{
  fail_unless (
      event != NULL, "no event of type %s", gst_event_type_get_name (type));
  fail_unless_equals_string (
      GST_EVENT_TYPE_NAME (event), gst_event_type_get_name (type));
}

/* New caps go out with the first buffer that has another number of features,
 * then the names. */
START_TEST (test_caps)
{
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);
  GstHarness *h = r->test->harness;
  GstEvent *event;
  GstLstmAudio audio;
  GstCaps *caps;

  reload_test_push_many (r, NULL, 3);
  while ((event = gst_harness_try_pull_event (h)) != NULL)
    gst_event_unref (event);
  reload_test_set (r, "b");
  reload_test_await (r, 1);
  event = gst_harness_try_pull_event (h);
  assert_event (event, GST_EVENT_CUSTOM_DOWNSTREAM_STICKY);
  gst_event_unref (event);
  fail_unless (gst_harness_try_pull_event (h) == NULL);

  reload_test_set (r, "wider");
  reload_test_await (r, 1);
  event = gst_harness_try_pull_event (h);
  assert_event (event, GST_EVENT_CAPS);
  gst_event_parse_caps (event, &caps);
  fail_unless (gst_lstm_audio_from_caps (&audio, caps));
  fail_unless_equals_int (audio.channels, 3);
  fail_unless_equals_int (audio.rate, 10);
  gst_event_unref (event);
  event = gst_harness_try_pull_event (h);
  assert_event (event, GST_EVENT_CUSTOM_DOWNSTREAM_STICKY);
  fail_unless (gst_event_has_name (event, "lstm-layout"));
  gst_event_unref (event);
  fail_unless (gst_harness_try_pull_event (h) == NULL);
}
END_TEST

/* A filter downstream that leaves no room: the model is refused, and neither
 * caps nor numbers change. */
START_TEST (test_downstream)
{
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);

  gst_harness_set_sink_caps (
      r->test->harness, gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F32, 2, 10));
  reload_test_push_many (r, NULL, 3);
  reload_test_watch_loading ();
  reload_test_set (r, "wider");
  reload_test_await_loaded ();
  reload_test_push (r, NULL);
  reload_test_assert_refused (r, "a", "3 features", "until now 2");
  reload_test_push_many (r, NULL, 5);
  reload_test_set (r, "b");
  reload_test_await (r, 1);
  reload_test_assert_no_warning (r);
}
END_TEST

/* ---- what is refused ---- */

START_TEST (test_features)
{
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);

  reload_test_push_many (r, NULL, 3);
  reload_test_watch_loading ();
  reload_test_set (r, "four");
  reload_test_await_loaded ();
  reload_test_push (r, NULL);
  reload_test_assert_refused (r, "a", "4 features", "3 channels");
  reload_test_push_many (r, NULL, 5);
  fail_unless_equals_int (r->n_reloads, 0);
}
END_TEST

/* What a listener has read last, in whatever thread. */
typedef struct {
  GMutex lock;
  gchar *model;
} Listener;

static void
on_notify (GObject *object, GParamSpec *spec, gpointer user_data)
{
  Listener *listener = user_data;

  g_mutex_lock (&listener->lock);
  g_free (listener->model);
  g_object_get (object, "model", &listener->model, NULL);
  g_mutex_unlock (&listener->lock);
}

/* Files that are not there or no model. The property's readers are told. */
START_TEST (test_bad_file)
{
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);
  g_autofree gchar *path = element_test_write_file ("bad.h5", "no model");
  g_autofree gchar *old = reload_path ("a");
  Listener listener = { 0 };

  g_signal_connect (
      r->test->element, "notify::model", G_CALLBACK (on_notify), &listener);
  reload_test_push_many (r, NULL, 3);
  g_object_set (r->test->element, "model", "/nowhere/x.h5", NULL);
  reload_test_assert_refused (r, "a", "/nowhere/x.h5", NULL);
  reload_test_push_many (r, NULL, 3);
  g_object_set (r->test->element, "model", path, NULL);
  reload_test_assert_refused (r, "a", "bad.h5", NULL);
  fail_unless_equals_string (listener.model, old);
  reload_test_push_many (r, NULL, 3);
  g_object_set (r->test->element, "model", NULL, NULL);
  reload_test_assert_refused (r, "a", "No model", "set model=");
  reload_test_push_many (r, NULL, 3);
  fail_unless_equals_int (r->n_reloads, 0);
  reload_test_set (r, "b");
  reload_test_await (r, 1);
  reload_test_assert_no_warning (r);
  g_signal_handlers_disconnect_by_data (r->test->element, &listener);
  g_free (listener.model);
  element_test_remove_file (g_steal_pointer (&path));
}
END_TEST

/* Names in the config file that the stream does not have. */
START_TEST (test_names)
{
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);
  static const gchar *const channels[] = { "x", "y", "z", NULL };
  g_autofree gchar *path = element_test_write_file (
      "names.yaml", "version: 1\nfeatures: [x, y, w]\n");

  gst_harness_push_event (
      r->test->harness, gst_lstm_layout_event_new (channels, NULL, NULL));
  reload_test_push_many (r, NULL, 3);
  reload_test_watch_loading ();
  g_object_set (r->test->element, "config", path, NULL);
  reload_test_await_loaded ();
  reload_test_push (r, NULL);
  reload_test_assert_refused (r, "a", "missing: w", "not expected: z");
  reload_test_push_many (r, NULL, 3);
  element_test_remove_file (g_steal_pointer (&path));
}
END_TEST

/* ---- many requests ---- */

/* The last one wins, and all that came between are whole models. */
START_TEST (test_rapid)
{
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);
  static const gchar *const models[] = { "b", "partly", "a", "wider" };
  guint n;

  for (guint i = 0; i < 200; i++) {
    reload_test_set (r, models[i % 4]);
    if (i % 7 == 0)
      reload_test_push (r, NULL);
  }
  reload_test_set (r, "b");
  n = r->n_reloads;
  reload_test_await (r, 1);
  reload_test_push_many (r, NULL, 50);
  fail_unless_equals_int (r->n_reloads, n + 1);
  reload_test_assert_model (r, "b");
  reload_test_assert_property (r, "b");
  reload_test_assert_no_warning (r);
}
END_TEST

/* A model that was loaded, but not yet in place, gives way to a bad file that
 * was asked for later: what runs stays. */
START_TEST (test_overtaken)
{
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);

  reload_test_push_many (r, NULL, 3);
  reload_test_watch_loading ();
  reload_test_set (r, "b");
  reload_test_await_loaded ();
  g_object_set (r->test->element, "model", "/nowhere/x.h5", NULL);
  reload_test_assert_refused (r, "a", "/nowhere/x.h5", NULL);
  reload_test_push_many (r, NULL, 10);
  fail_unless_equals_int (r->n_reloads, 0);
}
END_TEST

static gpointer
set_models (gpointer data)
{
  static const gchar *const models[] = { "b", "partly", "wider", "a" };
  ReloadTest *r = data;

  for (guint i = 0; i < 40; i++) {
    reload_test_set (r, models[i % 4]);
    g_usleep (3000);
  }
  return NULL;
}

/* Frame after frame while another thread changes models. */
START_TEST (test_threads)
{
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);
  GThread *thread = g_thread_new ("setter", set_models, r);

  for (guint i = 0; i < 4000 || r->n_reloads == 0; i++)
    reload_test_push (r, i % 3 == 0 ? NULL : i % 3 == 1 ? "one" : "two");
  g_thread_join (thread);
  reload_test_push_many (r, NULL, 10);
  reload_test_assert_no_warning (r);
}
END_TEST

/* ---- the same path ---- */

/* As another program replaces a file: by another file of that name, or by
 * writing over it. Both models have files of one size. */
static void
replace_file (const gchar *model, const gchar *path, gboolean rename)
{
  g_autofree gchar *from = reload_path (model);
  g_autofree gchar *data = NULL;
  FILE *file;
  gsize size;

  fail_unless (g_file_get_contents (from, &data, &size, NULL));
  if (rename) {
    fail_unless (g_file_set_contents (path, data, (gssize) size, NULL));
    return;
  }
  g_usleep (20000); /* times of files are that coarse */
  file = g_fopen (path, "r+b");
  fail_unless (file != NULL);
  fail_unless_equals_uint64 (fwrite (data, 1, size, file), size);
  fail_unless_equals_int (fclose (file), 0);
}

START_TEST (test_same_path)
{
  g_autofree gchar *path = element_test_write_file ("model.h5", "");
  g_autoptr (ReloadTest) r = NULL;

  replace_file ("a", path, TRUE);
  r = reload_test_new (path, NULL);
  reload_test_push_many (r, NULL, 5);
  for (guint i = 0; i < 4; i++) {
    replace_file (i % 2 ? "a" : "b", path, _i);
    reload_test_set (r, path);
    reload_test_await (r, 1);
    reload_test_push_many (r, NULL, 5);
  }
  g_clear_pointer (&r, reload_test_free);
  element_test_remove_file (g_steal_pointer (&path));
}
END_TEST

/* ---- states of the element ---- */

static void
set_state (ReloadTest *r, GstState state, GstStateChangeReturn expected)
{
  fail_unless_equals_int (
      gst_element_set_state (r->test->element, state), expected);
}

/* Whatever the thread is at when the element stops: it starts again with the
 * model that was asked for last. */
START_TEST (test_stop)
{
  static const gchar *const models[] = { "b", "a", "wider", "partly" };

  for (guint i = 0; i < 40; i++) {
    g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);
    const gchar *model = models[i % 4];

    reload_test_push_many (r, NULL, 2);
    reload_test_set (r, "partly");
    reload_test_set (r, model);
    g_usleep (i * 100);
    set_state (r, GST_STATE_READY, GST_STATE_CHANGE_SUCCESS);
    reload_test_assert_property (r, model);
    set_state (r, GST_STATE_PLAYING, GST_STATE_CHANGE_SUCCESS);
    reload_test_restart (r, model);
    reload_test_push_many (r, NULL, 5);
    fail_unless_equals_int (r->n_reloads, 0);
    reload_test_assert_no_warning (r);
  }
}
END_TEST

/* A bad file that nobody had time to refuse fails the start. */
START_TEST (test_stop_bad)
{
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);

  reload_test_push_many (r, NULL, 2);
  g_object_set (r->test->element, "model", "/nowhere/x.h5", NULL);
  reload_test_assert_refused (r, "a", "/nowhere/x.h5", NULL);
  set_state (r, GST_STATE_READY, GST_STATE_CHANGE_SUCCESS);
  g_object_set (r->test->element, "model", "/nowhere/y.h5", NULL);
  set_state (r, GST_STATE_PAUSED, GST_STATE_CHANGE_FAILURE);
  element_test_assert_message (r->test, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_OPEN_READ, "/nowhere/y.h5", NULL);
}
END_TEST

static GstBusSyncReply
stop_element (GstBus *bus, GstMessage *message, gpointer user_data)
{
  GstElement *element = user_data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
    gst_element_set_state (element, GST_STATE_READY);
  return GST_BUS_PASS;
}

/* The element is stopped by who hears its warning, in the thread that loads. */
START_TEST (test_stop_in_handler)
{
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);

  gst_bus_set_sync_handler (r->test->bus, stop_element, r->test->element, NULL);
  g_object_set (r->test->element, "model", "/nowhere/x.h5", NULL);
  reload_test_assert_refused (r, "a", "/nowhere/x.h5", NULL);
  gst_bus_set_sync_handler (r->test->bus, NULL, NULL, NULL);
  fail_unless_equals_int (GST_STATE (r->test->element), GST_STATE_READY);
  set_state (r, GST_STATE_PLAYING, GST_STATE_CHANGE_SUCCESS);
  reload_test_restart (r, "a");
  reload_test_push_many (r, NULL, 5);
  while (GST_OBJECT_REFCOUNT_VALUE (r->test->element) > 2)
    g_usleep (1000);
}
END_TEST

/* ---- caps that change with the model ---- */

/* A source that goes over to four features sends caps for them: the model that
 * was made for four is there. */
START_TEST (test_new_caps)
{
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);
  g_autofree gfloat *x = reference_input (3, 8 * 4);
  gsize n;
  g_autofree gfloat *y = NULL;
  g_autofree gchar *path = reload_path ("four");

  y = reference_output_of (path, 0, LSTM_MODE_FRAME, 0, 1, x, 8, &n);
  reload_test_push_many (r, NULL, 3);
  reload_test_watch_loading ();
  reload_test_set (r, "four");
  reload_test_await_loaded ();
  lstm_test_set_format (r->test, FALSE, 4, 10);
  element_test_push_buffer (r->test, x, 8 * 4 * sizeof (gfloat));
  lstm_test_assert_output (r->test, y, n);
  reload_test_assert_no_warning (r);
  fail_unless_equals_int (r->n_reloads, 1);
}
END_TEST

/* ---- properties that stay as they are ---- */

START_TEST (test_others_refused)
{
  g_autoptr (ReloadTest) r = reload_test_new ("a", NULL);
  guint steps;

  g_object_set (r->test->element, "steps", 5, NULL);
  g_object_get (r->test->element, "steps", &steps, NULL);
  fail_unless_equals_int (steps, 0);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_states, 0, G_N_ELEMENTS (kept));
  tcase_add_test (tests, test_keys);
  tcase_add_test (tests, test_lists);
  tcase_add_test (tests, test_caps);
  tcase_add_test (tests, test_downstream);
  tcase_add_test (tests, test_features);
  tcase_add_test (tests, test_bad_file);
  tcase_add_test (tests, test_names);
  tcase_add_test (tests, test_rapid);
  tcase_add_test (tests, test_overtaken);
  tcase_add_test (tests, test_threads);
  tcase_add_loop_test (tests, test_same_path, 0, 2);
  tcase_add_test (tests, test_stop);
  tcase_add_test (tests, test_stop_bad);
  tcase_add_test (tests, test_stop_in_handler);
  tcase_add_test (tests, test_new_caps);
  tcase_add_test (tests, test_others_refused);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-reload", add_tests);
}
