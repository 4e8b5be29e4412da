/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-match.h"

#include "keras-trained.h"

#include <lstm/error.h>

#include "engine/layer.h"

#include <string.h>

#define NOT_FOUND G_MAXUINT

/* A variable's name, taken apart: "dense/kernel:0" is dense, kernel. */
typedef struct {
  gchar **parts;
  guint n; /* at least 1 */
  gboolean used;
} Name;

static void
name_clear (gpointer data)
{
  g_strfreev (((Name *) data)->parts);
}

/* TensorFlow's output number, ":0", is no part of a name. */
static void
name_init (Name *name, const gchar *text)
{
  const gchar *colon = strrchr (text, ':');
  gboolean numbered = colon != NULL && colon[1] != '\0' &&
                      strspn (colon + 1, "0123456789") == strlen (colon + 1);
  g_autofree gchar *plain =
      g_strndup (text, numbered ? (gsize) (colon - text) : strlen (text));

  name->parts = g_strsplit (plain, "/", -1);
  name->n = g_strv_length (name->parts);
  if (name->n == 0) {
    g_strfreev (name->parts);
    name->parts = g_strsplit ("?", "/", -1);
    name->n = 1;
  }
}

static const gchar *
base_of (const Name *name)
{
  return name->parts[name->n - 1];
}

/* "kernel", or "kernel_1" as TensorFlow 1 makes a name that is taken. */
static gboolean
is_variable (const gchar *found, const gchar *wanted)
{
  gsize n = strlen (wanted);

  if (strncmp (found, wanted, n) != 0)
    return FALSE;
  found += n;
  return *found == '\0' ||
         (*found == '_' && found[1] != '\0' &&
             strspn (found + 1, "0123456789") == strlen (found + 1));
}

static const gchar *
wanted_base (const KerasWeight *weight)
{
  const gchar *name = lstm_weight_get_name (weight->weight);
  const gchar *slash = strrchr (name, '/');

  return slash != NULL ? slash + 1 : name;
}

static void
append_weights (const KerasLayer *layer, GArray *weights)
{
  guint n = layer->layer != NULL ? lstm_layer_get_n_weights (layer->layer) : 0;

  for (guint i = 0; i < n; i++) {
    KerasWeight weight = { layer, lstm_layer_get_weight (layer->layer, i) };

    g_array_append_val (weights, weight);
  }
  for (guint i = 0; layer->children != NULL && i < layer->children->len; i++)
    append_weights (g_ptr_array_index (layer->children, i), weights);
}

GArray *
lstm_keras_list_weights (const KerasLayer *top)
{
  GArray *weights = g_array_new (FALSE, TRUE, sizeof (KerasWeight));

  append_weights (top, weights);
  return weights;
}

/* A layer within a TimeDistributed is known to the engine alone. */
static gboolean
wraps_class (const LstmLayer *layer, const gchar *class_name)
{
  if (strcmp (layer->klass->name, class_name) == 0)
    return TRUE;
  for (guint i = 0; i < layer->children->len; i++)
    if (wraps_class (g_ptr_array_index (layer->children, i), class_name))
      return TRUE;
  return FALSE;
}

static gboolean
has_class (const KerasLayer *layer, const gchar *class_name)
{
  if (strcmp (layer->class_name, class_name) == 0 ||
      (layer->layer != NULL && wraps_class (layer->layer, class_name)))
    return TRUE;
  for (guint i = 0; layer->children != NULL && i < layer->children->len; i++)
    if (has_class (g_ptr_array_index (layer->children, i), class_name))
      return TRUE;
  return FALSE;
}

static gboolean
is_seed (const Name *name)
{
  for (guint i = 0; i < name->n; i++)
    if (g_str_has_prefix (name->parts[i], "seed_generator"))
      return TRUE;
  return FALSE;
}

gboolean
lstm_keras_is_no_weight (const gchar *text)
{
  Name name = { 0 };
  gboolean no_weight;

  name_init (&name, text);
  no_weight = is_seed (&name);
  name_clear (&name);
  return no_weight;
}

/* Seeds of dropouts, and how many samples a Normalization has seen. */
static void
pass_over (const KerasLayer *top, GArray *names)
{
  gboolean counts = has_class (top, "Normalization");

  for (guint i = 0; i < names->len; i++) {
    Name *name = &g_array_index (names, Name, i);

    if (is_seed (name) || (counts && strcmp (base_of (name), "count") == 0))
      name->used = TRUE;
  }
}

/* Where the parts begin that stand below a layer: behind its own name and those
 * of the models around it, as far as the file has them. */
static guint
find_below (const Name *name, const KerasLayer *layer)
{
  g_auto (GStrv) path = g_strsplit (layer->path, "/", -1);
  guint below = 0;

  for (guint p = 0; path[p] != NULL; p++) {
    for (guint i = below; i + 1 < name->n; i++) {
      if (strcmp (name->parts[i], path[p]) == 0) {
        below = i + 1;
        break;
      }
    }
  }
  return below;
}

static gboolean
has_part (const Name *name, guint from, const gchar *prefix)
{
  for (guint i = from; i + 1 < name->n; i++)
    if (g_str_has_prefix (name->parts[i], prefix))
      return TRUE;
  return FALSE;
}

/* Whether a name can be of the half of a Bidirectional that a weight is of:
 * "forward_layer/kernel" stands below "forward_lstm" and the like, if below
 * either. */
static gboolean
is_direction (const Name *name, const KerasWeight *weight)
{
  const gchar *wanted = lstm_weight_get_name (weight->weight);
  guint below = find_below (name, weight->layer);
  gboolean forward = has_part (name, below, "forward");
  gboolean backward = has_part (name, below, "backward");

  if (forward == backward)
    return TRUE;
  if (g_str_has_prefix (wanted, "forward_layer/"))
    return forward;
  return !g_str_has_prefix (wanted, "backward_layer/") || backward;
}

/* In the file's order, when every name ends as its weight is called. */
static gboolean
match_in_order (
    const GArray *weights, const GArray *order, GArray *names, guint *chosen)
{
  guint next = 0;

  for (guint i = 0; i < order->len; i++) {
    guint w = g_array_index (order, guint, i);
    const KerasWeight *weight = &g_array_index (weights, KerasWeight, w);

    while (next < names->len && g_array_index (names, Name, next).used)
      next++;
    if (next == names->len ||
        !is_variable (base_of (&g_array_index (names, Name, next)),
            wanted_base (weight)) ||
        !is_direction (&g_array_index (names, Name, next), weight))
      return FALSE;
    chosen[w] = next++;
  }
  while (next < names->len && g_array_index (names, Name, next).used)
    next++;
  return next == names->len;
}

/* A layer, or a model within a model, is one flat list: what is trained of all
 * that is within, then what is not. */
static GArray *
order_of (const KerasLayer *top, const GArray *weights, guint keras)
{
  GArray *order = g_array_new (FALSE, TRUE, sizeof (guint));
  g_autoptr (GArray) trained = lstm_keras_list_trained (top, keras);

  for (guint pass = 0; pass < 2; pass++) {
    for (guint i = 0; i < weights->len; i++) {
      if (g_array_index (trained, gboolean, i) == (pass == 0))
        g_array_append_val (order, i);
    }
  }
  return order;
}

/* How well a name suits a weight: the deeper its layer's name stands and the
 * more of the models around the layer come before it, the better. 0: not at
 * all. */
static guint
rate (const Name *name, const KerasWeight *weight, gboolean within_model)
{
  g_auto (GStrv) path = g_strsplit (weight->layer->path, "/", -1);
  guint at = NOT_FOUND, around = 0;

  if (strcmp (base_of (name), wanted_base (weight)) != 0 ||
      !is_direction (name, weight))
    return 0;
  if (!within_model)
    return 1;
  for (guint i = 0; i + 1 < name->n; i++)
    if (strcmp (name->parts[i], weight->layer->name) == 0)
      at = i;
  if (at == NOT_FOUND)
    return 0;
  for (guint p = 0, i = 0; path[p] != NULL && i < at; i++) {
    if (strcmp (name->parts[i], path[p]) == 0) {
      around++;
      p++;
    }
  }
  return 1 + (256 - MIN (name->n - at, 255)) * 64 + MIN (around, 63);
}

static gboolean
match_by_name (const GArray *weights, GArray *names, gboolean within_model,
    guint *chosen, guint *failed)
{
  for (guint w = 0; w < weights->len; w++) {
    const KerasWeight *weight = &g_array_index (weights, KerasWeight, w);
    guint best = 0, n_best = 0;

    for (guint i = 0; i < names->len; i++) {
      const Name *name = &g_array_index (names, Name, i);
      guint rating = name->used ? 0 : rate (name, weight, within_model);

      if (rating > best) {
        best = rating;
        n_best = 0;
        chosen[w] = i;
      }
      n_best += rating > 0 && rating == best;
    }
    if (n_best != 1) {
      *failed = w;
      return FALSE;
    }
    g_array_index (names, Name, chosen[w]).used = TRUE;
  }
  return TRUE;
}

static void
set_missing_error (const KerasWeight *weight, const gchar *const *names,
    const gchar *where, GError **error)
{
  g_autofree gchar *have = g_strjoinv (", ", (gchar **) names);
  g_autofree gchar *shape =
      lstm_shape_to_string (lstm_weight_get_shape (weight->weight));

  g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
      "layer '%s' (%s): weight '%s' %s is not in the file, or more than "
      "one could be it; %s has: %s",
      weight->layer->path, weight->layer->class_name,
      lstm_weight_get_name (weight->weight), shape, where,
      *have != '\0' ? have : "nothing");
}

static gboolean
check_all_used (const KerasLayer *top, const GArray *weights,
    const GArray *names, const gchar *const *texts, const gchar *where,
    GError **error)
{
  for (guint i = 0; i < names->len; i++) {
    if (g_array_index (names, Name, i).used)
      continue;
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
        "%s has the weight '%s', which layer '%s' (%s, %u weights) does "
        "not use; config and weights are of different models, or the layer "
        "is of a version that we do not know",
        where, texts[i], top->path, top->class_name, weights->len);
    return FALSE;
  }
  return TRUE;
}

static gboolean
match (const KerasLayer *top, const GArray *weights, guint keras, GArray *names,
    const gchar *const *texts, const gchar *where, guint *chosen,
    GError **error)
{
  gboolean within_model = top->children != NULL;
  g_autoptr (GArray) order = order_of (top, weights, keras);
  g_autofree gboolean *used = g_new0 (gboolean, names->len);
  guint failed = 0;

  if (!within_model && match_in_order (weights, order, names, chosen))
    return TRUE;
  for (guint i = 0; i < names->len; i++)
    used[i] = g_array_index (names, Name, i).used;
  if (match_by_name (weights, names, within_model, chosen, &failed))
    return check_all_used (top, weights, names, texts, where, error);
  for (guint i = 0; i < names->len; i++)
    g_array_index (names, Name, i).used = used[i];
  if (within_model && match_in_order (weights, order, names, chosen))
    return TRUE;
  set_missing_error (
      &g_array_index (weights, KerasWeight, failed), texts, where, error);
  return FALSE;
}

guint *
lstm_keras_match (const KerasLayer *top, const GArray *weights, guint keras,
    const gchar *const *texts, const gchar *where, GError **error)
{
  g_autoptr (GArray) names = g_array_new (FALSE, TRUE, sizeof (Name));
  g_autofree guint *chosen = g_new0 (guint, MAX (weights->len, 1));

  g_array_set_clear_func (names, name_clear);
  for (guint i = 0; texts[i] != NULL; i++) {
    Name name = { 0 };

    name_init (&name, texts[i]);
    g_array_append_val (names, name);
  }
  pass_over (top, names);
  return match (top, weights, keras, names, texts, where, chosen, error)
             ? g_steal_pointer (&chosen)
             : NULL;
}
