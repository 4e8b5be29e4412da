/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

/* A chain of layers given as text, `LSTM {'units': <int64 5>}` each, on an
 * input of [steps, features], with weights from a generator of fixed seed. */
LstmModel *fixture_chain (
    gint64 steps, gint64 features, const gchar *const *layers, GError **error);

/* Gives every weight of the layer numbers from the generator. */
void fixture_fill_weights (LstmLayer *layer, GRand *rand);

LstmLayer *fixture_add_layer (LstmModelBuilder *builder,
    const gchar *class_name, const gchar *name, const gchar *config,
    GError **error);
LstmValueId fixture_call (
    LstmModelBuilder *builder, LstmLayer *layer, LstmValueId input);

gfloat *fixture_random (guint32 seed, gsize n);
LstmPlan *fixture_plan (LstmModel *model, LstmMode mode, guint steps);
