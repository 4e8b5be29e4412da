/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "kernels/activation.h"

/* Reads a layer's config, a{sv} in Keras's words. The first thing that is wrong
 * is kept, and getters then give the default; lstm_options_finish() tells it.
 * It also notes the keys that nobody asked for, or, with no place for notes,
 * has them for errors. */
typedef struct {
  GVariant *config;
  const gchar *class_name;
  const gchar *layer_name;
  guint keras;
  GPtrArray *notes; /* gchar *; of the model; or NULL */
  GHashTable *seen; /* keys that were asked for, none of them owned */
  GError *error;
} LstmOptions;

void lstm_options_init (LstmOptions *options, GVariant *config,
    const gchar *class_name, const gchar *layer_name, guint keras,
    GPtrArray *notes);
gboolean lstm_options_finish (
    LstmOptions *options, const gchar *const *idle_keys, GError **error);

/* For sorting arrays of keys. */
gint lstm_options_compare_keys (gconstpointer a, gconstpointer b);

gboolean lstm_options_has (LstmOptions *options, const gchar *key);
gboolean lstm_options_is_null (LstmOptions *options, const gchar *key);
gboolean lstm_options_bool (
    LstmOptions *options, const gchar *key, gboolean fallback);
gint64 lstm_options_int (LstmOptions *options, const gchar *key,
    gint64 fallback, gint64 low, gint64 high);
gdouble lstm_options_double (
    LstmOptions *options, const gchar *key, gdouble fallback);
const gchar *lstm_options_string (
    LstmOptions *options, const gchar *key, const gchar *fallback);
guint lstm_options_ints (
    LstmOptions *options, const gchar *key, gint64 *values, guint max);
GVariant *lstm_options_dict (LstmOptions *options, const gchar *key);
LstmActivation lstm_options_activation (
    LstmOptions *options, const gchar *key, const gchar *fallback);
void lstm_options_fail (LstmOptions *options, gint code, const gchar *format,
    ...) G_GNUC_PRINTF (3, 4);
