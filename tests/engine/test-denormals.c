/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Denormals: those that come in count as zero and none goes out, in every
 * kernel set and precision, whatever floating-point mode the caller is in; the
 * caller has its mode again after the call. */

#include <fenv.h>
#include <math.h>
#include <string.h>

#include "engine/fixture.h"
#include "engine/fpenv.h"
#include "kernels/kernels.h"

#define FEATURES 5
#define FRAMES 9
#define DECAY_FRAMES 1500

typedef struct {
  const gchar *name;
  const gchar *layers[4];
} Model;

typedef struct {
  const Model *model;
  const gchar *kernels;
  LstmPrecision precision;
} Case;

/* Without bias: what is small stays small. */
static const Model models[] = {
  { "lstm", { "LSTM {'units': <int64 3>, 'use_bias': <false>}" } },
  { "lstm-wide", { "LSTM {'units': <int64 37>, 'use_bias': <false>}" } },
  { "gru-after", { "GRU {'units': <int64 3>, 'use_bias': <false>, "
                   "'reset_after': <true>}" } },
  { "gru-before", { "GRU {'units': <int64 3>, 'use_bias': <false>, "
                    "'reset_after': <false>}" } },
  { "simple-rnn", { "SimpleRNN {'units': <int64 3>, 'use_bias': <false>}" } },
  { "stack", { "LSTM {'units': <int64 4>, 'use_bias': <false>, "
               "'return_sequences': <true>}",
                 "GRU {'units': <int64 3>, 'use_bias': <false>}",
                 "Dense {'units': <int64 17>, 'use_bias': <false>, "
                 "'activation': <'tanh'>}" } },
};

typedef struct {
  LstmPlan *plan;
  LstmContext *context;
  LstmStream *stream;
  gsize out;
} Runner;

static Runner
runner_new (const Case *c)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model =
      fixture_chain (LSTM_DIM_UNKNOWN, FEATURES, c->model->layers, &error);
  Runner r;

  g_assert_no_error (error);
  r.plan = lstm_plan_new (model,
      &(LstmPlanOptions){ .mode = LSTM_MODE_FRAME,
          .kernels = c->kernels,
          .precision = c->precision },
      &error);
  g_assert_no_error (error);
  r.context = lstm_context_new (r.plan);
  r.stream = lstm_stream_new (r.plan);
  r.out = lstm_plan_get_output_size (r.plan, 0);
  return r;
}

static void
runner_clear (Runner *r)
{
  lstm_stream_free (r->stream);
  lstm_context_free (r->context);
  lstm_plan_unref (r->plan);
}

/* To be freed: the outputs of @n frames. */
static gfloat *
run (Runner *r, const gfloat *x, guint n)
{
  gfloat *y = g_new (gfloat, n * r->out);
  LstmInput input = { x, 0, FEATURES };
  LstmOutput output = { y, 0, r->out };
  LstmStatus status =
      lstm_context_process (r->context, &r->stream, 1, n, &input, &output);

  g_assert_cmpint (status, ==, LSTM_STATUS_OK);
  return y;
}

/* The stream's state and the outputs, of frames and a state that are @scale
 * times the same numbers; signs stay. */
static gfloat *
run_scaled (const Case *c, gfloat scale, gfloat *state, gsize *n_state)
{
  g_autofree gfloat *x = fixture_random (1, FRAMES * FEATURES);
  g_autofree gfloat *begin = NULL;
  Runner r = runner_new (c);
  gfloat *slots = lstm_stream_get_data (r.stream, n_state), *y;

  begin = fixture_random (2, *n_state);
  for (gsize i = 0; i < FRAMES * FEATURES; i++)
    x[i] *= scale;
  for (gsize i = 0; i < *n_state; i++)
    slots[i] = begin[i] * scale;
  y = run (&r, x, FRAMES);
  memcpy (state, slots, *n_state * sizeof *slots);
  runner_clear (&r);
  return y;
}

/* Frames and states of denormals give the bits that zeros give. */
static void
test_in (gconstpointer data)
{
  gfloat state_denormal[128], state_zero[128];
  gsize n = 0, n_out = 0;
  g_autofree gfloat *denormal = run_scaled (data, 1e-39f, state_denormal, &n);
  g_autofree gfloat *zero = run_scaled (data, 0.0f, state_zero, &n);
  Runner r = runner_new (data);

  n_out = FRAMES * r.out;
  runner_clear (&r);
  g_assert_cmpmem (denormal, n_out * sizeof *zero, zero, n_out * sizeof *zero);
  g_assert_cmpmem (
      state_denormal, n * sizeof *zero, state_zero, n * sizeof *zero);
  for (gsize i = 0; i < n_out; i++)
    g_assert_true (denormal[i] == 0.0f);
}

/* A state that nothing comes to any more fades to zero, and is no denormal on
 * the way there. */
static void
test_fades (gconstpointer data)
{
  Runner r = runner_new (data);
  g_autofree gfloat *x = fixture_random (3, FRAMES * FEATURES);
  g_autofree gfloat *zeros = g_new0 (gfloat, DECAY_FRAMES * FEATURES);
  g_autofree gfloat *first = run (&r, x, FRAMES);
  g_autofree gfloat *y = run (&r, zeros, DECAY_FRAMES);
  gsize n = DECAY_FRAMES * r.out;

  for (gsize i = 0; i < r.out; i++)
    g_assert_true (first[i] != 0.0f && y[n - r.out + i] == 0.0f);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpint (fpclassify (y[i]), !=, FP_SUBNORMAL);
  runner_clear (&r);
}

static LstmFpEnv
current_mode (void)
{
  LstmFpEnv mode = lstm_fpenv_enter ();

  lstm_fpenv_leave (mode);
  return mode;
}

/* The caller rounds otherwise, and flushes denormals or not. */
static void
check_mode (const Case *c, int rounding, gboolean flushed, const gfloat *x,
    const gfloat *expected)
{
  Runner r = runner_new (c);
  LstmFpEnv saved = current_mode (), before, after;
  g_autofree gfloat *y = NULL;

  if (flushed)
    lstm_fpenv_enter ();
  fesetround (rounding);
  before = current_mode ();
  y = run (&r, x, FRAMES);
  after = current_mode ();
  fesetround (FE_TONEAREST);
  lstm_fpenv_leave (saved);

  g_assert_cmpuint (before, !=, saved);
  g_assert_cmpuint (before, ==, after);
  g_assert_cmpmem (y, FRAMES * r.out * sizeof *y, expected,
      FRAMES * r.out * sizeof *expected);
  runner_clear (&r);
}

static void
test_mode (gconstpointer data)
{
  static const int roundings[] = { FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };
  g_autofree gfloat *x = fixture_random (4, FRAMES * FEATURES);
  Runner r = runner_new (data);
  g_autofree gfloat *expected = run (&r, x, FRAMES);

  for (guint i = 0; i < G_N_ELEMENTS (roundings); i++) {
    check_mode (data, roundings[i], FALSE, x, expected);
    check_mode (data, roundings[i], TRUE, x, expected);
  }
  runner_clear (&r);
}

static void
add (const gchar *what, const Case *c, GTestDataFunc func)
{
  g_autofree gchar *path = g_strdup_printf ("/denormals/%s/%s/%s/%s", what,
      c->model->name, c->kernels, lstm_precision_get_name (c->precision));

  g_test_add_data_func_full (path, g_memdup2 (c, sizeof *c), func, g_free);
}

/* Each set that this machine runs. */
static void
add_set (const gchar *kernels)
{
  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    for (guint p = 0; p <= LSTM_PRECISION_INT8; p++) {
      Case c = { &models[i], kernels, (LstmPrecision) p };

      add ("in", &c, test_in);
      add ("mode", &c, test_mode);
      if (!g_str_equal (models[i].name, "lstm-wide"))
        add ("fades", &c, test_fades);
    }
}

gint
main (gint argc, gchar **argv)
{
  const gchar *const *names = lstm_list_kernels ();

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; names[i]; i++)
    if (lstm_kernels_find (names[i], NULL))
      add_set (names[i]);
  return g_test_run ();
}
