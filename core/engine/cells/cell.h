/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/layer.h"

/* Options of LSTM, GRU and SimpleRNN; a cell reads those that concern it. */
typedef struct {
  gint64 units;
  gboolean use_bias;
  gboolean reset_after;
  gboolean return_sequences;
  gboolean return_state;
  gboolean go_backwards;
  gboolean zero_output_for_mask;
  /* With unroll, Keras repeats the last output where a step is masked, and then
   * puts the zeros where the mask has them, which it forgets to turn round with
   * the input. */
  gboolean late_zeros;
  gboolean prefers_state; /* a state that is not zero to initial_state */
  LstmActivation activation;
  LstmActivation recurrent_activation;
} LstmRecurrentOptions;

#define LSTM_MAX_STATES 2

typedef enum {
  LSTM_DIVISION_ROWS,       /* an activation looks at whole rows */
  LSTM_DIVISION_PANELS,     /* units, too */
  LSTM_DIVISION_TWO_PHASES, /* units, too, in two phases */
} LstmDivision;

typedef union {
  LstmLstmWeights lstm;
  LstmGruWeights gru;
  LstmRnnWeights rnn;
} LstmCellWeights;

/* A recurrent cell: what happens within one step. Steps, direction, masks,
 * sequences and state are the driver's (layers/recurrent-run.c). Weights come
 * in the order kernel, recurrent_kernel, bias. */
typedef struct {
  guint n_gates;
  guint n_states; /* state 0 is the output */
  const gchar *state_names[LSTM_MAX_STATES];

  LstmShape (*bias_shape) (const LstmRecurrentOptions *options);
  gpointer (*pack) (const LstmLayer *layer, const LstmKernels *kernels);
  void (*unpack) (gpointer packed);

  /* The kernel over the input: z = the input's part of every gate. */
  const LstmPacked *(*input) (gconstpointer packed);

  /* State 0 is the step's h and out, state 1 its c. */
  void (*step) (
      gconstpointer packed, const LstmKernels *kernels, const LstmStep *step);

  /* How threads may share a step, and the weights of @n panels of units from
   * @first on, which read the memory of @packed. */
  LstmDivision (*division) (gconstpointer packed);
  void (*slice) (
      gconstpointer packed, guint first, guint n, LstmCellWeights *slice);
} LstmCell;

extern const LstmCell lstm_cell_lstm;
extern const LstmCell lstm_cell_gru;
extern const LstmCell lstm_cell_simple_rnn;

/* How a cell's kernels are told of a layer's weights: `gates` of Keras's
 * n_gates in `order`, as gates z_first.. of z_gates in a row of z. */
LstmPackSource lstm_cell_input_source (const LstmLayer *layer, guint n_gates);
LstmPackSource lstm_cell_recurrent_source (
    const LstmLayer *layer, guint n_gates);
