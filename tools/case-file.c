/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "case-file.h"

#include <json-glib/json-glib.h>
#include <lstm/error.h>

#define MAX_CASE_BYTES 1048576
#define MAX_CASE_DEPTH 64

/* The parser is recursive: text that goes too deep is not given to it. */
static gboolean
is_shallow (const gchar *text)
{
  gint depth = 0;

  for (; *text != '\0' && depth <= MAX_CASE_DEPTH; text++) {
    depth += *text == '[' || *text == '{';
    depth -= *text == ']' || *text == '}';
  }
  return depth <= MAX_CASE_DEPTH;
}

static JsonArray *
find_calls (JsonParser *parser, const gchar *text, gsize length)
{
  JsonNode *root, *calls;

  if (length > MAX_CASE_BYTES || !is_shallow (text) ||
      !json_parser_load_from_data (parser, text, (gssize) length, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return NULL;
  calls = json_object_get_member (json_node_get_object (root), "calls");
  return calls != NULL && JSON_NODE_HOLDS_ARRAY (calls)
             ? json_node_get_array (calls)
             : NULL;
}

gboolean
tool_case_read_resets (const gchar *path, const gchar *text, gsize length,
    guint n_calls, gboolean *resets, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *calls = find_calls (parser, text, length);

  if (calls == NULL || json_array_get_length (calls) != n_calls) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "%s: expected {\"calls\": [{\"reset_before\": false}, ...]} with an "
        "entry for each of %u calls",
        path, n_calls);
    return FALSE;
  }
  for (guint i = 0; i < n_calls; i++) {
    JsonNode *call = json_array_get_element (calls, i);

    if (JSON_NODE_HOLDS_OBJECT (call))
      resets[i] = json_object_get_boolean_member_with_default (
          json_node_get_object (call), "reset_before", FALSE);
  }
  return TRUE;
}
