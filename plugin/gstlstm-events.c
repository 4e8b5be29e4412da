/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lstm does with events: resets, ends, gaps, names. */

#include "gstlstm-private.h"
#include "gstlstmlayout.h"

#define GST_CAT_DEFAULT gst_lstm_debug

/* A gap is filled in pieces, and a longer one than this is none to fill. */
#define FILL_FRAMES 1024
#define MAX_FILL_FRAMES (1 << 24)

static GstBaseTransformClass *
parent_class (void)
{
  return g_type_class_peek (GST_TYPE_BASE_TRANSFORM);
}

/* Sends an event on, on all pads. */
static gboolean
forward (GstBaseTransform *trans, GstEvent *event)
{
  gst_lstm_forward_event (GST_LSTM (trans), event);
  return parent_class ()->sink_event (trans, event);
}

/* ---- what events bring out ---- */

/* Nobody upstream hears how a push went that an event made: say so. */
static GstFlowReturn
push_for_event (GstLstm *self)
{
  GstFlowReturn flow = gst_lstm_push_results (self);

  if (flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS)
    GST_ELEMENT_FLOW_ERROR (self, flow);
  return flow;
}

/* What an application's reset brought out waits for the next event to go. */
static void
push_waiting (GstLstm *self)
{
  g_mutex_lock (&self->state_lock);
  gst_lstm_session_hand_over (self->setup.session);
  g_mutex_unlock (&self->state_lock);
  self->event_flow = push_for_event (self);
}

/* How streams end. */
typedef struct {
  const gchar *key;   /* of the only one that ends, or NULL: all end */
  gboolean reset;     /* what follows starts from the initial state */
  gboolean last;      /* a later run goes on from the states before the end */
  GstLstmCause cause; /* of the reset */
  GstLstmSpare spare;
} End;

/* Brings out what waits for more frames, and says what cannot come out. */
static GstFlowReturn
drain (GstLstm *self, const End *end)
{
  GstLstmSession *session = self->setup.session;
  g_autoptr (GError) error = NULL;
  GstLstmLeftover left;
  GstFlowReturn flow, left_flow;

  g_mutex_lock (&self->state_lock);
  if (end->last)
    gst_lstm_session_write_all (session);
  if (end->key != NULL)
    gst_lstm_session_reset_key (session, end->key, end->cause, &error);
  else
    gst_lstm_session_drain (session, end->spare, &error);
  if (end->key == NULL && end->reset)
    gst_lstm_session_reset (session, end->cause, end->spare);
  if (end->last)
    gst_lstm_session_forget_changes (session);
  gst_lstm_session_take_leftover (session, &left);
  gst_lstm_session_hand_over (session);
  g_mutex_unlock (&self->state_lock);
  if (error != NULL) {
    GST_ELEMENT_ERROR (self, STREAM, DECODE, ("%s", error->message), (NULL));
    g_free (left.example);
    return GST_FLOW_ERROR;
  }
  flow = push_for_event (self);
  left_flow = gst_lstm_report_leftover (self, &left);
  return flow == GST_FLOW_OK ? left_flow : flow;
}

static void
reset_on (GstLstm *self, GstLstmReset flag, GstLstmCause cause)
{
  if (self->setup.reset_on & flag)
    self->event_flow = drain (self,
        &(End){
            .reset = TRUE, .cause = cause, .spare = GST_LSTM_SPARE_RESTORED });
}

static void
flush (GstLstm *self)
{
  g_mutex_lock (&self->state_lock);
  gst_lstm_session_flush (self->setup.session);
  if (self->setup.reset_on & GST_LSTM_RESET_FLUSH)
    gst_lstm_session_reset (
        self->setup.session, GST_LSTM_CAUSE_FLUSH, GST_LSTM_SPARE_NONE);
  g_mutex_unlock (&self->state_lock);
}

/* ---- gaps ---- */

/* Runs zeros; whether they brought anything out. */
static gboolean
fill_gap (GstLstm *self, guint64 n, GstClockTime pts)
{
  GstLstmSession *session = self->setup.session;
  guint64 before = self->n_pushed;

  gst_lstm_send_layout (self);
  while (n > 0 && self->event_flow == GST_FLOW_OK) {
    guint piece = (guint) MIN (n, FILL_FRAMES);
    g_autoptr (GError) error = NULL;

    g_mutex_lock (&self->state_lock);
    gst_lstm_session_fill (session, piece, pts, &error);
    gst_lstm_session_hand_over (session);
    g_mutex_unlock (&self->state_lock);
    if (error != NULL) {
      GST_ELEMENT_ERROR (self, STREAM, DECODE, ("%s", error->message), (NULL));
      self->event_flow = GST_FLOW_ERROR;
      break;
    }
    self->event_flow = push_for_event (self);
    n -= piece;
  }
  return self->n_pushed > before;
}

/* A gap event has no key: it concerns all streams. */
static gboolean
take_gap (GstLstm *self, GstEvent *event)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  GstLstmSession *session = self->setup.session;
  GstLstmGap policy = self->setup.gap;
  GstClockTime pts, duration;
  gboolean filled = FALSE;
  guint64 n;

  gst_event_parse_gap (event, &pts, &duration);
  n = gst_lstm_session_count_frames (session, duration);
  if (!gst_pad_has_current_caps (trans->srcpad)) {
    return forward (trans, event);
  } else if (policy == GST_LSTM_GAP_ZERO && n > MAX_FILL_FRAMES) {
    GST_ELEMENT_WARNING (self, STREAM, DECODE,
        ("A gap of %" G_GUINT64_FORMAT " frames is longer than the %d that "
         "gap=zero fills: the states were reset",
            n, MAX_FILL_FRAMES),
        (NULL));
    self->event_flow =
        drain (self, &(End){ .reset = TRUE, .cause = GST_LSTM_CAUSE_GAP });
  } else if (policy == GST_LSTM_GAP_ZERO) {
    filled = fill_gap (self, n, pts);
  } else if (policy != GST_LSTM_GAP_HOLD) {
    self->event_flow =
        drain (self, &(End){ .reset = policy == GST_LSTM_GAP_RESET,
                         .cause = GST_LSTM_CAUSE_GAP });
  }
  g_mutex_lock (&self->state_lock);
  gst_lstm_session_end_gap (session, pts, duration);
  g_mutex_unlock (&self->state_lock);
  if (!filled)
    return forward (trans, event);
  gst_event_unref (event);
  return TRUE;
}

/* ---- names and caps ---- */

/* The names of the stream's channels: features are found by them. What goes on
 * are the names of the outputs, with the same key and kept columns. */
static gboolean
take_layout (GstLstm *self, GstEvent *event)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint *order = NULL;

  g_clear_pointer (&self->channels, g_strfreev);
  g_clear_pointer (&self->key_name, g_free);
  g_clear_pointer (&self->keep_names, g_strfreev);
  gst_lstm_layout_event_parse (
      event, &self->channels, &self->key_name, &self->keep_names);
  self->irregular = gst_lstm_layout_event_is_irregular (event);
  gst_event_unref (event);
  if (!gst_lstm_setup_match_features (&self->setup,
          (const gchar *const *) self->channels, &order, &error)) {
    if (self->refused)
      return FALSE;
    self->refused = TRUE;
    GST_ELEMENT_ERROR (self, STREAM, FORMAT,
        ("Feature names: %s", error->message),
        ("Name the features in the order of the model"));
    return FALSE;
  }
  g_mutex_lock (&self->state_lock);
  gst_lstm_frames_set_order (
      gst_lstm_session_get_frames (self->setup.session), order);
  g_mutex_unlock (&self->state_lock);
  self->layout_sent = FALSE;
  self->refused = FALSE;
  gst_lstm_send_layout (self);
  return TRUE;
}

/* How many tensors there are in a second is no format. */
static gboolean
same_format (const GstCaps *a, const GstCaps *b)
{
  g_autoptr (GstCaps) x = gst_caps_copy (a);
  g_autoptr (GstCaps) y = gst_caps_copy (b);

  gst_structure_remove_field (gst_caps_get_structure (x, 0), "framerate");
  gst_structure_remove_field (gst_caps_get_structure (y, 0), "framerate");
  return gst_caps_is_equal (x, y);
}

/* What waits belongs to the caps that it came with: it goes out before the new
 * ones are known downstream. */
static gboolean
take_caps (GstBaseTransform *trans, GstEvent *event)
{
  GstLstm *self = GST_LSTM (trans);
  g_autoptr (GstCaps) before = gst_pad_get_current_caps (trans->sinkpad);
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  if (g_atomic_pointer_get (&self->reload_ready) != NULL)
    self->event_flow = gst_lstm_reload_apply_for_caps (self, caps);
  if (self->event_flow != GST_FLOW_OK ||
      !gst_lstm_check_features (self, caps)) {
    gst_event_unref (event);
    return FALSE;
  }
  if (before == NULL || !same_format (before, caps))
    reset_on (self, GST_LSTM_RESET_CAPS, GST_LSTM_CAUSE_CAPS);
  if (!parent_class ()->sink_event (trans, event))
    return FALSE;
  if (self->channels != NULL)
    gst_lstm_send_layout (self);
  gst_lstm_renegotiate_outputs (self);
  return TRUE;
}

/* ---- events ---- */

/* After an error nobody should take what came out for all of it. */
static gboolean
take_eos (GstBaseTransform *trans, GstEvent *event)
{
  GstLstm *self = GST_LSTM (trans);

  self->event_flow = drain (self, &(End){ .last = TRUE });
  if (self->event_flow != GST_FLOW_ERROR)
    return forward (trans, event);
  gst_event_unref (event);
  return FALSE;
}

/* The memory goes from a frame to the next one in time: backwards it would mean
 * nothing. */
static gboolean
take_segment (GstBaseTransform *trans, GstEvent *event)
{
  GstLstm *self = GST_LSTM (trans);
  gchar rate[G_ASCII_DTOSTR_BUF_SIZE];
  const GstSegment *segment;

  gst_event_parse_segment (event, &segment);
  if (segment->rate > 0) {
    reset_on (self, GST_LSTM_RESET_SEGMENT, GST_LSTM_CAUSE_SEGMENT);
    return forward (trans, event);
  }
  GST_ELEMENT_ERROR (self, STREAM, FORMAT,
      ("The stream runs backwards, at rate %s; expected a positive rate: the "
       "model's memory goes from a frame to the next one. Seek forwards",
          g_ascii_dtostr (rate, sizeof rate, segment->rate)),
      (NULL));
  gst_event_unref (event);
  return FALSE;
}

/* A reset that somebody upstream asks for, at its place in the stream if the
 * event has one. */
static void
take_reset (GstLstm *self, GstEvent *event)
{
  const gchar *key;

  if (!gst_lstm_parse_reset_event (event, &key))
    return;
  if (GST_EVENT_IS_SERIALIZED (event))
    self->event_flow = drain (self,
        &(End){ .key = key, .reset = TRUE, .cause = GST_LSTM_CAUSE_SIGNAL });
  else
    gst_lstm_reset_for_event (self, key);
}

gboolean
gst_lstm_sink_event (GstBaseTransform *trans, GstEvent *event)
{
  GstLstm *self = GST_LSTM (trans);

  if (GST_EVENT_IS_SERIALIZED (event) &&
      GST_EVENT_TYPE (event) != GST_EVENT_FLUSH_STOP) {
    gst_lstm_prepare_outputs (self);
    push_waiting (self);
  }
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      reset_on (self, GST_LSTM_RESET_STREAM_START, GST_LSTM_CAUSE_STREAM_START);
      break;
    case GST_EVENT_FLUSH_STOP:
      flush (self);
      break;
    case GST_EVENT_SEGMENT:
      return take_segment (trans, event);
    case GST_EVENT_EOS:
      return take_eos (trans, event);
    case GST_EVENT_GAP:
      return take_gap (self, event);
    case GST_EVENT_CAPS:
      return take_caps (trans, event);
    case GST_EVENT_CUSTOM_DOWNSTREAM_STICKY:
      if (gst_event_has_name (event, GST_LSTM_LAYOUT_EVENT_NAME))
        return take_layout (self, event);
      break;
    case GST_EVENT_CUSTOM_DOWNSTREAM:
    case GST_EVENT_CUSTOM_DOWNSTREAM_OOB:
    case GST_EVENT_CUSTOM_BOTH:
    case GST_EVENT_CUSTOM_BOTH_OOB:
      take_reset (self, event);
      break;
    default:
      break;
  }
  return forward (trans, event);
}

static gboolean
seeks_backwards (GstEvent *event)
{
  gdouble rate = 1;

  if (GST_EVENT_TYPE (event) == GST_EVENT_SEEK)
    gst_event_parse_seek (event, &rate, NULL, NULL, NULL, NULL, NULL, NULL);
  return rate < 0;
}

/* The same reset from downstream, or from an application: what it brings out
 * waits, since this is not the streaming thread. */
gboolean
gst_lstm_src_event (GstBaseTransform *trans, GstEvent *event)
{
  const gchar *key;

  if (seeks_backwards (event)) {
    GST_WARNING_OBJECT (trans, "cannot run backwards: the seek is refused");
    gst_event_unref (event);
    return FALSE;
  }
  if (gst_lstm_parse_reset_event (event, &key))
    gst_lstm_reset_for_event (GST_LSTM (trans), key);
  return parent_class ()->src_event (trans, event);
}

/* The base class's event function has no room for how pushes went. Only events
 * that come in order with buffers may push. */
GstFlowReturn
gst_lstm_sink_event_full (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstLstm *self = GST_LSTM (parent);
  gboolean caps = GST_EVENT_TYPE (event) == GST_EVENT_CAPS;
  gboolean ordered = GST_EVENT_IS_SERIALIZED (event);
  gboolean ok;

  if (ordered)
    self->event_flow = GST_FLOW_OK;
  ok = GST_BASE_TRANSFORM_GET_CLASS (self)->sink_event (
      GST_BASE_TRANSFORM (self), event);
  if (ordered && self->event_flow != GST_FLOW_OK)
    return self->event_flow;
  if (ok)
    return GST_FLOW_OK;
  return caps ? GST_FLOW_NOT_NEGOTIATED : GST_FLOW_ERROR;
}
