/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-mask.h"

#include "keras-operation.h"

#include "engine/layers/layers.h"

#include <string.h>

void
lstm_keras_mask_free (KerasMask *mask)
{
  g_array_unref (mask->parts);
  g_free (mask);
}

static KerasMask *
mask_new (guint rank, gboolean wide)
{
  KerasMask *mask = g_new0 (KerasMask, 1);

  mask->parts = g_array_new (FALSE, FALSE, sizeof (guint));
  mask->rank = rank;
  mask->wide = wide;
  return mask;
}

static guint
number_of (KerasReader *reader, const gchar *text)
{
  guint n = g_hash_table_size (reader->texts) + 1;
  gpointer found = g_hash_table_lookup (reader->texts, text);

  if (found != NULL)
    return GPOINTER_TO_UINT (found);
  g_hash_table_insert (reader->texts, g_strdup (text), GUINT_TO_POINTER (n));
  return n;
}

/* 1 everywhere: no other part changes that. */
static guint
ones (KerasReader *reader)
{
  return number_of (reader, "ones");
}

static gboolean
is_ones (KerasReader *reader, const GArray *parts)
{
  return parts->len == 1 && g_array_index (parts, guint, 0) == ones (reader);
}

static void
add_part (KerasReader *reader, GArray *parts, guint part)
{
  guint at = 0;

  if (is_ones (reader, parts))
    return;
  if (part == ones (reader))
    g_array_set_size (parts, 0);
  while (at < parts->len && g_array_index (parts, guint, at) < part)
    at++;
  if (at == parts->len || g_array_index (parts, guint, at) != part)
    g_array_insert_val (parts, at, part);
}

static void
add_parts (KerasReader *reader, GArray *parts, const GArray *more)
{
  for (guint i = 0; i < more->len; i++)
    add_part (reader, parts, g_array_index (more, guint, i));
}

static void add_text (KerasReader *reader, GArray *parts, const gchar *format,
    ...) G_GNUC_PRINTF (3, 4);

static void
add_text (KerasReader *reader, GArray *parts, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  add_part (reader, parts, number_of (reader, text));
}

/* One number for all parts of a mask. */
static guint
number_of_parts (KerasReader *reader, const GArray *parts)
{
  g_autoptr (GString) text = g_string_new ("or");

  for (guint i = 0; i < parts->len; i++)
    g_string_append_printf (text, " %u", g_array_index (parts, guint, i));
  return number_of (reader, text->str);
}

/* ---- operations ---- */

static gint64
get_axis (const KerasLayer *operation, guint rank)
{
  JsonNode *node =
      json_object_get_member (json_node_get_object (operation->config), "axis");
  gint64 axis = lstm_keras_json_is_int (node) ? json_node_get_int (node) : -1;

  return axis < 0 ? axis + rank : axis;
}

static gboolean
keeps_dims (const KerasLayer *operation)
{
  JsonNode *node = json_object_get_member (
      json_node_get_object (operation->config), "keepdims");

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
         json_node_get_boolean (node);
}

static gboolean
are_masks (const KerasOperand *operands, guint n, gboolean wide)
{
  for (guint i = 0; i < n; i++) {
    const KerasMask *mask = operands[i].mask;

    if (mask == NULL || mask->wide != wide ||
        mask->rank != operands[0].mask->rank)
      return FALSE;
  }
  return TRUE;
}

static KerasMask *
copy_as (KerasReader *reader, const KerasMask *mask, guint rank, gboolean wide)
{
  KerasMask *copy = mask_new (rank, wide);

  add_parts (reader, copy->parts, mask->parts);
  return copy;
}

/* Of what repeats a mask for each feature, that mask; else of a comparison. */
static KerasMask *
operate_any (
    KerasReader *reader, const KerasLayer *operation, const KerasMask *in)
{
  KerasMask *mask;

  if (in == NULL || keeps_dims (operation) || in->rank < 2 ||
      get_axis (operation, in->rank) != in->rank - 1)
    return NULL;
  if (in->wide)
    return copy_as (reader, in, in->rank - 1, FALSE);
  if (in->parts->len != 1)
    return NULL;
  mask = mask_new (in->rank - 1, FALSE);
  add_text (reader, mask->parts, "any %u", g_array_index (in->parts, guint, 0));
  return mask;
}

static KerasMask *
operate_concatenate (KerasReader *reader, const KerasLayer *operation,
    const KerasOperand *operands, guint n)
{
  guint rank = operands[0].mask != NULL ? operands[0].mask->rank : 0;
  gint64 axis = get_axis (operation, rank);
  KerasMask *mask;
  g_autoptr (GString) text = g_string_new (NULL);

  if (!are_masks (operands, n, TRUE) || axis < 1 || axis >= rank)
    return NULL;
  mask = mask_new (rank, TRUE);
  for (guint i = 0; axis == rank - 1 && i < n; i++)
    add_parts (reader, mask->parts, operands[i].mask->parts);
  if (axis == rank - 1)
    return mask;
  g_string_printf (text, "along %d", (gint) axis);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (
        text, " %u", number_of_parts (reader, operands[i].mask->parts));
  add_part (reader, mask->parts, number_of (reader, text->str));
  return mask;
}

static guint
rank_of (KerasReader *reader, LstmValueId value)
{
  return lstm_model_builder_get_shape (reader->builder, value)->rank + 1;
}

static KerasMask *
operate_not_equal (KerasReader *reader, const KerasLayer *operation,
    const KerasOperand *operands, guint n)
{
  KerasMask *mask;

  if (n != 1 || operands[0].mask != NULL || operation->n_constants != 1)
    return NULL;
  mask = mask_new (rank_of (reader, operands[0].value), FALSE);
  add_text (reader, mask->parts, "ne %u %.9g", operands[0].value,
      (gdouble) (gfloat) operation->constant);
  return mask;
}

static KerasMask *
operate_or (KerasReader *reader, const KerasOperand *operands, guint n)
{
  KerasMask *mask;

  if (n != 2 || operands[0].mask == NULL ||
      !are_masks (operands, n, operands[0].mask->wide))
    return NULL;
  mask = copy_as (
      reader, operands[0].mask, operands[0].mask->rank, operands[0].mask->wide);
  add_parts (reader, mask->parts, operands[1].mask->parts);
  return mask;
}

static KerasMask *
operate (KerasReader *reader, const KerasLayer *operation,
    const KerasOperand *operands, guint n)
{
  const gchar *name = operation->class_name;
  const KerasMask *first = operands[0].mask;
  KerasMask *mask;

  if (strcmp (name, "NotEqual") == 0)
    return operate_not_equal (reader, operation, operands, n);
  if (strcmp (name, "LogicalOr") == 0)
    return operate_or (reader, operands, n);
  if (strcmp (name, "Concatenate") == 0)
    return operate_concatenate (reader, operation, operands, n);
  if (n != 1)
    return NULL;
  if (strcmp (name, "Any") == 0)
    return operate_any (reader, operation, first);
  if (g_str_has_suffix (name, "Like")) {
    if (first != NULL)
      return NULL;
    mask = mask_new (rank_of (reader, operands[0].value), TRUE);
    if (strcmp (name, "OnesLike") == 0)
      add_part (reader, mask->parts, ones (reader));
    return mask;
  }
  if (first == NULL)
    return NULL;
  if (strcmp (name, "BroadcastTo") == 0)
    return first->wide ? copy_as (reader, first, first->rank, TRUE) : NULL;
  return !first->wide && get_axis (operation, first->rank + 1) == first->rank
             ? copy_as (reader, first, first->rank + 1, TRUE)
             : NULL;
}

KerasMask *
lstm_keras_mask_operate (KerasReader *reader, const KerasLayer *operation,
    const KerasOperand *operands, guint n, GError **error)
{
  KerasMask *mask = n > 0 ? operate (reader, operation, operands, n) : NULL;

  if (mask == NULL)
    lstm_keras_operation_refuse (operation,
        ", and no part of a mask as Masking and Embedding make them", error);
  return mask;
}

/* ---- the engine's masks ---- */

static const GArray *parts_of (KerasReader *reader, LstmValueId mask);

static gdouble
mask_value (KerasReader *reader, const LstmLayer *layer)
{
  const KerasLayer *masking = g_hash_table_lookup (reader->layers, layer);
  JsonNode *node = masking != NULL ? json_object_get_member (
                                         json_node_get_object (masking->config),
                                         "mask_value")
                                   : NULL;

  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
             ? json_node_get_double (node)
             : 0.0;
}

static void
add_joined (KerasReader *reader, GArray *parts, const LstmNode *node)
{
  const LstmShape *shape =
      lstm_model_builder_get_shape (reader->builder, node->inputs[0]);
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_printf (
      text, "along %d", lstm_concatenate_axis (node->layer, shape) + 1);
  for (guint i = 0; i < node->n_inputs; i++)
    g_string_append_printf (text, " %u",
        number_of_parts (reader, parts_of (reader, node->inputs[i])));
  add_part (reader, parts, number_of (reader, text->str));
}

static GArray *
find_parts (KerasReader *reader, LstmValueId mask)
{
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (guint));
  LstmModel *model = lstm_model_builder_peek (reader->builder);
  const LstmNode *node = lstm_model_value (model, mask)->producer;
  const LstmLayerClass *klass = node != NULL ? node->layer->klass : NULL;

  if (klass == &lstm_layer_embedding) {
    add_text (reader, parts, "ne %u 0", node->inputs[0]);
  } else if (klass == &lstm_layer_masking) {
    g_autofree gchar *text = g_strdup_printf ("ne %u %.9g", node->inputs[0],
        (gdouble) (gfloat) mask_value (reader, node->layer));

    add_text (reader, parts, "any %u", number_of (reader, text));
  } else if (klass == &lstm_layer_maximum) {
    for (guint i = 0; i < node->n_inputs; i++)
      add_parts (reader, parts, parts_of (reader, node->inputs[i]));
  } else if (klass == &lstm_layer_all_steps) {
    add_part (reader, parts, ones (reader));
  } else if (klass == &lstm_layer_concatenate) {
    add_joined (reader, parts, node);
  } else {
    add_text (reader, parts, "value %u", mask);
  }
  return parts;
}

/* Each mask is looked at once: a mask of masks may hold the same one often. */
static const GArray *
parts_of (KerasReader *reader, LstmValueId mask)
{
  gpointer key = GUINT_TO_POINTER (mask + 1);
  GArray *parts = g_hash_table_lookup (reader->masks, key);

  if (parts == NULL) {
    parts = find_parts (reader, mask);
    g_hash_table_insert (reader->masks, key, parts);
  }
  return parts;
}

gboolean
lstm_keras_mask_is_of (
    KerasReader *reader, const KerasMask *mask, LstmValueId value)
{
  LstmModel *model = lstm_model_builder_peek (reader->builder);
  gint own = lstm_model_value (model, value)->mask;
  const GArray *parts;

  if (mask->wide)
    return FALSE;
  if (own < 0)
    return is_ones (reader, mask->parts);
  parts = parts_of (reader, (LstmValueId) own);
  return parts->len == mask->parts->len &&
         memcmp (parts->data, mask->parts->data, parts->len * sizeof (guint)) ==
             0;
}
