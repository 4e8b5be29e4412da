/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* csvdec, csvenc, jsondec and jsonenc: how they are registered, and their
 * properties. */

#include <string.h>

#include "element-test.h"

static const struct {
  const gchar *name;
  const gchar *klass;
  guint n_properties;
} kinds[] = {
  { "csvdec", "Codec/Decoder/Text", 11 },
  { "csvenc", "Codec/Encoder/Text", 5 },
  { "jsondec", "Codec/Decoder/Text", 9 },
  { "jsonenc", "Codec/Encoder/Text", 4 },
};

/* ---- registration ---- */

START_TEST (test_registration)
{
  g_autoptr (GstElementFactory) factory =
      gst_element_factory_find (kinds[_i].name);
  const gchar *klass =
      gst_element_factory_get_metadata (factory, GST_ELEMENT_METADATA_KLASS);
  const gchar *description = gst_element_factory_get_metadata (
      factory, GST_ELEMENT_METADATA_DESCRIPTION);

  fail_unless_equals_int (
      gst_plugin_feature_get_rank (GST_PLUGIN_FEATURE (factory)),
      GST_RANK_NONE);
  fail_unless_equals_string (klass, kinds[_i].klass);
  fail_unless (strlen (description) > 20);
}
END_TEST

/* Every property has a blurb that is a sentence's worth, says when it may be
 * set, and has a default that it accepts. */
START_TEST (test_property_words)
{
  GstElement *element = element_test_make (kinds[_i].name, NULL);
  guint n, i, n_own = 0;
  g_autofree GParamSpec **specs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n);

  for (i = 0; i < n; i++) {
    if (g_type_is_a (GST_TYPE_ELEMENT, specs[i]->owner_type))
      continue;
    n_own++;
    fail_unless (
        strlen (g_param_spec_get_blurb (specs[i])) > 20, "%s", specs[i]->name);
    fail_unless (
        (specs[i]->flags & GST_PARAM_MUTABLE_READY) != 0, "%s", specs[i]->name);
    fail_unless ((specs[i]->flags & GST_PARAM_CONTROLLABLE) == 0);
  }
  fail_unless_equals_int (n_own, (gint) kinds[_i].n_properties);
  gst_object_unref (element);
}
END_TEST

START_TEST (test_time_unit_is_an_enum)
{
  GstElement *element = element_test_make ("csvdec", "time-unit", "us", NULL);
  GParamSpec *spec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (element), "time-unit");
  gint unit;

  fail_unless (G_IS_PARAM_SPEC_ENUM (spec));
  g_object_get (element, "time-unit", &unit, NULL);
  fail_unless_equals_string (
      g_enum_get_value (G_PARAM_SPEC_ENUM (spec)->enum_class, unit)->value_nick,
      "us");
  gst_object_unref (element);
}
END_TEST

/* ---- properties at every state ---- */

typedef struct {
  const gchar *element;
  const gchar *name;
  const gchar *first;
  const gchar *second;
} Property;

static const Property properties[] = {
  { "csvdec", "config", NULL, "b.yaml" },
  { "csvdec", "features", "a", "b" },
  { "csvdec", "key", "a", "b" },
  { "csvdec", "keep", "a", "b" },
  { "csvdec", "header", "true", "false" },
  { "csvdec", "delimiter", ",", ";" },
  { "csvdec", "rate", "1/1", "30000/1001" },
  { "csvdec", "max-frames", "1", "7" },
  { "csvdec", "time", "a", "b" },
  { "csvdec", "time-unit", "s", "iso8601" },
  { "csvdec", "skip-rows", "0", "9223372036854775807" },
  { "csvenc", "config", NULL, "b.yaml" },
  { "csvenc", "names", "a", "b" },
  { "csvenc", "header", "true", "false" },
  { "csvenc", "delimiter", ",", ";" },
  { "csvenc", "time", NULL, "t" },
  { "jsondec", "features", "a", "b" },
  { "jsondec", "skip-rows", "0", "7" },
  { "jsonenc", "names", "a", "b" },
  { "jsonenc", "time", "t", "" },
  { "jsonenc", "non-finite", "null", "string" },
};

static void
set_text (GstElement *element, const gchar *name, const gchar *text)
{
  if (text != NULL)
    gst_util_set_object_arg (G_OBJECT (element), name, text);
  else
    g_object_set (element, name, NULL, NULL);
}

static void
assert_value (GstElement *element, const gchar *name, const gchar *expected)
{
  GParamSpec *spec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (element), name);
  GValue found = G_VALUE_INIT, wanted = G_VALUE_INIT;

  g_value_init (&found, spec->value_type);
  g_value_init (&wanted, spec->value_type);
  g_object_get_property (G_OBJECT (element), name, &found);
  if (expected != NULL)
    fail_unless (gst_value_deserialize_with_pspec (&wanted, expected, spec));
  fail_unless_equals_int (g_param_values_cmp (spec, &found, &wanted), 0);
  g_value_unset (&found);
  g_value_unset (&wanted);
}

/* Refused while it runs: said, and without effect. */
static void
check_refused (ElementTest *test, const Property *property)
{
  set_text (test->element, property->name, property->second);
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, property->name, "keeps its value", "READY",
      NULL);
  assert_value (test->element, property->name, property->first);
}

START_TEST (test_property_at_every_state)
{
  const Property *property = &properties[_i];
  ElementTest test = { .element = element_test_make (property->element, NULL),
    .bus = gst_bus_new () };

  gst_element_set_bus (test.element, test.bus);
  set_text (test.element, property->name, property->second);
  assert_value (test.element, property->name, property->second);
  gst_element_set_state (test.element, GST_STATE_READY);
  set_text (test.element, property->name, property->first);
  assert_value (test.element, property->name, property->first);
  fail_unless_equals_int (
      gst_element_set_state (test.element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_SUCCESS);
  check_refused (&test, property);
  gst_element_set_state (test.element, GST_STATE_PLAYING);
  check_refused (&test, property);
  gst_element_set_state (test.element, GST_STATE_READY);
  set_text (test.element, property->name, property->second);
  assert_value (test.element, property->name, property->second);
  element_test_assert_silent (&test);
  gst_element_set_state (test.element, GST_STATE_NULL);
  gst_element_set_bus (test.element, NULL);
  gst_object_unref (test.bus);
  gst_object_unref (test.element);
}
END_TEST

static void
add_tests (TCase *tests)
{
  const guint n = G_N_ELEMENTS (kinds);

  tcase_add_loop_test (tests, test_registration, 0, n);
  tcase_add_loop_test (tests, test_property_words, 0, n);
  tcase_add_test (tests, test_time_unit_is_an_enum);
  tcase_add_loop_test (
      tests, test_property_at_every_state, 0, G_N_ELEMENTS (properties));
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "csv-properties", add_tests);
}
