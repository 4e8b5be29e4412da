/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "flow.h"

#include "arrivals.h"
#include "elements.h"

/* From one model to the sinks behind it. */
typedef struct {
  GstElement *model; /* not owned: to know it by */
  DeployTimes *latency;
  DeployArrivals arrivals;
} Track;

DeployFlow *
deploy_flow_new (void)
{
  DeployFlow *flow = g_new0 (DeployFlow, 1);

  flow->tracks = g_ptr_array_new_with_free_func (g_free);
  flow->samples = deploy_samples_new ();
  return flow;
}

void
deploy_flow_free (DeployFlow *flow)
{
  g_ptr_array_unref (flow->tracks);
  deploy_samples_free (flow->samples);
  g_free (flow);
}

/* ---- in streaming threads ---- */

static void
get_ends (GstPadProbeInfo *info, GstBuffer **first, GstBuffer **last)
{
  GstBufferList *list;
  guint n;

  *first = *last = NULL;
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    *first = *last = GST_PAD_PROBE_INFO_BUFFER (info);
    return;
  }
  list = GST_PAD_PROBE_INFO_BUFFER_LIST (info);
  n = gst_buffer_list_length (list);
  if (n > 0) {
    *first = gst_buffer_list_get (list, 0);
    *last = gst_buffer_list_get (list, n - 1);
  }
}

static GstClockTime
get_end (GstBuffer *buffer)
{
  GstClockTime pts = GST_BUFFER_PTS (buffer);

  if (!GST_CLOCK_TIME_IS_VALID (pts) || !GST_BUFFER_DURATION_IS_VALID (buffer))
    return pts;
  return pts + GST_BUFFER_DURATION (buffer);
}

static GstPadProbeReturn
on_arrival (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Track *track = data;
  GstBuffer *first, *last;

  get_ends (info, &first, &last);
  if (first && GST_BUFFER_PTS_IS_VALID (first) &&
      GST_BUFFER_PTS_IS_VALID (last))
    deploy_arrivals_note (&track->arrivals, GST_BUFFER_PTS (first),
        get_end (last), gst_util_get_timestamp ());
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_sink (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Track *track = data;
  GstBuffer *first, *last;
  GstClockTime came, now;

  get_ends (info, &first, &last);
  if (!last || !GST_BUFFER_PTS_IS_VALID (last))
    return GST_PAD_PROBE_OK;
  came = deploy_arrivals_find (&track->arrivals, get_end (last));
  now = gst_util_get_timestamp ();
  if (GST_CLOCK_TIME_IS_VALID (came) && came <= now)
    deploy_times_add (track->latency, now - came);
  return GST_PAD_PROBE_OK;
}

/* ---- in the main thread ---- */

static void
probe (GstElement *element, GstPadProbeCallback callback, gpointer data)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "sink");

  if (pad)
    gst_pad_add_probe (pad,
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, callback,
        data, NULL);
}

/* The first model above a sink, as far as one pad leads to the next. */
static GstElement *
find_first_model (GstElement *sink)
{
  GstElement *model = deploy_find_upstream (sink, "lstm");
  GstElement *above = model ? deploy_find_upstream (model, "lstm") : NULL;

  while (above) {
    gst_object_unref (model);
    model = above;
    above = deploy_find_upstream (model, "lstm");
  }
  return model;
}

static Track *
get_track (DeployFlow *flow, GstElement *model)
{
  Track *track;

  for (guint i = 0; i < flow->tracks->len; i++) {
    track = g_ptr_array_index (flow->tracks, i);
    if (track->model == model)
      return track;
  }
  track = g_new0 (Track, 1);
  track->model = model;
  track->latency = &flow->latency;
  g_ptr_array_add (flow->tracks, track);
  probe (model, on_arrival, track);
  return track;
}

static void
watch_outputs (DeployFlow *flow, GPtrArray *models)
{
  g_autoptr (GstPad) pad = NULL;

  if (models->len == 0)
    return;
  pad = gst_element_get_static_pad (
      g_ptr_array_index (models, models->len - 1), "src");
  deploy_samples_watch (flow->samples, pad);
}

void
deploy_flow_watch (DeployFlow *flow, GstElement *pipeline, GPtrArray *models)
{
  g_autoptr (GstIterator) sinks = gst_bin_iterate_sinks (GST_BIN (pipeline));
  g_auto (GValue) item = G_VALUE_INIT;

  while (gst_iterator_next (sinks, &item) == GST_ITERATOR_OK) {
    GstElement *sink = g_value_get_object (&item);
    g_autoptr (GstElement) model = find_first_model (sink);

    if (model)
      probe (sink, on_sink, get_track (flow, model));
    g_value_reset (&item);
  }
  watch_outputs (flow, models);
}

void
deploy_flow_end (DeployFlow *flow)
{
  g_ptr_array_set_size (flow->tracks, 0);
}
