/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "models.h"

#include <glib/gstdio.h>
#include <lstm/lstm.h>
#include <sys/stat.h>

#include "build.h"
#include "launch.h"
#include "log.h"
#include "pipeline.h"

enum { MODEL, CONFIG, N_STAMPS };

/* ---- what is on the disk ---- */

/* (transfer full) */
static gchar *
stamp_file (const gchar *path)
{
  GStatBuf st;

  if (!path || g_stat (path, &st) != 0)
    return g_strdup ("");
  return g_strdup_printf ("%s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
                          " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld",
      path, (guint64) st.st_dev, (guint64) st.st_ino, (gint64) st.st_size,
      (gint64) st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static void
add_stamps (GPtrArray *stamps, GstElement *lstm)
{
  g_autofree gchar *model = NULL;
  g_autofree gchar *config = NULL;
  g_autoptr (LstmConfig) loaded = NULL;

  g_object_get (lstm, "model", &model, "config", &config, NULL);
  if (!model && config)
    loaded = lstm_config_load (config, NULL);
  if (loaded)
    model = g_strdup (lstm_config_get_model (loaded));
  g_ptr_array_add (stamps, stamp_file (model));
  g_ptr_array_add (stamps, stamp_file (config));
}

GPtrArray *
deploy_stamp_models (GPtrArray *models)
{
  GPtrArray *stamps = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < models->len; i++)
    add_stamps (stamps, g_ptr_array_index (models, i));
  return stamps;
}

/* ---- into the stream ---- */

/* Whether the columns of a CSV are chosen by the same file. */
static gboolean
shares_config (GstElement *lstm)
{
  g_autoptr (GstElement) decoder = deploy_find_upstream (lstm, DEPLOY_DECODERS);
  g_autofree gchar *ours = NULL;
  g_autofree gchar *theirs = NULL;

  g_object_get (lstm, "config", &ours, NULL);
  if (decoder)
    g_object_get (decoder, "config", &theirs, NULL);
  return ours && g_strcmp0 (ours, theirs) == 0;
}

/* The element loads it once more, and it takes over between two buffers. */
static void
load_again (GstElement *lstm)
{
  g_autofree gchar *model = NULL;
  g_autofree gchar *config = NULL;

  g_object_get (lstm, "model", &model, "config", &config, NULL);
  if (model)
    g_object_set (lstm, "model", model, NULL);
  else
    g_object_set (lstm, "config", config, NULL);
}

static gboolean
has_changed (
    const DeployPipeline *pipeline, GPtrArray *now, guint i, guint kind)
{
  const gchar *before =
      g_ptr_array_index (pipeline->stamps, i * N_STAMPS + kind);

  return !g_str_equal (before, g_ptr_array_index (now, i * N_STAMPS + kind));
}

gboolean
deploy_pipeline_refresh (DeployPipeline *pipeline)
{
  g_autoptr (GPtrArray) now = NULL;

  if (pipeline->phase != DEPLOY_PHASE_RUNNING)
    return TRUE;
  now = deploy_stamp_models (pipeline->models);
  for (guint i = 0; i < pipeline->models->len; i++)
    if (has_changed (pipeline, now, i, CONFIG) &&
        !has_changed (pipeline, now, i, MODEL) &&
        shares_config (g_ptr_array_index (pipeline->models, i)))
      return FALSE;
  for (guint i = 0; i < pipeline->models->len; i++) {
    if (!has_changed (pipeline, now, i, MODEL) &&
        !has_changed (pipeline, now, i, CONFIG))
      continue;
    deploy_log (DEPLOY_LOG_INFO, pipeline->spec->name,
        "the model has changed: it is loaded and takes over in the stream");
    load_again (g_ptr_array_index (pipeline->models, i));
  }
  g_ptr_array_unref (pipeline->stamps);
  pipeline->stamps = g_steal_pointer (&now);
  return TRUE;
}

/* Lines that differ in models only have the same elements in the same order. */
static void
take_paths (GPtrArray *models, GPtrArray *fresh)
{
  for (guint i = 0; i < MIN (models->len, fresh->len); i++) {
    GstElement *lstm = g_ptr_array_index (models, i);
    g_autofree gchar *before = NULL;
    g_autofree gchar *after = NULL;

    g_object_get (lstm, "model", &before, NULL);
    g_object_get (g_ptr_array_index (fresh, i), "model", &after, NULL);
    if (after && g_strcmp0 (before, after) != 0)
      g_object_set (lstm, "model", after, NULL);
  }
}

gboolean
deploy_pipeline_take_models (DeployPipeline *pipeline, DeployPipelineSpec *spec)
{
  g_autofree gchar *before =
      deploy_launch_without_models (pipeline->spec->launch);
  g_autofree gchar *after = deploy_launch_without_models (spec->launch);
  g_autoptr (GstElement) element = NULL;
  g_autoptr (GPtrArray) fresh = NULL;

  if (pipeline->phase != DEPLOY_PHASE_RUNNING || !g_str_equal (before, after))
    return FALSE;
  element = deploy_build (spec, NULL);
  if (!element)
    return FALSE;
  fresh = deploy_find_elements (element, "lstm");
  deploy_log (DEPLOY_LOG_INFO, pipeline->spec->name,
      "has another model: it is loaded and takes over in the stream");
  take_paths (pipeline->models, fresh);
  deploy_pipeline_spec_unref (pipeline->spec);
  pipeline->spec = deploy_pipeline_spec_ref (spec);
  g_ptr_array_unref (pipeline->stamps);
  pipeline->stamps = deploy_stamp_models (pipeline->models);
  return TRUE;
}
