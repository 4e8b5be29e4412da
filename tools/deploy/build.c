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

/* ---- what flows ---- */

/* Several elements may be at it. */
static void
follow_time (DeployIntake *intake, GstBuffer *buffer)
{
  GstClockTime from = GST_BUFFER_PTS (buffer), none = GST_CLOCK_TIME_NONE;
  GstClockTime to = from, old = __atomic_load_n (&intake->to, __ATOMIC_RELAXED);

  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    to += GST_BUFFER_DURATION (buffer);
  __atomic_compare_exchange_n (
      &intake->from, &none, from, FALSE, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  while (to > old && !__atomic_compare_exchange_n (&intake->to, &old, to, TRUE,
                         __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    ;
}

static GstBuffer *
get_last_buffer (GstPadProbeInfo *info)
{
  GstBufferList *list;
  guint n;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
    return GST_PAD_PROBE_INFO_BUFFER (info);
  list = GST_PAD_PROBE_INFO_BUFFER_LIST (info);
  n = gst_buffer_list_length (list);
  return n > 0 ? gst_buffer_list_get (list, n - 1) : NULL;
}

static GstPadProbeReturn
see_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  DeployIntake *intake = data;
  GstBuffer *buffer = get_last_buffer (info);

  g_atomic_int_inc (&intake->buffers);
  if (buffer && GST_BUFFER_PTS_IS_VALID (buffer))
    follow_time (intake, buffer);
  return GST_PAD_PROBE_OK;
}

static void
follow_element (GstElement *element, DeployIntake *intake)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "sink");

  if (pad)
    gst_pad_add_probe (pad,
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, see_buffer,
        intake, NULL);
}

void
deploy_follow_intake (
    GstElement *pipeline, GPtrArray *models, DeployIntake *intake)
{
  g_autoptr (GstIterator) sinks = NULL;
  g_auto (GValue) item = G_VALUE_INIT;

  __atomic_store_n (&intake->from, GST_CLOCK_TIME_NONE, __ATOMIC_RELAXED);
  __atomic_store_n (&intake->to, 0, __ATOMIC_RELAXED);
  for (guint i = 0; i < models->len; i++)
    follow_element (g_ptr_array_index (models, i), intake);
  if (models->len > 0)
    return;
  sinks = gst_bin_iterate_sinks (GST_BIN (pipeline));
  while (gst_iterator_next (sinks, &item) == GST_ITERATOR_OK) {
    follow_element (g_value_get_object (&item), intake);
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
