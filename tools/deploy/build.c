/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* for CPU_SET and sched_setaffinity */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "build.h"

#include <sched.h>

GstElement *
deploy_build (const DeployPipelineSpec *spec, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (GstElement) element = gst_parse_launch_full (
      spec->launch, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &failure);
  GstElement *pipeline;

  if (!element) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return NULL;
  }
  gst_object_ref_sink (element);
  if (GST_IS_PIPELINE (element)) {
    gst_object_set_name (GST_OBJECT (element), spec->name);
    return g_steal_pointer (&element);
  }
  pipeline = gst_pipeline_new (spec->name);
  gst_bin_add (GST_BIN (pipeline), element);
  return gst_object_ref_sink (pipeline);
}

/* ---- buffers ---- */

static GstPadProbeReturn
count_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  g_atomic_int_inc ((guint *) data);
  return GST_PAD_PROBE_OK;
}

static void
count_at (GstElement *element, guint *counter)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "sink");

  if (pad)
    gst_pad_add_probe (pad,
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST,
        count_buffer, counter, NULL);
}

void
deploy_count_buffers (GstElement *pipeline, GPtrArray *models, guint *counter)
{
  g_autoptr (GstIterator) sinks = NULL;
  g_auto (GValue) item = G_VALUE_INIT;

  for (guint i = 0; i < models->len; i++)
    count_at (g_ptr_array_index (models, i), counter);
  if (models->len > 0)
    return;
  sinks = gst_bin_iterate_sinks (GST_BIN (pipeline));
  while (gst_iterator_next (sinks, &item) == GST_ITERATOR_OK) {
    count_at (g_value_get_object (&item), counter);
    g_value_reset (&item);
  }
}

/* ---- processors ---- */

/* In the thread that posts the message: a streaming thread, as it begins. */
static GstBusSyncReply
pin_thread (GstBus *bus, GstMessage *message, gpointer data)
{
  const DeployPipelineSpec *spec = data;
  GstStreamStatusType type;
  cpu_set_t cpus;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_STREAM_STATUS)
    return GST_BUS_PASS;
  gst_message_parse_stream_status (message, &type, NULL);
  if (type != GST_STREAM_STATUS_TYPE_ENTER)
    return GST_BUS_PASS;
  CPU_ZERO (&cpus);
  for (guint i = 0; i < spec->n_cpus; i++)
    if (spec->cpus[i] < CPU_SETSIZE)
      CPU_SET (spec->cpus[i], &cpus);
  if (sched_setaffinity (0, sizeof cpus, &cpus) != 0)
    GST_WARNING_OBJECT (
        GST_MESSAGE_SRC (message), "the thread stays on all processors");
  return GST_BUS_PASS;
}

void
deploy_pin_threads (GstElement *pipeline, DeployPipelineSpec *spec)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  if (spec->n_cpus > 0)
    gst_bus_set_sync_handler (bus, pin_thread, deploy_pipeline_spec_ref (spec),
        (GDestroyNotify) deploy_pipeline_spec_unref);
}
