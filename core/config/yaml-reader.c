/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/yaml-reader.h"

#include <string.h>

#include <lstm/error.h>
#include <yaml.h>

typedef struct {
  LstmYaml *yaml;
  yaml_parser_t parser;
  const gchar *data;
  gsize length;
  GPtrArray *open; /* lists and mappings not yet closed, outer
                    * first; the nodes are the tree's */
} Reader;

static gboolean fail_at (Reader *reader, gsize line, gsize column,
    GError **error, const gchar *format, ...) G_GNUC_PRINTF (5, 6);

/* line and column count from 1 */
static gboolean
fail_at (Reader *reader, gsize line, gsize column, GError **error,
    const gchar *format, ...)
{
  g_autofree gchar *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_CONFIG,
      "%s:%" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT ": %s", reader->yaml->name,
      line, column, message);
  return FALSE;
}

static gboolean
fail_mark (Reader *reader, const yaml_mark_t *mark, GError **error,
    const gchar *message)
{
  return fail_at (
      reader, mark->line + 1, mark->column + 1, error, "%s", message);
}

/* libyaml's reader gives the offset of the byte that broke a character; the
 * character may start before it. */
static gboolean
fail_encoding (Reader *reader, GError **error)
{
  const guint8 *data = (const guint8 *) reader->data;
  gsize offset = MIN (reader->parser.problem_offset, reader->length);
  gsize line = 1, column = 1;
  const gchar *end;
  gsize i;

  g_utf8_validate_len (reader->data, reader->length, &end);
  offset = MIN (offset, (gsize) (end - reader->data));
  i = offset >= 3 && memcmp (data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  for (; i < offset; i++) {
    if (data[i] == '\n') {
      line++;
      column = 1;
    } else if ((data[i] & 0xc0) != 0x80) {
      column++;
    }
  }
  return fail_at (reader, line, column, error,
      "%s (byte 0x%02x): expected text in UTF-8", reader->parser.problem,
      offset < reader->length ? data[offset] : 0);
}

static gboolean
is_indented_by_tab (const Reader *reader, gsize line)
{
  const gchar *at = reader->data;
  const gchar *end = at + reader->length;

  for (; at && line > 0; line--) {
    at = memchr (at, '\n', end - at);
    at = at ? at + 1 : NULL;
  }
  while (at && at < end && *at == ' ')
    at++;
  return at && at < end && *at == '\t';
}

static gboolean
fail_syntax (Reader *reader, GError **error)
{
  const yaml_parser_t *parser = &reader->parser;
  const yaml_mark_t *mark = &parser->problem_mark;
  g_autofree gchar *context = NULL;
  const gchar *hint = "";

  if (is_indented_by_tab (reader, mark->line))
    hint = "; the line is indented by a tab: use spaces";
  if (parser->context)
    context = g_strdup_printf (" %s that starts on line %" G_GSIZE_FORMAT,
        parser->context, parser->context_mark.line + 1);
  return fail_at (reader, mark->line + 1, mark->column + 1, error, "%s%s%s",
      parser->problem, context ? context : "", hint);
}

static gboolean
fail_parser (Reader *reader, GError **error)
{
  switch (reader->parser.error) {
    case YAML_READER_ERROR:
      return fail_encoding (reader, error);
    case YAML_MEMORY_ERROR:
      return fail_at (
          reader, 1, 1, error, "not enough memory to read the file");
    default:
      return fail_syntax (reader, error);
  }
}

static gboolean
check_properties (Reader *reader, const yaml_event_t *event,
    const yaml_char_t *anchor, const yaml_char_t *tag, GError **error)
{
  if (anchor)
    return fail_mark (reader, &event->start_mark, error,
        "found an anchor (&): anchors and aliases are not read here, write the "
        "value out where it is used");
  if (tag)
    return fail_mark (reader, &event->start_mark, error,
        "found a tag (!): tags are not read here, remove it; quotes make a "
        "value a string");
  return TRUE;
}

static gboolean
check_limits (Reader *reader, const yaml_event_t *event, GError **error)
{
  gsize line = event->start_mark.line + 1;
  gsize column = event->start_mark.column + 1;

  if (reader->yaml->nodes->len >= LSTM_YAML_MAX_NODES)
    return fail_at (reader, line, column, error,
        "the file holds more than %d values: it is no configuration",
        LSTM_YAML_MAX_NODES);
  if (reader->open->len >= LSTM_YAML_MAX_DEPTH)
    return fail_at (reader, line, column, error,
        "nested more than %d deep: it is no configuration",
        LSTM_YAML_MAX_DEPTH);
  return TRUE;
}

static gboolean
add_key (LstmYamlNode *mapping, LstmYamlNode *key, GError **error)
{
  g_autofree gchar *text = NULL;
  guint first;

  if (key->type != LSTM_YAML_SCALAR)
    return lstm_yaml_fail (key, error, "found a %s as a key, expected a name",
        key->type == LSTM_YAML_LIST ? "list" : "mapping");
  if (!mapping->index) {
    mapping->keys = g_ptr_array_new ();
    mapping->index = g_hash_table_new (g_str_hash, g_str_equal);
  }
  first = GPOINTER_TO_UINT (g_hash_table_lookup (mapping->index, key->text));
  if (first > 0) {
    text = lstm_yaml_quote (key->text);
    return lstm_yaml_fail (key, error,
        "duplicate key %s: it stands on line %u already, keep one of the two",
        text, lstm_yaml_get_key (mapping, first - 1)->line);
  }
  g_ptr_array_add (mapping->keys, key);
  g_hash_table_insert (
      mapping->index, key->text, GUINT_TO_POINTER (mapping->keys->len));
  return TRUE;
}

/* Hangs @node where the events so far lead: the root, a list's next item, a
 * mapping's next key or that key's value. */
static gboolean
attach (Reader *reader, LstmYamlNode *node, GError **error)
{
  LstmYamlNode *parent;

  if (reader->open->len == 0) {
    reader->yaml->root = node;
    return TRUE;
  }
  parent = g_ptr_array_index (reader->open, reader->open->len - 1);
  if (parent->type == LSTM_YAML_MAPPING &&
      (!parent->keys || parent->keys->len == lstm_yaml_get_n_items (parent)))
    return add_key (parent, node, error);
  if (!parent->items)
    parent->items = g_ptr_array_new ();
  g_ptr_array_add (parent->items, node);
  return TRUE;
}

static LstmYamlNode *
add_node (Reader *reader, const yaml_event_t *event, LstmYamlType type)
{
  LstmYamlNode *node = g_new0 (LstmYamlNode, 1);

  node->yaml = reader->yaml;
  node->type = type;
  node->line = event->start_mark.line + 1;
  node->column = event->start_mark.column + 1;
  g_ptr_array_add (reader->yaml->nodes, node);
  return node;
}

static gboolean
take_scalar (Reader *reader, const yaml_event_t *event, GError **error)
{
  const gchar *value = (const gchar *) event->data.scalar.value;
  gsize length = event->data.scalar.length;
  LstmYamlNode *node;

  if (!check_properties (reader, event, event->data.scalar.anchor,
          event->data.scalar.tag, error) ||
      !check_limits (reader, event, error))
    return FALSE;
  if (memchr (value, '\0', length))
    return fail_mark (reader, &event->start_mark, error,
        "found a NUL character in a string, which nothing here can hold");
  node = add_node (reader, event, LSTM_YAML_SCALAR);
  node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
  node->text = g_strndup (value, length);
  return attach (reader, node, error);
}

static gboolean
take_container (Reader *reader, const yaml_event_t *event, LstmYamlType type,
    const yaml_char_t *anchor, const yaml_char_t *tag, GError **error)
{
  LstmYamlNode *node;

  if (!check_properties (reader, event, anchor, tag, error) ||
      !check_limits (reader, event, error))
    return FALSE;
  node = add_node (reader, event, type);
  if (!attach (reader, node, error))
    return FALSE;
  g_ptr_array_add (reader->open, node);
  return TRUE;
}

static gboolean
take_event (Reader *reader, const yaml_event_t *event, GError **error)
{
  switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
      if (reader->yaml->root)
        return fail_mark (reader, &event->start_mark, error,
            "a second document starts here: a file holds one, remove the '---' "
            "and what follows");
      return TRUE;
    case YAML_ALIAS_EVENT:
      return fail_mark (reader, &event->start_mark, error,
          "found an alias (*): anchors and aliases are not read here, write "
          "the value out; a name that starts with * needs quotes");
    case YAML_SCALAR_EVENT:
      return take_scalar (reader, event, error);
    case YAML_SEQUENCE_START_EVENT:
      return take_container (reader, event, LSTM_YAML_LIST,
          event->data.sequence_start.anchor, event->data.sequence_start.tag,
          error);
    case YAML_MAPPING_START_EVENT:
      return take_container (reader, event, LSTM_YAML_MAPPING,
          event->data.mapping_start.anchor, event->data.mapping_start.tag,
          error);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
      g_ptr_array_set_size (reader->open, reader->open->len - 1);
      return TRUE;
    default:
      return TRUE;
  }
}

static gboolean
read_events (Reader *reader, GError **error)
{
  gboolean done = FALSE;

  while (!done) {
    yaml_event_t event;
    gboolean ok;

    if (!yaml_parser_parse (&reader->parser, &event))
      return fail_parser (reader, error);
    done = event.type == YAML_STREAM_END_EVENT;
    ok = take_event (reader, &event, error);
    yaml_event_delete (&event);
    if (!ok)
      return FALSE;
  }
  if (!reader->yaml->root)
    return fail_at (reader, 1, 1, error, "the file is empty%s",
        reader->length > 0 ? " but for comments and blanks" : "");
  return TRUE;
}

gboolean
lstm_yaml_read_tree (
    LstmYaml *yaml, const gchar *data, gsize length, GError **error)
{
  Reader reader = { .yaml = yaml, .data = data, .length = length };
  gboolean ok;

  if (length >= 2 &&
      (memcmp (data, "\xff\xfe", 2) == 0 || memcmp (data, "\xfe\xff", 2) == 0))
    return fail_at (&reader, 1, 1, error,
        "the file is in UTF-16, expected UTF-8: save it in that encoding");
  if (!yaml_parser_initialize (&reader.parser))
    return fail_at (&reader, 1, 1, error, "not enough memory to read the file");
  yaml_parser_set_input_string (
      &reader.parser, (const unsigned char *) data, length);
  reader.open = g_ptr_array_new ();
  ok = read_events (&reader, error);
  g_ptr_array_unref (reader.open);
  yaml_parser_delete (&reader.parser);
  return ok;
}
