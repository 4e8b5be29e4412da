/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Items that have frames in common, on every kernel set in every precision:
 * sliding windows, and streams that all get the same frame. Each has the bits
 * that it has alone. */

#include <string.h>

#include "engine/fixture.h"

#define FEATURES 5
#define STEPS 13
#define WINDOWS 75 /* more than one block */
#define STREAMS 3

typedef struct {
  const gchar *name;
  const gchar *layers[5];
} Model;

static const Model models[] = {
  { "lstm", { "LSTM {'units': <int64 7>}" } },
  { "lstm-wide", { "LSTM {'units': <int64 67>, 'return_sequences': <true>}" } },
  { "lstm-softmax",
      { "LSTM {'units': <int64 9>, 'activation': <'softmax'>}" } },
  { "gru-after", { "GRU {'units': <int64 17>, 'reset_after': <true>}" } },
  { "gru-before", { "GRU {'units': <int64 33>, 'reset_after': <false>}" } },
  { "simple-rnn", { "SimpleRNN {'units': <int64 9>}" } },
  { "backwards", { "GRU {'units': <int64 8>, 'go_backwards': <true>, "
                   "'return_sequences': <true>}",
                     "SimpleRNN {'units': <int64 3>}" } },
  { "masked",
      { "Masking {'mask_value': <0.0>}", "LSTM {'units': <int64 20>}" } },
  { "stack", { "LSTM {'units': <int64 20>, 'return_sequences': <true>, "
               "'recurrent_activation': <'hard_sigmoid'>}",
                 "GRU {'units': <int64 18>}",
                 "Dense {'units': <int64 3>, 'activation': <'softmax'>}" } },
  { "second", { "Dense {'units': <int64 6>}", "LSTM {'units': <int64 11>}" } },
};

#define PRECISIONS 3 /* of each kernel set */
#define BACKWARDS 6  /* needs whole windows */

typedef struct {
  LstmPlan *plan;
  LstmContext *context;
  gsize out;
} Runner;

/* Without a plan if this machine has no such kernels. */
static Runner
runner_new (const Model *m, LstmMode mode, const gchar *kernels,
    LstmPrecision precision)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model =
      fixture_chain (STEPS, FEATURES, m->layers, &error);
  LstmPlanOptions options = {
    .mode = mode, .kernels = kernels, .precision = precision
  };
  Runner r = { NULL, NULL, 0 };

  g_assert_no_error (error);
  r.plan = lstm_plan_new (model, &options, &error);
  if (strcmp (kernels, "scalar") != 0 &&
      g_error_matches (error, LSTM_ERROR, LSTM_ERROR_VALUE))
    return r;
  g_assert_no_error (error);
  g_assert_cmpstr (lstm_plan_get_kernels (r.plan), ==, kernels);
  r.context = lstm_context_new (r.plan);
  r.out = lstm_plan_get_output_size (r.plan, 0);
  return r;
}

static void
runner_clear (Runner *r)
{
  lstm_context_free (r->context);
  lstm_plan_unref (r->plan);
}

/* Some frames are zeros, which Masking hides. */
static gfloat *
make_frames (gsize n)
{
  gfloat *x = fixture_random (7, n * FEATURES);

  for (gsize i = 0; i < n; i += 4)
    memset (x + i * FEATURES, 0, FEATURES * sizeof (gfloat));
  return x;
}

/* Windows of several streams together, a stream's frames @apart from the one's
 * before, against each window alone. */
static void
check_windows (Runner *r, gsize stride, gsize apart)
{
  g_autofree gfloat *x =
      make_frames (STEPS + WINDOWS * stride + STREAMS * apart);
  g_autofree gfloat *together = g_new0 (gfloat, STREAMS * WINDOWS * r->out);
  g_autofree gfloat *alone = g_new0 (gfloat, r->out);
  LstmInput input = { x, apart * FEATURES, stride * FEATURES };
  LstmOutput output = { together, WINDOWS * r->out, r->out };

  lstm_context_process (r->context, NULL, STREAMS, WINDOWS, &input, &output);
  for (gsize s = 0; s < STREAMS; s++) {
    for (gsize i = 0; i < WINDOWS; i++) {
      LstmInput one = { x + (s * apart + i * stride) * FEATURES, 0, 0 };
      LstmOutput to = { alone, 0, 0 };

      lstm_context_process (r->context, NULL, 1, 1, &one, &to);
      g_assert_cmpmem (alone, r->out * sizeof (gfloat),
          together + (s * WINDOWS + i) * r->out, r->out * sizeof (gfloat));
    }
  }
}

static void
test_windows (gconstpointer data)
{
  const gsize strides[] = { 1, 5, STEPS - 1, STEPS + 3 };
  const gchar *const *kernels = lstm_list_kernels ();

  for (guint k = 0; kernels[k / PRECISIONS]; k++) {
    Runner r = runner_new (data, LSTM_MODE_WINDOW, kernels[k / PRECISIONS],
        (LstmPrecision) (k % PRECISIONS));

    if (!r.plan)
      continue;
    g_assert_cmpuint (lstm_plan_get_n_slots (r.plan), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS (strides); i++)
      check_windows (&r, strides[i], i == 1 ? 0 : 101);
    runner_clear (&r);
  }
}

/* Streams in states of their own, all given the same frames, against each
 * alone. */
static void
check_same_frames (Runner *r, guint n, guint at_once)
{
  const guint frames = 24;
  g_autofree gfloat *x = make_frames (frames + n);
  g_autofree gfloat *together = g_new0 (gfloat, n * frames * r->out);
  g_autofree gfloat *alone = g_new0 (gfloat, frames * r->out);
  g_autoptr (GPtrArray) streams =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_stream_free);
  g_autoptr (GPtrArray) apart =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_stream_free);

  for (guint s = 0; s < n; s++) {
    LstmStream *stream = lstm_stream_new (r->plan);
    LstmInput one = { x + (frames + s) * FEATURES, 0, 0 };
    LstmOutput to = { alone, 0, 0 };

    lstm_context_process (r->context, &stream, 1, 1, &one, &to);
    g_ptr_array_add (streams, stream);
    g_ptr_array_add (apart, lstm_stream_copy (stream));
  }
  for (guint i = 0; i < frames; i += at_once) {
    LstmInput input = { x + i * FEATURES, 0, FEATURES };
    LstmOutput output = { together + i * r->out, frames * r->out, r->out };

    lstm_context_process (r->context, (LstmStream *const *) streams->pdata, n,
        at_once, &input, &output);
  }
  for (guint s = 0; s < n; s++) {
    LstmInput input = { x, 0, FEATURES };
    LstmOutput output = { alone, 0, r->out };

    lstm_context_process (r->context, (LstmStream *const *) &apart->pdata[s], 1,
        frames, &input, &output);
    g_assert_cmpmem (alone, frames * r->out * sizeof (gfloat),
        together + s * frames * r->out, frames * r->out * sizeof (gfloat));
  }
}

static void
test_same_frames (gconstpointer data)
{
  const gchar *const *kernels = lstm_list_kernels ();

  for (guint k = 0; kernels[k / PRECISIONS]; k++) {
    Runner r = runner_new (data, LSTM_MODE_FRAME, kernels[k / PRECISIONS],
        (LstmPrecision) (k % PRECISIONS));

    if (!r.plan)
      continue;
    check_same_frames (&r, 2, 1);
    check_same_frames (&r, 13, 1);
    check_same_frames (&r, 13, 3);
    check_same_frames (&r, 90, 4);
    runner_clear (&r);
  }
}

/* A plan for frames on the weights of one for windows, which it keeps: a window
 * frame by frame ends with the bits of the window. */
static void
test_for_frames (gconstpointer data)
{
  const gchar *const *kernels = lstm_list_kernels ();
  g_autofree gfloat *x = make_frames (STEPS);

  for (guint k = 0; kernels[k / PRECISIONS]; k++) {
    Runner w = runner_new (data, LSTM_MODE_WINDOW, kernels[k / PRECISIONS],
        (LstmPrecision) (k % PRECISIONS));
    g_autofree gfloat *window = g_new0 (gfloat, w.out);
    g_autofree gfloat *frames = NULL;
    LstmInput input = { x, 0, FEATURES };
    LstmOutput output = { window, 0, 0 };
    LstmStream *stream;
    Runner f;

    if (!w.plan)
      continue;
    lstm_context_process (w.context, NULL, 1, 1, &input, &output);
    f.plan = lstm_plan_new_for_frames (w.plan, NULL);
    g_assert_nonnull (f.plan);
    runner_clear (&w);
    g_assert_cmpint (lstm_plan_get_mode (f.plan), ==, LSTM_MODE_FRAME);
    g_assert_cmpstr (
        lstm_plan_get_kernels (f.plan), ==, kernels[k / PRECISIONS]);
    f.context = lstm_context_new (f.plan);
    f.out = lstm_plan_get_output_size (f.plan, 0);
    frames = g_new0 (gfloat, STEPS * f.out);
    stream = lstm_stream_new (f.plan);
    output = (LstmOutput){ frames, 0, f.out };
    lstm_context_process (f.context, &stream, 1, STEPS, &input, &output);
    g_assert_cmpmem (frames + (STEPS - 1) * f.out, f.out * sizeof (gfloat),
        window + w.out - f.out, f.out * sizeof (gfloat));
    lstm_stream_free (stream);
    runner_clear (&f);
  }
}

static void
test_needs_windows (void)
{
  g_autoptr (GError) error = NULL;
  Runner r = runner_new (
      &models[BACKWARDS], LSTM_MODE_WINDOW, "scalar", LSTM_PRECISION_F32);

  g_assert_null (lstm_plan_new_for_frames (r.plan, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_MODE);
  g_assert_nonnull (strstr (error->message, "go_backwards"));
  runner_clear (&r);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    g_autofree gchar *windows =
        g_strdup_printf ("/windows/sliding/%s", models[i].name);
    g_autofree gchar *frames =
        g_strdup_printf ("/windows/same-frames/%s", models[i].name);
    g_autofree gchar *alone =
        g_strdup_printf ("/windows/for-frames/%s", models[i].name);

    g_test_add_data_func (windows, &models[i], test_windows);
    if (i == BACKWARDS)
      continue;
    g_test_add_data_func (frames, &models[i], test_same_frames);
    g_test_add_data_func (alone, &models[i], test_for_frames);
  }
  g_test_add_func ("/windows/for-frames/needs-windows", test_needs_windows);
  return g_test_run ();
}
