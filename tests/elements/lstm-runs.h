/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "lstm-reference.h"

G_BEGIN_DECLS

/* Small streams that can be broken off anywhere and taken up again. */
typedef struct {
  const gchar *name;
  const gchar *model;
  guint channels;
  guint n_frames;
  const gchar *properties; /* as in a launch line */
  gboolean nan;            /* some numbers are none */
  gboolean keyed;          /* frames take turns between three keys */
} Run;

extern const Run runs[];
guint runs_count (void);

/* The bytes of all frames: F32, or F64. (transfer full) */
GByteArray *run_bytes (const Run *run, gboolean f64);

/* @more: further properties, as in a launch line, or NULL. */
ElementTest *run_start (const Run *run, gboolean f64, const gchar *more);

/* Pushes bytes [from, to) of the stream, in one buffer, or a frame at a time
 * where it is keyed; it has the time of its first frame. */
void run_push (ElementTest *test, const Run *run, gboolean f64,
    const GByteArray *bytes, guint from, guint to);

/* The same of a keyed run, @longest frames at most in a list of buffers. */
void run_push_lists (
    ElementTest *test, const Run *run, const GByteArray *bytes, guint longest);

/* Appends what came out: time, duration, key and numbers. */
void run_pull (ElementTest *test, GByteArray *out);

G_END_DECLS
