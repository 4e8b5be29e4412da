/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "weight-names.h"

#include "config/suggest.h"
#include "engine/layer.h"

#include <string.h>

#define NOT_FOUND G_MAXUINT

/* How many names a message lists. */
#define MAX_LISTED 8

/* TensorFlow's output number, ":0", is no part of a name. */
static gchar **
split_name (const gchar *name)
{
  const gchar *colon = strrchr (name, ':');
  gboolean numbered = colon != NULL && colon[1] != '\0' &&
                      strspn (colon + 1, "0123456789") == strlen (colon + 1);
  g_autofree gchar *plain =
      g_strndup (name, numbered ? (gsize) (colon - name) : strlen (name));

  return g_strsplit (plain, "/", -1);
}

static gboolean
has_prefix (gchar **parts, guint from, guint to, const gchar *prefix)
{
  for (guint i = from; i < to; i++)
    if (g_str_has_prefix (parts[i], prefix))
      return TRUE;
  return FALSE;
}

static gboolean
has_part (gchar **parts, guint from, guint to, const gchar *part)
{
  for (guint i = from; i < to; i++)
    if (strcmp (parts[i], part) == 0)
      return TRUE;
  return FALSE;
}

/* What stands between the layer's name and the last part must go with the
 * weight's own folders: the half of a Bidirectional, the cell of a stack. */
static gboolean
suits_folders (gchar **parts, guint from, guint to, gchar **weight, guint n)
{
  gboolean forward = FALSE, backward = FALSE;

  for (guint i = 0; i + 1 < n; i++) {
    if (strcmp (weight[i], "forward_layer") == 0)
      forward = TRUE;
    else if (strcmp (weight[i], "backward_layer") == 0)
      backward = TRUE;
    else if (!has_part (parts, from, to, weight[i]))
      return FALSE;
  }
  if (forward || backward)
    return has_prefix (parts, from, to, forward ? "forward" : "backward") &&
           !has_prefix (parts, from, to, forward ? "backward" : "forward");
  return TRUE;
}

/* How many parts of the layer's path but its last stand before @at, in order.
 */
static guint
count_around (gchar **parts, guint at, gchar **path, guint n)
{
  guint around = 0;

  for (guint i = 0; i < at && around + 1 < n; i++)
    around += strcmp (parts[i], path[around]) == 0;
  return around;
}

guint
lstm_weight_name_rate (
    const gchar *name, const gchar *layer, const gchar *weight)
{
  g_auto (GStrv) parts = split_name (name);
  g_auto (GStrv) path = g_strsplit (layer, "/", -1);
  g_auto (GStrv) own = g_strsplit (weight, "/", -1);
  guint n = g_strv_length (parts), n_path = g_strv_length (path);
  guint n_own = g_strv_length (own), at = NOT_FOUND, around;

  if (n < 2 || n_path == 0 || n_own == 0 ||
      strcmp (parts[n - 1], own[n_own - 1]) != 0)
    return 0;
  for (guint i = 0; i + 1 < n; i++)
    if (strcmp (parts[i], path[n_path - 1]) == 0)
      at = i;
  if (at == NOT_FOUND || !suits_folders (parts, at + 1, n - 1, own, n_own))
    return 0;
  around = count_around (parts, at, path, n_path);
  return 1 + MIN (around, 255) * 65536 + (255 - MIN (n - at, 255)) * 256 +
         (255 - MIN (at - around, 255));
}

gboolean
lstm_weight_name_is_idle (const gchar *name)
{
  static const gchar *const owners[] = { "optimizer", "optimizer_weights",
    "metrics", "compile_metrics", "loss", "loss_scale_optimizer", "adadelta",
    "adafactor", "adagrad", "adam", "adamax", "adamw", "ftrl", "lamb", "lion",
    "muon", "nadam", "rmsprop", "sgd", NULL };
  g_auto (GStrv) parts = split_name (name);

  if (parts[0] != NULL && parts[1] != NULL &&
      g_strv_contains (owners, parts[0]))
    return TRUE;
  return has_prefix (parts, 0, g_strv_length (parts), "seed_generator");
}

/* What the config calls the layer: a half or a cell goes by the name of what it
 * stands in. */
static const LstmLayer *
layer_of (const LstmWeight *weight)
{
  const LstmLayer *layer = weight->layer;

  while (layer->parent != NULL)
    layer = layer->parent;
  return layer;
}

static guint
rate (const gchar *name, const LstmWeight *weight)
{
  return lstm_weight_name_rate (name, layer_of (weight)->name, weight->name);
}

static gboolean
ends_alike (const gchar *name, const gchar *weight)
{
  g_auto (GStrv) parts = split_name (name);
  g_auto (GStrv) own = g_strsplit (weight, "/", -1);
  guint n = g_strv_length (parts), n_own = g_strv_length (own);

  return n > 0 && n_own > 0 && strcmp (parts[n - 1], own[n_own - 1]) == 0;
}

/* (transfer full): names of a rating, or where that is 0 those that end as the
 * weight is called, or all. */
static gchar *
list_names (const gchar *const *names, const LstmWeight *weight, guint rating)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  GString *text = g_string_new (NULL);

  for (guint i = 0; names[i] != NULL; i++)
    if (rating > 0 ? rate (names[i], weight) == rating
                   : ends_alike (names[i], weight->name))
      g_ptr_array_add (found, (gpointer) names[i]);
  for (guint i = 0; found->len == 0 && names[i] != NULL; i++)
    g_ptr_array_add (found, (gpointer) names[i]);
  for (guint i = 0; i < MIN (found->len, MAX_LISTED); i++)
    g_string_append_printf (text, "%s'%s'", i > 0 ? ", " : "",
        (const gchar *) g_ptr_array_index (found, i));
  if (found->len > MAX_LISTED)
    g_string_append_printf (text, " and %u more", found->len - MAX_LISTED);
  return g_string_free (text, FALSE);
}

static gboolean
fail_match (const LstmWeight *weight, const gchar *const *names, guint best,
    const gchar *file, GError **error)
{
  const LstmLayer *layer = layer_of (weight);
  g_autofree gchar *shape = lstm_shape_to_string (&weight->shape);
  g_autofree gchar *list = list_names (names, weight, best);

  if (best > 0)
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
        "layer '%s' (%s): several tensors of %s could be weight '%s' %s: %s; "
        "expected one that is called '%s/%s'",
        layer->name, layer->klass->name, file, weight->name, shape, list,
        layer->name, weight->name);
  else
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
        "layer '%s' (%s): weight '%s' %s is not in %s; expected '%s/%s', or a "
        "name that ends so; candidates are: %s",
        layer->name, layer->klass->name, weight->name, shape, file, layer->name,
        weight->name, *list != '\0' ? list : "none, the file is empty");
  return FALSE;
}

/* The index of the name that suits best, or NOT_FOUND. */
static guint
find_best (const LstmWeight *weight, const gchar *const *names,
    const gboolean *taken, guint *best)
{
  guint n_best = 0, found = NOT_FOUND;

  *best = 0;
  for (guint i = 0; names[i] != NULL; i++) {
    guint rating = taken[i] ? 0 : rate (names[i], weight);

    if (rating > *best) {
      *best = rating;
      n_best = 0;
      found = i;
    }
    n_best += rating > 0 && rating == *best;
  }
  return n_best == 1 ? found : NOT_FOUND;
}

static void
match_exact (GPtrArray *weights, const gchar *const *names, gboolean *taken,
    guint *chosen)
{
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; names[i] != NULL; i++)
    g_hash_table_insert (places, (gpointer) names[i], GUINT_TO_POINTER (i + 1));
  for (guint w = 0; w < weights->len; w++) {
    const LstmWeight *weight = g_ptr_array_index (weights, w);
    g_autofree gchar *exact =
        g_strconcat (layer_of (weight)->name, "/", weight->name, NULL);
    guint place = GPOINTER_TO_UINT (g_hash_table_lookup (places, exact));

    chosen[w] = place > 0 && !taken[place - 1] ? place - 1 : NOT_FOUND;
    if (chosen[w] != NOT_FOUND)
      taken[chosen[w]] = TRUE;
  }
}

guint *
lstm_weight_names_match (GPtrArray *weights, const gchar *const *names,
    const gchar *file, LstmWeight **failed, GError **error)
{
  g_autofree guint *chosen = g_new0 (guint, MAX (weights->len, 1));
  g_autofree gboolean *taken =
      g_new0 (gboolean, g_strv_length ((gchar **) names) + 1);

  match_exact (weights, names, taken, chosen);
  for (guint w = 0; w < weights->len; w++) {
    LstmWeight *weight = g_ptr_array_index (weights, w);
    guint best = 0;

    if (chosen[w] != NOT_FOUND)
      continue;
    chosen[w] = find_best (weight, names, taken, &best);
    if (chosen[w] == NOT_FOUND) {
      *failed = weight;
      fail_match (weight, names, best, file, error);
      return NULL;
    }
    taken[chosen[w]] = TRUE;
  }
  return g_steal_pointer (&chosen);
}
