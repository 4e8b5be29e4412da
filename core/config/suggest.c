/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/suggest.h"

#include <string.h>

/* Longer words are never compared: no known word comes close to it. */
#define MAX_LENGTH 64

/* Optimal string alignment distance of a[0..n) and b[0..m), n, m <= MAX_LENGTH;
 * rows are those of the i - 2nd, i - 1st and ith prefix of a. */
static guint
edit_distance (const gchar *a, gsize n, const gchar *b, gsize m)
{
  guint rows[3][MAX_LENGTH + 1];
  guint *before = rows[0], *last = rows[1], *row = rows[2];

  for (gsize j = 0; j <= m; j++)
    last[j] = j;
  for (gsize i = 1; i <= n; i++) {
    guint *oldest = before;

    row[0] = i;
    for (gsize j = 1; j <= m; j++) {
      guint change = last[j - 1] + (a[i - 1] != b[j - 1]);

      row[j] = MIN (change, MIN (last[j], row[j - 1]) + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = MIN (row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
    row = oldest;
  }
  return last[m];
}

const gchar *
lstm_suggest (const gchar *word, const gchar *const *known)
{
  gsize length = strlen (word);
  const gchar *best = NULL;
  guint least = G_MAXUINT;
  g_autofree gchar *lower = NULL;

  if (length == 0 || length > MAX_LENGTH)
    return NULL;
  lower = g_ascii_strdown (word, -1);
  for (; *known; known++) {
    gsize m = strlen (*known);
    g_autofree gchar *candidate = g_ascii_strdown (*known, -1);
    guint distance;

    if (m > MAX_LENGTH)
      continue;
    distance = edit_distance (lower, length, candidate, m);
    if (distance < least && distance <= MAX (length, m) / 3) {
      least = distance;
      best = *known;
    }
  }
  return best;
}
