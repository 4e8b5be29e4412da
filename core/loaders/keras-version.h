/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/error.h>

G_BEGIN_DECLS

/* 2 or 3, the major version of Keras in a text such as "2.15.0"; 0 and an error
 * for any other. */
guint lstm_keras_major (const gchar *version, GError **error);

G_END_DECLS
