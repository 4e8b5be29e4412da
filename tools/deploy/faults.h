/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <config/yaml-schema.h>

G_BEGIN_DECLS

/* All that is wrong with a deployment: what is found first does not hide the
 * rest. Each fault is a line of text that says where it stands. */
typedef struct {
  GPtrArray *lines; /* owned strings */
} DeployFaults;

DeployFaults *deploy_faults_new (void);
void deploy_faults_free (DeployFaults *faults);
guint deploy_faults_count (const DeployFaults *faults);
const gchar *deploy_faults_get (const DeployFaults *faults, guint i);

/* Takes @error, which may be NULL; returns whether there was none. */
gboolean deploy_faults_take (DeployFaults *faults, GError *error);
/* A fault at the place of @node. */
void deploy_faults_add (DeployFaults *faults, const LstmYamlNode *node,
    const gchar *format, ...) G_GNUC_PRINTF (3, 4);
/* A line as it is. */
void deploy_faults_add_line (DeployFaults *faults, const gchar *line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DeployFaults, deploy_faults_free)

G_END_DECLS
