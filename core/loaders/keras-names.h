/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Names that Keras gives what has none. */

/* (transfer full): Keras's name of a class as a group: PReLU is p_re_lu. */
gchar *lstm_keras_snake_case (const gchar *class_name);

/* (transfer full): the next name of a group for a class in a container, such as
 * dense, dense_1, ...; @counts belongs to the container: names taken so far. */
gchar *lstm_keras_group_name (GHashTable *counts, const gchar *class_name);
GHashTable *lstm_keras_group_counts_new (void);

G_END_DECLS
