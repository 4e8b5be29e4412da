/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* All numbers are little-endian:
 *
 *   u32 version, 2
 *   u32 flags: 1 a last good frame, 2 a final output, 4 bytes of doubles
 *   u32 features of a frame, u32 features of an output frame
 *   u32 steps of a window, u32 stride
 *   u32 frames that wait, u32 of those that a window had, u32 to be skipped
 *   u32 bytes of a frame that is not whole
 *   u32 rate, numerator; u32 denominator
 *   u64 windows since the last reset
 *   u64 base time in ns, u64 frames counted since then
 *   u64 frames of the source before the next one, or 2^64 - 1; not in version 1
 *   f32 frames[waiting][features]
 *       tags[waiting]: u64 number, u64 index, u64 PTS and u64 duration in ns,
 *         u32 1 if these count and not the rate, else 0
 *   f32 good[features], if there is one
 *   f32 final[output features] and a tag, if there is one
 *       bytes
 *
 * Kept columns are not saved: outputs of frames that were have none. */

#include "gstlstmpending.h"

#include <string.h>

#define VERSION 2
#define HAS_GOOD 1u
#define HAS_FINAL 2u
#define BYTES_F64 4u
#define TAG_BYTES 36u

#define ADVICE "; delete it to start from the initial state"

/* Reads or, with `out`, writes; `bad` once it has run out of bytes. */
typedef struct {
  GByteArray *out;
  const guint8 *in;
  gsize left;
  gboolean bad;
} Coder;

static void
code_bytes (Coder *coder, gpointer data, gsize n)
{
  if (coder->out != NULL) {
    g_byte_array_append (coder->out, data, (guint) n);
  } else if (n > coder->left) {
    coder->bad = TRUE;
  } else if (n > 0) {
    memcpy (data, coder->in, n);
    coder->in += n;
    coder->left -= n;
  }
}

static void
code_u32 (Coder *coder, guint32 *n)
{
  guint32 le = GUINT32_TO_LE (*n);

  code_bytes (coder, &le, sizeof le);
  *n = GUINT32_FROM_LE (le);
}

static void
code_u64 (Coder *coder, guint64 *n)
{
  guint64 le = GUINT64_TO_LE (*n);

  code_bytes (coder, &le, sizeof le);
  *n = GUINT64_FROM_LE (le);
}

static void
code_floats (Coder *coder, gfloat *numbers, gsize n)
{
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
  code_bytes (coder, numbers, n * sizeof (gfloat));
#else
  for (gsize i = 0; i < n; i++)
    code_u32 (coder, (guint32 *) (gpointer) &numbers[i]);
#endif
}

static void
code_tag (Coder *coder, GstLstmTag *tag)
{
  guint32 irregular = tag->irregular;

  code_u64 (coder, &tag->number);
  code_u64 (coder, &tag->index);
  code_u64 (coder, &tag->pts);
  code_u64 (coder, &tag->lasts);
  code_u32 (coder, &irregular);
  tag->irregular = irregular != 0;
}

/* ---- the fixed part ---- */

typedef struct {
  guint32 version, flags;
  guint32 features, out_features;
  guint32 steps, stride;
  guint32 n_frames, n_covered, skip;
  guint32 n_bytes;
  guint32 rate_n, rate_d;
  guint64 n_items;
  guint64 base, counted;
  guint64 position;
} Head;

static void
code_head (Coder *coder, Head *head)
{
  code_u32 (coder, &head->version);
  code_u32 (coder, &head->flags);
  code_u32 (coder, &head->features);
  code_u32 (coder, &head->out_features);
  code_u32 (coder, &head->steps);
  code_u32 (coder, &head->stride);
  code_u32 (coder, &head->n_frames);
  code_u32 (coder, &head->n_covered);
  code_u32 (coder, &head->skip);
  code_u32 (coder, &head->n_bytes);
  code_u32 (coder, &head->rate_n);
  code_u32 (coder, &head->rate_d);
  code_u64 (coder, &head->n_items);
  code_u64 (coder, &head->base);
  code_u64 (coder, &head->counted);
  if (head->version >= 2)
    code_u64 (coder, &head->position);
  else
    head->position = GST_BUFFER_OFFSET_NONE;
}

static Head
head_of (const GstLstmSource *source, const GstLstmPendingShape *shape)
{
  Head head = {
    .version = VERSION,
    .features = source->n_features,
    .out_features = shape->out_features,
    .steps = shape->steps,
    .stride = shape->stride,
    .n_frames = source->n_frames,
    .n_covered = source->n_covered,
    .skip = source->skip,
    .n_bytes = source->partial ? source->partial->len : 0,
    .rate_n = source->rate_n,
    .rate_d = source->rate_d,
    .n_items = source->n_items,
    .base = source->base,
    .counted = source->counted,
    .position = source->position,
  };

  if (source->good != NULL)
    head.flags |= HAS_GOOD;
  if (source->has_final)
    head.flags |= HAS_FINAL;
  if (source->partial_f64)
    head.flags |= BYTES_F64;
  return head;
}

/* ---- the rest, both ways ---- */

/* What @head counts is in @source already. */
static void
code_rest (Coder *coder, GstLstmSource *source, const Head *head)
{
  code_floats (coder, source->frames, (gsize) head->n_frames * head->features);
  for (guint i = 0; i < head->n_frames; i++)
    code_tag (coder, &source->tags[i]);
  if (head->flags & HAS_GOOD)
    code_floats (coder, source->good, head->features);
  if (head->flags & HAS_FINAL) {
    code_floats (coder, source->final, head->out_features);
    code_tag (coder, &source->final_tag);
  }
  if (head->n_bytes > 0)
    code_bytes (coder, source->partial->data, head->n_bytes);
}

GBytes *
gst_lstm_pending_save (
    const GstLstmSource *source, const GstLstmPendingShape *shape)
{
  Coder coder = { .out = g_byte_array_new () };
  Head head = head_of (source, shape);

  code_head (&coder, &head);
  code_rest (&coder, (GstLstmSource *) source, &head);
  return g_byte_array_free_to_bytes (coder.out);
}

/* ---- restoring ---- */

static gboolean
check_shape (const Head *head, const GstLstmPendingShape *shape, GError **error)
{
  gboolean waits = head->n_frames > 0 || head->skip > 0 || head->n_items > 0;

  if (!waits || (head->steps == shape->steps && head->stride == shape->stride))
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
      "the saved state is of windows of %u frames, %u apart; expected %u and "
      "%u: run the model with the steps and stride that it was saved with, or "
      "delete it to start from the initial state",
      head->steps, head->stride, shape->steps, shape->stride);
  return FALSE;
}

/* Whether lengths are such as we write, and go with the bytes that are there.
 */
static gboolean
fits (const Head *head, const Coder *coder, const GstLstmSource *source)
{
  guint64 whole = head->features * (head->flags & BYTES_F64 ? 8u : 4u);
  guint64 frame = head->features * 4u + TAG_BYTES;
  guint64 size = (guint64) head->n_frames * frame + head->n_bytes;

  if (head->flags & HAS_GOOD)
    size += head->features * 4u;
  if (head->flags & HAS_FINAL)
    size += (guint64) head->out_features * 4 + TAG_BYTES;
  return !coder->bad && head->features == source->n_features &&
         head->flags <= (HAS_GOOD | HAS_FINAL | BYTES_F64) &&
         head->n_covered <= head->n_frames && head->skip <= head->stride &&
         head->stride > 0 && head->n_bytes < whole && head->rate_d > 0 &&
         size == coder->left;
}

static void
take_head (GstLstmSource *source, const Head *head)
{
  gst_lstm_source_grow (source, head->n_frames);
  source->n_covered = head->n_covered;
  source->skip = head->skip;
  source->n_items = head->n_items;
  source->base = head->base;
  source->counted = head->counted;
  source->position = head->position;
  source->rate_n = head->rate_n;
  source->rate_d = head->rate_d;
  source->partial_f64 = (head->flags & BYTES_F64) != 0;
  if (head->flags & HAS_GOOD)
    source->good = g_new (gfloat, head->features);
  if (head->flags & HAS_FINAL)
    source->final = g_new (gfloat, head->out_features);
  source->has_final = (head->flags & HAS_FINAL) != 0;
  if (head->n_bytes == 0)
    return;
  source->partial = g_byte_array_new ();
  g_byte_array_set_size (source->partial, head->n_bytes);
}

/* Into a source that is new; on an error it is to be thrown away. */
gboolean
gst_lstm_pending_restore (GBytes *bytes, GstLstmSource *source,
    const GstLstmPendingShape *shape, GError **error)
{
  Coder coder = { 0 };
  Head head = { 0 };

  coder.in = g_bytes_get_data (bytes, &coder.left);
  code_head (&coder, &head);
  if (!coder.bad && (head.version < 1 || head.version > VERSION)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "the frames that wait in the saved state are of version %u, expected "
        "%d or less: another release or program wrote it" ADVICE,
        head.version, VERSION);
    return FALSE;
  }
  if (!fits (&head, &coder, source) ||
      head.out_features != shape->out_features) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "the frames that wait in the saved state are malformed: %u frames of "
        "%u features and %u bytes in %zu bytes, expected features %u" ADVICE,
        head.n_frames, head.features, head.n_bytes, g_bytes_get_size (bytes),
        source->n_features);
    return FALSE;
  }
  if (!check_shape (&head, shape, error))
    return FALSE;
  take_head (source, &head);
  code_rest (&coder, source, &head);
  return TRUE;
}

/* How many frames of its source a saved stream has seen, or
 * GST_BUFFER_OFFSET_NONE. */
guint64
gst_lstm_pending_get_position (GBytes *bytes)
{
  Coder coder = { 0 };
  Head head = { 0 };

  coder.in = g_bytes_get_data (bytes, &coder.left);
  code_head (&coder, &head);
  return coder.bad || head.version > VERSION ? GST_BUFFER_OFFSET_NONE
                                             : head.position;
}
