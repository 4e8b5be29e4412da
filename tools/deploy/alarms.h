/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What the log says of an element message `lstm-alarm`, which lstmpost posts
 * when an alarm begins or ends; NULL of any other. (transfer full) */
gchar *deploy_describe_alarm (GstMessage *message);

G_END_DECLS
