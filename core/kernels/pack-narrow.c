/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Weights in fewer bits than f32. */

#include "kernels/kernels.h"
#include "kernels/narrow.h"

/* A tile is read in whole: so much may be read past the last group. */
#define TILE_GROUPS 16

static gsize
lanes_of (const LstmPacked *w)
{
  return (gsize) w->gates * w->width;
}

/* Groups of so many inputs that a panel has. */
static gsize
groups_of (const LstmPacked *w, gsize group)
{
  return ((gsize) w->in + group - 1) / group;
}

/* Where the weight of an input stands, in groups of inputs. */
static gsize
group_index (
    const LstmPacked *w, gsize group, gsize panel, gsize input, gsize lane)
{
  gsize at = panel * groups_of (w, group) + input / group;

  return (at * lanes_of (w) + lane) * group + input % group;
}

static void
to_bf16 (LstmPacked *w)
{
  gsize lanes = lanes_of (w);
  const gfloat *from = w->data;

  w->bf16 = lstm_packed_alloc (
      w->panels, groups_of (w, 2), lanes, 2 * sizeof (guint16));
  for (gsize p = 0; p < w->panels; p++)
    for (gsize i = 0; i < w->in; i++)
      for (gsize l = 0; l < lanes; l++)
        w->bf16[group_index (w, 2, p, i, l)] = lstm_bf16 (*from++);
}

/* One output's weights from a block of inputs. In groups of four they are 128
 * larger, without a sign. */
static void
block_to_int8 (LstmPacked *w, gsize panel, gsize block, gsize lane)
{
  gsize lanes = lanes_of (w), first = block * LSTM_INT8_BLOCK;
  gsize n = MIN (LSTM_INT8_BLOCK, w->in - first), group = w->int8_group;
  const gfloat *from = w->data + (panel * w->in + first) * lanes + lane;
  gfloat column[LSTM_INT8_BLOCK];
  gint16 q[LSTM_INT8_BLOCK];

  for (gsize i = 0; i < n; i++)
    column[i] = from[i * lanes];
  w->scales[(panel * lstm_int8_blocks (w->in) + block) * lanes + lane] =
      lstm_quantise (n, column, LSTM_INT8_WEIGHT_MAX, q);
  for (gsize i = 0; i < n; i++)
    w->int8[group_index (w, group, panel, first + i, lane)] =
        (gint8) (group == 4 ? q[i] ^ 0x80 : q[i]);
}

static void
to_int8 (LstmPacked *w)
{
  gsize lanes = lanes_of (w), blocks = lstm_int8_blocks (w->in);
  gsize group = w->int8_group;

  w->int8 = lstm_packed_alloc (
      1, w->panels * groups_of (w, group) + TILE_GROUPS, lanes, group);
  w->scales = lstm_packed_alloc (w->panels, blocks, lanes, sizeof (gfloat));
  for (gsize p = 0; p < w->panels; p++)
    for (gsize b = 0; b < blocks; b++)
      for (gsize l = 0; l < lanes; l++)
        block_to_int8 (w, p, b, l);
}

void
lstm_packed_narrow (LstmPacked *w, LstmPrecision precision)
{
  w->precision = precision;
  if (precision == LSTM_PRECISION_F32)
    return;
  if (precision == LSTM_PRECISION_BF16)
    to_bf16 (w);
  else
    to_int8 (w);
  g_clear_pointer (&w->data, g_aligned_free);
}
