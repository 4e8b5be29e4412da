/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "json.h"

#include <math.h>

#define INDENT 2

struct _ToolJson {
  GString *text;
  guint depth;
  gboolean empty;  /* nothing stands yet in the list or object */
  gboolean member; /* a name stands before the next value */
  gboolean line;   /* all in one */
};

ToolJson *
tool_json_new (void)
{
  ToolJson *json = g_new0 (ToolJson, 1);

  json->text = g_string_new (NULL);
  json->empty = TRUE;
  return json;
}

ToolJson *
tool_json_new_line (void)
{
  ToolJson *json = tool_json_new ();

  json->line = TRUE;
  return json;
}

void
tool_json_free (ToolJson *json)
{
  g_string_free (json->text, TRUE);
  g_free (json);
}

static void
new_line (ToolJson *json)
{
  if (json->line)
    return;
  g_string_append_printf (json->text, "\n%*s", (gint) json->depth * INDENT, "");
}

/* What goes before a value or a member. */
static void
separate (ToolJson *json)
{
  if (json->member) {
    json->member = FALSE;
    return;
  }
  if (!json->empty)
    g_string_append_c (json->text, ',');
  if (json->depth > 0)
    new_line (json);
  json->empty = FALSE;
}

static void
begin (ToolJson *json, gchar bracket)
{
  separate (json);
  g_string_append_c (json->text, bracket);
  json->depth++;
  json->empty = TRUE;
}

static void
end (ToolJson *json, gchar bracket)
{
  json->depth--;
  if (!json->empty)
    new_line (json);
  g_string_append_c (json->text, bracket);
  json->empty = FALSE;
}

void
tool_json_begin_object (ToolJson *json)
{
  begin (json, '{');
}

void
tool_json_end_object (ToolJson *json)
{
  end (json, '}');
}

void
tool_json_begin_array (ToolJson *json)
{
  begin (json, '[');
}

void
tool_json_end_array (ToolJson *json)
{
  end (json, ']');
}

static void
append_quoted (GString *text, const gchar *value)
{
  g_string_append_c (text, '"');
  for (; *value; value++) {
    if (*value == '"' || *value == '\\')
      g_string_append_printf (text, "\\%c", *value);
    else if ((guchar) *value < 0x20 || *value == 0x7f)
      g_string_append_printf (text, "\\u%04x", (guint) *value);
    else
      g_string_append_c (text, *value);
  }
  g_string_append_c (text, '"');
}

void
tool_json_member (ToolJson *json, const gchar *name)
{
  separate (json);
  append_quoted (json->text, name);
  g_string_append (json->text, json->line ? ":" : ": ");
  json->member = TRUE;
}

void
tool_json_add_string (ToolJson *json, const gchar *value)
{
  separate (json);
  append_quoted (json->text, value);
}

void
tool_json_add_int (ToolJson *json, gint64 value)
{
  separate (json);
  g_string_append_printf (json->text, "%" G_GINT64_FORMAT, value);
}

void
tool_json_add_double (ToolJson *json, gdouble value)
{
  gchar buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value)) {
    tool_json_add_null (json);
    return;
  }
  separate (json);
  g_string_append (json->text, g_ascii_dtostr (buffer, sizeof buffer, value));
}

void
tool_json_add_bool (ToolJson *json, gboolean value)
{
  separate (json);
  g_string_append (json->text, value ? "true" : "false");
}

void
tool_json_add_null (ToolJson *json)
{
  separate (json);
  g_string_append (json->text, "null");
}

void
tool_json_string (ToolJson *json, const gchar *name, const gchar *value)
{
  tool_json_member (json, name);
  if (value != NULL)
    tool_json_add_string (json, value);
  else
    tool_json_add_null (json);
}

void
tool_json_int (ToolJson *json, const gchar *name, guint64 value)
{
  tool_json_member (json, name);
  tool_json_add_int (json, (gint64) MIN (value, G_MAXINT64));
}

void
tool_json_double (ToolJson *json, const gchar *name, gdouble value)
{
  tool_json_member (json, name);
  tool_json_add_double (json, value);
}

void
tool_json_bool (ToolJson *json, const gchar *name, gboolean value)
{
  tool_json_member (json, name);
  tool_json_add_bool (json, value);
}

static void
add_dim (ToolJson *json, gint64 dim)
{
  if (dim < 0)
    tool_json_add_null (json);
  else
    tool_json_add_int (json, dim);
}

void
tool_json_shape (ToolJson *json, const LstmShape *shape, gint64 batch)
{
  tool_json_begin_array (json);
  add_dim (json, batch);
  for (guint i = 0; i < shape->rank; i++)
    add_dim (json, shape->dims[i]);
  tool_json_end_array (json);
}

gchar *
tool_json_to_string (const ToolJson *json)
{
  return g_strdup (json->text->str);
}

void
tool_json_print (ToolJson *json)
{
  g_print ("%s\n", json->text->str);
}
