/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmflexible.h"

#include <string.h>

#define MAGIC 0xfeedccedu
#define VERSION_1 0xde001u
#define TYPE_FLOAT32 7
#define FORMAT_SPARSE 2

enum { AT_MAGIC, AT_VERSION, AT_TYPE, AT_DIMENSIONS, AT_FORMAT = 19 };

/**
 * gst_lstm_flexible_from_caps:
 * @caps: any caps
 * @rate_n: (out): tensors per second, numerator; 0 where it is not known
 * @rate_d: (out): denominator
 *
 * Returns: %FALSE if @caps are no fixed `other/tensors` of flexible tensors
 */
gboolean
gst_lstm_flexible_from_caps (const GstCaps *caps, gint *rate_n, gint *rate_d)
{
  g_autoptr (GstCaps) wanted = gst_caps_from_string (GST_LSTM_FLEXIBLE_CAPS);

  return gst_caps_is_fixed (caps) && gst_caps_can_intersect (caps, wanted) &&
         gst_structure_get_fraction (
             gst_caps_get_structure (caps, 0), "framerate", rate_n, rate_d);
}

static guint32
get_word (const guint8 *header, guint i)
{
  guint32 word;

  memcpy (&word, header + i * sizeof word, sizeof word);
  return word;
}

static gchar *
check_kind (const guint8 *header)
{
  static const gchar *const types[] = { "int32", "uint32", "int16", "uint16",
    "int8", "uint8", "float64", "float32", "int64", "uint64", "float16" };
  guint32 type = get_word (header, AT_TYPE);

  if (get_word (header, AT_MAGIC) != MAGIC)
    return g_strdup_printf (
        "A flexible tensor begins with 0x%08x, expected 0x%08x: the header of "
        "128 bytes that format=flexible promises is not there",
        get_word (header, AT_MAGIC), MAGIC);
  if (get_word (header, AT_VERSION) >> 12 != VERSION_1)
    return g_strdup_printf (
        "A flexible tensor has a header of version 0x%08x, expected 1.x "
        "(0xde001000)",
        get_word (header, AT_VERSION));
  if (type != TYPE_FLOAT32)
    return g_strdup_printf (
        "A flexible tensor holds %s (type %u), expected float32: put "
        "tensor_transform mode=typecast option=float32 before lstm",
        type < G_N_ELEMENTS (types) ? types[type] : "an unknown type", type);
  if (get_word (header, AT_FORMAT) >= FORMAT_SPARSE)
    return g_strdup_printf (
        "A flexible tensor's header says format %u, expected 0 (static) or 1 "
        "(flexible): put tensor_sparse_dec before lstm for sparse ones",
        get_word (header, AT_FORMAT));
  return NULL;
}

/* The dimensions as text, `5:2`. */
static gchar *
get_dimensions (const guint8 *header)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < GST_LSTM_TENSOR_RANK; i++) {
    guint32 n = get_word (header, AT_DIMENSIONS + i);

    if (n == 0)
      break;
    g_string_append_printf (text, "%s%u", i > 0 ? ":" : "", n);
  }
  return g_string_free (text, FALSE);
}

/* FALSE if these are no dimensions of frames. */
static gboolean
take_dimensions (GstLstmTensor *tensor, const guint8 *header)
{
  guint32 dims[3] = { 1, 1, 1 };
  gsize n;

  for (guint i = 0; i < GST_LSTM_TENSOR_RANK; i++) {
    guint32 dim = get_word (header, AT_DIMENSIONS + i);

    if (dim == 0 && i == 0)
      return FALSE;
    if (dim == 0)
      break;
    if (dim > G_MAXINT || (i > 2 && dim != 1))
      return FALSE;
    if (i <= 2)
      dims[i] = dim;
  }
  tensor->features = dims[0];
  tensor->steps = dims[1];
  tensor->batch = dims[2];
  return g_size_checked_mul (&n, dims[1], dims[2]) && n <= G_MAXINT &&
         g_size_checked_mul (&tensor->size, n, dims[0]) &&
         g_size_checked_mul (&tensor->size, tensor->size, sizeof (gfloat));
}

/**
 * gst_lstm_flexible_parse:
 * @tensor: (out): features, steps, batch and size of the data; undefined if
 *   something is wrong
 * @data: a buffer's bytes, of any alignment
 * @size: how many
 *
 * Returns: (transfer full) (nullable): what is wrong with it, or %NULL if the
 *   rest after the header is one whole float32 tensor of frames
 */
gchar *
gst_lstm_flexible_parse (GstLstmTensor *tensor, const guint8 *data, gsize size)
{
  g_autofree gchar *dimensions = NULL;
  gchar *why;

  if (size < GST_LSTM_FLEXIBLE_HEADER)
    return g_strdup_printf (
        "A buffer of %zu bytes came, expected a flexible tensor: its header "
        "alone has 128",
        size);
  why = check_kind (data);
  if (why != NULL)
    return why;
  if (!take_dimensions (tensor, data)) {
    dimensions = get_dimensions (data);
    return g_strdup_printf (
        "A flexible tensor has the dimensions '%s', expected those of frames: "
        "features:steps:batch",
        dimensions);
  }
  if (size - GST_LSTM_FLEXIBLE_HEADER == tensor->size)
    return NULL;
  dimensions = get_dimensions (data);
  return g_strdup_printf (
      "A flexible tensor has %zu bytes after its header, expected %zu for the "
      "dimensions %s, one tensor a buffer",
      size - GST_LSTM_FLEXIBLE_HEADER, tensor->size, dimensions);
}
