/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/layer.h"

/* A layer or cell within a layer's config, {"class_name": C, "config": {...}}.
 * The texts are borrowed from the config that it stands in. */
typedef struct {
  const gchar *class_name;
  const gchar *name; /* or NULL */
  GVariant *config;
} LstmWrapped;

/* Takes @dict apart; FALSE after telling @options why not. */
gboolean lstm_wrapped_read (
    LstmOptions *options, GVariant *dict, LstmWrapped *wrapped);
void lstm_wrapped_clear (LstmWrapped *wrapped);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LstmWrapped, lstm_wrapped_clear)

/* A layer to be owned by the one that @options are of; NULL after telling
 * @options why not. @config: may be floating. */
LstmLayer *lstm_wrapped_new (LstmOptions *options, const gchar *class_name,
    const gchar *name, GVariant *config);

/* The layer that stands under @key of a wrapper's config; NULL after telling
 * @options why not. */
LstmLayer *lstm_wrapped_layer (LstmOptions *options, const gchar *key);
