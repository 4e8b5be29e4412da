/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Products and steps of a kernel set against plain loops in double, at odd
 * sizes, with guard numbers around every row. */

#include <math.h>
#include <string.h>

#include "kernels/kernels.h"

#define GUARD 77777.0f
#define TOLERANCE 1e-5

static const guint sizes[] = { 1, 2, 3, 15, 16, 17, 31, 33, 127 };

static const LstmKernels *kernels;

static gfloat *
random_floats (GRand *rand, gsize n, gdouble scale)
{
  gfloat *v = g_new (gfloat, MAX (n, 1));

  for (gsize i = 0; i < n; i++)
    v[i] = (gfloat) g_rand_double_range (rand, -scale, scale);
  return v;
}

static gfloat *
guarded_rows (gsize rows, gsize stride)
{
  gfloat *v = g_new (gfloat, rows * stride + 1);

  for (gsize i = 0; i < rows * stride + 1; i++)
    v[i] = GUARD;
  return v;
}

static void
assert_near (gdouble found, gdouble expected)
{
  gdouble limit = TOLERANCE + TOLERANCE * fabs (expected);

  if (!(fabs (found - expected) <= limit))
    g_error ("found %.9g, expected %.9g", found, expected);
}

/* y = x W + b of one number. */
static gdouble
dot (const gfloat *x, const gfloat *w, const gfloat *b, guint in, guint out,
    guint column)
{
  gdouble sum = b ? b[column] : 0.0;

  for (guint i = 0; i < in; i++)
    sum += (gdouble) x[i] * w[(gsize) i * out + column];
  return sum;
}

static void
check_dense (GRand *rand, guint in, guint units, guint rows)
{
  g_autofree gfloat *w = random_floats (rand, (gsize) in * units, 0.3);
  g_autofree gfloat *b = random_floats (rand, units, 1);
  g_autofree gfloat *x = random_floats (rand, (gsize) rows * in, 1);
  g_autofree gfloat *y = guarded_rows (rows, units + 3);
  LstmPackSource source = { .in = in,
    .units = units,
    .keras_gates = 1,
    .gates = 1,
    .z_gates = 1,
    .kernel = w,
    .bias = b };
  LstmPacked packed;

  lstm_packed_init (&packed, kernels, &source);
  kernels->dense (&packed, rows, x, in, y + 1, units + 3);
  for (guint r = 0; r < rows; r++) {
    const gfloat *row = y + 1 + (gsize) r * (units + 3);

    for (guint u = 0; u < units; u++)
      assert_near (row[u], dot (x + (gsize) r * in, w, b, in, units, u));
    g_assert_true (row[-1] == GUARD && row[units] == GUARD);
  }
  lstm_packed_clear (&packed);
}

static void
test_dense (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint k = 0; k < G_N_ELEMENTS (sizes); k++)
      check_dense (rand, sizes[i], sizes[k], 1 + (i + k) % 5);
}

/* A row's bits do not depend on the rows beside it. */
static void
test_rows_alone (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);
  guint in = 33, units = 50, rows = 9;
  g_autofree gfloat *w = random_floats (rand, (gsize) in * 4 * units, 0.3);
  g_autofree gfloat *x = random_floats (rand, (gsize) rows * in, 1);
  LstmPackSource source = { .in = in,
    .units = units,
    .keras_gates = 4,
    .gates = 4,
    .order = { 0, 1, 2, 3 },
    .z_gates = 4,
    .kernel = w };
  g_autofree gfloat *together = NULL, *alone = NULL;
  LstmPacked packed;
  gsize n;

  lstm_packed_init (&packed, kernels, &source);
  n = lstm_packed_z_length (&packed);
  together = g_new (gfloat, rows * n);
  alone = g_new (gfloat, rows * n);
  kernels->project (&packed, rows, x, in, together, n);
  for (guint r = 0; r < rows; r++)
    kernels->project (&packed, 1, x + (gsize) r * in, in, alone + r * n, n);
  g_assert_cmpmem (
      together, rows * n * sizeof (gfloat), alone, rows * n * sizeof (gfloat));
  lstm_packed_clear (&packed);
}

static gdouble
sigmoid (gdouble x)
{
  return 1.0 / (1.0 + exp (-x));
}

typedef struct {
  guint in, units, rows;
  gfloat *kernel, *recurrent, *bias, *x, *h, *c;
} Cell;

static Cell
cell_new (
    GRand *rand, guint gates, guint in, guint units, guint rows, guint biases)
{
  gsize row = (gsize) gates * units;

  return (Cell){ in, units, rows, random_floats (rand, in * row, 0.3),
    random_floats (rand, units * row, 0.3),
    random_floats (rand, biases * row, 0.5),
    random_floats (rand, (gsize) rows * in, 1),
    random_floats (rand, (gsize) rows * units, 1),
    random_floats (rand, (gsize) rows * units, 1) };
}

static void
cell_free (Cell *cell)
{
  g_free (cell->kernel);
  g_free (cell->recurrent);
  g_free (cell->bias);
  g_free (cell->x);
  g_free (cell->h);
  g_free (cell->c);
}

static LstmPackSource
cell_source (const Cell *cell, guint gates, gboolean input)
{
  return (LstmPackSource){ .in = input ? cell->in : cell->units,
    .units = cell->units,
    .keras_gates = gates,
    .gates = gates,
    .order = { 0, 1, 2, 3 },
    .z_gates = gates,
    .kernel = input ? cell->kernel : cell->recurrent,
    .bias = input ? cell->bias : NULL };
}

static void
check_lstm (GRand *rand, guint in, guint units, guint rows)
{
  Cell cell = cell_new (rand, 4, in, units, rows, 1);
  LstmPackSource input = cell_source (&cell, 4, TRUE);
  LstmPackSource recurrent = cell_source (&cell, 4, FALSE);
  LstmLstmWeights w = { .activation = { LSTM_ACTIVATION_TANH, 0, 0, 0 },
    .recurrent_activation = { LSTM_ACTIVATION_SIGMOID, 0, 0, 0 } };
  g_autofree gfloat *h =
      g_memdup2 (cell.h, (gsize) rows * units * sizeof (gfloat));
  g_autofree gfloat *c =
      g_memdup2 (cell.c, (gsize) rows * units * sizeof (gfloat));
  g_autofree gfloat *z = NULL;
  gsize n;

  lstm_packed_init (&w.input, kernels, &input);
  lstm_packed_init (&w.recurrent, kernels, &recurrent);
  n = lstm_packed_z_length (&w.input);
  z = g_new (gfloat, rows * n);
  kernels->project (&w.input, rows, cell.x, in, z, n);
  kernels->lstm_step (&w, &(LstmStep){ .rows = rows,
                              .z = z,
                              .z_stride = n,
                              .h = cell.h,
                              .h_stride = units,
                              .out = h,
                              .out_stride = units,
                              .c = c,
                              .c_stride = units });
  for (guint r = 0; r < rows; r++)
    for (guint u = 0; u < units; u++) {
      gdouble g[4], cc;

      for (guint k = 0; k < 4; k++)
        g[k] = dot (cell.x + r * in, cell.kernel, cell.bias, in, 4 * units,
                   k * units + u) +
               dot (cell.h + r * units, cell.recurrent, NULL, units, 4 * units,
                   k * units + u);
      cc =
          sigmoid (g[1]) * cell.c[r * units + u] + sigmoid (g[0]) * tanh (g[2]);
      assert_near (c[r * units + u], cc);
      assert_near (h[r * units + u], sigmoid (g[3]) * tanh (cc));
    }
  lstm_packed_clear (&w.input);
  lstm_packed_clear (&w.recurrent);
  cell_free (&cell);
}

static void
test_lstm (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    check_lstm (rand, sizes[G_N_ELEMENTS (sizes) - 1 - i], sizes[i], 1 + i % 4);
}

/* softmax looks at all units of a gate at once: the general path. */
static void
test_lstm_softmax (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  guint units = 19, in = 5;
  Cell cell = cell_new (rand, 4, in, units, 1, 1);
  LstmPackSource input = cell_source (&cell, 4, TRUE);
  LstmPackSource recurrent = cell_source (&cell, 4, FALSE);
  LstmLstmWeights w = { .activation = { LSTM_ACTIVATION_SOFTMAX, 0, 0, 0 },
    .recurrent_activation = { LSTM_ACTIVATION_SIGMOID, 0, 0, 0 } };
  gfloat h[19], c[19], z[8 * 16 * 4];
  gdouble g[19], e[19], sum = 0, after = 0;

  memcpy (h, cell.h, sizeof h);
  memcpy (c, cell.c, sizeof c);
  lstm_packed_init (&w.input, kernels, &input);
  lstm_packed_init (&w.recurrent, kernels, &recurrent);
  g_assert_cmpuint (lstm_packed_z_length (&w.input), <=, G_N_ELEMENTS (z));
  kernels->project (&w.input, 1, cell.x, in, z, 0);
  kernels->lstm_step (
      &w, &(LstmStep){ .rows = 1, .z = z, .h = cell.h, .out = h, .c = c });
  for (guint u = 0; u < units; u++) {
    g[u] = exp (
        dot (cell.x, cell.kernel, cell.bias, in, 4 * units, 2 * units + u) +
        dot (cell.h, cell.recurrent, NULL, units, 4 * units, 2 * units + u));
    sum += g[u];
  }
  for (guint u = 0; u < units; u++) {
    gdouble gate[4];

    for (guint k = 0; k < 4; k++)
      gate[k] =
          dot (cell.x, cell.kernel, cell.bias, in, 4 * units, k * units + u) +
          dot (cell.h, cell.recurrent, NULL, units, 4 * units, k * units + u);
    e[u] = sigmoid (gate[1]) * cell.c[u] + sigmoid (gate[0]) * g[u] / sum;
    assert_near (c[u], e[u]);
    after += exp (e[u]);
    g[u] = sigmoid (gate[3]);
    e[u] = exp (e[u]);
  }
  for (guint u = 0; u < units; u++)
    assert_near (h[u], g[u] * e[u] / after);
  lstm_packed_clear (&w.input);
  lstm_packed_clear (&w.recurrent);
  cell_free (&cell);
}

/* y of a Dense with int8 weights; NULL if this machine lacks the set. */
static gfloat *
int8_dense (
    const gchar *set, const LstmPackSource *source, guint rows, const gfloat *x)
{
  const LstmKernels *found = lstm_kernels_find (set, NULL);
  gfloat *y = NULL;
  LstmKernels narrow;
  LstmPacked packed;

  if (!found)
    return NULL;
  narrow = *found;
  narrow.precision = LSTM_PRECISION_INT8;
  y = g_new0 (gfloat, (gsize) rows * source->units);
  lstm_packed_init (&packed, &narrow, source);
  narrow.dense (&packed, rows, x, source->in, y, source->units);
  lstm_packed_clear (&packed);
  return y;
}

static void
check_int8 (GRand *rand, guint in, guint units, guint rows)
{
  static const gchar *const vector_sets[] = { "avx512bf16", "avx512", "avx2" };
  g_autofree gfloat *w = random_floats (rand, (gsize) in * units, 0.3);
  g_autofree gfloat *x = random_floats (rand, (gsize) rows * in, 1);
  g_autofree gfloat *first = NULL;
  LstmPackSource source = { .in = in,
    .units = units,
    .keras_gates = 1,
    .gates = 1,
    .z_gates = 1,
    .kernel = w };

  w[0] = -0.9f;
  x[0] = -1.5f; /* the largest of its block: all of its digits */
  if (rows > 2)
    x[in + in / 2] = NAN;
  if (rows > 3)
    memset (x + 2 * (gsize) in, 0, in * sizeof *x);
  for (guint i = 0; i < G_N_ELEMENTS (vector_sets); i++) {
    g_autofree gfloat *y = int8_dense (vector_sets[i], &source, rows, x);

    if (first && y)
      g_assert_cmpmem (
          first, rows * units * sizeof *y, y, rows * units * sizeof *y);
    if (!first)
      first = g_steal_pointer (&y);
  }
}

/* Sums of integers are exact: vector sets of one processor agree to the bit,
 * whatever instructions they add with. */
static void
test_int8_sets (void)
{
  static const guint ins[] = { 1, 2, 3, 5, 63, 64, 65, 66, 127, 1024, 1027,
    2050 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (guint i = 0; i < G_N_ELEMENTS (ins); i++)
    for (guint rows = 1; rows <= 30; rows += 1 + rows / 2)
      check_int8 (rand, ins[i], 1 + (7 * i + rows) % 70, rows);
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  kernels = lstm_kernels_find (NULL, NULL);
  g_assert_nonnull (kernels);
  g_test_add_func ("/products/dense", test_dense);
  g_test_add_func ("/products/rows-alone", test_rows_alone);
  g_test_add_func ("/products/lstm-step", test_lstm);
  g_test_add_func ("/products/lstm-step-softmax", test_lstm_softmax);
  g_test_add_func ("/products/int8-sets", test_int8_sets);
  return g_test_run ();
}
