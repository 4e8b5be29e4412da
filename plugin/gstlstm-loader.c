/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The thread that loads another model while the stream runs, and the desk
 * where the streaming thread takes it from. */

#include "gstlstm-private.h"

#define GST_CAT_DEFAULT gst_lstm_debug

/* Lives from the first request until the element stops. The object lock guards
 * it; the thread and the element hold a reference each. */
struct _GstLstmLoader {
  GThread *thread;
  GstLstm *element; /* referenced while the thread runs */
  GCond wake;
  GstLstmReload *wanted; /* the newest request, or NULL */
  gboolean loading;      /* one that was taken from there */
  GSList *retired;       /* GstLstmReload that nobody needs any more */
  gboolean quit;
};

static void
free_reload (gpointer data)
{
  GstLstmReload *reload = data;

  if (reload == NULL)
    return;
  gst_lstm_settings_clear (&reload->settings);
  gst_lstm_setup_clear (&reload->setup);
  g_free (reload);
}

static void
clear_loader (gpointer data)
{
  GstLstmLoader *loader = data;

  free_reload (loader->wanted);
  g_slist_free_full (loader->retired, free_reload);
  g_cond_clear (&loader->wake);
}

/* The properties go back to what runs; with the object lock held. */
static void
revert (GstLstm *self)
{
  g_free (self->settings.model);
  g_free (self->settings.config);
  self->settings.model = g_strdup (self->running_model);
  self->settings.config = g_strdup (self->running_config);
}

/* With no lock held. */
static void
tell_refusal (GstLstm *self, const gchar *why)
{
  g_object_notify (G_OBJECT (self), "model");
  g_object_notify (G_OBJECT (self), "config");
  GST_ELEMENT_WARNING (
      self, RESOURCE, SETTINGS, ("The old model runs on: %s", why), (NULL));
}

/* ---- the thread ---- */

/* Without the lock, as that takes time. A model that is loaded waits for the
 * streaming thread; one that a newer request or the element's stop has
 * overtaken is thrown away, and not spoken of. */
static void
load (GstLstm *self, GstLstmLoader *loader, GstLstmReload *reload)
{
  g_autoptr (GError) error = NULL;
  gboolean newest;

  gst_lstm_setup_load (&reload->setup, &reload->settings, &error);
  GST_OBJECT_LOCK (self);
  loader->loading = FALSE;
  newest = !loader->quit && loader->wanted == NULL;
  if (newest && error != NULL)
    revert (self);
  else if (newest)
    g_atomic_pointer_set (&self->reload_ready, g_steal_pointer (&reload));
  GST_OBJECT_UNLOCK (self);
  if (newest && error == NULL)
    GST_DEBUG_OBJECT (self, "loaded; takes over at the next buffer");
  else if (newest)
    tell_refusal (self, error->message);
  free_reload (reload);
}

static gpointer
run (gpointer data)
{
  GstLstmLoader *loader = data;
  GstLstm *self = loader->element;

  GST_OBJECT_LOCK (self);
  while (!loader->quit) {
    GstLstmReload *wanted = g_steal_pointer (&loader->wanted);
    GSList *retired = g_steal_pointer (&loader->retired);

    if (wanted == NULL && retired == NULL) {
      g_cond_wait (&loader->wake, GST_OBJECT_GET_LOCK (self));
      continue;
    }
    loader->loading = wanted != NULL;
    GST_OBJECT_UNLOCK (self);
    g_slist_free_full (retired, free_reload);
    if (wanted != NULL)
      load (self, loader, wanted);
    GST_OBJECT_LOCK (self);
  }
  GST_OBJECT_UNLOCK (self);
  g_atomic_rc_box_release_full (loader, clear_loader);
  gst_object_unref (self);
  return NULL;
}

static GstLstmLoader *
new_loader (GstLstm *self)
{
  GstLstmLoader *loader = g_atomic_rc_box_new0 (GstLstmLoader);

  g_cond_init (&loader->wake);
  loader->element = gst_object_ref (self);
  loader->thread =
      g_thread_new ("lstm-loader", run, g_atomic_rc_box_acquire (loader));
  return loader;
}

/* ---- requests ---- */

/* Has it freed where no stream waits for that. With the object lock held, while
 * running. */
static void
retire (GstLstm *self, GstLstmReload *reload)
{
  GstLstmLoader *loader = self->loader;

  if (reload == NULL)
    return;
  loader->retired = g_slist_prepend (loader->retired, reload);
  g_cond_signal (&loader->wake);
}

/* With the object lock held. */
static GstLstmReload *
take_ready (GstLstm *self)
{
  GstLstmReload *reload = g_atomic_pointer_get (&self->reload_ready);

  g_atomic_pointer_set (&self->reload_ready, NULL);
  return reload;
}

/* The settings as they are now are to be loaded, instead of all that was asked
 * for before. With the object lock held, while running. */
void
gst_lstm_reload_ask (GstLstm *self)
{
  if (self->loader == NULL)
    self->loader = new_loader (self);
  retire (self, take_ready (self));
  free_reload (self->loader->wanted);
  self->loader->wanted = g_new0 (GstLstmReload, 1);
  gst_lstm_settings_copy (&self->loader->wanted->settings, &self->settings);
  g_cond_signal (&self->loader->wake);
}

/* Ends the thread and waits for it; what it has loaded is thrown away. Where a
 * handler of its messages stops the element, it ends by itself. */
void
gst_lstm_reload_cancel (GstLstm *self)
{
  GstLstmLoader *loader;
  GstLstmReload *ready;

  GST_OBJECT_LOCK (self);
  loader = g_steal_pointer (&self->loader);
  ready = take_ready (self);
  if (loader != NULL) {
    loader->quit = TRUE;
    g_cond_signal (&loader->wake);
  }
  GST_OBJECT_UNLOCK (self);
  free_reload (ready);
  if (loader == NULL)
    return;
  if (loader->thread == g_thread_self ())
    g_thread_unref (loader->thread);
  else
    g_thread_join (loader->thread);
  g_atomic_rc_box_release_full (loader, clear_loader);
}

/* ---- the streaming thread's side ---- */

/* What has been loaded, or NULL; it goes to one of the functions below. */
GstLstmReload *
gst_lstm_reload_take (GstLstm *self)
{
  GstLstmReload *reload;

  GST_OBJECT_LOCK (self);
  reload = take_ready (self);
  GST_OBJECT_UNLOCK (self);
  return reload;
}

/* With the object lock held: nothing newer was asked for. */
static gboolean
is_newest (GstLstm *self)
{
  return self->loader->wanted == NULL && !self->loader->loading &&
         g_atomic_pointer_get (&self->reload_ready) == NULL;
}

/* Not now. */
void
gst_lstm_reload_put_back (GstLstm *self, GstLstmReload *reload)
{
  GST_OBJECT_LOCK (self);
  if (is_newest (self))
    g_atomic_pointer_set (&self->reload_ready, reload);
  else
    retire (self, reload);
  GST_OBJECT_UNLOCK (self);
}

/* Never, and that is told if nothing newer was asked for. */
void
gst_lstm_reload_refuse (GstLstm *self, GstLstmReload *reload, const gchar *why)
{
  gboolean newest;

  GST_OBJECT_LOCK (self);
  newest = is_newest (self);
  if (newest)
    revert (self);
  retire (self, reload);
  GST_OBJECT_UNLOCK (self);
  if (newest)
    tell_refusal (self, why);
}

/* Its model runs; what ran before is in it. */
void
gst_lstm_reload_done (GstLstm *self, GstLstmReload *reload)
{
  GST_OBJECT_LOCK (self);
  g_free (self->running_model);
  g_free (self->running_config);
  self->running_model = g_strdup (reload->settings.model);
  self->running_config = g_strdup (reload->settings.config);
  retire (self, reload);
  GST_OBJECT_UNLOCK (self);
}
