/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/model.h>

G_BEGIN_DECLS

/**
 * LstmModelBuilder:
 *
 * Makes a model layer by layer, as Keras's functional API does: layers are
 * added with their config in Keras's words, then called on values; each call
 * checks shapes. It is what file loaders fill, and an application may fill one
 * by hand. Not thread-safe.
 *
 * Layers and weights that its functions return belong to it.
 */
typedef struct _LstmModelBuilder LstmModelBuilder;
typedef struct _LstmLayer LstmLayer;
typedef struct _LstmWeight LstmWeight;

/**
 * LstmValueId:
 *
 * A tensor that flows between layers: a model input, or an output of a call.
 */
typedef guint LstmValueId;

LSTM_API LstmModelBuilder *lstm_model_builder_new (
    const gchar *name, guint keras);
LSTM_API void lstm_model_builder_free (LstmModelBuilder *builder);
LSTM_API void lstm_model_builder_set_strict (
    LstmModelBuilder *builder, gboolean strict);

LSTM_API gboolean lstm_model_builder_add_input (LstmModelBuilder *builder,
    const gchar *name, const LstmShape *shape, gint64 batch, LstmValueId *value,
    GError **error);
LSTM_API LstmLayer *lstm_model_builder_add_layer (LstmModelBuilder *builder,
    const gchar *class_name, const gchar *name, GVariant *config,
    GError **error);
LSTM_API GArray *lstm_model_builder_call (LstmModelBuilder *builder,
    LstmLayer *layer, const LstmValueId *inputs, guint n_inputs,
    const LstmValueId *initial_state, guint n_states, GError **error);
LSTM_API void lstm_model_builder_begin_time_distributed (
    LstmModelBuilder *builder);
LSTM_API gboolean lstm_model_builder_end_time_distributed (
    LstmModelBuilder *builder, LstmLayer *layer, LstmValueId input,
    LstmValueId output, GError **error);
LSTM_API void lstm_model_builder_mask_with_state (
    LstmModelBuilder *builder, gboolean mask_with_state);
LSTM_API const LstmShape *lstm_model_builder_get_shape (
    LstmModelBuilder *builder, LstmValueId value);
LSTM_API void lstm_model_builder_add_output (
    LstmModelBuilder *builder, LstmValueId value, const gchar *name);
LSTM_API void lstm_model_builder_add_note (
    LstmModelBuilder *builder, const gchar *format, ...) G_GNUC_PRINTF (2, 3);
LSTM_API LstmModel *lstm_model_builder_build (
    LstmModelBuilder *builder, GError **error);

LSTM_API const gchar *lstm_layer_get_name (const LstmLayer *layer);
LSTM_API const gchar *lstm_layer_get_class_name (const LstmLayer *layer);
LSTM_API guint lstm_layer_get_n_weights (const LstmLayer *layer);
LSTM_API LstmWeight *lstm_layer_get_weight (LstmLayer *layer, guint i);

LSTM_API const gchar *lstm_weight_get_name (const LstmWeight *weight);
LSTM_API const LstmShape *lstm_weight_get_shape (const LstmWeight *weight);
LSTM_API gboolean lstm_weight_is_set (const LstmWeight *weight);
LSTM_API gboolean lstm_weight_set (LstmWeight *weight, const LstmShape *shape,
    const gfloat *data, GError **error);
LSTM_API gboolean lstm_weight_set_bytes (
    LstmWeight *weight, const LstmShape *shape, GBytes *bytes, GError **error);

LSTM_API gchar **lstm_list_layer_classes (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmModelBuilder, lstm_model_builder_free)

G_END_DECLS
