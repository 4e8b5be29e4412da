/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "save/yaml-text.h"

#include <string.h>

#include <yaml.h>

#define WIDTH 100

struct _LstmYamlText {
  yaml_emitter_t emitter;
  GString *out;
  gboolean failed;
};

static int
append (void *data, unsigned char *buffer, size_t size)
{
  g_string_append_len (
      ((LstmYamlText *) data)->out, (const gchar *) buffer, (gssize) size);
  return 1;
}

/* Takes the event. After a failure nothing more is emitted. */
static void
emit (LstmYamlText *text, yaml_event_t *event, int made)
{
  if (!made)
    text->failed = TRUE;
  else if (text->failed)
    yaml_event_delete (event);
  else if (!yaml_emitter_emit (&text->emitter, event))
    text->failed = TRUE;
}

LstmYamlText *
lstm_yaml_text_new (void)
{
  LstmYamlText *text = g_new0 (LstmYamlText, 1);
  yaml_event_t event;

  text->out = g_string_new (NULL);
  text->failed = !yaml_emitter_initialize (&text->emitter);
  if (text->failed)
    return text;
  yaml_emitter_set_output (&text->emitter, append, text);
  yaml_emitter_set_unicode (&text->emitter, 1);
  yaml_emitter_set_width (&text->emitter, WIDTH);
  emit (text, &event,
      yaml_stream_start_event_initialize (&event, YAML_UTF8_ENCODING));
  emit (text, &event,
      yaml_document_start_event_initialize (&event, NULL, NULL, NULL, 1));
  return text;
}

void
lstm_yaml_text_free (LstmYamlText *text)
{
  yaml_emitter_delete (&text->emitter);
  g_string_free (text->out, TRUE);
  g_free (text);
}

void
lstm_yaml_text_open_list (LstmYamlText *text, gboolean flow)
{
  yaml_event_t event;

  emit (text, &event,
      yaml_sequence_start_event_initialize (&event, NULL, NULL, 1,
          flow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE));
}

void
lstm_yaml_text_close_list (LstmYamlText *text)
{
  yaml_event_t event;

  emit (text, &event, yaml_sequence_end_event_initialize (&event));
}

void
lstm_yaml_text_open_mapping (LstmYamlText *text, gboolean flow)
{
  yaml_event_t event;

  emit (text, &event,
      yaml_mapping_start_event_initialize (&event, NULL, NULL, 1,
          flow ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE));
}

void
lstm_yaml_text_close_mapping (LstmYamlText *text)
{
  yaml_event_t event;

  emit (text, &event, yaml_mapping_end_event_initialize (&event));
}

static void
add_scalar (LstmYamlText *text, const gchar *scalar, yaml_scalar_style_t style)
{
  yaml_event_t event;

  emit (text, &event,
      yaml_scalar_event_initialize (&event, NULL, NULL, (yaml_char_t *) scalar,
          (int) strlen (scalar), style == YAML_PLAIN_SCALAR_STYLE,
          style != YAML_PLAIN_SCALAR_STYLE, style));
}

/* A word that no reader of YAML takes for anything but a string. */
static gboolean
is_plain (const gchar *string)
{
  static const gchar *const others[] = { "null", "true", "false", "yes", "no",
    "on", "off", "y", "n", NULL };
  g_autofree gchar *lower = g_ascii_strdown (string, -1);

  if (!g_ascii_isalpha (*string) || g_strv_contains (others, lower))
    return FALSE;
  for (; *string != '\0'; string++)
    if (!g_ascii_isalnum (*string) && strchr ("_-./", *string) == NULL)
      return FALSE;
  return TRUE;
}

void
lstm_yaml_text_add_string (LstmYamlText *text, const gchar *string)
{
  add_scalar (text, string,
      is_plain (string) ? YAML_PLAIN_SCALAR_STYLE
                        : YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

void
lstm_yaml_text_add_boolean (LstmYamlText *text, gboolean value)
{
  add_scalar (text, value ? "true" : "false", YAML_PLAIN_SCALAR_STYLE);
}

void
lstm_yaml_text_add_whole (LstmYamlText *text, gint64 value)
{
  g_autofree gchar *digits = g_strdup_printf ("%" G_GINT64_FORMAT, value);

  add_scalar (text, digits, YAML_PLAIN_SCALAR_STYLE);
}

/* Readers of YAML 1.1 take a number without a point for a string or a whole
 * number: 1.0e-06, 3.0. */
void
lstm_yaml_text_add_number (LstmYamlText *text, gdouble value)
{
  static const gchar *const formats[] = { "%.15g", "%.16g", "%.17g" };
  gchar digits[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree gchar *written = NULL;
  gsize mantissa;

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_ascii_formatd (digits, sizeof digits, formats[i], value);
    if (g_ascii_strtod (digits, NULL) == value)
      break;
  }
  mantissa = strcspn (digits, "e");
  if (memchr (digits, '.', mantissa) != NULL)
    written = g_strdup (digits);
  else
    written =
        g_strdup_printf ("%.*s.0%s", (int) mantissa, digits, digits + mantissa);
  add_scalar (text, written, YAML_PLAIN_SCALAR_STYLE);
}

void
lstm_yaml_text_add_null (LstmYamlText *text)
{
  add_scalar (text, "null", YAML_PLAIN_SCALAR_STYLE);
}

GString *
lstm_yaml_text_finish (LstmYamlText *text)
{
  g_autoptr (LstmYamlText) owned = text;
  yaml_event_t event;

  emit (owned, &event, yaml_document_end_event_initialize (&event, 1));
  emit (owned, &event, yaml_stream_end_event_initialize (&event));
  if (owned->failed || !yaml_emitter_flush (&owned->emitter))
    return NULL;
  return g_string_new_len (owned->out->str, (gssize) owned->out->len);
}
