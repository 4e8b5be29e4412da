/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernels/simd/digits.h"

static __m512
load_up_to (const gfloat *x, gsize n, gsize at)
{
  guint lanes = n > at ? MIN (n - at, VL) : 0;

  return _mm512_maskz_loadu_ps ((__mmask16) ((1u << lanes) - 1u), x + at);
}

/* As lstm_quantise. */
static void
quantise_block (gsize n, const gfloat *x, Digits *to, gsize row, gsize block)
{
  gint8 *high = to->high[row] + block * LSTM_INT8_BLOCK;
  gint8 *low = to->low[row] + block * LSTM_INT8_BLOCK;
  VI most = vi_zero (), sum = vi_zero (), half = _mm512_set1_epi32 (128);
  V v[LSTM_INT8_BLOCK / VL], magic = v_set (LSTM_ROUND_MAGIC);
  gfloat inverse;

  UNROLL
  for (guint i = 0; i < LSTM_INT8_BLOCK / VL; i++) {
    v[i] = load_up_to (x, n, i * VL);
    most = _mm512_max_epu32 (most, _mm512_and_si512 (_mm512_castps_si512 (v[i]),
                                       _mm512_set1_epi32 (0x7fffffff)));
  }
  to->scale[row][block] = lstm_int8_scale (
      _mm512_reduce_max_epu32 (most), LSTM_INT8_INPUT_MAX, &inverse);
  UNROLL
  for (guint i = 0; i < LSTM_INT8_BLOCK / VL; i++) {
    V rounded = v_add (v_mul (v[i], v_set (inverse)), magic);
    VI q = _mm512_sub_epi32 (
        _mm512_castps_si512 (rounded), _mm512_castps_si512 (magic));

    if (inverse == 0.0f)
      q = vi_zero ();
    sum = _mm512_add_epi32 (sum, q);
    q = _mm512_add_epi32 (q, half);
    _mm_storeu_si128 ((__m128i *) (high + i * VL),
        _mm512_cvtepi32_epi8 (_mm512_srai_epi32 (q, 8)));
    _mm_storeu_si128 ((__m128i *) (low + i * VL),
        _mm512_cvtepi32_epi8 (_mm512_xor_si512 (q, half)));
  }
  to->offset[row][block] = -128 * _mm512_reduce_add_epi32 (sum);
}

void
lstm_avx512_digits (const Product *j, gsize row, gsize rows, Digits *to)
{
  for (gsize r = 0; r < rows; r++) {
    const gfloat *x = j->x + (row + r) * j->x_stride + to->first;

    for (gsize at = 0, b = 0; at < to->n; at += LSTM_INT8_BLOCK, b++)
      quantise_block (MIN (LSTM_INT8_BLOCK, to->n - at), x + at, to, r, b);
  }
}
