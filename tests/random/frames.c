/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "frames.h"

#include "common/golden.h"
#include "common/safetensors.h"
#include "engine/graph.h"

#include <math.h>

/* As for windows: see common/golden.c. */
#define ABSOLUTE 1e-5
#define RELATIVE 1e-5

typedef struct {
  LstmModel *model;
  LstmPlan *plan;
  LstmContext *context;
  TestTensors *io;
  guint call;
  guint frames;  /* that go in, of each sequence */
  guint written; /* that came out */
  guint batch;
  GPtrArray *streams; /* LstmStream, one for each sequence */
  GPtrArray *outputs; /* gfloat[batch][frames][size] */
  gdouble largest;
  gchar *mismatch;
} Run;

static const TestTensor *
find_input (const Run *run, guint i)
{
  return i == 0 ? test_tensors_find (run->io, "call%u.x", run->call)
                : test_tensors_find (run->io, "call%u.x%u", run->call, i);
}

/* An input that is no sequence is the same at each frame. */
static LstmInput
input_at (const Run *run, guint i, guint frame)
{
  const TestTensor *x = find_input (run, i);
  gsize size = lstm_plan_get_input_size (run->plan, i);
  gsize all = x->count / run->batch;

  if (all == size && run->frames > 1)
    return (LstmInput){ x->data, all, 0 };
  return (LstmInput){ x->data + frame * size, all, size };
}

/* Outputs go with frames first, first + rate, ... */
static void
check_written (Run *run, guint frame, guint n)
{
  guint first_frame, rate = lstm_plan_get_output_rate (run->plan, &first_frame);
  guint expected = 0, first_due = 0;

  for (guint i = n; i-- > 0;)
    if (frame + i >= first_frame && (frame + i - first_frame) % rate == 0) {
      expected++;
      first_due = i;
    }
  if (lstm_plan_get_n_slots (run->plan) == 0) {
    run->written += n;
    return;
  }
  for (guint s = 0; s < run->batch; s++) {
    guint first;

    g_assert_cmpuint (
        lstm_stream_get_n_outputs (g_ptr_array_index (run->streams, s), &first),
        ==, expected);
    if (expected > 0)
      g_assert_cmpuint (first, ==, first_due);
  }
  run->written += expected;
}

static void
process (Run *run, guint frame, guint n)
{
  guint n_inputs = lstm_model_get_n_inputs (run->model);
  guint n_outputs = lstm_model_get_n_outputs (run->model);
  g_autofree LstmInput *inputs = g_new0 (LstmInput, n_inputs);
  g_autofree LstmOutput *outputs = g_new0 (LstmOutput, n_outputs);

  for (guint i = 0; i < n_inputs; i++)
    inputs[i] = input_at (run, i, frame);
  for (guint k = 0; k < n_outputs; k++) {
    gsize size = lstm_plan_get_output_size (run->plan, k);
    gfloat *data = g_ptr_array_index (run->outputs, k);

    outputs[k] =
        (LstmOutput){ data + run->written * size, size * run->frames, size };
  }
  g_assert_cmpint (lstm_context_process (run->context,
                       (LstmStream *const *) run->streams->pdata, run->batch, n,
                       inputs, outputs),
      ==, LSTM_STATUS_OK);
  check_written (run, frame, n);
}

static void
compare (Run *run, guint k, const gchar *what, const gfloat *ours,
    const gfloat *keras, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    gdouble difference = fabs ((gdouble) ours[i] - (gdouble) keras[i]);

    run->largest = MAX (run->largest, difference);
    if (run->mismatch == NULL &&
        !(difference <= ABSOLUTE + RELATIVE * fabs ((gdouble) keras[i])))
      run->mismatch = g_strdup_printf (
          "frame by frame: call %u, output %u, %s, value %zu: ours is %.9g, "
          "Keras's is %.9g",
          run->call, k, what, i, (gdouble) ours[i], (gdouble) keras[i]);
  }
}

/* A sequence holds what each frame gave; anything else what the last did. */
static void
compare_output (Run *run, guint k)
{
  const TestTensor *y = test_tensors_find (run->io, "call%u.y%u", run->call, k);
  const gfloat *ours = g_ptr_array_index (run->outputs, k);
  gsize size = lstm_plan_get_output_size (run->plan, k);
  gsize all = size * run->frames, there = size * run->written;

  g_assert_nonnull (y);
  g_assert_cmpuint (run->written, >, 0);
  if (y->count == run->batch * there) {
    for (guint s = 0; s < run->batch; s++)
      compare (run, k, "sequence", ours + s * all, y->data + s * there, there);
    return;
  }
  g_assert_cmpuint (y->count, ==, run->batch * size);
  for (guint s = 0; s < run->batch; s++)
    compare (run, k, "last frame", ours + s * all + there - size,
        y->data + s * size, size);
}

/* A sequence has a frame for each of the first input's, one of a single step
 * too; what has no steps may be the same at all frames. */
static gboolean
has_frames (const Run *run, guint i)
{
  const LstmEnd *input = &g_array_index (run->model->inputs, LstmEnd, i);
  gboolean time = lstm_model_value (run->model, input->value)->spec.time;
  const TestTensor *x = find_input (run, i);
  gsize frames = (gsize) find_input (run, 0)->shape[1];
  gsize size = lstm_plan_get_input_size (run->plan, i);
  gsize all = x->count / (gsize) x->shape[0];

  return all == size * frames || (!time && all == size);
}

/* Whether Keras began the call without state, as a stream does. */
static gboolean
is_comparable (const Run *run)
{
  if (run->call > 0 && lstm_model_is_stateful (run->model))
    return FALSE;
  for (guint i = 0; i < lstm_model_get_n_inputs (run->model); i++)
    if (!has_frames (run, i))
      return FALSE;
  return TRUE;
}

static void
run_call (Run *run)
{
  const TestTensor *x = find_input (run, 0);

  run->batch = (guint) x->shape[0];
  run->frames = (guint) x->shape[1];
  run->written = 0;
  run->streams =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_stream_free);
  run->outputs = g_ptr_array_new_with_free_func (g_free);
  for (guint s = 0; s < run->batch; s++)
    g_ptr_array_add (run->streams, lstm_stream_new (run->plan));
  for (guint k = 0; k < lstm_model_get_n_outputs (run->model); k++)
    g_ptr_array_add (run->outputs,
        g_new0 (gfloat, run->batch * run->frames *
                            lstm_plan_get_output_size (run->plan, k)));
  for (guint frame = 0, n = 1; frame < run->frames; frame += n++)
    process (run, frame, MIN (n, run->frames - frame));
  for (guint k = 0; k < run->outputs->len; k++)
    compare_output (run, k);
  g_ptr_array_unref (run->streams);
  g_ptr_array_unref (run->outputs);
}

gchar *
frames_compare (LstmModel *model, const gchar *name, gdouble *largest)
{
  LstmPlanOptions options = { .mode = LSTM_MODE_FRAME };
  g_autofree gchar *path = golden_file (name, "io.safetensors");
  g_autoptr (GError) error = NULL;
  Run run = { .model = model };

  run.plan = lstm_plan_new (model, &options, &error);
  g_assert_no_error (error);
  run.context = lstm_context_new (run.plan);
  run.io = test_tensors_load (path);
  for (; find_input (&run, 0) != NULL; run.call++)
    if (is_comparable (&run))
      run_call (&run);
  *largest = run.largest;
  test_tensors_free (run.io);
  lstm_context_free (run.context);
  lstm_plan_unref (run.plan);
  return run.mismatch;
}
