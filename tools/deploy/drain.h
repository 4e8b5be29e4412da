/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "elements.h"

G_BEGIN_DECLS

/* Ends the streams of a running pipeline with EOS, behind whole rows: a CSV's
 * text stops where its decoder has got to, never within a row. May wait for
 * elements; a thread other than those of the pipeline calls it. FALSE if
 * nothing has begun that could end: no EOS will come. */
gboolean deploy_drain (GstElement *pipeline);

G_END_DECLS
