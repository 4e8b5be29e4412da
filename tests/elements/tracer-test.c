/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#define GST_USE_UNSTABLE_API /* for tracers */

#include "tracer-test.h"

#include <gst/check/gstcheck.h>

GstObject *
tracer_test_start (const gchar *name, const gchar *params)
{
  g_autoptr (GstPluginFeature) feature =
      gst_registry_lookup_feature (gst_registry_get (), name);
  g_autoptr (GstPluginFeature) loaded = NULL;
  GType type;

  fail_unless (feature != NULL, "no tracer %s", name);
  loaded = gst_plugin_feature_load (feature);
  fail_unless (loaded != NULL, "tracer %s does not load", name);
  type = gst_tracer_factory_get_tracer_type (GST_TRACER_FACTORY (loaded));
  return gst_object_ref_sink (g_object_new (type, "params", params, NULL));
}
