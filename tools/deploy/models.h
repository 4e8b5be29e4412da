/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "elements.h"

G_BEGIN_DECLS

/* What files the models of a pipeline are from, and whether those have changed.
 */

/* Two strings for each of @models: which file its model is now, and which its
 * configuration; (transfer full). */
GPtrArray *deploy_stamp_models (GPtrArray *models);

G_END_DECLS
