/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/shape.h>

G_BEGIN_DECLS

/**
 * LstmModel:
 *
 * A graph of layers with its weights. It is immutable and reference-counted;
 * any number of threads may use it at once.
 */
typedef struct _LstmModel LstmModel;

/**
 * LstmLoadOptions:
 * @keras: the major version of Keras (2 or 3) that wrote the model, or 0 to go
 * by what the file says. It decides what `hard_sigmoid` means.
 * @allow_nan: whether weights may be NaN or infinite; by default such a model
 * is refused, as its outputs would be
 *
 * How to read a model file. Zero all of it for the defaults.
 */
typedef struct {
  guint keras;
  gboolean allow_nan;
  gpointer reserved[7];
} LstmLoadOptions;

LSTM_API LstmModel *lstm_model_load (
    const gchar *path, const LstmLoadOptions *options, GError **error);
LSTM_API LstmModel *lstm_model_load_shared (
    const gchar *path, const LstmLoadOptions *options, GError **error);
LSTM_API gboolean lstm_model_save (const LstmModel *model, const gchar *path,
    gboolean overwrite, GError **error);
LSTM_API void lstm_model_release_weights (LstmModel *model);
LSTM_API LstmModel *lstm_model_ref (LstmModel *model);
LSTM_API void lstm_model_unref (LstmModel *model);

LSTM_API const gchar *lstm_model_get_name (const LstmModel *model);
LSTM_API guint lstm_model_get_n_inputs (const LstmModel *model);
LSTM_API const gchar *lstm_model_get_input_name (
    const LstmModel *model, guint i);
LSTM_API const LstmShape *lstm_model_get_input_shape (
    const LstmModel *model, guint i);
LSTM_API guint lstm_model_get_n_outputs (const LstmModel *model);
LSTM_API const gchar *lstm_model_get_output_name (
    const LstmModel *model, guint i);
LSTM_API const LstmShape *lstm_model_get_output_shape (
    const LstmModel *model, guint i);
LSTM_API gint64 lstm_model_get_batch (const LstmModel *model);
LSTM_API gboolean lstm_model_is_stateful (const LstmModel *model);
LSTM_API gboolean lstm_model_prefers_frames (const LstmModel *model);
LSTM_API gboolean lstm_model_can_stream (
    const LstmModel *model, GError **error);
LSTM_API guint64 lstm_model_get_n_parameters (const LstmModel *model);
LSTM_API guint lstm_model_get_n_notes (const LstmModel *model);
LSTM_API const gchar *lstm_model_get_note (const LstmModel *model, guint i);
LSTM_API const gchar *lstm_model_get_fingerprint (const LstmModel *model);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmModel, lstm_model_unref)

G_END_DECLS
