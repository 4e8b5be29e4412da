/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Calls are timed so many together that reading the clock is nothing beside
 * them. */
#define CHUNK_NS 100e3
#define MAX_CHUNKS 100000

/* What a call does so many times; times are given for one of them. */
static gdouble units;
static const gchar *note;

void
worker_set_units (gdouble n)
{
  units = n;
}

/* Goes to the report. */
void
worker_set_note (const gchar *text)
{
  note = text;
}

guint
words_get (GHashTable *words, const gchar *key)
{
  const gchar *word = g_hash_table_lookup (words, key);

  return word ? (guint) g_ascii_strtoull (word, NULL, 10) : 0;
}

static GHashTable *
words_new (const gchar *line)
{
  GHashTable *words =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) split = g_strsplit (line, " ", -1);

  for (guint i = 0; split[i]; i++) {
    gchar *equals = strchr (split[i], '=');

    if (equals)
      g_hash_table_insert (words, g_strndup (split[i], equals - split[i]),
          g_strdup (equals + 1));
  }
  return words;
}

/* Floats of a file that must hold exactly @n; ends the program otherwise: only
 * compare.py writes them. */
static gfloat *
read_floats (const gchar *folder, const gchar *name, gsize n)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  gchar *data = NULL;
  gsize length = 0;
  g_autoptr (GError) error = NULL;

  if (!g_file_get_contents (path, &data, &length, &error))
    g_error ("%s", error->message);
  if (length != n * sizeof (gfloat))
    g_error (
        "%s: %zu bytes where %zu belong", path, length, n * sizeof (gfloat));
  return (gfloat *) data;
}

static gsize
count_weights (const Row *row)
{
  gsize gates = 4 * (gsize) row->units;
  gsize n = gates * (row->features + row->units + 1);

  n += (row->layers - 1) * gates * (2 * row->units + 1);
  return n + row->dense * (row->units + 1);
}

gsize
row_input_size (const Row *row)
{
  return (gsize) row->batch * row->steps * row->features;
}

/* Floats that a call gives. */
gsize
row_output_size (const Row *row)
{
  return (gsize) row->batch * (row->last ? 1 : row->steps) *
         (row->dense ? row->dense : row->units);
}

static void
transpose_input (Row *row)
{
  gsize size = row_input_size (row), f = row->features;

  row->input_tnc = g_new (gfloat, size * row->calls);
  for (gsize i = 0; i < row->calls; i++)
    for (gsize n = 0; n < row->batch; n++)
      for (gsize t = 0; t < row->steps; t++)
        memcpy (row->input_tnc + i * size + (t * row->batch + n) * f,
            row->input + i * size + (n * row->steps + t) * f,
            f * sizeof (gfloat));
}

Row *
row_new (GHashTable *words)
{
  Row *row = g_new0 (Row, 1);

  row->units = words_get (words, "units");
  row->features = words_get (words, "features");
  row->layers = words_get (words, "layers");
  row->dense = words_get (words, "dense");
  row->batch = words_get (words, "batch");
  row->steps = words_get (words, "steps");
  row->calls = words_get (words, "calls");
  row->threads = words_get (words, "threads");
  row->last = words_get (words, "last") != 0;
  row->carry = words_get (words, "carry") != 0;
  row->precision = g_strdup (g_hash_table_lookup (words, "precision"));
  row->folder = g_strdup (g_hash_table_lookup (words, "folder"));
  row->weights = read_floats (row->folder, "weights.bin", count_weights (row));
  row->input =
      read_floats (row->folder, "input.bin", row_input_size (row) * row->calls);
  transpose_input (row);
  return row;
}

void
row_free (Row *row)
{
  if (!row)
    return;
  g_free (row->precision);
  g_free (row->folder);
  g_free (row->weights);
  g_free (row->input);
  g_free (row->input_tnc);
  g_free (row);
}

RowWeights
row_weights (const Row *row, guint i)
{
  gsize gates = 4 * (gsize) row->units;
  RowWeights w = { .features = row->features, .kernel = row->weights };

  for (guint k = 0; k < i; k++) {
    w.kernel += gates * (w.features + row->units + 1);
    w.features = row->units;
  }
  if (i == row->layers) {
    w.bias = w.kernel + (gsize) row->units * row->dense;
    return w;
  }
  w.recurrent = w.kernel + gates * w.features;
  w.bias = w.recurrent + gates * row->units;
  return w;
}

/* The Dense layer, for peers that have none: @in is [rows, units]. */
void
row_dense (const Row *row, const gfloat *in, guint rows, gfloat *out)
{
  RowWeights w = row_weights (row, row->layers);

  for (guint r = 0; r < rows; r++)
    for (guint o = 0; o < row->dense; o++) {
      gfloat sum = w.bias[o];

      for (guint k = 0; k < row->units; k++)
        sum += in[r * row->units + k] * w.kernel[k * row->dense + o];
      out[r * row->dense + o] = sum;
    }
}

/* @outputs: [calls, batch, steps or 1, units or dense]. */
gboolean
row_write (
    const Row *row, const gchar *name, const gfloat *outputs, gchar **reason)
{
  g_autofree gchar *path = g_build_filename (row->folder, name, NULL);
  g_autoptr (GError) error = NULL;
  gsize n = row_output_size (row) * row->calls * sizeof (gfloat);

  if (g_file_set_contents (path, (const gchar *) outputs, (gssize) n, &error))
    return TRUE;
  *reason = g_strdup (error->message);
  return FALSE;
}

static gdouble
now_ns (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return (gdouble) t.tv_sec * 1e9 + (gdouble) t.tv_nsec;
}

static gdouble
time_calls (const Worker *worker, guint n)
{
  gdouble start = now_ns ();

  for (guint i = 0; i < n; i++)
    worker->run ();
  return (now_ns () - start) / n;
}

static gint
compare_doubles (gconstpointer a, gconstpointer b)
{
  gdouble x = *(const gdouble *) a, y = *(const gdouble *) b;

  return (x > y) - (x < y);
}

static void
measure (const Worker *worker, gdouble seconds)
{
  g_autoptr (GArray) chunks = g_array_new (FALSE, FALSE, sizeof (gdouble));
  gdouble end = now_ns () + seconds * 1e9;
  gdouble ns = MIN (time_calls (worker, 1), time_calls (worker, 1));
  guint n = 1;

  while (ns * n < CHUNK_NS) {
    n = (guint) CLAMP (CHUNK_NS / ns, n + 1, n * 4.0);
    ns = time_calls (worker, n);
  }
  do {
    ns = time_calls (worker, n);
    g_array_append_val (chunks, ns);
  } while (now_ns () < end && chunks->len < MAX_CHUNKS);
  g_array_sort (chunks, compare_doubles);
  printf ("ns %.9g %.9g\n", g_array_index (chunks, gdouble, 0) / units,
      g_array_index (chunks, gdouble, chunks->len / 2) / units);
}

static void
prepare (const Worker *worker, const gchar *line)
{
  g_autoptr (GHashTable) words = words_new (line);
  g_autofree gchar *reason = NULL;

  worker->release ();
  units = 1;
  note = "";
  if (worker->prepare (words, &reason))
    printf ("ok %s\n", note);
  else
    printf ("no %s\n", reason ? reason : "it failed");
}

int
worker_main (const Worker *worker)
{
  static gchar line[4096];

  while (fgets (line, sizeof line, stdin)) {
    g_strchomp (line);
    if (g_str_has_prefix (line, "prepare "))
      prepare (worker, line + strlen ("prepare "));
    else if (g_str_has_prefix (line, "measure "))
      measure (worker, g_ascii_strtod (line + strlen ("measure "), NULL));
    else
      printf ("no such command: %s\n", line);
    fflush (stdout);
  }
  worker->release ();
  return EXIT_SUCCESS;
}
