/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include <lstm/error.h>

#include "config/suggest.h"
#include "config/yaml-schema.h"
#include "fixture.h"

static LstmYaml *
yaml_of (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  LstmYaml *yaml = lstm_yaml_parse ("t.yaml", text, strlen (text), &error);

  g_assert_no_error (error);
  return yaml;
}

static void
assert_place (const LstmYamlNode *node, guint line, guint column)
{
  g_assert_nonnull (node);
  g_assert_cmpuint (node->line, ==, line);
  g_assert_cmpuint (node->column, ==, column);
}

static void
test_tree (void)
{
  g_autoptr (LstmYaml) yaml =
      yaml_of ("a: [1, '2']\n\"b\":\n  c: |\n    two\n    lines\n");
  const LstmYamlNode *a = lstm_yaml_lookup (yaml->root, "a");
  const LstmYamlNode *b = lstm_yaml_lookup (yaml->root, "b");
  const LstmYamlNode *c;

  assert_place (yaml->root, 1, 1);
  assert_place (a, 1, 4);
  g_assert_cmpint (a->type, ==, LSTM_YAML_LIST);
  g_assert_cmpuint (lstm_yaml_get_n_items (a), ==, 2);
  g_assert_cmpstr (lstm_yaml_get_item (a, 1)->text, ==, "2");
  g_assert_true (lstm_yaml_get_item (a, 1)->quoted);
  g_assert_false (lstm_yaml_get_item (a, 0)->quoted);
  g_assert_cmpint (b->type, ==, LSTM_YAML_MAPPING);
  assert_place (lstm_yaml_get_key (yaml->root, 1), 2, 1);
  c = lstm_yaml_lookup (b, "c");
  assert_place (c, 3, 6);
  g_assert_cmpstr (c->text, ==, "two\nlines\n");
  g_assert_null (lstm_yaml_lookup (yaml->root, "c"));
}

/* Lists in lists: the limit is met, and one more is refused. */
static void
assert_depth (guint depth, gboolean right)
{
  g_autofree gchar *open = g_strnfill (depth, '[');
  g_autofree gchar *close = g_strnfill (depth, ']');
  g_autofree gchar *text = g_strconcat (open, close, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmYaml) yaml =
      lstm_yaml_parse ("t.yaml", text, strlen (text), &error);

  g_assert_true ((yaml != NULL) == right);
  if (!right)
    fixture_assert_error (error, LSTM_ERROR_CONFIG,
        "t.yaml:1:33: nested more than 32 deep: it is no configuration");
}

static void
test_depth (void)
{
  assert_depth (LSTM_YAML_MAX_DEPTH, TRUE);
  assert_depth (LSTM_YAML_MAX_DEPTH + 1, FALSE);
  assert_depth (1000000, FALSE);
}

static void
test_n_nodes (void)
{
  g_autoptr (GString) text = g_string_new ("[");
  g_autoptr (LstmYaml) right = NULL;
  g_autoptr (LstmYaml) wrong = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i < LSTM_YAML_MAX_NODES; i++)
    g_string_append (text, "a,\n");
  right = yaml_of (g_string_append_c (text, ']')->str);
  g_assert_cmpuint (
      lstm_yaml_get_n_items (right->root), ==, LSTM_YAML_MAX_NODES - 1);
  text->str[text->len - 1] = 'a';
  g_string_append_c (text, ']');
  wrong = lstm_yaml_parse ("t.yaml", text->str, text->len, &error);
  g_assert_null (wrong);
  fixture_assert_error (error, LSTM_ERROR_CONFIG,
      "t.yaml:524288:1: the file holds more than 524288 values: it is no "
      "configuration");
}

static void
test_quote (void)
{
  static const struct {
    const gchar *text, *quoted;
  } cases[] = {
    { "", "''" },
    { "a b", "'a b'" },
    { "\n\x1b[31m", "'\\u000a\\u001b[31m'" },
    { "W\xc3\xa4rme", "'W\xc3\xa4rme'" },
    { "0123456789012345678901234567890123456789"
      "01234567890123456789",
        "'0123456789012345678901234567890123456789"
        "01234567890123456789'" },
    { "0123456789012345678901234567890123456789"
      "012345678901234567890",
        "'0123456789012345678901234567890123456789"
        "01234567890123456789...'" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *quoted = lstm_yaml_quote (cases[i].text);

    g_assert_cmpstr (quoted, ==, cases[i].quoted);
  }
}

static void
test_one_of (void)
{
  static const gchar *const names[] = { "one", "two", "three", NULL };
  g_autoptr (LstmYaml) right = yaml_of ("two: x");
  g_autoptr (LstmYaml) wrong = yaml_of ("two: x\nthree: y\n");
  g_autoptr (GError) error = NULL;
  const LstmYamlNode *value;
  guint chosen;

  g_assert_true (lstm_yaml_read_one_of (
      right->root, "this", names, &chosen, &value, &error));
  g_assert_cmpuint (chosen, ==, 1);
  g_assert_cmpstr (value->text, ==, "x");
  g_assert_false (lstm_yaml_read_one_of (
      wrong->root, "this", names, &chosen, &value, &error));
  fixture_assert_error (error, LSTM_ERROR_CONFIG,
      "t.yaml:2:1: this: found 2 keys, expected exactly one of one, two, "
      "three");
}

static void
test_mapping (void)
{
  static const LstmYamlKey keys[] = { { "a", TRUE }, { "b", FALSE } };
  g_autoptr (LstmYaml) right = yaml_of ("a: 1");
  g_autoptr (LstmYaml) wrong = yaml_of ("\n  b: 1");
  g_autoptr (GError) error = NULL;
  const LstmYamlNode *values[2];

  g_assert_true (
      lstm_yaml_read_mapping (right->root, NULL, keys, 2, values, &error));
  assert_place (values[0], 1, 4);
  g_assert_null (values[1]);
  g_assert_false (
      lstm_yaml_read_mapping (wrong->root, "it", keys, 2, values, &error));
  fixture_assert_error (
      error, LSTM_ERROR_CONFIG, "t.yaml:2:3: it: required key 'a' is missing");
}

static void
test_uint (void)
{
  g_autoptr (LstmYaml) yaml =
      yaml_of ("[0, 7, 4294967295, 4294967296, +1, 00]");
  guint value = 1;

  g_assert_true (lstm_yaml_read_uint (
      lstm_yaml_get_item (yaml->root, 0), "n", 0, G_MAXUINT, &value, NULL));
  g_assert_cmpuint (value, ==, 0);
  g_assert_true (lstm_yaml_read_uint (
      lstm_yaml_get_item (yaml->root, 1), "n", 7, 7, &value, NULL));
  g_assert_cmpuint (value, ==, 7);
  g_assert_true (lstm_yaml_read_uint (
      lstm_yaml_get_item (yaml->root, 2), "n", 0, G_MAXUINT, &value, NULL));
  g_assert_cmpuint (value, ==, G_MAXUINT);
  for (guint i = 3; i < 6; i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (lstm_yaml_read_uint (
        lstm_yaml_get_item (yaml->root, i), "n", 0, G_MAXUINT, &value, &error));
    fixture_assert_error (error, LSTM_ERROR_CONFIG,
        "t.yaml:1:*: n: found '*', expected a whole number from 0 to "
        "4294967295");
  }
}

static void
test_double (void)
{
  static const gdouble expected[] = { 0.0, -1.5, 0.5, 2.0, 1e-3, -3e+2, 1e300,
    4.9e-324, 0.1 };
  g_autoptr (LstmYaml) yaml =
      yaml_of ("[0, -1.5, .5, +2., 1e-3, -3E+2, 1e300, 4.9e-324, 0.1]");
  g_autofree gdouble *numbers = lstm_yaml_read_doubles (yaml->root, "n", NULL);

  g_assert_nonnull (numbers);
  g_assert_cmpmem (numbers,
      lstm_yaml_get_n_items (yaml->root) * sizeof *numbers, expected,
      sizeof expected);
}

static void
test_path (void)
{
  static const struct {
    const gchar *yaml, *path, *expected;
  } cases[] = {
    { "c.yaml", "net.h5", "net.h5" },
    { "a/c.yaml", "net.h5", "a/net.h5" },
    { "../c.yaml", "b/net.h5", "../b/net.h5" },
    { "/c.yaml", "net.h5", "/net.h5" },
    { "/a/c.yaml", "/b/net.h5", "/b/net.h5" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (LstmYaml) yaml = lstm_yaml_parse (
        cases[i].yaml, cases[i].path, strlen (cases[i].path), NULL);
    g_autofree gchar *path = lstm_yaml_read_path (yaml->root, "p", NULL);

    g_assert_cmpstr (path, ==, cases[i].expected);
  }
}

static void
test_suggest (void)
{
  static const gchar *const known[] = { "stride", "steps", "reset-on", "key",
    NULL };
  static const struct {
    const gchar *word, *expected;
  } cases[] = {
    { "stirde", "stride" },
    { "strid", "stride" },
    { "STEPS", "steps" },
    { "step", "steps" },
    { "reset_on", "reset-on" },
    { "reseton", "reset-on" },
    { "keys", "key" },
    { "kex", "key" },
    { "x", NULL },
    { "", NULL },
    { "weather", NULL },
    { "stepsstepsstepsstepsstepsstepsstepsstepsstepsstepsstepsstepsstepss",
        NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpstr (
        lstm_suggest (cases[i].word, known), ==, cases[i].expected);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  fixture_open ();
  g_test_add_func ("/yaml/tree", test_tree);
  g_test_add_func ("/yaml/depth", test_depth);
  g_test_add_func ("/yaml/n-nodes", test_n_nodes);
  g_test_add_func ("/yaml/quote", test_quote);
  g_test_add_func ("/yaml/one-of", test_one_of);
  g_test_add_func ("/yaml/mapping", test_mapping);
  g_test_add_func ("/yaml/uint", test_uint);
  g_test_add_func ("/yaml/double", test_double);
  g_test_add_func ("/yaml/path", test_path);
  g_test_add_func ("/yaml/suggest", test_suggest);
  result = g_test_run ();
  fixture_close ();
  return result;
}
