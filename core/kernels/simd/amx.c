/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* int8 of many rows with tdpbsud: a tile of 16 rows x 64 inputs by one of 64
 * inputs x 16 outputs, each weight as its group of four stands in memory. */

#include "kernels/simd/digits.h"
#include "kernels/simd/tile.h"

#include <immintrin.h>

#if !defined(__AMX_INT8__) && !defined(__AMXINT8__)
#error "compile this with -mamx-tile -mamx-int8"
#endif

#define TILE_LINES 16
#define TILE_BYTES 64

/* Intel, Architecture Instruction Set Extensions, 3.3: palette 1, so many
 * lines of so many bytes for each of eight tiles. */
typedef struct {
  guint8 palette;
  guint8 start_row;
  guint8 reserved[14];
  guint16 bytes[16];
  guint8 lines[16];
} TileConfig;

static const TileConfig config = { 1, 0, { 0 },
  { TILE_BYTES, TILE_BYTES, TILE_BYTES, TILE_BYTES, TILE_BYTES, TILE_BYTES,
      TILE_BYTES, TILE_BYTES },
  { TILE_LINES, TILE_LINES, TILE_LINES, TILE_LINES, TILE_LINES, TILE_LINES,
      TILE_LINES, TILE_LINES } };

/* Numbers of tiles: the digits of the inputs, weights, and the sums of two
 * gates. */
#define A_HIGH 0
#define A_LOW 1
#define WEIGHTS 2
#define HIGH_0 3
#define LOW_0 4
#define HIGH_1 5
#define LOW_1 6

/* Inputs of a tile. */
#define TILE_INPUTS 64

typedef struct {
  gint32 high[TILE_LINES][VL] __attribute__ ((aligned (64)));
  gint32 low[TILE_LINES][VL] __attribute__ ((aligned (64)));
} Sums;

/* A panel's rows and where it stands: a gate of a block. */
typedef struct {
  const LstmPacked *w;
  const Digits *x;
  gsize row;
  gsize rows;
  const gint8 *data;
  const gfloat *scales;
  gfloat acc[TILE_LINES][4 * VL] __attribute__ ((aligned (64)));
  Sums sums[2];
} Room;

/* The compiler knows nothing of what tile instructions read. */
SIMD_INLINE void
settle_memory (void)
{
  __asm__ volatile("" ::: "memory");
}

/* A gate's weights of a tile's inputs, and what both digits make of them. */
#define MULTIPLY(room, data, gate, place)                                      \
  do {                                                                         \
    _tile_loadd (WEIGHTS, (data) + (gate) *TILE_BYTES,                         \
        (glong) (room)->w->gates * TILE_BYTES);                                \
    _tile_dpbsud (HIGH_##place, A_HIGH, WEIGHTS);                              \
    _tile_dpbsud (LOW_##place, A_LOW, WEIGHTS);                                \
  } while (0)

/* Integers of a block for gates @gate and, if there are two, the next. */
SIMD_INLINE void
make_sums (Room *room, guint gate, guint n_gates, gsize first, gsize n)
{
  const gint8 *data = room->data;

  settle_memory ();
  _tile_zero (HIGH_0);
  _tile_zero (LOW_0);
  _tile_zero (HIGH_1);
  _tile_zero (LOW_1);
  for (gsize at = first; at < first + n; at += TILE_INPUTS) {
    _tile_loadd (A_HIGH, &room->x->high[room->row][at], DIGIT_INPUTS);
    _tile_loadd (A_LOW, &room->x->low[room->row][at], DIGIT_INPUTS);
    MULTIPLY (room, data, gate, 0);
    if (n_gates == 2)
      MULTIPLY (room, data, gate + 1, 1);
    data += (gsize) TILE_LINES * room->w->gates * TILE_BYTES;
  }
  _tile_stored (HIGH_0, room->sums[0].high, TILE_BYTES);
  _tile_stored (LOW_0, room->sums[0].low, TILE_BYTES);
  if (n_gates == 2) {
    _tile_stored (HIGH_1, room->sums[1].high, TILE_BYTES);
    _tile_stored (LOW_1, room->sums[1].low, TILE_BYTES);
  }
  settle_memory ();
}

/* acc += them, with both scales. */
SIMD_INLINE void
add_sums (Room *room, guint gate, gsize block)
{
  const Digits *x = room->x;
  const Sums *sums = &room->sums[gate % 2];
  V scales = v_load (room->scales + gate * VL);

  for (gsize r = 0; r < room->rows; r++) {
    VI high = _mm512_slli_epi32 (_mm512_load_si512 (sums->high[r]), 8);
    VI low = _mm512_load_si512 (sums->low[r]);
    VI offset = _mm512_set1_epi32 (x->offset[room->row + r][block]);
    VI sum = _mm512_add_epi32 (_mm512_add_epi32 (high, offset), low);
    V scale = v_mul (v_set (x->scale[room->row + r][block]), scales);
    gfloat *acc = room->acc[r] + gate * VL;

    v_store (acc, v_fma (v_from_int (sum), scale, v_load (acc)));
  }
}

static void
add_blocks (Room *room)
{
  gsize gates = room->w->gates, n = room->x->n;

  for (gsize b = 0, at = 0; at < n; b++, at += LSTM_INT8_BLOCK) {
    gsize length = MIN (LSTM_INT8_BLOCK, n - at);

    for (guint g = 0; g < gates; g += 2) {
      if (g + 1 < gates)
        make_sums (room, g, 2, at, length);
      else
        make_sums (room, g, 1, at, length);
      add_sums (room, g, b);
      if (g + 1 < gates)
        add_sums (room, g + 1, b);
    }
    room->data += LSTM_INT8_BLOCK * gates * VL;
    room->scales += gates * VL;
  }
}

/* Up to 16 rows of a panel. */
static void
panel_rows (const Product *j, Room *room, gsize row, gsize rows, gsize panel)
{
  const LstmPacked *w = j->w;
  const Digits *x = j->narrow;
  gsize lanes = (gsize) w->gates * VL, at = j->first + panel;
  gsize groups = ((gsize) w->in + 3) / 4;
  gsize block = at * lstm_int8_blocks (w->in) + x->first / LSTM_INT8_BLOCK;
  gfloat *to = j->to + row * j->to_stride + panel * j->to_panel;

  room->w = w;
  room->x = x;
  room->row = row;
  room->rows = rows;
  room->data = w->int8 + (at * groups + x->first / 4) * lanes * 4;
  room->scales = w->scales + block * lanes;
  for (gsize r = 0; r < rows; r++)
    memcpy (room->acc[r],
        j->fresh ? w->bias + at * lanes : to + r * j->to_stride,
        lanes * sizeof (gfloat));
  add_blocks (room);
  for (gsize r = 0; r < rows; r++)
    memcpy (to + r * j->to_stride, room->acc[r], lanes * sizeof (gfloat));
}

void
lstm_avx512_amx_product (const Product *job, gsize rows, gsize panels)
{
  Product j = *job;
  Room room;
  Digits digits;

  j.narrow = &digits;
  _tile_loadconfig (&config);
  for (gsize r = 0, n; r < rows; r += n) {
    n = tile_share (rows - r, DIGIT_ROWS);
    j.to = job->to + r * j.to_stride;
    j.fresh = job->fresh;
    for (gsize first = 0; first < j.w->in; first += DIGIT_INPUTS) {
      digits.first = first;
      digits.n = MIN (DIGIT_INPUTS, j.w->in - first);
      lstm_avx512_digits (job, r, n, &digits);
      settle_memory ();
      for (gsize p = 0; p < panels; p++)
        for (gsize at = 0; at < n; at += TILE_LINES)
          panel_rows (&j, &room, at, MIN (TILE_LINES, n - at), p);
      j.fresh = FALSE;
    }
  }
  _tile_release ();
}
