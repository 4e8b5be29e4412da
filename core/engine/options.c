/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/options.h"

#include <lstm/error.h>

#include "config/suggest.h"

/* What every layer of Keras may have in its config and no layer computes with.
 */
static const gchar *const common_keys[] = { "name", "trainable", "dtype",
  "dtype_policy", "batch_input_shape", "batch_shape", "input_shape",
  "input_dtype", "input_dim", "input_length", "build_config",
  "shared_object_id", "autocast", "sparse", "ragged", "activity_regularizer",
  NULL };

/* What a config that a person wrote may have of these. */
static const gchar *const strict_keys[] = { "name", "trainable", NULL };

void
lstm_options_init (LstmOptions *options, GVariant *config,
    const gchar *class_name, const gchar *layer_name, guint keras,
    GPtrArray *notes)
{
  options->config = config;
  options->class_name = class_name;
  options->layer_name = layer_name;
  options->keras = keras;
  options->notes = notes;
  options->seen = g_hash_table_new (g_str_hash, g_str_equal);
  options->error = NULL;
}

/* Keeps the first error, with the layer's name before it. */
void
lstm_options_fail (LstmOptions *options, gint code, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  if (options->error)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  options->error = g_error_new (LSTM_ERROR, code, "layer '%s' (%s): %s",
      options->layer_name, options->class_name, text);
}

/* The value of @key without the box that null comes in; NULL if there is none
 * or it is null. Full reference. */
static GVariant *
lookup (LstmOptions *options, const gchar *key)
{
  g_autoptr (GVariant) value = NULL;

  g_hash_table_add (options->seen, (gpointer) key);
  value = g_variant_lookup_value (options->config, key, NULL);
  if (value && g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE))
    return NULL;
  return g_steal_pointer (&value);
}

static void
fail_type (LstmOptions *options, const gchar *key, GVariant *value,
    const gchar *expected)
{
  g_autofree gchar *text = g_variant_print (value, FALSE);

  if (strlen (text) > 60)
    text[60] = '\0';
  lstm_options_fail (options, LSTM_ERROR_VALUE,
      "config key '%s' is %s, expected %s", key, text, expected);
}

gboolean
lstm_options_has (LstmOptions *options, const gchar *key)
{
  g_autoptr (GVariant) value = lookup (options, key);

  return value != NULL;
}

/* Whether the config says null, as opposed to nothing. */
gboolean
lstm_options_is_null (LstmOptions *options, const gchar *key)
{
  g_autoptr (GVariant) value =
      g_variant_lookup_value (options->config, key, NULL);

  return value && g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE);
}

gboolean
lstm_options_bool (LstmOptions *options, const gchar *key, gboolean fallback)
{
  g_autoptr (GVariant) value = lookup (options, key);

  if (!value)
    return fallback;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return g_variant_get_boolean (value);
  fail_type (options, key, value, "true or false");
  return fallback;
}

/* A whole number, also when JSON wrote it as 3.0. */
static gboolean
get_whole (GVariant *value, gint64 *n)
{
  gdouble d;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64)) {
    *n = g_variant_get_int64 (value);
    return TRUE;
  }
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    return FALSE;
  d = g_variant_get_double (value);
  if (!(d >= -9007199254740992.0 && d <= 9007199254740992.0))
    return FALSE;
  *n = (gint64) d;
  return (gdouble) *n == d;
}

gint64
lstm_options_int (LstmOptions *options, const gchar *key, gint64 fallback,
    gint64 low, gint64 high)
{
  g_autoptr (GVariant) value = lookup (options, key);
  g_autofree gchar *expected = NULL;
  gint64 n;

  if (!value)
    return fallback;
  if (get_whole (value, &n) && n >= low && n <= high)
    return n;
  expected = g_strdup_printf ("a whole number from %" G_GINT64_FORMAT
                              " to %" G_GINT64_FORMAT,
      low, high);
  fail_type (options, key, value, expected);
  return fallback;
}

static gboolean
get_number (GVariant *value, gdouble *d)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    *d = g_variant_get_double (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    *d = (gdouble) g_variant_get_int64 (value);
  else
    return FALSE;
  return TRUE;
}

gdouble
lstm_options_double (LstmOptions *options, const gchar *key, gdouble fallback)
{
  g_autoptr (GVariant) value = lookup (options, key);
  gdouble d;

  if (!value)
    return fallback;
  if (get_number (value, &d))
    return d;
  fail_type (options, key, value, "a number");
  return fallback;
}

/* The text lives as long as the config. */
const gchar *
lstm_options_string (
    LstmOptions *options, const gchar *key, const gchar *fallback)
{
  g_autoptr (GVariant) value = lookup (options, key);

  if (!value)
    return fallback;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_get_string (value, NULL);
  fail_type (options, key, value, "a string");
  return fallback;
}

static GVariant *
unbox (GVariant *array, gsize i)
{
  g_autoptr (GVariant) child = g_variant_get_child_value (array, i);

  if (g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT))
    return g_variant_get_variant (child);
  return g_steal_pointer (&child);
}

/* One whole number or a list of them; null in a list is -1. Returns how many,
 * 0 if there is no such key. */
guint
lstm_options_ints (
    LstmOptions *options, const gchar *key, gint64 *values, guint max)
{
  g_autoptr (GVariant) value = lookup (options, key);
  gsize n;

  if (!value)
    return 0;
  if (get_whole (value, &values[0]))
    return 1;
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_ARRAY) ||
      g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    goto wrong;
  n = g_variant_n_children (value);
  if (n > max)
    goto wrong;
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) child = unbox (value, i);

    if (g_variant_is_of_type (child, G_VARIANT_TYPE_MAYBE))
      values[i] = -1;
    else if (!get_whole (child, &values[i]))
      goto wrong;
  }
  return (guint) n;

wrong:
  fail_type (options, key, value, "a whole number or a short list of them");
  return 0;
}

/* Full reference, or NULL. */
GVariant *
lstm_options_dict (LstmOptions *options, const gchar *key)
{
  g_autoptr (GVariant) value = lookup (options, key);

  if (!value)
    return NULL;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    return g_steal_pointer (&value);
  fail_type (options, key, value, "a mapping");
  return NULL;
}

static gboolean
is_known (LstmOptions *options, const gchar *key, const gchar *const *idle_keys)
{
  return g_hash_table_contains (options->seen, key) ||
         g_strv_contains (options->notes ? common_keys : strict_keys, key) ||
         (idle_keys && g_strv_contains (idle_keys, key));
}

static void
add_names (GPtrArray *names, const gchar *const *more)
{
  for (; more && *more; more++)
    g_ptr_array_add (names, (gpointer) *more);
}

/* An unknown key is an error where there are no notes. It comes before others
 * if it seems to be a known one in another spelling: that one is missing then.
 */
static void
fail_unknown_key (
    LstmOptions *options, const gchar *key, const gchar *const *idle_keys)
{
  g_autofree const gchar **seen = NULL;
  g_autofree gchar *list = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const gchar *near;

  seen = (const gchar **) g_hash_table_get_keys_as_array (options->seen, NULL);
  add_names (names, seen);
  g_ptr_array_sort (names, lstm_options_compare_keys);
  g_ptr_array_add (names, NULL);
  list = g_strjoinv (", ", (gchar **) names->pdata);
  g_ptr_array_set_size (names, (gint) names->len - 1);
  add_names (names, idle_keys);
  add_names (names, strict_keys);
  g_ptr_array_add (names, NULL);
  near = lstm_suggest (key, (const gchar *const *) names->pdata);
  if (near)
    g_clear_error (&options->error);
  if (near)
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "config key '%s' is not known here: did you mean '%s'?", key, near);
  else
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "config key '%s' is not known here: expected one of %s", key,
        *list != '\0' ? list : "name, trainable");
}

static void
check_unknown_keys (LstmOptions *options, const gchar *const *idle_keys)
{
  GVariantIter iter;
  GVariant *value;
  const gchar *key;

  g_variant_iter_init (&iter, options->config);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value)) {
    if (is_known (options, key, idle_keys))
      continue;
    if (options->notes && !options->error)
      g_ptr_array_add (options->notes,
          g_strdup_printf ("layer '%s' (%s): the config key '%s' is not known "
                           "here and was not used",
              options->layer_name, options->class_name, key));
    else if (!options->notes)
      fail_unknown_key (options, key, idle_keys);
  }
}

gint
lstm_options_compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

/* Frees what @options holds. Returns FALSE with the first error, if any. */
gboolean
lstm_options_finish (
    LstmOptions *options, const gchar *const *idle_keys, GError **error)
{
  gboolean ok;

  check_unknown_keys (options, idle_keys);
  ok = options->error == NULL;
  if (!ok)
    g_propagate_error (error, options->error);
  g_clear_pointer (&options->seen, g_hash_table_unref);
  return ok;
}
