/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lstm takes and gives, as caps: features that come in, features that go
 * out, and how many frames a second, as audio or as tensors. */

#include "gstlstm-private.h"
#include "gstlstmaudio.h"
#include "gstlstmflexible.h"
#include "gstlstmtensor.h"

#define GST_CAT_DEFAULT gst_lstm_debug

/* Those of one output; all 0 while no model is loaded that has it. */
GstLstmNumbers
gst_lstm_get_numbers (GstLstm *self, guint output)
{
  GstLstmNumbers n = { 0 };

  GST_OBJECT_LOCK (self);
  if (self->numbers != NULL && output < g_strv_length (self->output_names))
    n = self->numbers[output];
  GST_OBJECT_UNLOCK (self);
  return n;
}

/* The same, of a model that may not yet run. */
GstLstmNumbers
gst_lstm_numbers_of (const GstLstmSetup *setup, guint output)
{
  GstLstmSession *session = setup->session;
  GstLstmNumbers n = {
    .n_in = setup->n_features,
    .n_out = gst_lstm_session_get_output_features (session, output),
    .item_frames = gst_lstm_session_get_output_frames (session, output),
  };

  gst_lstm_session_get_ratio (session, output, &n.frames_out, &n.frames_in);
  return n;
}

static gboolean
is_flexible (const GstStructure *structure)
{
  return g_strcmp0 (
             gst_structure_get_string (structure, "format"), "flexible") == 0;
}

static gboolean
is_audio (const GstStructure *structure)
{
  return gst_structure_has_name (structure, "audio/x-raw");
}

/* ---- how fast ---- */

/* Output frames per second of what a sink structure says, if it does. Flexible
 * tensors are taken for one frame each. */
static gboolean
output_rate (
    const GstStructure *from, const GstLstmNumbers *n, gint *num, gint *den)
{
  const gchar *text = gst_structure_get_string (from, "dimensions");
  GstLstmTensor tensor = { .steps = 1, .batch = 1 };

  if (gst_structure_get_int (from, "rate", num))
    *den = 1;
  else if ((!is_flexible (from) &&
               (text == NULL ||
                   !gst_lstm_tensor_parse_dimensions (&tensor, text))) ||
           !gst_structure_get_fraction (from, "framerate", num, den))
    return FALSE;
  return gst_util_fraction_multiply (
             *num, *den, (gint) (tensor.steps * tensor.batch), 1, num, den) &&
         gst_util_fraction_multiply (
             *num, *den, (gint) n->frames_out, (gint) n->frames_in, num, den);
}

/* A rate that is no whole number is rounded, to at least 1: times of buffers
 * are the truth. */
static void
set_src_rate (
    GstStructure *to, const GstStructure *from, const GstLstmNumbers *n)
{
  const GValue *value = gst_structure_get_value (from, "rate");
  guint64 rate;
  gint num, den;

  if (value != NULL && n->frames_out == n->frames_in) {
    gst_structure_set_value (to, "rate", value);
  } else if (output_rate (from, n, &num, &den)) {
    rate = gst_util_uint64_scale_int_round (1, num, den);
    gst_structure_set (
        to, "rate", G_TYPE_INT, (gint) CLAMP (rate, 1, G_MAXINT), NULL);
  } else {
    gst_structure_set (to, "rate", GST_TYPE_INT_RANGE, 1, G_MAXINT, NULL);
  }
}

/* Tensors per second; 0/1 where nobody can say. */
static void
set_src_framerate (
    GstStructure *to, const GstStructure *from, const GstLstmNumbers *n)
{
  gint num = 0, den = 1;
  gboolean fixed = gst_structure_get_int (from, "rate", &num) ||
                   gst_structure_get_fraction (from, "framerate", &num, &den);

  if (!fixed) {
    gst_structure_set (
        to, "framerate", GST_TYPE_FRACTION_RANGE, 0, 1, G_MAXINT, 1, NULL);
    return;
  }
  if (n->frames_in == G_MAXINT || is_flexible (from) ||
      !output_rate (from, n, &num, &den) ||
      !gst_util_fraction_multiply (
          num, den, 1, (gint) n->item_frames, &num, &den))
    num = 0, den = 1;
  gst_structure_set (to, "framerate", GST_TYPE_FRACTION, num, den, NULL);
}

/* ---- structures of one side ---- */

static GstStructure *
new_tensor_structure (gboolean flexible)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      flexible ? GST_LSTM_FLEXIBLE_CAPS : GST_LSTM_TENSOR_CAPS);

  return gst_structure_copy (gst_caps_get_structure (caps, 0));
}

static GstStructure *
sink_audio (const GstStructure *from, const GstLstmNumbers *n)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (GST_LSTM_AUDIO_CAPS);
  GstStructure *to = gst_structure_copy (gst_caps_get_structure (caps, 0));
  const GValue *rate = gst_structure_get_value (from, "rate");

  gst_structure_set (to, "channels", G_TYPE_INT, (gint) n->n_in, NULL);
  if (rate != NULL && n->frames_out == n->frames_in)
    gst_structure_set_value (to, "rate", rate);
  return to;
}

/* Channels keep their places in a room where their number stays; else up to two
 * need no mask, and more have an empty one. */
static GstStructure *
src_audio (const GstStructure *from, const GstLstmNumbers *n)
{
  const GValue *mask = gst_structure_get_value (from, "channel-mask");
  GstStructure *to = gst_structure_new ("audio/x-raw", "format", G_TYPE_STRING,
      GST_AUDIO_NE (F32), "layout", G_TYPE_STRING, "interleaved", "channels",
      G_TYPE_INT, (gint) n->n_out, NULL);

  set_src_rate (to, from, n);
  if (mask != NULL && n->n_in == n->n_out)
    gst_structure_set_value (to, "channel-mask", mask);
  else if (n->n_out > 2)
    gst_structure_set (
        to, "channel-mask", GST_TYPE_BITMASK, G_GUINT64_CONSTANT (0), NULL);
  return to;
}

/* One tensor a frame, or a window. */
static GstStructure *
src_tensor (const GstStructure *from, const GstLstmNumbers *n)
{
  GstStructure *to = new_tensor_structure (FALSE);

  gst_lstm_tensor_set_dimensions (to, n->n_out, n->item_frames);
  set_src_framerate (to, from, n);
  return to;
}

/* The other side of one structure; its own kind comes first. */
static GstCaps *
merge_other_side (GstCaps *result, const GstStructure *from,
    const GstLstmNumbers *n, GstPadDirection direction)
{
  gboolean audio = is_audio (from);
  GstStructure *as_audio, *as_tensor;

  if (direction == GST_PAD_SINK) {
    as_audio = src_audio (from, n);
    as_tensor = src_tensor (from, n);
  } else {
    as_audio = sink_audio (from, n);
    as_tensor = new_tensor_structure (FALSE);
  }
  result = gst_caps_merge_structure (result, audio ? as_audio : as_tensor);
  result = gst_caps_merge_structure (result, audio ? as_tensor : as_audio);
  if (direction == GST_PAD_SINK)
    return result;
  return gst_caps_merge_structure (result, new_tensor_structure (TRUE));
}

/* ---- what fits ---- */

/* One way to write dimensions, as numbers: any number of whole frames comes in,
 * one item goes out. */
static gboolean
dimensions_fit (
    const gchar *text, GstPadDirection direction, const GstLstmNumbers *n)
{
  GstLstmTensor tensor;

  if (!gst_lstm_tensor_parse_dimensions (&tensor, text))
    return FALSE;
  if (direction == GST_PAD_SINK)
    return tensor.features == n->n_in;
  return tensor.features == n->n_out && tensor.steps == n->item_frames &&
         tensor.batch == 1;
}

static gboolean
any_dimensions_fit (const GstStructure *structure, GstPadDirection direction,
    const GstLstmNumbers *n)
{
  const GValue *value = gst_structure_get_value (structure, "dimensions");

  if (value == NULL)
    return TRUE;
  if (G_VALUE_HOLDS_STRING (value) && g_value_get_string (value) != NULL)
    return dimensions_fit (g_value_get_string (value), direction, n);
  if (!GST_VALUE_HOLDS_LIST (value))
    return FALSE;
  for (guint i = 0; i < gst_value_list_get_size (value); i++) {
    const GValue *item = gst_value_list_get_value (value, i);

    if (G_VALUE_HOLDS_STRING (item) && g_value_get_string (item) != NULL &&
        dimensions_fit (g_value_get_string (item), direction, n))
      return TRUE;
  }
  return FALSE;
}

/* Whether these caps can be the ones on that side. */
static gboolean
structure_fits (const GstStructure *structure, GstPadDirection direction,
    const GstLstmNumbers *n)
{
  g_autoptr (GstCaps) asked =
      gst_caps_new_full (gst_structure_copy (structure), NULL);
  GstStructure *ours;
  g_autoptr (GstCaps) own = NULL;

  if (!is_audio (structure))
    ours = new_tensor_structure (
        direction == GST_PAD_SINK && is_flexible (structure));
  else if (direction == GST_PAD_SINK)
    ours = sink_audio (structure, n);
  else
    ours = src_audio (structure, n);
  gst_structure_remove_fields (ours, "rate", "channel-mask", NULL);
  own = gst_caps_new_full (ours, NULL);
  return gst_caps_can_intersect (asked, own) &&
         any_dimensions_fit (structure, direction, n);
}

/* Takes away what has dimensions that do not fit on that side. */
static gboolean
keep_if_fits (
    GstCapsFeatures *features, GstStructure *structure, gpointer user_data)
{
  const GstLstmNumbers *n = user_data;

  return any_dimensions_fit (structure, GST_PAD_SINK, n);
}

/* The caps on the other side, of a model with these numbers. */
static GstCaps *
other_side (const GstLstmNumbers *n, GstPadDirection direction, GstCaps *caps)
{
  GstCaps *result = gst_caps_new_empty ();

  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    const GstStructure *structure = gst_caps_get_structure (caps, i);

    if (structure_fits (structure, direction, n))
      result = merge_other_side (result, structure, n, direction);
  }
  return result;
}

/* What may go out for the sink's caps. */
GstCaps *
gst_lstm_numbers_to_src (const GstLstmNumbers *n, GstCaps *caps)
{
  return other_side (n, GST_PAD_SINK, caps);
}

static GstCaps *
apply_filter (GstCaps *caps, GstCaps *filter)
{
  GstCaps *result;

  if (filter == NULL)
    return caps;
  result = gst_caps_intersect_full (filter, caps, GST_CAPS_INTERSECT_FIRST);
  gst_caps_unref (caps);
  return result;
}

/* What an output can be where @in comes in. */
GstCaps *
gst_lstm_output_caps (GstLstm *self, guint output, GstCaps *in, GstCaps *filter)
{
  GstLstmNumbers n = gst_lstm_get_numbers (self, output);

  if (n.n_in > 0)
    return apply_filter (gst_lstm_numbers_to_src (&n, in), filter);
  return apply_filter (
      gst_pad_get_pad_template_caps (GST_BASE_TRANSFORM_SRC_PAD (self)),
      filter);
}

GstCaps *
gst_lstm_transform_caps (GstBaseTransform *trans, GstPadDirection direction,
    GstCaps *caps, GstCaps *filter)
{
  GstLstm *self = GST_LSTM (trans);
  GstLstmNumbers n = gst_lstm_get_numbers (self, 0);
  GstCaps *result;

  if (direction == GST_PAD_SINK)
    return gst_lstm_output_caps (self, 0, caps, filter);
  if (n.n_in == 0)
    return apply_filter (
        gst_pad_get_pad_template_caps (trans->sinkpad), filter);
  result = apply_filter (other_side (&n, direction, caps), filter);
  if (filter == NULL)
    return result;
  result = gst_caps_make_writable (result);
  gst_caps_filter_and_map_in_place (
      result, (GstCapsFilterMapFunc) keep_if_fits, &n);
  return result;
}
