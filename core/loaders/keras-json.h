/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <json-glib/json-glib.h>

#include <lstm/error.h>

G_BEGIN_DECLS

/* The most lists and objects within one another in a model's JSON; each model
 * within a model takes five. */
#define LSTM_KERAS_MAX_DEPTH 200

/* Parses JSON text of unknown origin; @what names it in messages. */
JsonNode *lstm_keras_json_parse (
    const gchar *text, const gchar *what, GError **error);

/* "a list", "text", ...: what a node is, for messages; "nothing" for NULL. */
const gchar *lstm_keras_json_kind (JsonNode *node);

/* The list that a node is or, as Keras writes tuples, wraps: {"class_name":
 * "__tuple__", "items": [...]}. NULL if it is neither. */
JsonArray *lstm_keras_json_list (JsonNode *node);

/* Members of an object that must be there and of that kind; @where names the
 * object in messages. Borrowed from @object. */
JsonObject *lstm_keras_json_get_object (
    JsonObject *object, const gchar *key, const gchar *where, GError **error);
JsonArray *lstm_keras_json_get_list (
    JsonObject *object, const gchar *key, const gchar *where, GError **error);
const gchar *lstm_keras_json_get_text (
    JsonObject *object, const gchar *key, const gchar *where, GError **error);

/* Text, or NULL if the member is not there or is no text. */
const gchar *lstm_keras_json_peek_text (JsonObject *object, const gchar *key);

gboolean lstm_keras_json_is_text (JsonNode *node);
gboolean lstm_keras_json_is_int (JsonNode *node);

/* An object as a{sv}: null mv, true/false b, integers x, other numbers d, text
 * s, lists and wrapped tuples av, objects a{sv}; NumPy's numbers and arrays as
 * what they wrap. A full reference. */
GVariant *lstm_keras_json_to_variant (JsonObject *object);

G_END_DECLS
