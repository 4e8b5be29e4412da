/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "supervisor.h"

G_BEGIN_DECLS

/* Tells people how pipelines do: on a terminal one line each, renewed every
 * second; elsewhere, or with a log in JSON, a log line each minute. */

/* Once a second. */
void deploy_status_tick (DeploySupervisor *supervisor);
/* The lines on the terminal stay where they are. */
void deploy_status_end (DeploySupervisor *supervisor);

G_END_DECLS
