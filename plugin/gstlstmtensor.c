/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmtensor.h"

/* Reads one number of at least 1 and what ends it: a colon or the end. */
static gboolean
parse_dimension (const gchar **text, guint *dimension)
{
  guint64 value = 0;
  const gchar *c = *text;

  while (g_ascii_isdigit (*c) && value <= G_MAXINT)
    value = value * 10 + (guint) g_ascii_digit_value (*c++);
  if (c == *text || value < 1 || value > G_MAXINT || (*c != ':' && *c != '\0'))
    return FALSE;
  *text = *c == ':' ? c + 1 : c;
  *dimension = (guint) value;
  return *c == '\0' || **text != '\0';
}

/**
 * gst_lstm_tensor_parse_dimensions:
 * @tensor: (out): where features, steps, batch and size are written
 * @dimensions: such as `64:10:1`, at most 16 numbers; those that are not there
 *   are 1, and from the fourth on they have to be
 *
 * Returns: %FALSE if these are no dimensions of frames that fit into memory;
 *   @tensor is undefined then
 */
gboolean
gst_lstm_tensor_parse_dimensions (
    GstLstmTensor *tensor, const gchar *dimensions)
{
  guint dims[GST_LSTM_TENSOR_RANK] = { 1, 1, 1 }, rank = 0;
  gsize frames;

  if (*dimensions == '\0')
    return FALSE;
  for (; *dimensions != '\0'; rank++) {
    if (rank == GST_LSTM_TENSOR_RANK ||
        !parse_dimension (&dimensions, &dims[rank]) ||
        (rank > 2 && dims[rank] != 1))
      return FALSE;
  }
  tensor->features = dims[0];
  tensor->steps = dims[1];
  tensor->batch = dims[2];
  return g_size_checked_mul (&frames, dims[1], dims[2]) && frames <= G_MAXINT &&
         g_size_checked_mul (&tensor->size, frames, dims[0]) &&
         g_size_checked_mul (&tensor->size, tensor->size, sizeof (gfloat));
}

/**
 * gst_lstm_tensor_from_caps:
 * @tensor: (out): what @caps say; undefined on failure
 * @caps: any caps
 *
 * Returns: %FALSE if @caps are no fixed `other/tensors` of one static float32
 *   tensor of frames
 */
gboolean
gst_lstm_tensor_from_caps (GstLstmTensor *tensor, const GstCaps *caps)
{
  g_autoptr (GstCaps) wanted = gst_caps_from_string (GST_LSTM_TENSOR_CAPS);
  const GstStructure *structure;
  const gchar *dimensions;

  if (!gst_caps_is_fixed (caps) || !gst_caps_can_intersect (caps, wanted))
    return FALSE;
  structure = gst_caps_get_structure (caps, 0);
  dimensions = gst_structure_get_string (structure, "dimensions");
  return dimensions != NULL &&
         gst_structure_get_fraction (
             structure, "framerate", &tensor->rate_n, &tensor->rate_d) &&
         gst_lstm_tensor_parse_dimensions (tensor, dimensions);
}

/**
 * gst_lstm_tensor_set_dimensions:
 * @structure: of caps
 * @features: numbers in a frame
 * @steps: frames
 *
 * Sets `dimensions` to every way to write them: with a batch of 1, and with
 * fewer or more ones at the end.
 */
void
gst_lstm_tensor_set_dimensions (
    GstStructure *structure, guint features, guint steps)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GValue list = G_VALUE_INIT;
  GValue value = G_VALUE_INIT;

  g_value_init (&list, GST_TYPE_LIST);
  g_value_init (&value, G_TYPE_STRING);
  g_string_printf (text, "%u:%u:1", features, steps);
  for (guint rank = 3; rank <= GST_LSTM_TENSOR_RANK; rank++) {
    g_value_set_string (&value, text->str);
    gst_value_list_append_value (&list, &value);
    g_string_append (text, ":1");
  }
  g_value_take_string (&value, g_strdup_printf ("%u:%u", features, steps));
  gst_value_list_append_value (&list, &value);
  g_value_take_string (&value, g_strdup_printf ("%u", features));
  if (steps == 1)
    gst_value_list_append_value (&list, &value);
  g_value_unset (&value);
  gst_structure_take_value (structure, "dimensions", &list);
}
