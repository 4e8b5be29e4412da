/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Steps of the kernel set that LSTM_CPU leaves, held against the scalar set:
 * every cell with every activation, at odd sizes and numbers of rows, inputs
 * misaligned, with guard numbers around what is written. A row has the same
 * bits however many rows stand beside it, and whether its inputs are projected
 * before or within the step. */

#include <math.h>
#include <string.h>

#include "engine/fpenv.h"
#include "kernels/kernels.h"

#define GUARD 77777.0f
#define TOLERANCE 4e-6

/* Without reset_after, GRU multiplies with r h, in which sets differ by an ulp;
 * where that turns the rounding to an integer of 16 bits, by 1/32767 of a
 * weight times the largest input. */
#define ROUNDING_TOLERANCE 1e-4

static const guint sizes[] = { 1, 2, 3, 4, 7, 8, 15, 16, 17, 20, 31, 33, 40, 64,
  127 };
static const guint rows_of[] = { 1, 2, 3, 4, 5, 6, 7, 13, 16 };

typedef enum {
  CELL_LSTM,
  CELL_GRU_AFTER,
  CELL_GRU_BEFORE,
  CELL_RNN,
} CellKind;

typedef union {
  LstmLstmWeights lstm;
  LstmGruWeights gru;
  LstmRnnWeights rnn;
} Weights;

typedef struct {
  CellKind kind;
  guint in;
  guint units;
  gfloat *kernel;
  gfloat *recurrent;
  gfloat *bias;
  LstmActivation activation;
  LstmActivation gates;
} Cell;

/* The set that is tested, and the scalar one, at one precision. */
static LstmKernels tested_set, scalar_set;
static const LstmKernels *kernels = &tested_set;
static gdouble tolerance = TOLERANCE;

static gfloat *
random_floats (GRand *rand, gsize n, gdouble scale)
{
  gfloat *v = g_new (gfloat, MAX (n, 1));

  for (gsize i = 0; i < n; i++)
    v[i] = (gfloat) g_rand_double_range (rand, -scale, scale);
  return v;
}

static guint
n_gates (CellKind kind)
{
  return kind == CELL_LSTM ? 4 : kind == CELL_RNN ? 1 : 3;
}

static Cell
cell_new (GRand *rand, CellKind kind, guint in, guint units)
{
  gsize row = (gsize) n_gates (kind) * units;

  return (Cell){ kind, in, units, random_floats (rand, in * row, 0.3),
    random_floats (rand, units * row, 0.3), random_floats (rand, row, 0.5),
    { LSTM_ACTIVATION_TANH, 0, 0, 0 }, { LSTM_ACTIVATION_SIGMOID, 0, 0, 0 } };
}

static void
cell_free (Cell *cell)
{
  g_free (cell->kernel);
  g_free (cell->recurrent);
  g_free (cell->bias);
}

static LstmPackSource
source (const Cell *cell, gboolean input)
{
  guint gates = n_gates (cell->kind);

  return (LstmPackSource){ .in = input ? cell->in : cell->units,
    .units = cell->units,
    .keras_gates = gates,
    .gates = gates,
    .order = { 0, 1, 2, 3 },
    .z_gates = gates,
    .kernel = input ? cell->kernel : cell->recurrent,
    .tail = cell->kind == CELL_LSTM &&
            lstm_activation_is_pointwise (&cell->activation) &&
            lstm_activation_is_pointwise (&cell->gates),
    .bias = input ? cell->bias : NULL };
}

/* As engine/cells/gru.c packs; the state's bias is the input's once more. */
static void
pack_gru (const Cell *cell, LstmGruWeights *w, const LstmKernels *k)
{
  LstmPackSource input = source (cell, TRUE), recurrent = source (cell, FALSE);
  LstmPackSource candidate = recurrent;

  w->reset_after = cell->kind == CELL_GRU_AFTER;
  if (w->reset_after) {
    input.order[0] = 2;
    input.order[1] = 0;
    input.order[2] = 1;
    input.z_gates = recurrent.z_gates = 4;
    recurrent.z_first = 1;
    recurrent.bias = cell->bias;
  } else {
    recurrent.gates = 2;
    candidate.gates = 1;
    candidate.order[0] = 2;
    candidate.z_first = 2;
    lstm_packed_init (&w->candidate, k, &candidate);
  }
  lstm_packed_init (&w->input, k, &input);
  lstm_packed_init (&w->recurrent, k, &recurrent);
}

static void
pack (const Cell *cell, Weights *w, const LstmKernels *k)
{
  LstmPackSource input = source (cell, TRUE), recurrent = source (cell, FALSE);

  memset (w, 0, sizeof *w);
  if (cell->kind == CELL_LSTM) {
    w->lstm.activation = cell->activation;
    w->lstm.recurrent_activation = cell->gates;
    lstm_packed_init (&w->lstm.input, k, &input);
    lstm_packed_init (&w->lstm.recurrent, k, &recurrent);
  } else if (cell->kind == CELL_RNN) {
    w->rnn.activation = cell->activation;
    lstm_packed_init (&w->rnn.input, k, &input);
    lstm_packed_init (&w->rnn.recurrent, k, &recurrent);
  } else {
    w->gru.activation = cell->activation;
    w->gru.recurrent_activation = cell->gates;
    pack_gru (cell, &w->gru, k);
  }
}

static const LstmPacked *
input_of (const Cell *cell, const Weights *w)
{
  return cell->kind == CELL_LSTM  ? &w->lstm.input
         : cell->kind == CELL_RNN ? &w->rnn.input
                                  : &w->gru.input;
}

static void
unpack (const Cell *cell, Weights *w)
{
  if (cell->kind == CELL_LSTM) {
    lstm_packed_clear (&w->lstm.input);
    lstm_packed_clear (&w->lstm.recurrent);
  } else if (cell->kind == CELL_RNN) {
    lstm_packed_clear (&w->rnn.input);
    lstm_packed_clear (&w->rnn.recurrent);
  } else {
    lstm_packed_clear (&w->gru.input);
    lstm_packed_clear (&w->gru.recurrent);
    lstm_packed_clear (&w->gru.candidate);
  }
}

static void
run (const Cell *cell, const Weights *w, const LstmKernels *k,
    const LstmStep *step)
{
  LstmFpEnv saved = lstm_fpenv_enter ();

  if (cell->kind == CELL_LSTM)
    k->lstm_step (&w->lstm, step);
  else if (cell->kind == CELL_RNN)
    k->rnn_step (&w->rnn, step);
  else
    k->gru_step (&w->gru, step);
  lstm_fpenv_leave (saved);
}

/* What goes into a step and what comes out, rows apart by odd strides. */
typedef struct {
  guint rows;
  gsize stride;
  gfloat *x; /* [rows][in], one float off alignment */
  gfloat *h;
  gfloat *out;
  gfloat *c;
} Data;

static Data
data_new (GRand *rand, const Cell *cell, guint rows)
{
  Data d = { .rows = rows, .stride = cell->units + 3 };
  gsize n = rows * d.stride + 1;

  d.x = random_floats (rand, (gsize) rows * cell->in + 1, 1);
  d.h = random_floats (rand, n, 1);
  d.c = random_floats (rand, n, 1);
  d.out = g_new (gfloat, n);
  for (gsize i = 0; i < n; i++)
    d.out[i] = GUARD;
  for (guint r = 0; r <= rows; r++)
    d.c[r * d.stride] = GUARD;
  for (guint r = 0; r < rows; r++)
    d.c[r * d.stride + 1 + cell->units] = GUARD;
  return d;
}

static Data
data_copy (const Data *d, const Cell *cell)
{
  gsize n = (d->rows * d->stride + 1) * sizeof (gfloat);
  Data copy = *d;

  copy.x = g_memdup2 (d->x, (d->rows * cell->in + 1) * sizeof (gfloat));
  copy.h = g_memdup2 (d->h, n);
  copy.c = g_memdup2 (d->c, n);
  copy.out = g_memdup2 (d->out, n);
  return copy;
}

static void
data_free (Data *d)
{
  g_free (d->x);
  g_free (d->h);
  g_free (d->c);
  g_free (d->out);
}

/* Rows [first, first + n); inputs projected before if @before. */
static void
step_rows (const Cell *cell, const Weights *w, const LstmKernels *k, Data *d,
    guint first, guint n, gboolean before)
{
  const LstmPacked *input = input_of (cell, w);
  gsize z_length = lstm_packed_z_length (input);
  g_autofree gfloat *z = g_new (gfloat, n * z_length + 1);
  g_autofree gfloat *scratch = g_new (gfloat, (gsize) n * cell->units);
  const gfloat *x = d->x + 1 + (gsize) first * cell->in;
  gsize at = first * d->stride + 1;
  LstmStep step = { .rows = n,
    .x = before ? NULL : x,
    .x_stride = cell->in,
    .z = z + 1,
    .z_stride = z_length,
    .h = d->h + at,
    .h_stride = d->stride,
    .out = d->out + at,
    .out_stride = d->stride,
    .c = d->c + at,
    .c_stride = d->stride,
    .scratch = scratch };

  if (before) {
    LstmFpEnv saved = lstm_fpenv_enter ();

    k->project (input, n, x, cell->in, z + 1, z_length);
    lstm_fpenv_leave (saved);
  }
  run (cell, w, k, &step);
}

static gboolean
near (gfloat found, gfloat expected)
{
  gdouble limit = tolerance + tolerance * fabs (expected);

  if (isnan (expected) || isnan (found))
    return isnan (expected) && isnan (found);
  return found == expected || fabs ((gdouble) found - expected) <= limit;
}

static void
assert_near (const Cell *cell, const Data *found, const Data *expected)
{
  for (guint r = 0; r < found->rows; r++) {
    gsize at = r * found->stride + 1;

    g_assert_true (found->out[at - 1] == GUARD);
    g_assert_true (found->out[at + cell->units] == GUARD);
    g_assert_true (found->c[at - 1] == GUARD);
    g_assert_true (found->c[at + cell->units] == GUARD);
    for (guint u = 0; u < cell->units; u++) {
      if (!near (found->out[at + u], expected->out[at + u]))
        g_error ("row %u unit %u of %u: h is %.9g, expected %.9g", r, u,
            cell->units, found->out[at + u], expected->out[at + u]);
      if (cell->kind == CELL_LSTM &&
          !near (found->c[at + u], expected->c[at + u]))
        g_error ("row %u unit %u of %u: c is %.9g, expected %.9g", r, u,
            cell->units, found->c[at + u], expected->c[at + u]);
    }
  }
}

static void
assert_same (const Data *a, const Data *b)
{
  gsize n = (a->rows * a->stride + 1) * sizeof (gfloat);

  g_assert_cmpmem (a->out, n, b->out, n);
  g_assert_cmpmem (a->c, n, b->c, n);
}

/* A row whose h goes where it comes from gets the same bits. */
static void
check_in_place (
    const Cell *cell, const Weights *w, const Data *begun, const Data *expected)
{
  Data d = data_copy (begun, cell);
  gsize bytes = cell->units * sizeof (gfloat);

  for (guint r = 0; r < d.rows && cell->units <= kernels->whole_units; r++) {
    gfloat *h = d.h + r * d.stride + 1;
    gfloat *out = d.out;

    d.out = d.h;
    step_rows (cell, w, kernels, &d, r, 1, r % 2);
    d.out = out;
    g_assert_cmpmem (h, bytes, expected->out + r * d.stride + 1, bytes);
  }
  data_free (&d);
}

/* Together, projected before, each row alone, and in place: near what the
 * scalar set gives, and the same bits. */
static void
check_data (const Cell *cell, Data *d)
{
  Data scalar = data_copy (d, cell), before = data_copy (d, cell);
  Data alone = data_copy (d, cell), begun = data_copy (d, cell);
  Weights w, w_scalar;

  pack (cell, &w, kernels);
  pack (cell, &w_scalar, &scalar_set);
  step_rows (cell, &w_scalar, &scalar_set, &scalar, 0, d->rows, FALSE);
  step_rows (cell, &w, kernels, d, 0, d->rows, FALSE);
  step_rows (cell, &w, kernels, &before, 0, d->rows, TRUE);
  for (guint r = 0; r < d->rows; r++)
    step_rows (cell, &w, kernels, &alone, r, 1, r % 2);

  assert_near (cell, d, &scalar);
  assert_same (d, &before);
  assert_same (d, &alone);
  check_in_place (cell, &w, &begun, d);
  unpack (cell, &w);
  unpack (cell, &w_scalar);
  data_free (&scalar);
  data_free (&before);
  data_free (&alone);
  data_free (&begun);
}

/* What each test is called with: a cell and a precision. */
typedef struct {
  CellKind kind;
  LstmPrecision precision;
} Case;

static CellKind
begin (gconstpointer data)
{
  const Case *c = data;

  tested_set.precision = scalar_set.precision = c->precision;
  tolerance = c->kind == CELL_GRU_BEFORE && c->precision == LSTM_PRECISION_INT8
                  ? ROUNDING_TOLERANCE
                  : TOLERANCE;
  return c->kind;
}

static void
test_sizes (gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    for (guint k = 0; k < G_N_ELEMENTS (rows_of); k++) {
      guint in = sizes[(i * 5 + k) % G_N_ELEMENTS (sizes)];
      Cell cell = cell_new (rand, begin (data), in, sizes[i]);
      Data d = data_new (rand, &cell, rows_of[k]);

      check_data (&cell, &d);
      data_free (&d);
      cell_free (&cell);
    }
  }
}

/* Larger than a first-level cache, where weights are asked for ahead. */
static void
test_large (gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);
  Cell cell = cell_new (rand, begin (data), 251, 251);

  for (guint rows = 1; rows <= 8; rows += 7) {
    Data d = data_new (rand, &cell, rows);

    check_data (&cell, &d);
    data_free (&d);
  }
  cell_free (&cell);
}

/* More inputs than int8 takes at once: the next part goes on from the one
 * before. Weights are small, so that sums are. */
static void
test_many_inputs (gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);
  Cell cell = cell_new (rand, begin (data), 2101, 21);

  for (gsize i = 0; i < (gsize) 2101 * 21 * n_gates (cell.kind); i++)
    cell.kernel[i] *= 0.05f;
  for (guint rows = 1; rows <= 14; rows += 13) {
    Data d = data_new (rand, &cell, rows);

    check_data (&cell, &d);
    data_free (&d);
  }
  cell_free (&cell);
}

/* Every activation as either of the two, those that look at rows included. */
static void
test_activations (gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (guint a = 0; a < LSTM_N_ACTIVATIONS; a++) {
    Cell cell = cell_new (rand, begin (data), 5, 19);
    const LstmActivation tested = { a, 0.3f, 0.8f, 0.1f };
    Data d = data_new (rand, &cell, 7);

    cell.activation = tested;
    check_data (&cell, &d);
    data_free (&d);
    d = data_new (rand, &cell, 7);
    cell.activation = (LstmActivation){ LSTM_ACTIVATION_TANH, 0, 0, 0 };
    cell.gates = tested;
    check_data (&cell, &d);
    data_free (&d);
    cell_free (&cell);
  }
}

/* NaN, infinities, denormals and numbers that saturate, in one row each; the
 * rows beside them do not notice. */
static void
test_special (gconstpointer data)
{
  static const gfloat special[] = { NAN, INFINITY, -INFINITY, 1e-41f, -1e-41f,
    1e30f, -1e30f, 3e38f, 0.0f, -0.0f };
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  Cell cell = cell_new (rand, begin (data), 17, 33);

  for (guint where = 0; where < 3; where++) {
    Data d = data_new (rand, &cell, G_N_ELEMENTS (special) + 1);

    for (guint r = 0; r < G_N_ELEMENTS (special); r++) {
      if (where == 0)
        d.x[1 + r * cell.in + r] = special[r];
      else if (where == 1)
        d.h[1 + r * d.stride + r] = special[r];
      else
        d.c[1 + r * d.stride + r] = special[r];
    }
    check_data (&cell, &d);
    data_free (&d);
  }
  cell_free (&cell);
}

/* A cell whose gates are shut by saturation keeps its c to the last bit. */
static void
test_keeps (gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  Cell cell = cell_new (rand, begin (data), 3, 19);
  Data d = data_new (rand, &cell, 4), before;

  memset (cell.kernel, 0, 3 * 4 * 19 * sizeof (gfloat));
  memset (cell.recurrent, 0, 19 * 4 * 19 * sizeof (gfloat));
  for (guint u = 0; u < 19; u++) {
    cell.bias[u] = -200.0f;
    cell.bias[19 + u] = 200.0f;
  }
  before = data_copy (&d, &cell);
  check_data (&cell, &d);
  for (guint r = 0; r < 4; r++)
    g_assert_cmpmem (d.c + 1 + r * d.stride, 19 * sizeof (gfloat),
        before.c + 1 + r * d.stride, 19 * sizeof (gfloat));
  data_free (&before);
  data_free (&d);
  cell_free (&cell);
}

static void
add_tests (const gchar *name, const Case *c)
{
  static const struct {
    const gchar *what;
    GTestDataFunc func;
  } tests[] = { { "sizes", test_sizes }, { "large", test_large },
    { "many-inputs", test_many_inputs }, { "activations", test_activations },
    { "special", test_special } };

  for (guint k = 0; k < G_N_ELEMENTS (tests); k++) {
    g_autofree gchar *path = g_strdup_printf ("/steps/%s/%s/%s", name,
        lstm_precision_get_name (c->precision), tests[k].what);

    g_test_add_data_func (path, c, tests[k].func);
  }
}

gint
main (gint argc, gchar **argv)
{
  static const gchar *const names[] = { "lstm", "gru-after", "gru-before",
    "rnn" };
  static Case cases[G_N_ELEMENTS (names)][3];
  const LstmKernels *found;

  g_test_init (&argc, &argv, NULL);
  found = lstm_kernels_find (NULL, NULL);
  g_assert_nonnull (found);
  tested_set = *found;
  scalar_set = lstm_kernels_scalar;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    for (guint p = 0; p < 3; p++) {
      cases[i][p] = (Case){ i, p };
      add_tests (names[i], &cases[i][p]);
    }
  for (guint p = 0; p < 3; p++) {
    g_autofree gchar *path = g_strdup_printf (
        "/steps/keeps/%s", lstm_precision_get_name ((LstmPrecision) p));

    g_test_add_data_func (path, &cases[CELL_LSTM][p], test_keeps);
  }
  return g_test_run ();
}
