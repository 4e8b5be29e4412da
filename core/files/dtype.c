/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "files/dtype.h"

#include <string.h>

static const struct {
  const gchar *name; /* of safetensors */
  gchar kind;        /* of NumPy, which has no bfloat16 */
  guint size;
} dtypes[] = {
  [LSTM_DTYPE_BOOL] = { "BOOL", 'b', 1 },
  [LSTM_DTYPE_U8] = { "U8", 'u', 1 },
  [LSTM_DTYPE_I8] = { "I8", 'i', 1 },
  [LSTM_DTYPE_U16] = { "U16", 'u', 2 },
  [LSTM_DTYPE_I16] = { "I16", 'i', 2 },
  [LSTM_DTYPE_U32] = { "U32", 'u', 4 },
  [LSTM_DTYPE_I32] = { "I32", 'i', 4 },
  [LSTM_DTYPE_U64] = { "U64", 'u', 8 },
  [LSTM_DTYPE_I64] = { "I64", 'i', 8 },
  [LSTM_DTYPE_F16] = { "F16", 'f', 2 },
  [LSTM_DTYPE_BF16] = { "BF16", '\0', 2 },
  [LSTM_DTYPE_F32] = { "F32", 'f', 4 },
  [LSTM_DTYPE_F64] = { "F64", 'f', 8 },
};

gboolean
lstm_dtype_from_name (const gchar *name, LstmDtype *dtype)
{
  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    if (strcmp (dtypes[i].name, name) == 0) {
      *dtype = i;
      return TRUE;
    }
  return FALSE;
}

gboolean
lstm_dtype_from_numpy (gchar kind, guint size, LstmDtype *dtype)
{
  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    if (kind != '\0' && dtypes[i].kind == kind && dtypes[i].size == size) {
      *dtype = i;
      return TRUE;
    }
  return FALSE;
}

const gchar *
lstm_dtype_get_name (LstmDtype dtype)
{
  return dtypes[dtype].name;
}

gboolean
lstm_dtype_is_float (LstmDtype dtype)
{
  return dtypes[dtype].kind == 'f' || dtype == LSTM_DTYPE_BF16;
}

gsize
lstm_dtype_get_size (LstmDtype dtype)
{
  return dtypes[dtype].size;
}

static guint64
load_bits (const guint8 *from, guint size, gboolean big_endian)
{
  guint64 bits = 0;

  for (guint i = 0; i < size; i++)
    bits = bits << 8 | from[big_endian ? i : size - 1 - i];
  return bits;
}

static gfloat
float_of_bits (guint32 bits)
{
  gfloat value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static gdouble
double_of_bits (guint64 bits)
{
  gdouble value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

/* IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */
static gfloat
float_of_half (guint32 half)
{
  guint32 sign = (half & 0x8000) << 16;
  guint32 exponent = half >> 10 & 0x1f;
  guint32 fraction = half & 0x3ff;

  if (exponent == 0)
    return (sign ? -1.0f : 1.0f) * (gfloat) fraction * 0x1p-24f;
  exponent = exponent == 0x1f ? 0xff : exponent + 127 - 15;
  return float_of_bits (sign | exponent << 23 | fraction << 13);
}

static gfloat
convert (LstmDtype dtype, guint64 bits)
{
  switch (dtype) {
    case LSTM_DTYPE_BOOL:
      return bits != 0;
    case LSTM_DTYPE_I8:
      return (gint8) bits;
    case LSTM_DTYPE_I16:
      return (gint16) bits;
    case LSTM_DTYPE_I32:
      return (gint32) bits;
    case LSTM_DTYPE_I64:
      return (gint64) bits;
    case LSTM_DTYPE_F16:
      return float_of_half ((guint32) bits);
    case LSTM_DTYPE_BF16:
      return float_of_bits ((guint32) bits << 16);
    case LSTM_DTYPE_F32:
      return float_of_bits ((guint32) bits);
    case LSTM_DTYPE_F64:
      return (gfloat) double_of_bits (bits);
    default:
      return bits;
  }
}

void
lstm_dtype_to_float (LstmDtype dtype, gboolean big_endian, const guint8 *from,
    gsize n, gfloat *to)
{
  guint size = dtypes[dtype].size;

  if (dtype == LSTM_DTYPE_F32 && big_endian == (G_BYTE_ORDER == G_BIG_ENDIAN)) {
    memcpy (to, from, n * sizeof *to);
    return;
  }
  for (gsize i = 0; i < n; i++)
    to[i] = convert (dtype, load_bits (from + i * size, size, big_endian));
}
