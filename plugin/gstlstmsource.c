/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmsource.h"

#include <string.h>

GstLstmSource *
gst_lstm_source_new (const gchar *key, const LstmStream *initial,
    guint n_features, guint n_streams)
{
  GstLstmSource *source = g_new0 (GstLstmSource, 1);

  source->key = g_strdup (key);
  source->streams = g_new (LstmStream *, n_streams);
  source->n_streams = n_streams;
  for (guint i = 0; i < n_streams; i++)
    source->streams[i] = lstm_stream_copy (initial);
  source->initial = initial;
  source->n_features = n_features;
  source->base = GST_CLOCK_TIME_NONE;
  source->seen = GST_CLOCK_TIME_NONE;
  source->position = GST_BUFFER_OFFSET_NONE;
  source->changed_link.data = source;
  source->used_link.data = source;
  source->rate_n = source->rate_d = 1;
  return source;
}

/* How long @n frames last. */
GstClockTime
gst_lstm_span (guint64 n, guint rate_n, guint rate_d)
{
  if (rate_n == 0)
    return 0;
  return gst_util_uint64_scale (n, GST_SECOND * rate_d, rate_n);
}

/* The same at the rate that the source counts in. */
GstClockTime
gst_lstm_source_span (const GstLstmSource *source, guint64 n)
{
  return gst_lstm_span (n, source->rate_n, source->rate_d);
}

void
gst_lstm_source_free (GstLstmSource *source)
{
  if (source->changed_in != NULL)
    g_queue_unlink (source->changed_in, &source->changed_link);
  if (source->used_in != NULL)
    g_queue_unlink (source->used_in, &source->used_link);
  gst_lstm_source_drop (source, source->n_frames);
  gst_lstm_source_clear_final (source);
  g_clear_pointer (&source->flight, gst_lstm_flight_free);
  gst_clear_caps (&source->key_caps);
  g_clear_pointer (&source->partial, g_byte_array_unref);
  for (guint i = 0; i < source->n_streams; i++)
    lstm_stream_free (source->streams[i]);
  g_free (source->streams);
  g_free (source->frames);
  g_free (source->tags);
  g_free (source->good);
  g_free (source->final);
  g_free (source->key);
  g_free (source);
}

/* The initial state, and no frames that wait; time goes on, and so does a frame
 * of which some bytes are there. */
void
gst_lstm_source_restart (GstLstmSource *source)
{
  for (guint i = 0; i < source->n_streams; i++)
    lstm_stream_assign (source->streams[i], source->initial);
  gst_lstm_source_drop (source, source->n_frames);
  gst_lstm_source_clear_final (source);
  g_clear_pointer (&source->good, g_free);
  if (source->flight != NULL)
    gst_lstm_flight_end (source->flight, 0);
  source->n_covered = 0;
  source->skip = 0;
  source->total = 0;
  source->n_items = 0;
}

/* The same, and time and bytes begin anew. */
void
gst_lstm_source_reset (GstLstmSource *source)
{
  gst_lstm_source_restart (source);
  if (source->partial != NULL)
    g_byte_array_set_size (source->partial, 0);
  source->base = GST_CLOCK_TIME_NONE;
  source->counted = 0;
  source->restored = FALSE;
}

/* Room for @n more frames, whose tags are empty; returns where to write them,
 * NULL for none.
 * Memory only grows: a stream with buffers of one size allocates once. */
gfloat *
gst_lstm_source_grow (GstLstmSource *source, guint n)
{
  guint old = source->n_frames;
  gsize row = source->n_features;

  if (n == 0)
    return NULL;
  if (old + n > source->capacity) {
    source->capacity = MAX (old + n, source->capacity * 2);
    source->frames =
        g_realloc_n (source->frames, source->capacity, row * sizeof (gfloat));
    source->tags =
        g_realloc_n (source->tags, source->capacity, sizeof (GstLstmTag));
  }
  memset (source->tags + old, 0, n * sizeof (GstLstmTag));
  source->n_frames += n;
  return source->frames + old * row;
}

/* Forgets the @n oldest frames that wait. */
void
gst_lstm_source_drop (GstLstmSource *source, guint n)
{
  guint rest = source->n_frames - n;

  for (guint i = 0; i < n; i++)
    g_clear_pointer (&source->tags[i].rows, gst_lstm_rows_unref);
  if (n == 0)
    return;
  if (source->flight != NULL)
    gst_lstm_flight_drop (source->flight, n);
  memmove (source->tags, source->tags + n, rest * sizeof (GstLstmTag));
  memmove (source->frames, source->frames + (gsize) n * source->n_features,
      (gsize) rest * source->n_features * sizeof (gfloat));
  source->n_frames = rest;
  source->n_covered -= MIN (n, source->n_covered);
}

/* Forgets the @n newest frames that wait. */
void
gst_lstm_source_drop_newest (GstLstmSource *source, guint n)
{
  source->n_frames -= n;
  for (guint i = 0; i < n; i++)
    g_clear_pointer (
        &source->tags[source->n_frames + i].rows, gst_lstm_rows_unref);
  if (source->flight != NULL)
    gst_lstm_flight_drop_newest (source->flight, source->n_frames);
}

/* Returns where the last frames of all outputs are to be written, @n floats;
 * they have the tag of their frame. */
gfloat *
gst_lstm_source_keep_final (
    GstLstmSource *source, gsize n, const GstLstmTag *tag)
{
  gst_lstm_source_clear_final (source);
  if (source->final == NULL)
    source->final = g_new (gfloat, n);
  source->final_tag = *tag;
  if (tag->rows != NULL)
    gst_lstm_rows_ref (tag->rows);
  source->has_final = TRUE;
  return source->final;
}

void
gst_lstm_source_clear_final (GstLstmSource *source)
{
  g_clear_pointer (&source->final_tag.rows, gst_lstm_rows_unref);
  source->has_final = FALSE;
}
