/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/builder.h>
#include <lstm/error.h>

G_BEGIN_DECLS

/* NaN or infinity among the numbers of a weight is an error. @where: what they
 * are called in their file. */
gboolean lstm_weight_check_finite (const LstmWeight *weight, const gchar *layer,
    const gchar *class_name, const gfloat *values, const gchar *where,
    GError **error);

G_END_DECLS
