/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The cells of tf.nn.rnn_cell in TensorFlow 1, each as a layer of its own. One
 * kernel multiplies the input and h side by side, [in + units][gates units]:
 *
 * BasicLSTMCell, LSTMCell: gates i j f o;
 *   c' = s(f + forget_bias) c + s(i) a(j)        h' = s(o) a(c')
 * BasicRNNCell: h' = a([x h] K + b)
 * GRUCell: gates r u, and a kernel of its own for the candidate;
 *   n = a([x (r h)] Kc + bc)                     h' = u h + (1 - u) n
 *
 * These are Keras's LSTM, SimpleRNN and GRU without reset_after, whose gates
 * are i f c o and z r h: weights are packed as theirs. forget_bias is added to
 * the bias in double, so that their sum is rounded once. */

#include "engine/layers/layers.h"
#include "engine/layers/recurrent.h"

typedef struct {
  LstmRecurrentOptions recurrent; /* first: the driver reads it */
  gdouble forget_bias;
} Tf1Options;

/* Of Keras's gates in order: which weight has TensorFlow's kernel, the bias
 * being the next one, and which of its gates that is. */
typedef struct {
  guint weight;
  guint gate;
} Tf1Gate;

static const Tf1Gate lstm_gates[] = { { 0, 0 }, { 0, 2 }, { 0, 1 }, { 0, 3 } };
static const Tf1Gate rnn_gates[] = { { 0, 0 } };
static const Tf1Gate gru_gates[] = { { 0, 1 }, { 0, 0 }, { 2, 0 } };

#define FORGET_GATE 1 /* of Keras's */

static const gchar *const idle_keys[] = { "state_is_tuple", "reuse", "name",
  "dtype", "initializer", "kernel_initializer", "bias_initializer",
  "num_unit_shards", "num_proj_shards", NULL };

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  LstmRecurrentOptions *o = layer->options;

  lstm_recurrent_configure_sequence (layer, options);
  if (!lstm_options_has (options, "num_units"))
    lstm_options_fail (
        options, LSTM_ERROR_VALUE, "config key 'num_units' is missing");
  o->units = lstm_options_int (options, "num_units", 1, 1, 1 << 24);
  o->use_bias = TRUE;
  o->activation = lstm_options_activation (options, "activation", "tanh");
  o->recurrent_activation = (LstmActivation){ .kind = LSTM_ACTIVATION_SIGMOID };
}

static void
configure_lstm (LstmLayer *layer, LstmOptions *options)
{
  Tf1Options *o = layer->options;

  configure (layer, options);
  o->forget_bias = lstm_options_double (options, "forget_bias", 1.0);
}

static void
refuse (LstmOptions *options, const gchar *key, const gchar *what)
{
  if (lstm_options_has (options, key) && !lstm_options_is_null (options, key))
    lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
        "%s is set: %s is not known here; train the model without it", key,
        what);
}

/* What LSTMCell has beyond BasicLSTMCell. */
static void
configure_full_lstm (LstmLayer *layer, LstmOptions *options)
{
  configure_lstm (layer, options);
  if (lstm_options_bool (options, "use_peepholes", FALSE))
    lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
        "use_peepholes is true: peepholes are not known here; train the model "
        "without them");
  refuse (options, "num_proj", "a projection of the output");
  refuse (options, "proj_clip", "a projection of the output");
  refuse (options, "cell_clip", "a limit of the cell's state");
}

static gboolean
build (LstmLayer *layer, const LstmInference *inference, GError **error)
{
  const LstmRecurrentOptions *o = layer->options;
  gint64 in = inference->inputs[0].shape.dims[1];
  gint64 row = lstm_recurrent_cell (layer)->n_gates * o->units;

  lstm_layer_declare_weight (
      layer, "kernel", lstm_shape_make (2, in < 0 ? in : in + o->units, row));
  lstm_layer_declare_weight (layer, "bias", lstm_shape_make (1, row));
  return TRUE;
}

static gboolean
build_gru (LstmLayer *layer, const LstmInference *inference, GError **error)
{
  const LstmRecurrentOptions *o = layer->options;
  gint64 in = inference->inputs[0].shape.dims[1];
  gint64 rows = in < 0 ? in : in + o->units;

  lstm_layer_declare_weight (
      layer, "gates/kernel", lstm_shape_make (2, rows, 2 * o->units));
  lstm_layer_declare_weight (
      layer, "gates/bias", lstm_shape_make (1, 2 * o->units));
  lstm_layer_declare_weight (
      layer, "candidate/kernel", lstm_shape_make (2, rows, o->units));
  lstm_layer_declare_weight (
      layer, "candidate/bias", lstm_shape_make (1, o->units));
  return TRUE;
}

static const Tf1Gate *
gates_of (const LstmCell *cell)
{
  if (cell == &lstm_cell_lstm)
    return lstm_gates;
  return cell == &lstm_cell_gru ? gru_gates : rnn_gates;
}

/* Keras's [rows][gates][units] out of rows @first.. of TensorFlow's kernels, or
 * with @bias out of what stands after each. */
static gfloat *
collect (const LstmLayer *layer, gsize first, gsize rows, gboolean bias)
{
  const LstmRecurrentOptions *o = layer->options;
  const LstmCell *cell = lstm_recurrent_cell (layer);
  const Tf1Gate *gates = gates_of (cell);
  gsize row = cell->n_gates * o->units;
  gfloat *out = g_new (gfloat, rows * row);

  for (guint g = 0; g < cell->n_gates; g++) {
    const LstmWeight *from =
        g_ptr_array_index (layer->weights, gates[g].weight + bias);
    gsize width = from->shape.dims[from->shape.rank - 1];

    for (gsize r = 0; r < rows; r++)
      for (gsize u = 0; u < (gsize) o->units; u++)
        out[r * row + g * o->units + u] =
            from->data[(first + r) * width + gates[g].gate * o->units + u];
  }
  return out;
}

static void
add_forget_bias (const LstmLayer *layer, gfloat *bias)
{
  const Tf1Options *o = layer->options;
  gfloat *forget = bias + FORGET_GATE * o->recurrent.units;

  if (lstm_recurrent_cell (layer) != &lstm_cell_lstm)
    return;
  for (gint64 u = 0; u < o->recurrent.units; u++)
    forget[u] = (gfloat) ((gdouble) forget[u] + o->forget_bias);
}

/* Packs the layer as if its weights were Keras's. */
static gpointer
pack (const LstmLayer *layer, const LstmKernels *kernels)
{
  const LstmRecurrentOptions *o = layer->options;
  const LstmCell *cell = lstm_recurrent_cell (layer);
  const LstmWeight *kernel = g_ptr_array_index (layer->weights, 0);
  gsize units = o->units, in = kernel->shape.dims[0] - units;
  gint64 row = cell->n_gates * o->units;
  g_autoptr (GPtrArray) weights = g_ptr_array_new ();
  LstmLayer keras = *layer;
  g_autofree gfloat *input = collect (layer, 0, in, FALSE);
  g_autofree gfloat *recurrent = collect (layer, in, units, FALSE);
  g_autofree gfloat *bias = collect (layer, 0, 1, TRUE);
  LstmWeight converted[] = {
    { .shape = lstm_shape_make (2, (gint64) in, row), .data = input },
    { .shape = lstm_shape_make (2, o->units, row), .data = recurrent },
    { .shape = lstm_shape_make (1, row), .data = bias },
  };

  add_forget_bias (layer, bias);
  for (guint i = 0; i < G_N_ELEMENTS (converted); i++)
    g_ptr_array_add (weights, &converted[i]);
  keras.weights = weights;
  return cell->pack (&keras, kernels);
}

#define TF1_CLASS(symbol, cell_name, configure_func, build_func, cell)         \
  static void symbol##_unpack (gpointer packed)                                \
  {                                                                            \
    cell.unpack (packed);                                                      \
  }                                                                            \
  const LstmLayerClass symbol = {                                              \
    .name = cell_name,                                                         \
    .options_size = sizeof (Tf1Options),                                       \
    .min_inputs = 1,                                                           \
    .max_inputs = 1,                                                           \
    .takes_state = TRUE,                                                       \
    .idle_keys = idle_keys,                                                    \
    .configure = configure_func,                                               \
    .build = build_func,                                                       \
    .infer = lstm_recurrent_infer,                                             \
    .pack = pack,                                                              \
    .unpack = symbol##_unpack,                                                 \
    .slots = lstm_recurrent_slots,                                             \
    .scratch = lstm_recurrent_scratch,                                         \
    .run = lstm_recurrent_run,                                                 \
  };

TF1_CLASS (lstm_layer_tf1_basic_lstm, "BasicLSTMCell", configure_lstm, build,
    lstm_cell_lstm)
TF1_CLASS (
    lstm_layer_tf1_lstm, "LSTMCell", configure_full_lstm, build, lstm_cell_lstm)
TF1_CLASS (
    lstm_layer_tf1_rnn, "BasicRNNCell", configure, build, lstm_cell_simple_rnn)
TF1_CLASS (lstm_layer_tf1_gru, "GRUCell", configure, build_gru, lstm_cell_gru)
