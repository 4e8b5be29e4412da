/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/* A worker measures one system in a process of its own, as compare.py tells it
 * on stdin, a line a command:
 *
 *   prepare KEY=VALUE...   ok [NOTE] | no REASON
 *   measure SECONDS        ns LEAST MEDIAN
 *
 * times being those of one call. */

/* What is computed; see rows.py, which has the same words. Arrays are float32:
 * input [calls, batch, steps, features], weights one layer after another. */
typedef struct {
  guint units;
  guint features;
  guint layers;
  guint dense;
  guint batch;
  guint steps;
  guint calls;
  guint threads;
  gboolean last;
  gboolean carry;
  gchar *precision;
  gchar *folder;

  gfloat *weights;
  gfloat *input;
  gfloat *input_tnc; /* the same, each call as [steps, batch, features] */
} Row;

/* Weights of layer @i, in Row.weights: kernel [features, 4 * units] with gates
 * i f c o, recurrent kernel [units, 4 * units], bias [4 * units]; those of the
 * Dense layer, @i == layers: kernel [units, dense], no recurrent one, bias. */
typedef struct {
  guint features;
  const gfloat *kernel;
  const gfloat *recurrent;
  const gfloat *bias;
} RowWeights;

/* prepare() is given every word of the line after `prepare`, and makes ready
 * what run() does once. It says why it cannot in *@reason (to be freed). */
typedef struct {
  gboolean (*prepare) (GHashTable *words, gchar **reason);
  void (*run) (void);
  void (*release) (void);
} Worker;

int worker_main (const Worker *worker);
void worker_set_units (gdouble n);
void worker_set_note (const gchar *text);

Row *row_new (GHashTable *words);
void row_free (Row *row);
RowWeights row_weights (const Row *row, guint i);
gsize row_output_size (const Row *row);
gsize row_input_size (const Row *row);
void row_dense (const Row *row, const gfloat *in, guint rows, gfloat *out);
gboolean row_write (
    const Row *row, const gchar *name, const gfloat *outputs, gchar **reason);
guint words_get (GHashTable *words, const gchar *key);
