/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* How many processors this process may use: its affinity, and the time that its
 * control groups give it. */

#include "engine/pool-private.h"

#include <string.h>

static gchar *
read_text (const gchar *root, const gchar *folder, const gchar *group,
    const gchar *name)
{
  g_autofree gchar *path =
      g_build_filename (root, "sys/fs/cgroup", folder, group, name, NULL);
  gchar *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

static guint
limit (guint n, gdouble quota, gdouble period)
{
  if (!(quota > 0.0 && period > 0.0) || quota / period >= (gdouble) n)
    return n;
  return MAX ((guint) (quota / period), 1);
}

/* Version 2, cpu.max: "max 100000" or "150000 100000". */
static guint
limit_by_max (const gchar *root, const gchar *group, guint n)
{
  g_autofree gchar *text = read_text (root, "", group, "cpu.max");
  gchar *rest = NULL;
  gdouble quota;

  if (!text)
    return n;
  quota = g_ascii_strtod (text, &rest);
  return rest == text ? n : limit (n, quota, g_ascii_strtod (rest, NULL));
}

/* Version 1: cpu.cfs_quota_us, -1 for none, of cpu.cfs_period_us. */
static guint
limit_by_quota (const gchar *root, const gchar *group, guint n)
{
  g_autofree gchar *quota = read_text (root, "cpu", group, "cpu.cfs_quota_us");
  g_autofree gchar *period =
      read_text (root, "cpu", group, "cpu.cfs_period_us");

  if (!quota || !period)
    return n;
  return limit (n, g_ascii_strtod (quota, NULL), g_ascii_strtod (period, NULL));
}

/* A limit of a group holds for the groups in it. */
static guint
limit_by_groups (const gchar *root, const gchar *path, guint n,
    guint (*by_group) (const gchar *, const gchar *, guint))
{
  g_autofree gchar *group = g_strdup (path);

  for (gchar *slash; (slash = strrchr (group, '/')) != NULL; *slash = 0)
    n = by_group (root, group, n);
  return by_group (root, "", n);
}

static gboolean
names_cpu (const gchar *controllers)
{
  g_auto (GStrv) names = g_strsplit (controllers, ",", -1);

  return g_strv_contains ((const gchar *const *) names, "cpu");
}

guint
lstm_limit_processors (const gchar *root, guint n)
{
  g_autofree gchar *path = g_build_filename (root, "proc/self/cgroup", NULL);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return n;
  lines = g_strsplit (text, "\n", -1);
  for (gchar **line = lines; *line; line++) {
    /* hierarchy:controllers:path, no controllers in version 2 */
    g_auto (GStrv) parts = g_strsplit (*line, ":", 3);

    if (g_strv_length (parts) != 3)
      continue;
    if (!*parts[1])
      n = limit_by_groups (root, parts[2], n, limit_by_max);
    else if (names_cpu (parts[1]))
      n = limit_by_groups (root, parts[2], n, limit_by_quota);
  }
  return n;
}

/**
 * lstm_pool_count_processors:
 *
 * Returns: on how many processors this process may run at once, by its affinity
 *   and by the limits of its control groups; from 1 to
 *   %LSTM_POOL_MAX_THREADS
 */
guint
lstm_pool_count_processors (void)
{
  guint n = lstm_limit_processors ("/", g_get_num_processors ());

  return CLAMP (n, 1, LSTM_POOL_MAX_THREADS);
}
