/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "launch.h"

#include <string.h>

static void
element_free (gpointer data)
{
  DeployLaunchElement *element = data;

  g_free (element->name);
  g_ptr_array_unref (element->properties);
  g_ptr_array_unref (element->values);
  g_free (element);
}

/* ---- words ---- */

/* The end of a word: blanks in quotes and behind a backslash belong to it. */
static const gchar *
end_of_word (const gchar *at)
{
  gchar quote = '\0';

  for (; *at != '\0'; at++) {
    if (*at == '\\' && at[1] != '\0')
      at++;
    else if (quote != '\0')
      quote = *at == quote ? '\0' : quote;
    else if (*at == '"' || *at == '\'')
      quote = *at;
    else if (g_ascii_isspace (*at))
      break;
  }
  return at;
}

static GPtrArray *
split_words (const gchar *line)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);

  for (;;) {
    const gchar *end;

    while (g_ascii_isspace (*line))
      line++;
    if (*line == '\0')
      return words;
    end = end_of_word (line);
    g_ptr_array_add (words, g_strndup (line, (gsize) (end - line)));
    line = end;
  }
}

/* How many characters at the beginning of @word are a name. */
static gsize
name_length (const gchar *word)
{
  static const gchar known[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-:";

  return g_ascii_isalpha (*word) ? strspn (word, known) : 0;
}

/* ---- the line ---- */

typedef enum {
  WORD_ELEMENT,
  WORD_PROPERTY,
  WORD_OTHER, /* a link, caps, a reference to a pad */
  WORD_STRANGE,
} Word;

static Word
classify (const gchar *word)
{
  gsize n = name_length (word);

  if (strcmp (word, "!") == 0 || strcmp (word, ":") == 0)
    return WORD_OTHER;
  if (n > 0 && word[n] == '\0')
    return WORD_ELEMENT;
  if (n > 0 && word[n] == '=')
    return WORD_PROPERTY;
  if (strpbrk (word, "(){}=") == NULL || strchr (word, '/') != NULL)
    return WORD_OTHER;
  return WORD_STRANGE;
}

static DeployLaunchElement *
add_element (GPtrArray *elements, const gchar *name)
{
  DeployLaunchElement *element = g_new0 (DeployLaunchElement, 1);

  element->name = g_strdup (name);
  element->properties = g_ptr_array_new_with_free_func (g_free);
  element->values = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (elements, element);
  return element;
}

static void
add_property (DeployLaunchElement *element, const gchar *word)
{
  gsize n = name_length (word);

  g_ptr_array_add (element->properties, g_strndup (word, n));
  g_ptr_array_add (element->values, g_strdup (word + n + 1));
}

gboolean
deploy_launch_split (const gchar *line, GPtrArray **elements)
{
  g_autoptr (GPtrArray) words = split_words (line);
  DeployLaunchElement *element = NULL;

  *elements = g_ptr_array_new_with_free_func (element_free);
  for (guint i = 0; i < words->len; i++) {
    const gchar *word = g_ptr_array_index (words, i);
    Word kind = classify (word);

    if (kind == WORD_STRANGE || (kind == WORD_PROPERTY && element == NULL))
      return FALSE;
    if (kind == WORD_ELEMENT)
      element = add_element (*elements, word);
    else if (kind == WORD_PROPERTY)
      add_property (element, word);
    else
      element = NULL;
  }
  return TRUE;
}

gchar *
deploy_launch_without_models (const gchar *line)
{
  g_autoptr (GPtrArray) words = split_words (line);
  GString *left = g_string_new (NULL);
  gboolean in_model = FALSE;

  for (guint i = 0; i < words->len; i++) {
    const gchar *word = g_ptr_array_index (words, i);
    Word kind = classify (word);

    if (kind == WORD_ELEMENT)
      in_model = strcmp (word, "lstm") == 0;
    else if (kind == WORD_OTHER)
      in_model = FALSE;
    if (!in_model || !g_str_has_prefix (word, "model="))
      g_string_append_printf (left, "%s ", word);
  }
  return g_string_free (left, FALSE);
}
