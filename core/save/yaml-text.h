/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A YAML text that is being written. It is made of lists and mappings, each
 * opened and closed, and of scalars; in a mapping a key comes before each
 * value. */
typedef struct _LstmYamlText LstmYamlText;

LstmYamlText *lstm_yaml_text_new (void);
void lstm_yaml_text_free (LstmYamlText *text);

/* With @flow everything within stands in brackets. */
void lstm_yaml_text_open_list (LstmYamlText *text, gboolean flow);
void lstm_yaml_text_close_list (LstmYamlText *text);
void lstm_yaml_text_open_mapping (LstmYamlText *text, gboolean flow);
void lstm_yaml_text_close_mapping (LstmYamlText *text);

/* In quotes where it would otherwise be read as something else. */
void lstm_yaml_text_add_string (LstmYamlText *text, const gchar *string);
void lstm_yaml_text_add_boolean (LstmYamlText *text, gboolean value);
void lstm_yaml_text_add_whole (LstmYamlText *text, gint64 value);
/* In as few digits as give the same number again; finite. */
void lstm_yaml_text_add_number (LstmYamlText *text, gdouble value);
void lstm_yaml_text_add_null (LstmYamlText *text);

/* (transfer full): takes @text; NULL where there was no memory for it. */
GString *lstm_yaml_text_finish (LstmYamlText *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmYamlText, lstm_yaml_text_free)

G_END_DECLS
