/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "json.h"

#include <math.h>

void
tool_json_string (JsonBuilder *json, const gchar *name, const gchar *value)
{
  json_builder_set_member_name (json, name);
  if (value != NULL)
    json_builder_add_string_value (json, value);
  else
    json_builder_add_null_value (json);
}

void
tool_json_int (JsonBuilder *json, const gchar *name, guint64 value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, (gint64) MIN (value, G_MAXINT64));
}

void
tool_json_double (JsonBuilder *json, const gchar *name, gdouble value)
{
  json_builder_set_member_name (json, name);
  tool_json_add_double (json, value);
}

void
tool_json_bool (JsonBuilder *json, const gchar *name, gboolean value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_boolean_value (json, value);
}

void
tool_json_add_double (JsonBuilder *json, gdouble value)
{
  if (isfinite (value))
    json_builder_add_double_value (json, value);
  else
    json_builder_add_null_value (json);
}

static void
add_dim (JsonBuilder *json, gint64 dim)
{
  if (dim < 0)
    json_builder_add_null_value (json);
  else
    json_builder_add_int_value (json, dim);
}

void
tool_json_shape (JsonBuilder *json, const LstmShape *shape, gint64 batch)
{
  json_builder_begin_array (json);
  add_dim (json, batch);
  for (guint i = 0; i < shape->rank; i++)
    add_dim (json, shape->dims[i]);
  json_builder_end_array (json);
}

void
tool_json_print (JsonBuilder *json)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  g_autofree gchar *text = NULL;

  json_generator_set_pretty (generator, TRUE);
  json_generator_set_root (generator, root);
  text = json_generator_to_data (generator, NULL);
  g_print ("%s\n", text);
}
