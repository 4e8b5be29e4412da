/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A launch line taken apart, as far as names go: which elements, and which
 * properties each of them is given. What gst_parse_launch() takes beyond that
 * (bins in brackets, blanks around =) is left to it. */

typedef struct {
  gchar *name;
  GPtrArray *properties; /* owned names */
  GPtrArray *values;     /* owned text of each, as it was written */
} DeployLaunchElement;

/* Elements in order; FALSE if the rest of the line could not be followed. */
gboolean deploy_launch_split (const gchar *line, GPtrArray **elements);

/* @line without what the elements `lstm` have as `model`: what is left when
 * lines differ in models only. */
gchar *deploy_launch_without_models (const gchar *line);

G_END_DECLS
