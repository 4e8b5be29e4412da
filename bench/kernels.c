/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a step of a cell, and a product of Dense, costs with each kernel set
 * that this machine has: as many inputs as units, no bias, warm caches. Beside
 * it stands how many times as long as the machine needs that is: to read the
 * weights once, or for the multiply-adds of all rows in f32, whichever is
 * longer. Below, for each set, how denormals compare with other numbers. */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine/cells/cell.h"
#include "engine/fixture.h"
#include "engine/fpenv.h"
#include "engine/graph.h"
#include "engine/limit.h"

/* Calls are timed together until they take so long. */
#define SAMPLE_NS 50e3
#define MIN_SAMPLES 3
#define MAX_SAMPLES 10000

#define ALIGNMENT 64
#define DENORMAL 1e-40f
#define DENORMAL_UNITS 128

static const guint sizes[] = { 8, 20, 64, 128, 256, 512 };
static const guint rows_of[] = { 1, 4, 64 };

typedef struct {
  const gchar *name;
  const LstmCell *cell;
  gboolean dense; /* only the kernel over the input */
} Kind;

static const Kind kinds[] = {
  { "LSTM", &lstm_cell_lstm, FALSE },
  { "GRU", &lstm_cell_gru, FALSE },
  { "SimpleRNN", &lstm_cell_simple_rnn, FALSE },
  { "Dense", &lstm_cell_simple_rnn, TRUE },
};

static gdouble seconds = 0.01;
static gchar *only_set = NULL;

static GOptionEntry entries[] = {
  { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &seconds,
      "how long each is measured (0.01)", "S" },
  { "kernels", 0, 0, G_OPTION_ARG_STRING, &only_set, "this kernel set only",
      "NAME" },
  G_OPTION_ENTRY_NULL,
};

/* A layer's weights, packed, and rows that they meet, [rows][units] each. */
typedef struct {
  const Kind *kind;
  LstmKernels kernels;
  gpointer weights;
  const LstmPacked *input;
  guint units;
  LstmStep step;
  gfloat *memory;
} Work;

static LstmModel *
make_model (const Kind *kind, guint units)
{
  g_autofree gchar *layer =
      g_strdup_printf ("%s {'units': <int64 %u>, 'use_bias': <false>}",
          kind->dense ? "SimpleRNN" : kind->name, units);
  const gchar *layers[] = { layer, NULL };
  g_autoptr (GError) error = NULL;
  LstmModel *model = fixture_chain (LSTM_DIM_UNKNOWN, units, layers, &error);

  if (!model)
    g_error ("%s", error->message);
  return model;
}

static Work
work_new (const Kind *kind, guint units, const LstmModel *model,
    const LstmKernels *kernels, LstmPrecision precision)
{
  const LstmNode *node = g_ptr_array_index (model->nodes, 0);
  Work w = { .kind = kind, .kernels = *kernels, .units = units };

  w.kernels.precision = precision;
  w.weights = kind->cell->pack (node->layer, &w.kernels);
  w.input = kind->cell->input (w.weights);
  return w;
}

static void
work_free (Work *w)
{
  w->kind->cell->unpack (w->weights);
  g_aligned_free (w->memory);
}

/* Room for so many rows, [x, h, out, c, scratch, z]; x, h and c get numbers up
 * to @scale. */
static void
set_rows (Work *w, guint rows, gfloat scale)
{
  gsize n = ((gsize) rows * w->units + 15) / 16 * 16;
  gsize z_length = lstm_packed_z_length (w->input);
  g_autofree gfloat *numbers = fixture_random (1, 4 * n);
  gfloat *v;

  g_aligned_free (w->memory);
  w->memory = v =
      g_aligned_alloc0 (5 * n + rows * z_length, sizeof (gfloat), ALIGNMENT);
  for (gsize i = 0; i < 4 * n; i++)
    v[i] = numbers[i] * scale;
  w->step = (LstmStep){ .rows = rows,
    .x = v,
    .x_stride = w->units,
    .h = v + n,
    .h_stride = w->units,
    .out = v + 2 * n,
    .out_stride = w->units,
    .c = v + 3 * n,
    .c_stride = w->units,
    .scratch = v + 4 * n,
    .z = v + 5 * n,
    .z_stride = z_length };
}

static void
run (const Work *w)
{
  const LstmStep *s = &w->step;

  if (w->kind->dense)
    w->kernels.dense (
        w->input, s->rows, s->x, s->x_stride, s->out, s->out_stride);
  else
    w->kind->cell->step (w->weights, &w->kernels, s);
}

static gdouble
now_ns (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return (gdouble) t.tv_sec * 1e9 + (gdouble) t.tv_nsec;
}

static gdouble
time_calls (const Work *w, guint n)
{
  gdouble before = now_ns ();

  for (guint i = 0; i < n; i++)
    run (w);
  return now_ns () - before;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  gdouble x = *(const gdouble *) a, y = *(const gdouble *) b;

  return (x > y) - (x < y);
}

/* Nanoseconds of a call, at best and in the middle. */
static void
measure (const Work *w, gdouble *least, gdouble *median)
{
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (gdouble));
  gdouble end;
  guint n = 1;

  while (time_calls (w, n) < SAMPLE_NS)
    n *= 2;
  end = now_ns () + seconds * 1e9;
  while (samples->len < MIN_SAMPLES ||
         (now_ns () < end && samples->len < MAX_SAMPLES)) {
    gdouble sample = time_calls (w, n) / n;

    g_array_append_val (samples, sample);
  }
  g_array_sort (samples, compare);
  *least = g_array_index (samples, gdouble, 0);
  *median = g_array_index (samples, gdouble, samples->len / 2);
}

static void
measure_rows (Work *w, gdouble operation_ns)
{
  LstmPrecision precision = w->kernels.precision;
  gdouble n = (gdouble) w->units * w->units * w->kind->cell->n_gates *
              (w->kind->dense ? 1 : 2);
  gdouble bytes = n * lstm_limit_weight_bytes (precision);
  gdouble read_ns =
      bytes * lstm_limit_byte_ns (&w->kernels, bytes, seconds * 1e9);

  for (guint i = 0; i < G_N_ELEMENTS (rows_of); i++) {
    gdouble operations = 2 * n * rows_of[i], least, median;

    set_rows (w, rows_of[i], 1.0f);
    measure (w, &least, &median);
    printf ("%-9s %5u %4u  %-10s %-4s %11.1f %11.1f %7.1f %7.1f %8.2f\n",
        w->kind->name, w->units, rows_of[i], w->kernels.name,
        lstm_precision_get_name (precision), least, median, bytes / least,
        operations / least, least / MAX (read_ns, operations * operation_ns));
  }
}

static void
measure_kind (const Kind *kind, guint units, const LstmKernels *kernels,
    gdouble operation_ns)
{
  g_autoptr (LstmModel) model = make_model (kind, units);

  for (guint p = 0; p <= LSTM_PRECISION_INT8; p++) {
    Work w = work_new (kind, units, model, kernels, (LstmPrecision) p);

    measure_rows (&w, operation_ns);
    work_free (&w);
  }
}

/* A step fed with denormals over one fed with other numbers, @flushed as the
 * engine runs it, or in the mode that a thread begins with. */
static gdouble
compare_denormals (Work *w, gboolean flushed)
{
  gdouble normal, denormal, median;
  LstmFpEnv saved = lstm_fpenv_enter ();

  if (!flushed)
    lstm_fpenv_leave (saved);
  set_rows (w, 1, 1.0f);
  measure (w, &normal, &median);
  set_rows (w, 1, DENORMAL);
  measure (w, &denormal, &median);
  lstm_fpenv_leave (saved);
  return denormal / normal;
}

static void
measure_denormals (const LstmKernels *kernels)
{
  g_autoptr (LstmModel) model = make_model (kinds, DENORMAL_UNITS);

  for (guint p = 0; p <= LSTM_PRECISION_INT8; p++) {
    Work w =
        work_new (kinds, DENORMAL_UNITS, model, kernels, (LstmPrecision) p);
    gdouble ratio = compare_denormals (&w, TRUE);

    printf ("denormals: LSTM 128, 1 row, %-10s %-4s %.2f times what other "
            "numbers take (%.2f unflushed)\n",
        kernels->name, lstm_precision_get_name ((LstmPrecision) p), ratio,
        compare_denormals (&w, FALSE));
    work_free (&w);
  }
}

static void
measure_set (const LstmKernels *kernels)
{
  LstmFpEnv saved = lstm_fpenv_enter ();
  gdouble operation_ns = lstm_limit_operation_ns (kernels, seconds * 1e9);

  printf ("%-9s %5s %4s  %-15s %11s %11s %7s %7s %8s\n", "", "units", "rows",
      "kernels", "ns least", "ns median", "GB/s", "GFLOP/s", "x limit");
  for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
      measure_kind (&kinds[k], sizes[i], kernels, operation_ns);
  lstm_fpenv_leave (saved);
  measure_denormals (kernels);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  const gchar *const *names = lstm_list_kernels ();

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) ||
      !lstm_kernels_find (only_set, &error))
    return fprintf (stderr, "%s\n", error->message) > 0;
  if (!(seconds > 0 && seconds <= 60))
    return fprintf (stderr, "--seconds is %g, expected up to 60\n", seconds) >
           0;
  for (guint i = 0; names[i]; i++) {
    const LstmKernels *kernels = lstm_kernels_find (names[i], NULL);

    if (kernels && (!only_set || strcmp (only_set, names[i]) == 0))
      measure_set (kernels);
  }
  return 0;
}
