/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "snapshot.h"

G_BEGIN_DECLS

/* A snapshot in the text format of Prometheus, version 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/ */

#define DEPLOY_EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* (transfer full) */
GString *deploy_exposition_new (const DeploySnapshot *snapshot);

G_END_DECLS
