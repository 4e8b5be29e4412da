/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "faults.h"

DeployFaults *
deploy_faults_new (void)
{
  DeployFaults *faults = g_new0 (DeployFaults, 1);

  faults->lines = g_ptr_array_new_with_free_func (g_free);
  return faults;
}

void
deploy_faults_free (DeployFaults *faults)
{
  g_ptr_array_unref (faults->lines);
  g_free (faults);
}

guint
deploy_faults_count (const DeployFaults *faults)
{
  return faults->lines->len;
}

const gchar *
deploy_faults_get (const DeployFaults *faults, guint i)
{
  return g_ptr_array_index (faults->lines, i);
}

void
deploy_faults_add_line (DeployFaults *faults, const gchar *line)
{
  g_ptr_array_add (faults->lines, g_strdup (line));
}

gboolean
deploy_faults_take (DeployFaults *faults, GError *error)
{
  if (error == NULL)
    return TRUE;
  deploy_faults_add_line (faults, error->message);
  g_error_free (error);
  return FALSE;
}

void
deploy_faults_add (
    DeployFaults *faults, const LstmYamlNode *node, const gchar *format, ...)
{
  g_autofree gchar *message = NULL;
  GError *error = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  lstm_yaml_fail (node, &error, "%s", message);
  deploy_faults_take (faults, error);
}
