/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm and lstmkey: how they are registered, and their properties. */

#include <string.h>

#include <gst/base/gstbasetransform.h>

#include "lstm-reference.h"

static const gchar *const elements[] = { "lstm", "lstmkey" };

/* ---- registration ---- */

START_TEST (test_registration)
{
  g_autoptr (GstElementFactory) factory =
      gst_element_factory_find (elements[_i]);
  const gchar *klass =
      gst_element_factory_get_metadata (factory, GST_ELEMENT_METADATA_KLASS);
  GstElement *element = element_test_make (elements[_i], NULL);

  fail_unless_equals_int (
      gst_plugin_feature_get_rank (GST_PLUGIN_FEATURE (factory)),
      GST_RANK_NONE);
  fail_unless_equals_string (
      klass, _i == 0 ? "Filter/Analyzer/Audio" : "Filter/Metadata");
  fail_unless (_gst_debug_get_category (elements[_i]) != NULL);
  fail_if (gst_base_transform_is_passthrough (GST_BASE_TRANSFORM (element)));
  gst_object_unref (element);
}
END_TEST

/* ---- properties ---- */

static gboolean
is_ours (const GParamSpec *spec, GstElement *element)
{
  return spec->owner_type == G_OBJECT_TYPE (element);
}

/* Values of enums and flags go by nicks that a launch line can write. */
static void
check_nicks (const GParamSpec *spec)
{
  const GEnumValue *e = NULL;
  const GFlagsValue *f = NULL;

  if (G_IS_PARAM_SPEC_ENUM (spec))
    e = G_PARAM_SPEC_ENUM (spec)->enum_class->values;
  else if (G_IS_PARAM_SPEC_FLAGS (spec))
    f = G_PARAM_SPEC_FLAGS (spec)->flags_class->values;
  for (; e != NULL && e->value_nick != NULL; e++)
    fail_unless (
        g_regex_match_simple ("^[a-z][a-z0-9-]*$", e->value_nick, 0, 0) &&
        strlen (e->value_name) > 10);
  for (; f != NULL && f->value_nick != NULL; f++)
    fail_unless (g_regex_match_simple ("^[a-z-]+$", f->value_nick, 0, 0) &&
                 strlen (f->value_name) > 10);
}

/* Each says in words what it is, and when it may be set. */
START_TEST (test_property_words)
{
  GstElement *element = element_test_make (elements[_i], NULL);
  guint n, n_ours = 0;
  g_autofree GParamSpec **specs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n);

  for (guint i = 0; i < n; i++) {
    GParamFlags when =
        specs[i]->flags & (GST_PARAM_MUTABLE_READY | GST_PARAM_MUTABLE_PLAYING);

    if (!is_ours (specs[i], element))
      continue;
    n_ours++;
    check_nicks (specs[i]);
    fail_unless (
        strlen (g_param_spec_get_blurb (specs[i])) > 30, "%s", specs[i]->name);
    if (specs[i]->flags & G_PARAM_WRITABLE)
      fail_unless (when != 0, "%s", specs[i]->name);
  }
  fail_unless (n_ours > 0);
  gst_object_unref (element);
}
END_TEST

/* Another value than the one that @value holds. */
static void
change_value (GValue *value, const GParamSpec *spec)
{
  GType type = spec->value_type;

  if (type == G_TYPE_STRING) {
    const gchar *old = g_value_get_string (value);

    g_value_set_string (value, g_strcmp0 (old, "b") == 0 ? "c" : "b");
  } else if (type == G_TYPE_BOOLEAN) {
    g_value_set_boolean (value, !g_value_get_boolean (value));
  } else if (type == G_TYPE_UINT) {
    g_value_set_uint (value, g_value_get_uint (value) ^ 1);
  } else if (type == G_TYPE_UINT64) {
    g_value_set_uint64 (value, g_value_get_uint64 (value) ^ 1);
  } else if (G_TYPE_IS_ENUM (type)) {
    g_value_set_enum (value, g_value_get_enum (value) == 1 ? 0 : 1);
  } else if (G_TYPE_IS_FLAGS (type)) {
    g_value_set_flags (value, g_value_get_flags (value) ^ 1);
  } else {
    fail ("%s: a type that this test does not know", spec->name);
  }
}

/* Sets another value; whether the property has it then. */
static gboolean
takes_change (GstElement *element, GParamSpec *spec)
{
  GValue wanted = G_VALUE_INIT, found = G_VALUE_INIT;
  gboolean taken;

  g_value_init (&wanted, spec->value_type);
  g_value_init (&found, spec->value_type);
  g_object_get_property (G_OBJECT (element), spec->name, &wanted);
  change_value (&wanted, spec);
  g_object_set_property (G_OBJECT (element), spec->name, &wanted);
  g_object_get_property (G_OBJECT (element), spec->name, &found);
  taken = g_param_values_cmp (spec, &wanted, &found) == 0;
  g_value_unset (&wanted);
  g_value_unset (&found);
  return taken;
}

/* At this state each property is taken, or refused with a warning, as its flags
 * have it. */
static void
check_state (ElementTest *test, gboolean running)
{
  guint n;
  g_autofree GParamSpec **specs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (test->element), &n);

  for (guint i = 0; i < n; i++) {
    gboolean hot = (specs[i]->flags & GST_PARAM_MUTABLE_PLAYING) != 0;
    /* Another model is loaded: tests of reloading hold what comes of it. */
    gboolean reloads = running && (strcmp (specs[i]->name, "model") == 0 ||
                                      strcmp (specs[i]->name, "config") == 0);

    if (!is_ours (specs[i], test->element) || reloads ||
        !(specs[i]->flags & G_PARAM_WRITABLE))
      continue;
    fail_unless_equals_int (
        takes_change (test->element, specs[i]), !running || hot);
    if (running && !hot)
      element_test_assert_message (test, GST_MESSAGE_WARNING,
          GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, specs[i]->name,
          "keeps its value", "READY", NULL);
  }
  element_test_assert_silent (test);
}

/* A fresh element that can start: what NULL and READY set stays in another. */
START_TEST (test_property_at_every_state)
{
  static const GstState states[] = { GST_STATE_NULL, GST_STATE_READY,
    GST_STATE_PAUSED, GST_STATE_PLAYING };
  GstState state = states[_i / 2];
  GstElement *element = element_test_make (elements[_i % 2], NULL);
  ElementTest test = { .element = element, .bus = gst_bus_new () };

  if (_i % 2 == 0) {
    g_autofree gchar *path = reference_model_path (MODEL_FRAMES);

    g_object_set (element, "model", path, NULL);
  }
  gst_element_set_bus (element, test.bus);
  fail_unless (
      gst_element_set_state (element, state) != GST_STATE_CHANGE_FAILURE);
  check_state (&test, state >= GST_STATE_PAUSED);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (test.bus);
  gst_object_unref (element);
}
END_TEST

typedef struct {
  const gchar *element;
  const gchar *property; /* that holds text */
  const gchar *refused;  /* a property, and a value that is refused with a */
  const gchar *value;    /* warning while the element runs */
} Locked;

static const Locked locked[] = {
  { "lstm", "config", "steps", "7" },
  { "lstmkey", "key", "key", "\xff" },
  { "csvdec", "features", "max-frames", "7" },
  { "csvenc", "names", "header", "false" },
};

static gpointer
set_often (gpointer data)
{
  const Locked *t = g_object_get_data (data, "locked");

  for (guint i = 0; i < 20000; i++)
    g_object_set (data, t->property, i % 2 ? "one" : "another", NULL);
  return NULL;
}

/* One thread sets a property that another reads: each gets one of the two. */
START_TEST (test_two_threads)
{
  const Locked *t = &locked[_i];
  GstElement *element =
      element_test_make (t->element, t->property, "one", NULL);
  GThread *thread;

  g_object_set_data (G_OBJECT (element), "locked", (gpointer) t);
  thread = g_thread_new ("set", set_often, element);
  for (guint i = 0; i < 20000; i++) {
    g_autofree gchar *text = NULL;

    g_object_get (element, t->property, &text, NULL);
    fail_unless (strcmp (text, "one") == 0 || strcmp (text, "another") == 0);
  }
  g_thread_join (thread);
  gst_object_unref (element);
}
END_TEST

/* An application that hears of it may ask the element at once. */
static GstBusSyncReply
ask_element (GstBus *bus, GstMessage *message, gpointer data)
{
  const Locked *t = g_object_get_data (data, "locked");
  g_autofree gchar *text = NULL;
  guint *n = g_object_get_data (data, "heard");

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_WARNING)
    return GST_BUS_PASS;
  g_object_get (data, t->property, &text, NULL);
  (*n)++;
  return GST_BUS_PASS;
}

START_TEST (test_no_lock_is_held)
{
  const Locked *t = &locked[_i];
  GstElement *element = element_test_make (t->element, NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  guint heard = 0;

  if (_i == 0) {
    g_autofree gchar *path = reference_model_path (MODEL_FRAMES);

    g_object_set (element, "model", path, NULL);
  }
  g_object_set_data (G_OBJECT (element), "locked", (gpointer) t);
  g_object_set_data (G_OBJECT (element), "heard", &heard);
  gst_bus_set_sync_handler (bus, ask_element, element, NULL);
  gst_element_set_bus (element, bus);
  gst_element_set_state (element, GST_STATE_PAUSED);
  if (strcmp (t->element, "lstmkey") == 0)
    g_object_set (element, t->refused, t->value, NULL);
  else
    gst_util_set_object_arg (G_OBJECT (element), t->refused, t->value);
  fail_unless_equals_int (heard, 1);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (element);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_registration, 0, 2);
  tcase_add_loop_test (tests, test_property_words, 0, 2);
  tcase_add_loop_test (tests, test_property_at_every_state, 0, 8);
  tcase_add_loop_test (tests, test_two_threads, 0, (int) G_N_ELEMENTS (locked));
  tcase_add_loop_test (
      tests, test_no_lock_is_held, 0, (int) G_N_ELEMENTS (locked));
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-properties", add_tests);
}
