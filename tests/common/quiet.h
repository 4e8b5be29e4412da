/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a thread did that a frame must not cost. */
typedef struct {
  guint allocations;     /* malloc() and its like; not free() */
  guint locks;           /* of pthread and of GLib */
  guint system_calls;    /* each was answered with ENOSYS and not made */
  gint first_call;       /* number of the first one, or -1 */
  guint own_allocations; /* those of the watched modules */
  guint own_locks;
} QuietCounts;

typedef void (*QuietFunc) (gpointer data);

/* Counts what @func does in its thread. It runs in a process of its own, of
 * which nothing comes back but the counts; it fails the test if it does not
 * come to its end. */
QuietCounts quiet_count (QuietFunc func, gpointer data);

/* Whether this machine lets system calls be counted. */
gboolean quiet_sees_system_calls (void);

/* From now on what code of libraries does whose file's name begins with one of
 * @names, or what GLib does for it, counts as `own`. */
void quiet_watch_modules (const gchar *const *names);

G_END_DECLS
