/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "faults.h"

G_BEGIN_DECLS

/* What ${NAME}, ${NAME:-default} and ${models.NAME} stand for. */
typedef struct _DeployVariables DeployVariables;

DeployVariables *deploy_variables_new (void);
void deploy_variables_free (DeployVariables *variables);

/* @value of the file, whose own references are replaced first: a name that
 * stands in its own value is the environment's. */
void deploy_variables_set (DeployVariables *variables, const gchar *name,
    const LstmYamlNode *value, DeployFaults *faults);
void deploy_variables_set_model (
    DeployVariables *variables, const gchar *name, const gchar *properties);

/* Replaces all references in the scalars of @node and below, but not in keys,
 * in place; what cannot be replaced is left empty and is a fault. */
void deploy_variables_expand (const DeployVariables *variables,
    const LstmYamlNode *node, DeployFaults *faults);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DeployVariables, deploy_variables_free)

G_END_DECLS
