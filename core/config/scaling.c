/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/scaling.h"

#include "config/min-max.h"
#include "config/yaml-schema.h"

LstmScaling *
lstm_scaling_read (
    const LstmYamlNode *node, const gchar *const *features, GError **error)
{
  static const gchar *const methods[] = { "min-max", NULL };
  static LstmScaling *(*const read[]) (
      const LstmYamlNode *, const gchar *const *, GError **) = {
    lstm_min_max_read,
  };
  const LstmYamlNode *value;
  guint method;

  if (!lstm_yaml_read_one_of (node, "scaling", methods, &method, &value, error))
    return NULL;
  return read[method](value, features, error);
}

void
lstm_scaling_free (LstmScaling *scaling)
{
  g_free ((gpointer) scaling->offset);
  g_free ((gpointer) scaling->divisor);
  g_free (scaling);
}
