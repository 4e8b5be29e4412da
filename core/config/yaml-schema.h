/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "config/yaml-tree.h"

/* Typed readers of a tree's nodes. @what is the key under which the node stands
 * and opens each message; NULL for the file itself. All errors are
 * LSTM_ERROR_CONFIG and say where, what was found and what was expected. */

typedef struct {
  const gchar *name;
  gboolean required;
} LstmYamlKey;

/* Takes a mapping apart: values[i] becomes the value of keys[i], or NULL where
 * it is absent. Any other key is an error that names the nearest known one. */
gboolean lstm_yaml_read_mapping (const LstmYamlNode *node, const gchar *what,
    const LstmYamlKey *keys, guint n_keys, const LstmYamlNode **values,
    GError **error);
/* A mapping with keys from the NULL-terminated list @names. */
gboolean lstm_yaml_expect_mapping (const LstmYamlNode *node, const gchar *what,
    const gchar *const *names, GError **error);
/* A mapping with exactly one of the keys @names, a NULL-terminated list. */
gboolean lstm_yaml_read_one_of (const LstmYamlNode *node, const gchar *what,
    const gchar *const *names, guint *chosen, const LstmYamlNode **value,
    GError **error);

/* Strings. What YAML 1.1 calls a boolean or a number is a string where one is
 * expected; nothing (an empty value, ~, null) and "" are not. The result is the
 * tree's. */
const gchar *lstm_yaml_read_string (
    const LstmYamlNode *node, const gchar *what, GError **error);
/* A path, relative to the folder of the YAML file. Free with g_free(). */
gchar *lstm_yaml_read_path (
    const LstmYamlNode *node, const gchar *what, GError **error);
/* One of the NULL-terminated list @names. */
gboolean lstm_yaml_read_enum (const LstmYamlNode *node, const gchar *what,
    const gchar *const *names, guint *value, GError **error);

/* Numbers, in the C locale whatever the user's: decimal, not in quotes, no
 * leading zeros, finite. */
gboolean lstm_yaml_read_uint (const LstmYamlNode *node, const gchar *what,
    guint min, guint max, guint *value, GError **error);
gboolean lstm_yaml_read_double (const LstmYamlNode *node, const gchar *what,
    gdouble *value, GError **error);

/* Lists. lstm_yaml_read_names() returns a NULL-terminated list of strings of
 * which no two are equal, for g_strfreev(); lstm_yaml_read_doubles() an array
 * as long as the list, for g_free(). */
gboolean lstm_yaml_expect_list (
    const LstmYamlNode *node, const gchar *what, GError **error);
gchar **lstm_yaml_read_names (const LstmYamlNode *node, const gchar *what,
    gboolean may_be_empty, GError **error);
gdouble *lstm_yaml_read_doubles (
    const LstmYamlNode *node, const gchar *what, GError **error);
/* As lstm_yaml_read_names(), each one of @names; may be empty. */
gchar **lstm_yaml_read_set (const LstmYamlNode *node, const gchar *what,
    const gchar *const *names, GError **error);

/* LSTM_ERROR_CONFIG that @node is not what was expected; returns FALSE. */
gboolean lstm_yaml_fail_type (const LstmYamlNode *node, const gchar *what,
    const gchar *expected, GError **error);

/* The same of a @kind of word ("key", ...) that is not among @known: names the
 * nearest one, or all of them. */
gboolean lstm_yaml_fail_unknown (const LstmYamlNode *node, const gchar *kind,
    const gchar *what, const gchar *const *known, GError **error);
