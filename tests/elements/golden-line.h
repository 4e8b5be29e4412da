/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>
#include <lstm/lstm.h>

#include "../common/safetensors.h"

G_BEGIN_DECLS

/* A golden case with one of its files. */
typedef struct {
  gchar *path;
  LstmModel *model;
  TestTensors *io;
  GArray *resets; /* gboolean, one a call */
  guint n_outputs;
  guint output; /* the one that is compared */
  guint features;
  gboolean stateful;
} Golden;

/* FALSE if the case has no such file. */
gboolean golden_open (Golden *golden, const gchar *name, const gchar *file);
void golden_close (Golden *golden);

/* What goes into a call, [batch, steps, features] or [batch, steps] of indices,
 * and what Keras's output is. */
const TestTensor *golden_input (const Golden *golden, guint call);
const TestTensor *golden_output (const Golden *golden, guint call);
guint golden_batch (const Golden *golden, guint call);
guint golden_steps (const Golden *golden, guint call);
gboolean golden_resets (const Golden *golden, guint call);

/* Fails the test if one of @n numbers is not Keras's; @how and @first are for
 * the message. */
void golden_compare_numbers (const Golden *golden, const gchar *how, guint call,
    gsize first, const gfloat *ours, const gfloat *keras, gsize n);

/* `appsrc ! lstm ! appsink`, the latter on the pad of the output */
typedef struct {
  GstElement *pipeline, *src, *lstm, *sink;
} Line;

void line_start (Line *line, const Golden *golden, const gchar *properties,
    const gchar *caps);
/* No element has warned of anything. */
void line_stop (Line *line, const Golden *golden);
/* Takes the buffer. */
void line_push (Line *line, GstBuffer *buffer);

typedef void (*LineTake) (
    GstBuffer *buffer, const guint8 *data, gsize size, gpointer user_data);

/* Ends the stream, and hands all that comes out to @take. */
void line_finish (Line *line, LineTake take, gpointer user_data);

G_END_DECLS
