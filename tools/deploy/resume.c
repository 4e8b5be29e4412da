/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "resume.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

#define CHUNK 65536

/* ---- states ---- */

/* Beside others, each element has a file of its own. */
static gchar *
name_state_file (
    const DeployPipelineSpec *spec, GstElement *lstm, guint n_elements)
{
  if (n_elements == 1)
    return g_strconcat (spec->state_file, ".state", NULL);
  return g_strconcat (
      spec->state_file, ".", GST_OBJECT_NAME (lstm), ".state", NULL);
}

/* What the launch line says itself stands. */
static void
name_state (const DeployPipelineSpec *spec, GstElement *lstm, guint n_elements)
{
  g_autofree gchar *file = NULL;
  g_autofree gchar *ours = NULL;
  guint64 interval;

  if (!spec->state_file)
    return;
  g_object_get (lstm, "state-file", &file, "state-interval", &interval, NULL);
  ours = name_state_file (spec, lstm, n_elements);
  g_object_set (lstm, "state-file", file ? file : ours, "state-interval",
      interval > 0 ? interval : spec->state_interval, NULL);
}

/* How many frames of its source the element has seen; FALSE if it does not
 * know. */
static gboolean
get_position (GstElement *lstm, guint64 *position)
{
  g_autoptr (GstStructure) stats = NULL;

  g_object_get (lstm, "stats", &stats, NULL);
  return stats && gst_structure_get_uint64 (stats, "position", position) &&
         *position != G_MAXUINT64;
}

/* ---- the source ---- */

/* Rows can be skipped where they can be read again: in a file. */
static GstElement *
find_decoder (GstElement *lstm)
{
  g_autoptr (GstElement) decoder = deploy_find_upstream (lstm, DEPLOY_DECODERS);
  g_autoptr (GstElement) source =
      decoder ? deploy_get_upstream (decoder) : NULL;

  if (!source || !deploy_is_element (source, "filesrc"))
    return NULL;
  return g_steal_pointer (&decoder);
}

/* Elements that share a source begin at the row that the first of them needs.
 */
static void
skip_rows (GPtrArray *elements, const DeployPipelineSpec *spec)
{
  g_autoptr (GHashTable) starts =
      g_hash_table_new_full (NULL, NULL, gst_object_unref, NULL);
  GHashTableIter iter;
  gpointer decoder, start;

  for (guint i = 0; i < elements->len; i++) {
    GstElement *lstm = g_ptr_array_index (elements, i);
    GstElement *found = find_decoder (lstm);
    guint64 position;

    if (found && get_position (lstm, &position) && position <= G_MAXINT64 &&
        (!g_hash_table_lookup_extended (starts, found, NULL, &start) ||
            position < GPOINTER_TO_SIZE (start)))
      g_hash_table_insert (
          starts, gst_object_ref (found), GSIZE_TO_POINTER ((gsize) position));
    g_clear_pointer (&found, gst_object_unref);
  }
  g_hash_table_iter_init (&iter, starts);
  while (g_hash_table_iter_next (&iter, &decoder, &start)) {
    g_object_set (
        decoder, "skip-rows", (gint64) GPOINTER_TO_SIZE (start), NULL);
    deploy_log (DEPLOY_LOG_INFO, spec->name,
        "goes on from row %" G_GSIZE_FORMAT ", where its saved state is",
        GPOINTER_TO_SIZE (start));
  }
}

/* ---- outputs ---- */

/* Where the last row that is whole ends: after the last newline before @end. */
static gint64
find_end_of_rows (int fd, gint64 end)
{
  gchar chunk[CHUNK];

  while (end > 0) {
    gint64 from = MAX (0, end - CHUNK);
    gssize n = pread (fd, chunk, (gsize) (end - from), from);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return -1;
    for (gssize i = n; i-- > 0;)
      if (chunk[i] == '\n')
        return from + i + 1;
    end = from;
  }
  return 0;
}

gint64
deploy_trim_row (const gchar *path, guint64 *size)
{
  int fd = open (path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  gint64 end, cut = -1;
  struct stat st;

  *size = 0;
  if (fd < 0)
    return errno == ENOENT ? 0 : -1;
  if (fstat (fd, &st) != 0)
    goto done;
  if (!S_ISREG (st.st_mode)) {
    cut = 0;
    goto done;
  }
  end = find_end_of_rows (fd, st.st_size);
  if (end < 0 || (end < st.st_size && ftruncate (fd, end) != 0))
    goto done;
  *size = (guint64) end;
  cut = st.st_size - end;
done:
  close (fd);
  return cut;
}

/* A process that was killed may have written a part of a row; the header stands
 * above the rows of the earlier run. */
static void
continue_output (GstElement *encoder, const DeployPipelineSpec *spec)
{
  g_autoptr (GstElement) sink = deploy_get_downstream (encoder);
  g_autofree gchar *location = NULL;
  gboolean append = FALSE;
  guint64 size;
  gint64 cut;

  if (!sink || !deploy_is_element (sink, "filesink"))
    return;
  g_object_get (sink, "location", &location, "append", &append, NULL);
  if (!append || !location)
    return;
  cut = deploy_trim_row (location, &size);
  if (cut < 0)
    deploy_log (DEPLOY_LOG_WARNING, spec->name,
        "'%s' cannot be looked at for a row that was cut short: %s", location,
        g_strerror (errno));
  if (cut > 0)
    deploy_log (DEPLOY_LOG_WARNING, spec->name,
        "'%s' ended within a row, as when a process is killed: the "
        "%" G_GINT64_FORMAT
        " bytes of it are taken away, and the row is written again",
        location, cut);
  if (size > 0 && deploy_is_element (encoder, "csvenc"))
    g_object_set (encoder, "header", FALSE, NULL);
}

gboolean
deploy_resume (
    GstElement *pipeline, const DeployPipelineSpec *spec, GError **error)
{
  g_autoptr (GPtrArray) models = deploy_find_elements (pipeline, "lstm");
  g_autoptr (GPtrArray) encoders =
      deploy_find_elements (pipeline, DEPLOY_ENCODERS);

  deploy_open_bus (pipeline);
  for (guint i = 0; i < models->len; i++) {
    GstElement *lstm = g_ptr_array_index (models, i);

    name_state (spec, lstm, models->len);
    if (gst_element_set_state (lstm, GST_STATE_PAUSED) ==
        GST_STATE_CHANGE_FAILURE) {
      deploy_take_error (pipeline, error);
      return FALSE;
    }
  }
  skip_rows (models, spec);
  for (guint i = 0; i < encoders->len; i++)
    continue_output (g_ptr_array_index (encoders, i), spec);
  return TRUE;
}
