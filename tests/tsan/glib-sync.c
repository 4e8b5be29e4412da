/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* ThreadSanitizer cannot see the locks of a GLib that was built without it:
 * they are futexes, not pthread's. This library, loaded before GLib, does what
 * GLib does and tells of it. */

#include <dlfcn.h>
#include <glib.h>
#include <sanitizer/tsan_interface.h>

/* GLib calls itself before any constructor of ours runs. */
static gpointer
find (gpointer *function, const char *name)
{
  gpointer found = __atomic_load_n (function, __ATOMIC_ACQUIRE);

  if (found == NULL) {
    found = dlsym (RTLD_NEXT, name);
    __atomic_store_n (function, found, __ATOMIC_RELEASE);
  }
  return found;
}

#define REAL(name)                                                             \
  static gpointer function;                                                    \
  __typeof__ (&name) real = (__typeof__ (&name)) find (&function, #name)

/* After TYPE *lock has been taken, before it is let go. */
#define LOCKS(TYPE, take, release)                                             \
  void take (TYPE *lock)                                                       \
  {                                                                            \
    REAL (take);                                                               \
    real (lock);                                                               \
    __tsan_acquire (lock);                                                     \
  }                                                                            \
  void release (TYPE *lock)                                                    \
  {                                                                            \
    REAL (release);                                                            \
    __tsan_release (lock);                                                     \
    real (lock);                                                               \
  }

#define TRIES(TYPE, try)                                                       \
  gboolean try (TYPE *lock)                                                    \
  {                                                                            \
    REAL (try);                                                                \
    gboolean taken = real (lock);                                              \
                                                                               \
    if (taken)                                                                 \
      __tsan_acquire (lock);                                                   \
    return taken;                                                              \
  }

LOCKS (GMutex, g_mutex_lock, g_mutex_unlock)
TRIES (GMutex, g_mutex_trylock)
LOCKS (GRecMutex, g_rec_mutex_lock, g_rec_mutex_unlock)
TRIES (GRecMutex, g_rec_mutex_trylock)
LOCKS (GRWLock, g_rw_lock_writer_lock, g_rw_lock_writer_unlock)
LOCKS (GRWLock, g_rw_lock_reader_lock, g_rw_lock_reader_unlock)

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  REAL (g_cond_wait);
  __tsan_release (mutex);
  real (cond, mutex);
  __tsan_acquire (mutex);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  REAL (g_cond_wait_until);
  gboolean woken;

  __tsan_release (mutex);
  woken = real (cond, mutex, end_time);
  __tsan_acquire (mutex);
  return woken;
}

/* Who frees an object has seen what all others did with it. */
gboolean (g_atomic_ref_count_dec) (gatomicrefcount *count)
{
  static gpointer function;
  gboolean (*real) (gatomicrefcount *) = (gboolean (*) (
      gatomicrefcount *)) find (&function, "g_atomic_ref_count_dec");
  gboolean last;

  __tsan_release (count);
  last = real (count);
  if (last)
    __tsan_acquire (count);
  return last;
}

gboolean (g_once_init_enter) (volatile void *location)
{
  static gpointer function;
  gboolean (*real) (volatile void *) =
      (gboolean (*) (volatile void *)) find (&function, "g_once_init_enter");
  gboolean first = real (location);

  if (!first)
    __tsan_acquire ((void *) location);
  return first;
}

void (g_once_init_leave) (volatile void *location, gsize result)
{
  static gpointer function;
  void (*real) (volatile void *, gsize) =
      (void (*) (volatile void *, gsize)) find (&function, "g_once_init_leave");

  __tsan_release ((void *) location);
  real (location, result);
}

void
g_async_queue_push (GAsyncQueue *queue, gpointer data)
{
  REAL (g_async_queue_push);
  __tsan_release (queue);
  real (queue, data);
}

gpointer
g_async_queue_pop (GAsyncQueue *queue)
{
  REAL (g_async_queue_pop);
  gpointer data = real (queue);

  __tsan_acquire (queue);
  return data;
}
