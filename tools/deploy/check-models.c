/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check.h"

/* How long the first frames may take to come. */
#define PATIENCE (30 * GST_SECOND)

/* audioconvert and audioresample of GStreamer 1.22 crash beyond. */
#define MOST_AUDIO_CHANNELS 63

static void
add_fault (
    DeployCheck *check, const DeployPipelineSpec *pipeline, const GError *error)
{
  deploy_faults_add (
      check->faults, pipeline->node, "%s: %s", pipeline->name, error->message);
}

/* ---- one by one ---- */

/* Loads what the element is told to: a model, a configuration. */
static void
start_all (DeployCheck *check, const DeployPipelineSpec *pipeline,
    GstElement *element, const gchar *factory)
{
  g_autoptr (GPtrArray) found = deploy_find_elements (element, factory);

  for (guint i = 0; i < found->len; i++) {
    g_autoptr (GError) error = NULL;

    if (gst_element_set_state (g_ptr_array_index (found, i),
            GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE)
      continue;
    deploy_take_error (element, &error);
    add_fault (check, pipeline, error);
  }
}

/* States that were saved are not touched. */
static void
forget_states (GstElement *element)
{
  g_autoptr (GPtrArray) found = deploy_find_elements (element, "lstm");

  for (guint i = 0; i < found->len; i++)
    g_object_set (g_ptr_array_index (found, i), "state-file", NULL, NULL);
}

/* ---- traps ---- */

/* Channels that a pad of a started lstm takes or gives; 0: not known. */
static gint
get_channels (GstElement *lstm, const gchar *name)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (lstm, name);
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  gint channels = 0;

  if (!gst_caps_is_empty (caps) && !gst_caps_is_any (caps))
    gst_structure_get_int (
        gst_caps_get_structure (caps, 0), "channels", &channels);
  return channels;
}

static void
check_trap (DeployCheck *check, const DeployPipelineSpec *pipeline,
    GstElement *lstm, gboolean upstream, const gchar *factory)
{
  gint channels = get_channels (lstm, upstream ? "sink" : "src");
  g_autoptr (GstElement) found = upstream
                                     ? deploy_find_upstream (lstm, factory)
                                     : deploy_find_downstream (lstm, factory);

  if (found && channels > MOST_AUDIO_CHANNELS)
    deploy_faults_add (check->faults, pipeline->node,
        "%s: %s would get %d channels, and takes %d at most: more crash the "
        "whole process; leave it out, csvdec, lstm and csvenc need none",
        pipeline->name, factory, channels, MOST_AUDIO_CHANNELS);
}

void
deploy_check_traps (
    DeployCheck *check, const DeployPipelineSpec *pipeline, GstElement *element)
{
  static const gchar *const factories[] = { "audioconvert", "audioresample" };
  g_autoptr (GPtrArray) models = deploy_find_elements (element, "lstm");

  for (guint i = 0; i < models->len; i++)
    for (guint k = 0; k < 2 * G_N_ELEMENTS (factories); k++)
      check_trap (check, pipeline, g_ptr_array_index (models, i), k % 2,
          factories[k / 2]);
}

/* ---- together ---- */

static gboolean
reads_files (GstElement *element)
{
  g_autoptr (GstIterator) sources = gst_bin_iterate_sources (GST_BIN (element));
  g_auto (GValue) item = G_VALUE_INIT;
  gboolean all = TRUE;

  while (gst_iterator_next (sources, &item) == GST_ITERATOR_OK) {
    all = all && deploy_is_element (g_value_get_object (&item), "filesrc");
    g_value_reset (&item);
  }
  return all;
}

/* A sink that keeps nothing takes the place of one that would. */
static void
replace_sink (GstElement *sink)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  g_autoptr (GstPad) peer = pad ? gst_pad_get_peer (pad) : NULL;
  g_autoptr (GstObject) bin = gst_object_get_parent (GST_OBJECT (sink));
  GstElement *fake = gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstPad) to = gst_element_get_static_pad (fake, "sink");

  if (peer)
    gst_pad_unlink (peer, pad);
  gst_bin_remove (GST_BIN (bin), sink);
  gst_bin_add (GST_BIN (bin), fake);
  if (peer)
    gst_pad_link (peer, to);
}

static void
replace_sinks (GstElement *element)
{
  g_autoptr (GPtrArray) sinks =
      g_ptr_array_new_with_free_func (gst_object_unref);
  g_autoptr (GstIterator) all = gst_bin_iterate_sinks (GST_BIN (element));
  g_auto (GValue) item = G_VALUE_INIT;

  while (gst_iterator_next (all, &item) == GST_ITERATOR_OK) {
    g_ptr_array_add (sinks, g_value_dup_object (&item));
    g_value_reset (&item);
  }
  for (guint i = 0; i < sinks->len; i++)
    replace_sink (g_ptr_array_index (sinks, i));
}

/* Until the first frames have gone through all of it, or something has refused
 * them. */
static void
preroll (
    DeployCheck *check, const DeployPipelineSpec *pipeline, GstElement *element)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (element);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;

  if (gst_element_set_state (element, GST_STATE_PAUSED) ==
      GST_STATE_CHANGE_FAILURE) {
    deploy_take_error (element, &error);
    add_fault (check, pipeline, error);
    return;
  }
  message = gst_bus_timed_pop_filtered (
      bus, PATIENCE, GST_MESSAGE_ERROR | GST_MESSAGE_ASYNC_DONE);
  if (!message) {
    deploy_faults_add (check->notes, pipeline->node,
        "%s: no output in %d s, so its formats are not checked", pipeline->name,
        (gint) (PATIENCE / GST_SECOND));
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    text = deploy_describe_error (message);
    deploy_faults_add (
        check->faults, pipeline->node, "%s: %s", pipeline->name, text);
  }
}

void
deploy_check_models (
    DeployCheck *check, const DeployPipelineSpec *pipeline, GstElement *element)
{
  guint before = deploy_faults_count (check->faults);

  forget_states (element);
  replace_sinks (element);
  deploy_open_bus (element);
  start_all (check, pipeline, element, "lstm");
  start_all (check, pipeline, element, DEPLOY_DECODERS);
  deploy_check_traps (check, pipeline, element);
  if (deploy_faults_count (check->faults) == before && reads_files (element))
    preroll (check, pipeline, element);
  gst_element_set_state (element, GST_STATE_NULL);
}
