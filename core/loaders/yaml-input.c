/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "yaml-input.h"

#include "config/yaml-values.h"

static gboolean
read_axis (
    const LstmYamlNode *node, const gchar *what, gint64 *length, GError **error)
{
  guint n;

  *length = LSTM_DIM_UNKNOWN;
  if (lstm_yaml_is_null (node))
    return TRUE;
  if (!lstm_yaml_read_uint (node, what, 1, G_MAXINT32, &n, error))
    return FALSE;
  *length = n;
  return TRUE;
}

/* With @batch the first axis is the batch. */
static gboolean
read_shape (const LstmYamlNode *node, const gchar *what, LstmShape *shape,
    gint64 *batch, GError **error)
{
  guint skip = batch != NULL, n;

  if (node->type != LSTM_YAML_LIST)
    return lstm_yaml_fail_type (node, what,
        batch != NULL ? "a list such as [null, null, 25]: batch, steps, "
                        "features"
                      : "a list such as [null, 25]: steps, features",
        error);
  n = lstm_yaml_get_n_items (node);
  if (n <= skip || n - skip > LSTM_MAX_RANK)
    return lstm_yaml_fail (node, error,
        "%s: found %u axes, expected %u to %u%s", what, n, 1 + skip,
        LSTM_MAX_RANK + skip, skip ? ", the batch counted" : "");
  shape->rank = n - skip;
  for (guint i = 0; i < n; i++)
    if (!read_axis (lstm_yaml_get_item (node, i), what,
            i < skip ? batch : &shape->dims[i - skip], error))
      return FALSE;
  return TRUE;
}

gboolean
lstm_yaml_input_read (YamlEntry *entry, GError **error)
{
  enum { SHAPE, BATCH_SHAPE, BATCH_SIZE, NAME, DTYPE };
  static const LstmYamlKey keys[] = {
    { "shape", FALSE },
    { "batch_shape", FALSE },
    { "batch_size", FALSE },
    { "name", FALSE },
    { "dtype", FALSE },
  };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)] = { NULL };

  entry->kind = YAML_INPUT;
  entry->batch = LSTM_DIM_UNKNOWN;
  if (entry->options != NULL &&
      !lstm_yaml_read_mapping (
          entry->options, "input", keys, G_N_ELEMENTS (keys), values, error))
    return FALSE;
  if (values[BATCH_SHAPE] != NULL &&
      (values[SHAPE] != NULL || values[BATCH_SIZE] != NULL))
    return lstm_yaml_fail (values[BATCH_SHAPE], error,
        "input: found batch_shape beside %s, which it is instead of",
        values[SHAPE] != NULL ? "shape" : "batch_size");
  if ((values[NAME] != NULL &&
          lstm_yaml_read_string (values[NAME], "name", error) == NULL) ||
      (values[DTYPE] != NULL &&
          lstm_yaml_read_string (values[DTYPE], "dtype", error) == NULL))
    return FALSE;
  if (values[BATCH_SHAPE] != NULL)
    return read_shape (values[BATCH_SHAPE], "batch_shape", &entry->shape,
        &entry->batch, error);
  return (values[SHAPE] == NULL ||
             read_shape (values[SHAPE], "shape", &entry->shape, NULL, error)) &&
         (values[BATCH_SIZE] == NULL ||
             read_axis (
                 values[BATCH_SIZE], "batch_size", &entry->batch, error));
}
