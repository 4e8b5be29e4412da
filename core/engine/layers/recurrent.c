/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* LSTM, GRU and SimpleRNN: options, shapes, weights and state. */

#include "engine/layers/recurrent.h"

#include "engine/layers/layers.h"

const gchar *const lstm_recurrent_idle_keys[] = { "kernel_initializer",
  "recurrent_initializer", "bias_initializer", "kernel_regularizer",
  "recurrent_regularizer", "bias_regularizer", "kernel_constraint",
  "recurrent_constraint", "bias_constraint", "dropout", "recurrent_dropout",
  "unit_forget_bias", "implementation", "unroll", "seed", "use_cudnn",
  "state_size", NULL };

const LstmCell *
lstm_recurrent_cell (const LstmLayer *layer)
{
  if (layer->klass == &lstm_layer_lstm ||
      layer->klass == &lstm_layer_cudnn_lstm ||
      layer->klass == &lstm_layer_tf1_basic_lstm ||
      layer->klass == &lstm_layer_tf1_lstm)
    return &lstm_cell_lstm;
  if (layer->klass == &lstm_layer_gru ||
      layer->klass == &lstm_layer_cudnn_gru ||
      layer->klass == &lstm_layer_tf1_gru)
    return &lstm_cell_gru;
  return &lstm_cell_simple_rnn;
}

void
lstm_recurrent_configure_sequence (LstmLayer *layer, LstmOptions *options)
{
  LstmRecurrentOptions *o = layer->options;

  layer->recurrent = TRUE;
  layer->stateful = lstm_options_bool (options, "stateful", FALSE);
  o->return_sequences = lstm_options_bool (options, "return_sequences", FALSE);
  o->return_state = lstm_options_bool (options, "return_state", FALSE);
  o->go_backwards = lstm_options_bool (options, "go_backwards", FALSE);
  o->zero_output_for_mask =
      lstm_options_bool (options, "zero_output_for_mask", FALSE);
  o->late_zeros = o->return_sequences && o->go_backwards &&
                  o->zero_output_for_mask &&
                  lstm_options_bool (options, "unroll", FALSE);
  if (lstm_options_bool (options, "time_major", FALSE))
    lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
        "time_major=True is not known here: shapes are [batch, steps, "
        "features]");
  /* In tf.keras, whose files alone have time_major, a stateful layer is given
   * initial_state until its own is no longer zero; in all others always. */
  o->prefers_state = layer->stateful && options->keras < 3 &&
                     lstm_options_has (options, "time_major");
}

void
lstm_recurrent_configure (LstmLayer *layer, LstmOptions *options)
{
  LstmRecurrentOptions *o = layer->options;

  lstm_recurrent_configure_sequence (layer, options);
  if (!lstm_options_has (options, "units"))
    lstm_options_fail (
        options, LSTM_ERROR_VALUE, "config key 'units' is missing");
  o->units = lstm_options_int (options, "units", 1, 1, 1 << 24);
  o->use_bias = lstm_options_bool (options, "use_bias", TRUE);
  o->activation = lstm_options_activation (options, "activation", "tanh");
}

/* Keras 1 and 2 had hard_sigmoid here by default up to 2.2, and always wrote it
 * into the file; a file without the key is of tf.keras or Keras 3. */
static void
configure_gated (LstmLayer *layer, LstmOptions *options)
{
  LstmRecurrentOptions *o = layer->options;

  lstm_recurrent_configure (layer, options);
  o->recurrent_activation =
      lstm_options_activation (options, "recurrent_activation", "sigmoid");
}

/* reset_after came with Keras 2.1 and was false until tf.keras 2 and Keras 3
 * made it true, which always write it. */
static void
configure_gru (LstmLayer *layer, LstmOptions *options)
{
  LstmRecurrentOptions *o = layer->options;

  configure_gated (layer, options);
  o->reset_after =
      lstm_options_bool (options, "reset_after", options->keras >= 3);
}

static gboolean
check_states (
    const LstmLayer *layer, const LstmInference *inference, GError **error)
{
  const LstmRecurrentOptions *o = layer->options;
  const LstmCell *cell = lstm_recurrent_cell (layer);
  LstmShape expected = lstm_shape_make (1, o->units);

  if (inference->n_states != 0 && inference->n_states != cell->n_states)
    return lstm_shape_error (error, layer,
        "initial_state holds %u values, expected %u", inference->n_states,
        cell->n_states);
  for (guint i = 0; i < inference->n_states; i++) {
    const LstmShape *shape = &inference->inputs[inference->n_inputs + i].shape;
    g_autofree gchar *found = NULL;

    if (lstm_shape_equal (shape, &expected))
      continue;
    found = lstm_shape_to_batch_string (shape, -1);
    return lstm_shape_error (error, layer,
        "initial_state %u (%s) has shape %s, expected (None, %" G_GINT64_FORMAT
        ")",
        i, cell->state_names[i], found, o->units);
  }
  return TRUE;
}

static const gchar *
why_window (const LstmLayer *layer, const LstmInference *inference)
{
  const LstmRecurrentOptions *o = layer->options;

  if (o->go_backwards)
    return "it reads the steps from the last to the first (go_backwards)";
  if (!inference->inputs[0].time)
    return "it reads a sequence that is made inside the model";
  if (inference->n_states > 0)
    return "its initial state is what another layer gives for the window";
  return NULL;
}

gboolean
lstm_recurrent_infer (
    const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const LstmRecurrentOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  LstmSpec state = { .shape = lstm_shape_make (1, o->units) };
  LstmSpec *out = &inference->outputs[0];

  if (in->shape.rank != 2) {
    g_autofree gchar *found = lstm_shape_to_batch_string (&in->shape, -1);

    return lstm_shape_error (error, layer,
        "expected 3 axes [batch, steps, features], found %u: %s",
        in->shape.rank + 1, found);
  }
  if (!check_states (layer, inference, error))
    return FALSE;

  if (o->go_backwards)
    lstm_infer_window (
        inference, why_window (layer, inference), o->return_sequences ? 0 : 1);
  inference->needs_window = why_window (layer, inference);
  inference->n_outputs = 1;
  *out = state;
  if (o->return_sequences) {
    out->shape = lstm_shape_make (2, in->shape.dims[0], o->units);
    out->time = in->time;
  }
  if (o->return_state)
    for (guint i = 0; i < lstm_recurrent_cell (layer)->n_states; i++)
      inference->outputs[inference->n_outputs++] = state;
  return TRUE;
}

static gboolean
build (LstmLayer *layer, const LstmInference *inference, GError **error)
{
  const LstmRecurrentOptions *o = layer->options;
  const LstmCell *cell = lstm_recurrent_cell (layer);
  gint64 row = cell->n_gates * o->units;

  lstm_layer_declare_weight (layer, "kernel",
      lstm_shape_make (2, inference->inputs[0].shape.dims[1], row));
  lstm_layer_declare_weight (
      layer, "recurrent_kernel", lstm_shape_make (2, o->units, row));
  if (o->use_bias)
    lstm_layer_declare_weight (layer, "bias", cell->bias_shape (o));
  return TRUE;
}

static gpointer
pack (const LstmLayer *layer, const LstmKernels *kernels)
{
  return lstm_recurrent_cell (layer)->pack (layer, kernels);
}

/* Whether the node's state lives in streams: always in frame mode; in window
 * mode if the layer is stateful. */
gboolean
lstm_recurrent_carries (const LstmPlanNode *node)
{
  return node->mode == LSTM_MODE_FRAME || node->node->layer->stateful;
}

/* In frame mode a masked step repeats the previous output, which then is part
 * of the state. */
guint
lstm_recurrent_slots (
    const LstmPlanNode *node, LstmSlotSpec slots[LSTM_MAX_OUTPUTS])
{
  const LstmRecurrentOptions *o = node->node->layer->options;
  const LstmCell *cell = lstm_recurrent_cell (node->node->layer);
  LstmShape shape = lstm_shape_make (1, o->units);
  guint n = 0;

  if (!lstm_recurrent_carries (node))
    return 0;
  for (; n < cell->n_states; n++)
    slots[n] = (LstmSlotSpec){ cell->state_names[n], shape };
  if (node->mode == LSTM_MODE_FRAME && node->node->mask >= 0)
    slots[n++] = (LstmSlotSpec){ "output", shape };
  return n;
}

#define RECURRENT_CLASS(symbol, keras_name, configure_func, cell)              \
  static void symbol##_unpack (gpointer packed)                                \
  {                                                                            \
    cell.unpack (packed);                                                      \
  }                                                                            \
  const LstmLayerClass symbol = {                                              \
    .name = keras_name,                                                        \
    .options_size = sizeof (LstmRecurrentOptions),                             \
    .min_inputs = 1,                                                           \
    .max_inputs = 1,                                                           \
    .takes_state = TRUE,                                                       \
    .copies_kernels = TRUE,                                                    \
    .idle_keys = lstm_recurrent_idle_keys,                                     \
    .configure = configure_func,                                               \
    .build = build,                                                            \
    .infer = lstm_recurrent_infer,                                             \
    .pack = pack,                                                              \
    .unpack = symbol##_unpack,                                                 \
    .slots = lstm_recurrent_slots,                                             \
    .scratch = lstm_recurrent_scratch,                                         \
    .run = lstm_recurrent_run,                                                 \
    .run_one = lstm_recurrent_run_one,                                         \
  };

RECURRENT_CLASS (lstm_layer_lstm, "LSTM", configure_gated, lstm_cell_lstm)
RECURRENT_CLASS (lstm_layer_gru, "GRU", configure_gru, lstm_cell_gru)
RECURRENT_CLASS (lstm_layer_simple_rnn, "SimpleRNN", lstm_recurrent_configure,
    lstm_cell_simple_rnn)
