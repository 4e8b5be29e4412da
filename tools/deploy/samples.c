/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "samples.h"

#define INTERVAL (G_USEC_PER_SEC / 10)

struct _DeploySamples {
  /* The streaming thread's. */
  gint64 next_at;   /* g_get_monotonic_time() of the next one */
  guint n_channels; /* as the caps have it; 0: none that can be read */

  /* The streaming thread tries it, and goes on without. */
  GMutex lock;
  guint known_channels;
  guint64 n; /* taken until now; the last DEPLOY_N_SAMPLES are there */
  DeploySample ring[DEPLOY_N_SAMPLES];
};

DeploySamples *
deploy_samples_new (void)
{
  DeploySamples *samples = g_new0 (DeploySamples, 1);

  g_mutex_init (&samples->lock);
  return samples;
}

void
deploy_samples_free (DeploySamples *samples)
{
  g_mutex_clear (&samples->lock);
  g_free (samples);
}

/* ---- in the streaming thread ---- */

/* Features of a frame; of audio, and of tensors as lstm writes them. */
static guint
count_channels (const GstCaps *caps)
{
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  const gchar *dimensions = gst_structure_get_string (structure, "dimensions");
  gint channels = 0;

  if (gst_structure_get_int (structure, "channels", &channels))
    return (guint) MAX (channels, 0);
  return dimensions ? (guint) g_ascii_strtoull (dimensions, NULL, 10) : 0;
}

/* The last frame that it holds. */
static void
take (DeploySamples *samples, GstBuffer *buffer)
{
  gsize frame = samples->n_channels * sizeof (gfloat);
  gsize size = gst_buffer_get_size (buffer);
  DeploySample *sample;

  if (frame == 0 || size < frame || !g_mutex_trylock (&samples->lock))
    return;
  sample = &samples->ring[samples->n % DEPLOY_N_SAMPLES];
  sample->at = g_get_real_time ();
  gst_buffer_extract (
      buffer, size - frame, sample->values, MIN (frame, sizeof sample->values));
  samples->known_channels = samples->n_channels;
  samples->n++;
  g_mutex_unlock (&samples->lock);
}

static GstPadProbeReturn
on_output (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  DeploySamples *samples = data;
  GstBuffer *buffer = NULL;
  gint64 now;

  if (info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
    GstCaps *caps;

    if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_CAPS) {
      gst_event_parse_caps (GST_PAD_PROBE_INFO_EVENT (info), &caps);
      samples->n_channels = count_channels (caps);
    }
    return GST_PAD_PROBE_OK;
  }
  now = g_get_monotonic_time ();
  if (now < samples->next_at)
    return GST_PAD_PROBE_OK;
  samples->next_at = now + INTERVAL;
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  } else {
    GstBufferList *list = GST_PAD_PROBE_INFO_BUFFER_LIST (info);
    guint n = gst_buffer_list_length (list);

    buffer = n > 0 ? gst_buffer_list_get (list, n - 1) : NULL;
  }
  if (buffer)
    take (samples, buffer);
  return GST_PAD_PROBE_OK;
}

/* ---- in others ---- */

void
deploy_samples_watch (DeploySamples *samples, GstPad *pad)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

  /* of a pad that runs already: nothing passes the probe yet */
  samples->n_channels = caps ? count_channels (caps) : 0;
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST |
          GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      on_output, samples, NULL);
}

void
deploy_samples_read (DeploySamples *samples, DeploySampleList *list)
{
  guint64 first;

  g_mutex_lock (&samples->lock);
  list->n_channels = samples->known_channels;
  list->n = (guint) MIN (samples->n, DEPLOY_N_SAMPLES);
  first = samples->n - list->n;
  for (guint i = 0; i < list->n; i++)
    list->samples[i] = samples->ring[(first + i) % DEPLOY_N_SAMPLES];
  g_mutex_unlock (&samples->lock);
}
