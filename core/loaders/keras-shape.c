/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-private.h"

static gboolean
parse_axis (JsonNode *node, const gchar *where, gint64 *length, GError **error)
{
  if (JSON_NODE_HOLDS_NULL (node)) {
    *length = LSTM_DIM_UNKNOWN;
    return TRUE;
  }
  *length = lstm_keras_json_is_int (node) ? json_node_get_int (node) : 0;
  if (*length >= 1 && *length <= G_MAXINT32)
    return TRUE;
  if (lstm_keras_json_is_int (node))
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "%s: an axis has length %" G_GINT64_FORMAT "; expected 1 to %d, or "
        "null",
        where, *length, G_MAXINT32);
  else
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "%s: an axis's length is %s; expected a whole number or null", where,
        lstm_keras_json_kind (node));
  return FALSE;
}

static gboolean
parse_shape (JsonNode *node, const gchar *where, LstmShape *shape,
    gint64 *batch, GError **error)
{
  JsonArray *list = lstm_keras_json_list (node);
  guint n;

  if (list == NULL) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "%s is %s; expected a list such as [null, steps, features]", where,
        lstm_keras_json_kind (node));
    return FALSE;
  }
  n = json_array_get_length (list);
  if (n < 1 || n > LSTM_MAX_RANK + 1) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "%s has %u axes; expected 1 to %d, the batch axis counted", where, n,
        LSTM_MAX_RANK + 1);
    return FALSE;
  }
  *shape = (LstmShape){ .rank = n - 1 };
  for (guint i = 0; i < n; i++) {
    if (!parse_axis (json_array_get_element (list, i), where,
            i == 0 ? batch : &shape->dims[i - 1], error))
      return FALSE;
  }
  return TRUE;
}

gboolean
lstm_keras_input_shape (const KerasLayer *layer, LstmShape *shape,
    gint64 *batch, gboolean *found, GError **error)
{
  static const gchar *const keys[] = {
    "batch_shape",
    "batch_input_shape",
    "build_input_shape",
  };

  *found = FALSE;
  if (!JSON_NODE_HOLDS_OBJECT (layer->config))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    JsonNode *node =
        json_object_get_member (json_node_get_object (layer->config), keys[i]);
    g_autofree gchar *where = NULL;

    if (node == NULL || JSON_NODE_HOLDS_NULL (node))
      continue;
    where = g_strdup_printf ("layer '%s': %s", layer->name, keys[i]);
    *found = TRUE;
    if (!parse_shape (node, where, shape, batch, error))
      return FALSE;
    if (i == 2)
      *batch = LSTM_DIM_UNKNOWN;
    return TRUE;
  }
  return TRUE;
}
