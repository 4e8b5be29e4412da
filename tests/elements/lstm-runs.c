/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "lstm-runs.h"

#include <math.h>
#include <string.h>

#include <gst/lstm/lstm.h>

#define RATE 8 /* frames per second: their times are whole nanoseconds */

const Run runs[] = {
  { "frames", MODEL_FRAMES, 5, 7, "", FALSE, FALSE },
  { "final", MODEL_FRAMES, 5, 7, "output=final", FALSE, FALSE },
  { "held", MODEL_FRAMES, 5, 7, "on-nan=hold", TRUE, FALSE },
  { "windows", MODEL_WINDOW, 1, 60, "", FALSE, FALSE },
  { "sliding", MODEL_WINDOW, 1, 58, "stride=3 partial-window=pad", FALSE,
      FALSE },
  { "apart", MODEL_WINDOW, 1, 90, "stride=31 partial-window=pad", FALSE,
      FALSE },
  { "sequence", MODEL_SEQUENCE, 1, 60, "stride=10", FALSE, FALSE },
  { "stateful", MODEL_STATEFUL, 2, 35, "", FALSE, FALSE },
  { "batch", MODEL_STATEFUL, 2, 45,
      "batch=2 stride=7 partial-batch=pad partial-window=pad", FALSE, FALSE },
  { "batch-held", MODEL_STATEFUL, 2, 45,
      "batch=3 stride=5 partial-batch=drop on-nan=hold", TRUE, FALSE },
  { "keyed", MODEL_FRAMES, 5, 20, "", FALSE, TRUE },
  { "keyed-sliding", MODEL_WINDOW, 1, 100, "stride=2", FALSE, TRUE },
};

guint
runs_count (void)
{
  return G_N_ELEMENTS (runs);
}

GByteArray *
run_bytes (const Run *run, gboolean f64)
{
  gsize n = (gsize) run->n_frames * run->channels;
  g_autofree gfloat *x = reference_input (31, n);
  GByteArray *bytes = g_byte_array_new ();

  for (gsize i = 0; i < n; i++) {
    gfloat narrow = run->nan && i % 11 == 3 ? NAN : x[i];
    gdouble wide = (gdouble) narrow;

    if (f64)
      g_byte_array_append (bytes, (const guint8 *) &wide, sizeof wide);
    else
      g_byte_array_append (bytes, (const guint8 *) &narrow, sizeof narrow);
  }
  return bytes;
}

ElementTest *
run_start (const Run *run, gboolean f64, const gchar *more)
{
  g_autofree gchar *path = reference_model_path (run->model);
  g_autofree gchar *line = g_strdup_printf (
      "lstm model=%s %s %s", path, run->properties, more ? more : "");
  g_autoptr (GError) error = NULL;
  GstElement *element = gst_parse_launch (line, &error);
  ElementTest *test;

  fail_unless (error == NULL, "%s", error ? error->message : "");
  gst_object_ref_sink (element);
  test = element_test_new (element);
  lstm_test_set_format (test, f64, run->channels, RATE);
  return test;
}

static GstBuffer *
new_buffer (const gchar *key, const guint8 *data, guint n, guint64 frame)
{
  GstBuffer *buffer = gst_buffer_new_memdup (data, n);

  GST_BUFFER_PTS (buffer) = frame * (GST_SECOND / RATE);
  if (key != NULL) {
    g_autoptr (GstCaps) caps = gst_lstm_key_caps_new (key);

    gst_buffer_add_lstm_key_meta (buffer, caps, frame);
  }
  return buffer;
}

static void
push (ElementTest *test, GstBuffer *buffer)
{
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
}

/* One frame of a keyed stream. */
static GstBuffer *
new_keyed (const Run *run, const GByteArray *bytes, guint frame, guint i)
{
  static const gchar *const keys[] = { "a", "b", "c" };

  return new_buffer (keys[i * i % 3], bytes->data + i * frame, frame, i);
}

void
run_push (ElementTest *test, const Run *run, gboolean f64,
    const GByteArray *bytes, guint from, guint to)
{
  guint frame = run->channels * (f64 ? 8 : 4);

  if (from == to)
    return;
  if (!run->keyed) {
    push (test, new_buffer (NULL, bytes->data + from, to - from,
                    (from + frame - 1) / frame));
    return;
  }
  for (guint at = from; at < to; at += frame)
    push (test, new_keyed (run, bytes, frame, at / frame));
}

void
run_push_lists (
    ElementTest *test, const Run *run, const GByteArray *bytes, guint longest)
{
  for (guint i = 0; i < run->n_frames;) {
    GstBufferList *list = gst_buffer_list_new ();

    for (guint k = 0; k < longest && i < run->n_frames; k++, i++)
      gst_buffer_list_add (list, new_keyed (run, bytes, run->channels * 4, i));
    fail_unless_equals_int (
        gst_pad_push_list (test->harness->srcpad, list), GST_FLOW_OK);
  }
}

void
run_pull (ElementTest *test, GByteArray *out)
{
  GstBuffer *buffer;

  while ((buffer = gst_harness_try_pull (test->harness)) != NULL) {
    guint64 about[3] = { GST_BUFFER_PTS (buffer), GST_BUFFER_DURATION (buffer),
      0 };
    const gchar *key = "";
    GstMapInfo map;

    gst_buffer_get_lstm_key (buffer, NULL, &key, &about[2]);
    fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
    g_byte_array_append (out, (const guint8 *) about, sizeof about);
    g_byte_array_append (out, (const guint8 *) key, strlen (key));
    g_byte_array_append (out, map.data, map.size);
    gst_buffer_unmap (buffer, &map);
    gst_buffer_unref (buffer);
  }
}
