/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:gstlstmkeymeta
 * @title: Keys of buffers
 * @short_description: says to which keyed stream a buffer belongs
 *
 * The element lstm keeps a state of its own for each key. The key of a buffer
 * rides on a #GstReferenceTimestampMeta, which GStreamer's own elements carry
 * on and every language binding can set, with the reference caps
 * `timestamp/x-lstm, key=(string)K`. Its timestamp is no time: it is the
 * number, from 0, of the buffer's first frame among all frames of the source,
 * or %GST_BUFFER_OFFSET_NONE where nobody counts.
 *
 * Whoever marks many buffers makes the caps once a key, with
 * gst_lstm_key_caps_new(), and uses them for every buffer: then nothing is
 * parsed, and keys are compared by pointer first.
 *
 * |[<!-- language="C" -->
 * GstCaps *pump = gst_lstm_key_caps_new ("pump-7");
 *
 * gst_buffer_add_lstm_key_meta (buffer, pump, n_frames);
 * ]|
 */

#include "gstlstmkeymeta.h"

#define KEY_CAPS_NAME "timestamp/x-lstm"
#define KEY_FIELD "key"

static GQuark
key_caps_name_quark (void)
{
  static GQuark quark;

  if (G_UNLIKELY (quark == 0))
    quark = g_quark_from_static_string (KEY_CAPS_NAME);
  return quark;
}

static GQuark
key_field_quark (void)
{
  static GQuark quark;

  if (G_UNLIKELY (quark == 0))
    quark = g_quark_from_static_string (KEY_FIELD);
  return quark;
}

/* The key that a meta carries, or NULL if it is somebody's time reference. */
static const gchar *
reference_get_key (const GstReferenceTimestampMeta *meta)
{
  const GstStructure *structure;
  const GValue *value;

  if (meta->reference == NULL || gst_caps_get_size (meta->reference) != 1)
    return NULL;
  structure = gst_caps_get_structure (meta->reference, 0);
  if (gst_structure_get_name_id (structure) != key_caps_name_quark ())
    return NULL;
  value = gst_structure_id_get_value (structure, key_field_quark ());
  if (value == NULL || !G_VALUE_HOLDS_STRING (value))
    return NULL;
  return g_value_get_string (value);
}

static GstReferenceTimestampMeta *
find_key_meta (GstBuffer *buffer, const gchar **key)
{
  GType api = GST_REFERENCE_TIMESTAMP_META_API_TYPE;
  gpointer state = NULL;
  GstMeta *meta;

  while ((meta = gst_buffer_iterate_meta_filtered (buffer, &state, api))) {
    GstReferenceTimestampMeta *reference = (GstReferenceTimestampMeta *) meta;

    if ((*key = reference_get_key (reference)) != NULL)
      return reference;
  }
  return NULL;
}

/**
 * gst_lstm_key_caps_new:
 * @key: name of a keyed stream, UTF-8
 *
 * Returns: (transfer full): the reference caps that carry @key
 */
GstCaps *
gst_lstm_key_caps_new (const gchar *key)
{
  g_return_val_if_fail (key != NULL, NULL);
  g_return_val_if_fail (g_utf8_validate (key, -1, NULL), NULL);

  return gst_caps_new_simple (
      KEY_CAPS_NAME, KEY_FIELD, G_TYPE_STRING, key, NULL);
}

/**
 * gst_buffer_add_lstm_key_meta:
 * @buffer: a writable buffer
 * @key_caps: (transfer none): what gst_lstm_key_caps_new() gave for the key
 * @frame: number, from 0, of the buffer's first frame in the whole source
 *
 * Says to which keyed stream the frames of @buffer belong. A buffer has one key
 * at most: a key that it had is replaced.
 */
void
gst_buffer_add_lstm_key_meta (
    GstBuffer *buffer, GstCaps *key_caps, guint64 frame)
{
  GstReferenceTimestampMeta *old;
  const gchar *old_key;

  g_return_if_fail (gst_buffer_is_writable (buffer));
  g_return_if_fail (GST_IS_CAPS (key_caps));
  g_return_if_fail (frame != GST_CLOCK_TIME_NONE);

  while ((old = find_key_meta (buffer, &old_key)) != NULL)
    gst_buffer_remove_meta (buffer, (GstMeta *) old);
  gst_buffer_add_reference_timestamp_meta (
      buffer, key_caps, frame, GST_CLOCK_TIME_NONE);
}

/**
 * gst_buffer_add_lstm_key:
 * @buffer: a writable buffer
 * @key: name of a keyed stream, UTF-8
 * @frame: number, from 0, of the buffer's first frame in the whole source
 *
 * gst_buffer_add_lstm_key_meta() with caps made for this buffer alone.
 */
void
gst_buffer_add_lstm_key (GstBuffer *buffer, const gchar *key, guint64 frame)
{
  g_autoptr (GstCaps) key_caps = gst_lstm_key_caps_new (key);

  if (key_caps != NULL)
    gst_buffer_add_lstm_key_meta (buffer, key_caps, frame);
}

/**
 * gst_buffer_get_lstm_key:
 * @buffer: a buffer
 * @key_caps: (out) (optional) (transfer none): the reference caps, alive as
 *   long as @buffer; equal pointers mean equal keys, the reverse need not hold
 * @key: (out) (optional) (transfer none): the key, alive as long as @buffer
 * @frame: (out) (optional): number of the first frame in the whole source
 *
 * Other reference timestamps on the buffer are skipped.
 *
 * Returns: %FALSE if the buffer has no key; nothing is written then
 */
gboolean
gst_buffer_get_lstm_key (
    GstBuffer *buffer, GstCaps **key_caps, const gchar **key, guint64 *frame)
{
  GstReferenceTimestampMeta *meta;
  const gchar *found;

  g_return_val_if_fail (GST_IS_BUFFER (buffer), FALSE);

  meta = find_key_meta (buffer, &found);
  if (meta == NULL)
    return FALSE;
  if (key_caps != NULL)
    *key_caps = meta->reference;
  if (key != NULL)
    *key = found;
  if (frame != NULL)
    *frame = meta->timestamp;
  return TRUE;
}
