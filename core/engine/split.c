/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/split.h"
#include "engine/pool-private.h"

/* Each part of so many rows uses a weight often enough that it costs little to
 * read all of them in each thread. */
#define MANY_ROWS 6

/* How work is divided: `total` rows or panels of units into `parts`. */
typedef struct {
  guint parts;
  gboolean by_rows;
  gsize total;
} Division;

typedef struct {
  gsize first;
  gsize n;
} Range;

static Range
range_of (const Division *d, guint part)
{
  gsize first = d->total * part / d->parts;

  return (Range){ first, d->total * (part + 1) / d->parts - first };
}

/* What the slowest part does, of a whole that is n. */
static gdouble
largest_share (gsize n, guint parts)
{
  return (gdouble) ((n + parts - 1) / parts) / (gdouble) n;
}

static gboolean
prefers_rows (gsize rows, gsize panels, guint parts)
{
  if (rows < (gsize) parts * MANY_ROWS && panels >= parts)
    return FALSE;
  return largest_share (rows, parts) < largest_share (panels, parts);
}

/* @panels: 1 if units cannot be divided. */
static Division
divide (const LstmPool *pool, guint64 macs, gsize rows, gsize panels)
{
  guint64 least = lstm_pool_get_least_macs (pool);
  guint parts = lstm_pool_get_n_threads (pool);
  Division d = { .parts = 1 };

  if (least > 0)
    parts = (guint) MIN (parts, macs / least);
  if (parts < 2)
    return d;
  d.by_rows = prefers_rows (rows, panels, parts);
  d.total = d.by_rows ? rows : panels;
  d.parts = (guint) MIN (parts, d.total);
  return d;
}

/* ---- products ---- */

typedef struct {
  Division division;
  const LstmKernels *kernels;
  const LstmPacked *w;
  gsize rows;
  const gfloat *x;
  gsize x_stride;
  gfloat *to;
  gsize to_stride;
  gsize to_panel; /* floats from panel to panel */
  gboolean dense;
} Product;

static void
run_product (const Product *p)
{
  if (p->dense)
    p->kernels->dense (p->w, p->rows, p->x, p->x_stride, p->to, p->to_stride);
  else
    p->kernels->project (p->w, p->rows, p->x, p->x_stride, p->to, p->to_stride);
}

static void
run_product_part (gpointer data, guint part)
{
  Product p = *(const Product *) data;
  Range range = range_of (&p.division, part);
  LstmPacked slice;

  if (p.division.by_rows) {
    p.x += range.first * p.x_stride;
    p.to += range.first * p.to_stride;
    p.rows = range.n;
  } else {
    slice = lstm_packed_slice (p.w, (guint) range.first, (guint) range.n);
    p.w = &slice;
    p.to += range.first * p.to_panel;
  }
  run_product (&p);
}

static void
split_product (const LstmRun *run, Product *p)
{
  if (run->pool)
    p->division = divide (run->pool,
        (guint64) p->rows * p->w->in * p->w->units * p->w->gates, p->rows,
        p->w->panels);
  if (p->division.parts > 1)
    lstm_pool_run (run->pool, p->division.parts, run_product_part, p);
  else
    run_product (p);
}

void
lstm_split_project (const LstmRun *run, const LstmPacked *w, gsize rows,
    const gfloat *x, gsize x_stride, gfloat *z, gsize z_stride)
{
  Product p = { { 0 }, run->kernels, w, rows, x, x_stride, z, z_stride,
    (gsize) w->z_gates * w->width, FALSE };

  split_product (run, &p);
}

void
lstm_split_dense (const LstmRun *run, const LstmPacked *w, gsize rows,
    const gfloat *x, gsize x_stride, gfloat *y, gsize y_stride)
{
  Product p = { { 0 }, run->kernels, w, rows, x, x_stride, y, y_stride,
    w->width, TRUE };

  split_product (run, &p);
}

/* ---- steps ---- */

typedef struct {
  Division division;
  const LstmKernels *kernels;
  const LstmCell *cell;
  gconstpointer packed;
  LstmStep step;
} Step;

static void
take_rows (LstmStep *s, Range rows, gsize units)
{
  if (s->x)
    s->x += rows.first * s->x_stride;
  s->z += rows.first * s->z_stride;
  s->h += rows.first * s->h_stride;
  s->out += rows.first * s->out_stride;
  if (s->c)
    s->c += rows.first * s->c_stride;
  s->scratch += rows.first * units;
  s->rows = rows.n;
}

static void
take_panels (LstmStep *s, Range panels, const LstmPacked *input)
{
  gsize first = panels.first * input->width;

  s->first = first;
  s->z += first * input->z_gates;
  s->out += first;
  if (s->c)
    s->c += first;
}

static void
run_step_part (gpointer data, guint part)
{
  const Step *job = data;
  const LstmPacked *input = job->cell->input (job->packed);
  Range range = range_of (&job->division, part);
  gconstpointer packed = job->packed;
  LstmStep step = job->step;
  LstmCellWeights slice;

  if (job->division.by_rows) {
    take_rows (&step, range, input->units);
  } else {
    take_panels (&step, range, input);
    job->cell->slice (
        job->packed, (guint) range.first, (guint) range.n, &slice);
    packed = &slice;
  }
  job->cell->step (packed, job->kernels, &step);
}

static Division
divide_step (const LstmRun *run, const LstmCell *cell, gconstpointer packed,
    const LstmStep *step)
{
  const LstmPacked *input = cell->input (packed);
  guint64 numbers = (guint64) input->units * cell->n_gates *
                    ((step->x ? input->in : 0) + (guint64) input->units);

  return divide (run->pool, step->rows * numbers, step->rows,
      cell->division (packed) == LSTM_DIVISION_ROWS ? 1 : input->panels);
}

void
lstm_split_step (const LstmRun *run, const LstmCell *cell, gconstpointer packed,
    const LstmStep *step)
{
  Step job;

  if (run->pool)
    job.division = divide_step (run, cell, packed, step);
  if (!run->pool || job.division.parts < 2) {
    cell->step (packed, run->kernels, step);
    return;
  }
  job.kernels = run->kernels;
  job.cell = cell;
  job.packed = packed;
  job.step = *step;
  if (!job.division.by_rows &&
      cell->division (packed) == LSTM_DIVISION_TWO_PHASES) {
    job.step.phase = LSTM_PHASE_FIRST;
    lstm_pool_run (run->pool, job.division.parts, run_step_part, &job);
    job.step.phase = LSTM_PHASE_SECOND;
  }
  lstm_pool_run (run->pool, job.division.parts, run_step_part, &job);
}
