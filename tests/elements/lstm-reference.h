/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

#include "element-test.h"

G_BEGIN_DECLS

/* Models of the golden cases, each a file. */
#define MODEL_FRAMES "variable_length"     /* (None, 5) to (None, 6) */
#define MODEL_WINDOW "window_last_dense"   /* (25, 1) to (10,) */
#define MODEL_SEQUENCE "window_seq_dense"  /* (25, 1) to (25, 10) */
#define MODEL_STATEFUL "stateful_stack"    /* (10, 2) to (2,) */
#define MODEL_SEVERAL "returns_last_state" /* (3, 1) to 3 x (1,) */
#define MODEL_STATES "hello_lstm"          /* (5, 4) to (5, 2), 2 x (2,) */

gchar *reference_model_path (const gchar *name);

gfloat *reference_input (guint32 seed, gsize n);

/* What the library itself gives for the frames in one call: frames in frame
 * mode, windows every @stride frames else. (transfer full) */
gfloat *reference_output (const gchar *model, LstmMode mode, guint steps,
    guint stride, const gfloat *frames, guint n_frames, gsize *n_out);

/* The same for one of the outputs of any model file. (transfer full) */
gfloat *reference_output_of (const gchar *path, guint output, LstmMode mode,
    guint steps, guint stride, const gfloat *frames, guint n_frames,
    gsize *n_out);

/* A harness around an lstm whose stream has F32 frames; properties as for
 * element_test_make(). */
ElementTest *lstm_test_new (
    const gchar *model, guint channels, gint rate, ...) G_GNUC_NULL_TERMINATED;
void lstm_test_set_format (
    ElementTest *test, gboolean f64, guint channels, gint rate);

/* One buffer of @n numbers that belongs to a key; its frames are numbered from
 * 0. */
void lstm_test_push_keyed (
    ElementTest *test, const gchar *key, const gfloat *x, gsize n);

/* All bytes that came out. */
GByteArray *lstm_test_pull (ElementTest *test);
void lstm_test_assert_output (
    ElementTest *test, const gfloat *expected, gsize n);

G_END_DECLS
