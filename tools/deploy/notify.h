/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* systemd's notification protocol: a datagram to the socket that NOTIFY_SOCKET
 * names. Without it, nothing happens. */

/* @state: lines such as "READY=1". FALSE if it could not be sent. */
gboolean deploy_notify (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

/* How often systemd wants to hear of this process, in ms; 0: not at all. */
guint deploy_notify_get_watchdog (void);

G_END_DECLS
