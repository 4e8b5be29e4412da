/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "alarms.h"

gchar *
deploy_describe_alarm (GstMessage *message)
{
  const GstStructure *structure = gst_message_get_structure (message);
  const gchar *name, *output, *key, *reason;
  gdouble value = 0, peak = 0;
  guint64 duration = 0;
  g_autofree gchar *of = NULL;

  if (!gst_structure_has_name (structure, "lstm-alarm"))
    return NULL;
  name = gst_structure_get_string (structure, "name");
  output = gst_structure_get_string (structure, "output");
  key = gst_structure_get_string (structure, "key");
  reason = gst_structure_get_string (structure, "reason");
  gst_structure_get (structure, "value", G_TYPE_DOUBLE, &value, "peak",
      G_TYPE_DOUBLE, &peak, "duration", G_TYPE_UINT64, &duration, NULL);
  of = key ? g_strdup_printf (" for key '%s'", key) : g_strdup ("");
  if (!reason)
    return g_strdup_printf (
        "%s: alarm '%s' begins%s: %s is %.6g, at the threshold for %g s",
        GST_MESSAGE_SRC_NAME (message), name, of, output, value,
        (gdouble) duration / GST_SECOND);
  return g_strdup_printf (
      "%s: alarm '%s' ends%s (%s): %s was %.6g at most in %g s",
      GST_MESSAGE_SRC_NAME (message), name, of, reason, output, peak,
      (gdouble) duration / GST_SECOND);
}
