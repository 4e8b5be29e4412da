/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "reload-test.h"

#include <string.h>

#include "gstlstmaudio.h"
#include <gst/lstm/lstm.h>

/* A model that does not come in this time does not come. */
#define PATIENCE (20 * G_TIME_SPAN_SECOND)

gchar *
reload_path (const gchar *name)
{
  g_autofree gchar *file = g_strconcat (name, ".h5", NULL);

  if (g_path_is_absolute (name))
    return g_strdup (name);
  return g_build_filename (g_getenv ("LSTM_RELOAD_DIR"), file, NULL);
}

/* ---- the library's side ---- */

static LstmPlan *
load_plan (const gchar *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);
  LstmPlan *plan = NULL;

  if (model != NULL)
    plan = lstm_plan_new (
        model, &(LstmPlanOptions){ .mode = LSTM_MODE_FRAME }, &error);
  fail_unless (plan != NULL, "%s", error ? error->message : "no plan");
  return plan;
}

static void
swap_reference (ReloadTest *r, const gchar *path)
{
  GHashTableIter iter;
  gpointer stream;

  lstm_plan_unref (r->plan);
  r->plan = load_plan (path);
  g_hash_table_iter_init (&iter, r->streams);
  while (g_hash_table_iter_next (&iter, NULL, &stream)) {
    LstmStream *fresh = lstm_stream_new (r->plan);

    lstm_stream_copy_matching (fresh, stream);
    g_hash_table_iter_replace (&iter, fresh);
  }
}

static LstmStream *
find_stream (ReloadTest *r, const gchar *key)
{
  const gchar *name = key ? key : "";
  LstmStream *stream = g_hash_table_lookup (r->streams, name);

  if (stream == NULL) {
    stream = lstm_stream_new (r->plan);
    if (r->initial != NULL)
      fail_unless (lstm_stream_load_initial_state (stream, r->initial, NULL));
    g_hash_table_insert (r->streams, g_strdup (name), stream);
  }
  return stream;
}

/* Appends the output of one frame of a stream. */
static void
run_reference (ReloadTest *r, const gchar *key, const gfloat *x, GByteArray *to)
{
  LstmStream *stream = find_stream (r, key);
  g_autoptr (LstmContext) context = lstm_context_new (r->plan);
  guint n_outputs = lstm_model_get_n_outputs (lstm_plan_get_model (r->plan));
  LstmOutput *outputs = g_newa0 (LstmOutput, n_outputs);
  gsize n = lstm_plan_get_output_size (r->plan, 0);
  g_autofree gfloat *y = g_new0 (gfloat, n);

  outputs[0].data = y;
  fail_unless_equals_int (lstm_context_process (context, &stream, 1, 1,
                              &(LstmInput){ .data = x }, outputs),
      LSTM_STATUS_OK);
  g_byte_array_append (to, (const guint8 *) y, n * sizeof (gfloat));
}

/* ---- the element's side ---- */

ReloadTest *
reload_test_new (const gchar *model, ...)
{
  ReloadTest *r = g_new0 (ReloadTest, 1);
  g_autofree gchar *path = reload_path (model);
  GstElement *element = element_test_make ("lstm", "model", path, NULL);
  const gchar *name;
  va_list args;

  va_start (args, model);
  while ((name = va_arg (args, const gchar *)) != NULL)
    gst_util_set_object_arg (
        G_OBJECT (element), name, va_arg (args, const gchar *));
  va_end (args);
  r->test = element_test_new (element);
  lstm_test_set_format (r->test, FALSE, RELOAD_FEATURES, 10);
  r->rand = g_rand_new_with_seed (1);
  r->streams = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) lstm_stream_free);
  r->plan = load_plan (path);
  return r;
}

void
reload_test_free (ReloadTest *r)
{
  element_test_free (r->test);
  g_rand_free (r->rand);
  g_hash_table_unref (r->streams);
  lstm_plan_unref (r->plan);
  g_free (r->initial);
  g_clear_pointer (&r->last, gst_structure_free);
  g_queue_clear_full (&r->warnings, (GDestroyNotify) gst_message_unref);
  g_free (r);
}

void
reload_test_set (ReloadTest *r, const gchar *model)
{
  g_autofree gchar *path = reload_path (model);

  g_object_set (r->test->element, "model", path, NULL);
}

static void
take_reload (ReloadTest *r, GstMessage *message)
{
  fail_unless (gst_message_has_name (message, "lstm-reloaded"));
  g_clear_pointer (&r->last, gst_structure_free);
  r->last = gst_structure_copy (gst_message_get_structure (message));
  r->n_reloads++;
}

/* Whether a model has taken over. Warnings are put by. */
static gboolean
take_messages (ReloadTest *r)
{
  guint before = r->n_reloads;
  GstMessage *message;

  while ((message = gst_bus_pop (r->test->bus)) != NULL) {
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
      g_queue_push_tail (&r->warnings, gst_message_ref (message));
    else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT)
      take_reload (r, message);
    fail_if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR);
    gst_message_unref (message);
  }
  fail_unless (r->n_reloads <= before + 1, "two models took over at once");
  return r->n_reloads > before;
}

static GstBuffer *
make_buffer (ReloadTest *r, const gchar *key, gfloat x[RELOAD_FEATURES])
{
  GstBuffer *buffer;

  for (guint i = 0; i < RELOAD_FEATURES; i++)
    x[i] = (gfloat) g_rand_double_range (r->rand, -1, 1);
  buffer = gst_buffer_new_memdup (x, RELOAD_FEATURES * sizeof (gfloat));
  if (key != NULL) {
    g_autoptr (GstCaps) caps = gst_lstm_key_caps_new (key);

    gst_buffer_add_lstm_key_meta (buffer, caps, 0);
  }
  return buffer;
}

/* What came out is @expected, appended by run_reference(). */
static void
assert_output (ReloadTest *r, const GByteArray *expected)
{
  g_autoptr (GByteArray) found = lstm_test_pull (r->test);

  fail_unless_equals_uint64 (found->len, expected->len);
  fail_unless (memcmp (found->data, expected->data, found->len) == 0,
      "the output differs from the library's after %u reloads", r->n_reloads);
}

void
reload_test_push (ReloadTest *r, const gchar *key)
{
  gfloat x[RELOAD_FEATURES];
  GstBuffer *buffer = make_buffer (r, key, x);
  g_autoptr (GByteArray) expected = g_byte_array_new ();

  fail_unless_equals_int (
      gst_harness_push (r->test->harness, buffer), GST_FLOW_OK);
  if (take_messages (r))
    swap_reference (r, gst_structure_get_string (r->last, "model"));
  run_reference (r, key, x, expected);
  assert_output (r, expected);
}

void
reload_test_push_list (ReloadTest *r, const gchar *const *keys, guint n)
{
  GstBufferList *list = gst_buffer_list_new ();
  g_autofree gfloat *x = g_new (gfloat, n * RELOAD_FEATURES);
  g_autoptr (GByteArray) expected = g_byte_array_new ();

  for (guint i = 0; i < n; i++)
    gst_buffer_list_add (
        list, make_buffer (r, keys[i], x + i * RELOAD_FEATURES));
  fail_unless_equals_int (
      gst_pad_push_list (r->test->harness->srcpad, list), GST_FLOW_OK);
  if (take_messages (r))
    swap_reference (r, gst_structure_get_string (r->last, "model"));
  for (guint i = 0; i < n; i++)
    run_reference (r, keys[i], x + i * RELOAD_FEATURES, expected);
  assert_output (r, expected);
}

void
reload_test_push_many (ReloadTest *r, const gchar *key, guint n)
{
  while (n-- > 0)
    reload_test_push (r, key);
}

void
reload_test_await (ReloadTest *r, guint n)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;
  guint goal = r->n_reloads + n;

  while (r->n_reloads < goal) {
    reload_test_push (r, NULL);
    g_usleep (500);
    fail_unless (g_get_monotonic_time () < end, "no model took over");
  }
}

void
reload_test_assert_kept (
    ReloadTest *r, const gchar *model, guint kept, guint reset)
{
  g_autofree gchar *path = reload_path (model);
  g_autoptr (LstmPlan) plan = load_plan (path);
  guint n_kept, n_reset;
  gboolean all;

  fail_unless (gst_structure_get (r->last, "slots-kept", G_TYPE_UINT, &n_kept,
      "slots-reset", G_TYPE_UINT, &n_reset, "kept", G_TYPE_BOOLEAN, &all,
      NULL));
  fail_unless_equals_int (n_kept, kept);
  fail_unless_equals_int (n_reset, reset);
  fail_unless_equals_int (all, reset == 0);
  reload_test_assert_model (r, model);
  fail_unless_equals_string (gst_structure_get_string (r->last, "fingerprint"),
      lstm_model_get_fingerprint (lstm_plan_get_model (plan)));
}

void
reload_test_assert_model (ReloadTest *r, const gchar *model)
{
  g_autofree gchar *path = reload_path (model);

  fail_unless_equals_string (gst_structure_get_string (r->last, "model"), path);
}

void
reload_test_forget (ReloadTest *r)
{
  g_hash_table_remove_all (r->streams);
}

void
reload_test_restart (ReloadTest *r, const gchar *model)
{
  reload_test_forget (r);
  reload_test_resume (r, model);
}

void
reload_test_resume (ReloadTest *r, const gchar *model)
{
  g_autofree gchar *path = reload_path (model);
  g_autoptr (GstCaps) caps =
      gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F32, RELOAD_FEATURES, 10);
  GstHarness *h = r->test->harness;
  GstSegment segment;

  swap_reference (r, path);
  gst_harness_push_event (h, gst_event_new_stream_start ("again"));
  gst_harness_push_event (h, gst_event_new_caps (caps));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_segment (&segment));
}

void
reload_test_assert_property (ReloadTest *r, const gchar *model)
{
  g_autofree gchar *path = reload_path (model);
  g_autofree gchar *found = NULL;

  g_object_get (r->test->element, "model", &found, NULL);
  fail_unless_equals_string (found, path);
}

static void
check_text (const GError *error, const gchar *part)
{
  fail_unless (part == NULL || strstr (error->message, part) != NULL,
      "'%s' lacks '%s'", error->message, part);
}

static GError *
take_warning (ReloadTest *r)
{
  GstMessage *message = g_queue_pop_head (&r->warnings);
  GError *error = NULL;

  if (message == NULL)
    message = gst_bus_timed_pop_filtered (
        r->test->bus, PATIENCE * GST_USECOND, GST_MESSAGE_WARNING);
  fail_unless (message != NULL, "no warning");
  gst_message_parse_warning (message, &error, NULL);
  gst_message_unref (message);
  return error;
}

void
reload_test_assert_warning (ReloadTest *r, ...)
{
  g_autoptr (GError) error = take_warning (r);
  const gchar *part;
  va_list args;

  va_start (args, r);
  while ((part = va_arg (args, const gchar *)) != NULL)
    check_text (error, part);
  va_end (args);
}

void
reload_test_assert_no_warning (ReloadTest *r)
{
  take_messages (r);
  fail_unless (g_queue_is_empty (&r->warnings), "a warning came");
}

void
reload_test_assert_refused (
    ReloadTest *r, const gchar *model, const gchar *why, const gchar *more)
{
  g_autoptr (GError) error = take_warning (r);

  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  check_text (error, "old model runs on");
  check_text (error, why);
  check_text (error, more);
  reload_test_assert_property (r, model);
}

/* ---- the loading thread ---- */

static gint n_loaded;

static void
watch_log (GstDebugCategory *category, GstDebugLevel level, const gchar *file,
    const gchar *function, gint line, GObject *object, GstDebugMessage *message,
    gpointer user_data)
{
  const gchar *text = gst_debug_message_get (message);

  if (text != NULL && g_str_has_prefix (text, "loaded;"))
    g_atomic_int_inc (&n_loaded);
}

void
reload_test_watch_loading (void)
{
  static gboolean watching;

  g_atomic_int_set (&n_loaded, 0);
  if (watching)
    return;
  watching = TRUE;
  gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_add_log_function (watch_log, NULL, NULL);
  gst_debug_set_threshold_for_name ("lstm", GST_LEVEL_DEBUG);
}

void
reload_test_await_loaded (void)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while (g_atomic_int_get (&n_loaded) == 0) {
    g_usleep (500);
    fail_unless (g_get_monotonic_time () < end, "nothing was loaded");
  }
}
