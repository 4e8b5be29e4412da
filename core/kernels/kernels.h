/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "kernels/activation.h"

#include <lstm/precision.h>

/* A weight matrix as kernels read it. Its outputs are units of one or more
 * gates; `width` units make a panel, with all gates of these units side by
 * side, so that one pass over memory in reading order computes them:
 *
 *   data [panels][in][gates][width]     bias [panels][gates][width]
 *
 * Units past the last one are zero. If the last panel has at most half its
 * units, and the cell asks for it, its gates stand closer, `tail` units each,
 * which is half or a quarter of the width: [in][gates][tail], and so do its
 * biases and its part of z. Narrower weights stand in pairs of inputs,
 * [panels][(in + 1) / 2][gates][width][2], a missing one zero; int8 in some
 * sets in groups of four, each number 128 larger. int8 has scales
 * [panels][blocks][gates][width] for blocks of LSTM_INT8_BLOCK inputs. What it
 * makes, a row of z, is laid out as [panels][z_gates][width]; this matrix makes
 * the gates from z_first on. */
typedef struct {
  guint in;
  guint units;
  guint gates;
  guint z_gates;
  guint z_first;
  guint width;
  guint panels;
  guint tail;     /* 0: the last panel is as the others */
  gboolean large; /* more than stays in a first-level cache beside others */
  LstmPrecision precision; /* tells which of the next three there is */
  guint int8_group;        /* inputs side by side with int8: 2 or 4 */
  gboolean tiles;          /* with groups of 4: the machine has AMX for them */
  gfloat *data;
  guint16 *bf16;
  gint8 *int8;
  gfloat *scales; /* only with int8 */
  gfloat *bias;
} LstmPacked;

/* What each kernel set packs its weights into, and how the parts are used by
 * its step functions, is told by the cells (engine/cells). */
typedef struct {
  LstmPacked input;
  LstmPacked recurrent;
  LstmActivation activation;
  LstmActivation recurrent_activation;
} LstmLstmWeights;

/* Rows of z: [candidate of the input, z, r, candidate of the state] with
 * reset_after, else [z, r, candidate]. */
typedef struct {
  gboolean reset_after;
  LstmPacked input;
  LstmPacked recurrent; /* all of it, or z and r without reset_after */
  LstmPacked candidate; /* only without reset_after */
  LstmActivation activation;
  LstmActivation recurrent_activation;
} LstmGruWeights;

typedef struct {
  LstmPacked input;
  LstmPacked recurrent;
  LstmActivation activation;
} LstmRnnWeights;

/* A GRU without reset_after computes its candidate from the reset state of all
 * units. Threads that compute some of them each meet between the phases. */
typedef enum {
  LSTM_PHASE_ALL,
  LSTM_PHASE_FIRST,  /* gates, and r h in scratch */
  LSTM_PHASE_SECOND, /* the candidate, and out */
} LstmPhase;

/* One step of N rows of a cell. The inputs are x or, if that is NULL, z, which
 * holds them projected; z is room for rows of z in any case, and used up. h and
 * out, [rows][units], must not overlap, but may be the same if there is one row
 * of at most the kernel set's whole_units: all of it is read before any is
 * written. c, [rows][units], goes from the last
 * step's to this one's in place. scratch holds [rows][units]. Strides are in
 * floats.
 *
 * With weights that are a slice of panels, z, out and c are of that slice; x, h
 * and scratch stay whole rows, `first` of which is the slice's first unit. */
typedef struct {
  gsize rows;
  const gfloat *x;
  gsize x_stride;
  gfloat *z;
  gsize z_stride;
  const gfloat *h;
  gsize h_stride;
  gfloat *out;
  gsize out_stride;
  gfloat *c;
  gsize c_stride;
  gfloat *scratch;
  gsize first;
  LstmPhase phase;
} LstmStep;

/* A kernel set: one const table. Every function takes N rows; a row's bits
 * depend on that row alone. Strides are in floats. Each output of a product is
 * one chain: bias, then inputs in order, then, when a step resumes it, the
 * recurrent inputs in order; partial sums are stored as f32. With int8 a chain
 * has a sum of integers, which is exact, for each block of inputs. */
typedef struct {
  const gchar *name;
  gboolean (*supported) (void);
  guint width;
  guint whole_units;        /* see LstmStep */
  LstmPrecision precision;  /* what weights are packed in */
  gboolean tails;           /* whether LstmPacked may have a tail */
  guint int8_group;         /* inputs of int8 that stand side by side: 2 or 4 */
  gboolean (*tiles) (void); /* (nullable): whether LstmPacked may have tiles */

  /* z = bias + x W, in the layout of rows of z; x is [rows][in]. */
  void (*project) (const LstmPacked *w, gsize rows, const gfloat *x,
      gsize x_stride, gfloat *z, gsize z_stride);
  /* y = bias + x W for one gate, y is [rows][units]. */
  void (*dense) (const LstmPacked *w, gsize rows, const gfloat *x,
      gsize x_stride, gfloat *y, gsize y_stride);

  void (*lstm_step) (const LstmLstmWeights *w, const LstmStep *step);
  void (*gru_step) (const LstmGruWeights *w, const LstmStep *step);
  void (*rnn_step) (const LstmRnnWeights *w, const LstmStep *step);

  /* In place, over rows of n. */
  void (*activate) (
      const LstmActivation *activation, gsize rows, gsize n, gfloat *v);

  /* What the machine can do at most with these instructions: reads n floats;
   * makes so many rounds of independent multiply-adds and returns how many
   * operations that is. *seen is a result, so that it cannot be left out. */
  void (*read) (const gfloat *v, gsize n, gfloat *seen);
  gsize (*multiply) (gsize rounds, gfloat *seen);
} LstmKernels;

extern const LstmKernels lstm_kernels_scalar;
extern const LstmKernels lstm_kernels_avx2;
extern const LstmKernels lstm_kernels_avx512;
extern const LstmKernels lstm_kernels_avx512bf16;
extern const LstmKernels lstm_kernels_neon;

const LstmKernels *lstm_kernels_find (const gchar *name, GError **error);

/* dims of a matrix in Keras's layout: kernel is [in][n_gates * units], bias
 * (nullable) [n_gates * units]; order[i] is which of Keras's gates comes i-th.
 */
typedef struct {
  guint in;
  guint units;
  guint keras_gates;
  guint gates;
  guint order[4];
  guint z_gates;
  guint z_first;
  gboolean tail; /* the last panel may have one; there are four gates */
  const gfloat *kernel;
  const gfloat *bias;
} LstmPackSource;

void lstm_packed_init (
    LstmPacked *w, const LstmKernels *kernels, const LstmPackSource *source);
/* What it has read so far of weights in f32, in fewer bits: pack-narrow.c. */
void lstm_packed_narrow (LstmPacked *w, LstmPrecision precision);
gpointer lstm_packed_alloc (
    gsize panels, gsize in, gsize lanes, gsize item_bytes);
void lstm_packed_clear (LstmPacked *w);
/* @n panels from @first on as a matrix of their own, which reads @w's memory.
 */
LstmPacked lstm_packed_slice (const LstmPacked *w, guint first, guint n);
gsize lstm_packed_z_length (const LstmPacked *w);
