/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernels/kernels.h"
#include "kernels/narrow.h"

#include <string.h>
#include <sys/mman.h>

/* A cache line, and the widest vector of any set. */
#define ALIGNMENT 64

#define LARGE_BYTES (24 * 1024)

/* The size of large pages, and from what size on they are worth the rest of the
 * last one: reading 8 MB by pages of 4 KiB costs a quarter more (measured). */
#define PAGE_BYTES (2 * 1024 * 1024)
#define PAGED_BYTES (PAGE_BYTES / 2)

/* Asks for large pages; where there are none, nothing changes. */
static gpointer
alloc_pages (gsize bytes)
{
  gsize size = (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
  gpointer data = g_aligned_alloc (1, size, PAGE_BYTES);

#ifdef MADV_HUGEPAGE
  madvise (data, size, MADV_HUGEPAGE);
#endif
  memset (data, 0, bytes);
  return data;
}

/* Zeros, on a cache line. */
gpointer
lstm_packed_alloc (gsize panels, gsize in, gsize lanes, gsize item_bytes)
{
  gsize n;

  if (!g_size_checked_mul (&n, panels, in) ||
      !g_size_checked_mul (&n, n, lanes) ||
      !g_size_checked_mul (&n, n, item_bytes) || n > G_MAXSIZE - PAGE_BYTES)
    g_error ("a matrix of %zu x %zu x %zu overflows", panels, in, lanes);
  if (n >= PAGED_BYTES)
    return alloc_pages (n);
  return g_aligned_alloc0 (1, MAX (n, item_bytes), ALIGNMENT);
}

/* Copies one row of the source, [keras_gates * units], into row i of each
 * panel, which has so many. */
static void
pack_row (const LstmPacked *w, const LstmPackSource *s, const gfloat *row,
    gfloat *panels, gsize i, gsize n_rows)
{
  for (guint p = 0; p < w->panels; p++) {
    guint first = p * w->width;
    guint n = MIN (w->width, w->units - first);
    guint width = p + 1 == w->panels && w->tail ? w->tail : w->width;
    gfloat *to = panels + (p * n_rows * w->width + i * width) * w->gates;

    for (guint g = 0; g < w->gates; g++)
      memcpy (to + g * width, row + (gsize) s->order[g] * w->units + first,
          n * sizeof (gfloat));
  }
}

/* Units of a gate in a last panel that they do not fill: what they need of a
 * half or a quarter of the width. */
static guint
tail_of (const LstmPackSource *s, const LstmKernels *kernels)
{
  guint width = kernels->width, units = s->units % width;

  if (!s->tail || !kernels->tails || kernels->precision != LSTM_PRECISION_F32 ||
      units == 0 || units > width / 2)
    return 0;
  return units <= width / 4 ? width / 4 : width / 2;
}

void
lstm_packed_init (
    LstmPacked *w, const LstmKernels *kernels, const LstmPackSource *s)
{
  gsize row = (gsize) s->keras_gates * s->units;
  gsize lanes;

  memset (w, 0, sizeof *w);
  w->in = s->in;
  w->units = s->units;
  w->gates = s->gates;
  w->z_gates = s->z_gates;
  w->z_first = s->z_first;
  w->width = kernels->width;
  w->int8_group = kernels->int8_group;
  w->tiles = kernels->tiles && kernels->tiles ();
  w->panels = (s->units + w->width - 1) / w->width;
  w->tail = tail_of (s, kernels);
  lanes = (gsize) w->gates * w->width;
  w->large = w->panels * w->in * lanes * sizeof (gfloat) > LARGE_BYTES;
  w->data = lstm_packed_alloc (w->panels, w->in, lanes, sizeof (gfloat));
  w->bias = lstm_packed_alloc (w->panels, 1, lanes, sizeof (gfloat));

  for (guint i = 0; i < w->in; i++)
    pack_row (w, s, s->kernel + i * row, w->data, i, w->in);
  if (s->bias)
    pack_row (w, s, s->bias, w->bias, 0, 1);
  lstm_packed_narrow (w, kernels->precision);
}

void
lstm_packed_clear (LstmPacked *w)
{
  g_clear_pointer (&w->data, g_aligned_free);
  g_clear_pointer (&w->bf16, g_aligned_free);
  g_clear_pointer (&w->int8, g_aligned_free);
  g_clear_pointer (&w->scales, g_aligned_free);
  g_clear_pointer (&w->bias, g_aligned_free);
}

/* Length of a row of z in floats. */
gsize
lstm_packed_z_length (const LstmPacked *w)
{
  return (gsize) w->panels * w->z_gates * w->width;
}

/* Inputs of a panel, whole groups of them. */
static gsize
padded_inputs (const LstmPacked *w, gsize group)
{
  return ((gsize) w->in + group - 1) / group * group;
}

LstmPacked
lstm_packed_slice (const LstmPacked *w, guint first, guint n)
{
  gsize lanes = (gsize) w->gates * w->width;
  LstmPacked slice = *w;

  slice.panels = n;
  slice.tail = first + n == w->panels ? w->tail : 0;
  slice.units = MIN (n * w->width, w->units - first * w->width);
  slice.bias += first * lanes;
  if (w->data)
    slice.data += first * w->in * lanes;
  if (w->bf16)
    slice.bf16 += first * padded_inputs (w, 2) * lanes;
  if (w->int8) {
    slice.int8 += first * padded_inputs (w, w->int8_group) * lanes;
    slice.scales += first * lstm_int8_blocks (w->in) * lanes;
  }
  return slice;
}
