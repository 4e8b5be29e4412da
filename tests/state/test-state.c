/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Saving and restoring: a run that was broken off and taken up again gives the
 * bits of one that was not. */

#include "engine/fixture.h"

#include <string.h>

#define FEATURES 3
#define MAX_UNITS 8

typedef struct {
  const gchar *name;
  const gchar *layers[5];
} Chain;

static const Chain chains[] = {
  { "lstm", { "LSTM {'units': <int64 5>, 'return_sequences': <true>}", NULL } },
  { "gru", { "GRU {'units': <int64 5>, 'return_sequences': <true>}", NULL } },
  { "simple-rnn",
      { "SimpleRNN {'units': <int64 5>, 'return_sequences': <true>}", NULL } },
  { "convolution",
      { "Conv1D {'filters': <int64 4>, 'kernel_size': <int64 3>, 'padding': "
        "<'causal'>}",
          "LSTM {'units': <int64 5>, 'return_sequences': <true>}", NULL } },
  { "masked",
      { "Masking {'mask_value': <0.0>}",
          "LSTM {'units': <int64 5>, 'return_sequences': <true>}", NULL } },
  { "stack", { "LSTM {'units': <int64 7>, 'return_sequences': <true>}",
                 "GRU {'units': <int64 4>, 'return_sequences': <true>}",
                 "Dense {'units': <int64 2>}", NULL } },
  { "no-state", { "Dense {'units': <int64 2>}", NULL } },
};

static void
step (LstmContext *context, LstmStream *stream, const gfloat *frames, guint n,
    gfloat *out)
{
  LstmPlan *plan = lstm_context_get_plan (context);
  gsize width = lstm_plan_get_output_size (plan, 0);
  LstmInput input = { frames, 0, FEATURES };
  LstmOutput output = { out, 0, width };

  g_assert_cmpint (
      lstm_context_process (context, &stream, 1, n, &input, &output), ==,
      LSTM_STATUS_OK);
}

/* Broken off after 17 of 40 frames, and taken up in another stream. */
static void
check_taken_up (LstmPlan *plan, const gfloat *frames)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmContext) context = lstm_context_new (plan);
  g_autoptr (LstmStream) one = lstm_stream_new (plan);
  g_autoptr (LstmStream) two = lstm_stream_new (plan);
  g_autoptr (LstmStream) three = lstm_stream_new (plan);
  g_autoptr (GBytes) state = NULL;
  gfloat whole[40 * MAX_UNITS], joined[40 * MAX_UNITS];
  gsize width = lstm_plan_get_output_size (plan, 0);

  g_assert_cmpuint (width, <=, MAX_UNITS);
  step (context, one, frames, 40, whole);
  step (context, two, frames, 17, joined);
  state = lstm_state_save (two, NULL, &error);
  g_assert_no_error (error);
  /* Looking does not disturb. */
  step (context, two, frames + 17 * FEATURES, 23, joined + 17 * width);
  g_assert_cmpmem (joined, 40 * width * 4, whole, 40 * width * 4);
  memset (joined + 17 * width, 0, 23 * width * 4);
  g_assert_true (lstm_state_load (state, three, NULL, &error));
  g_assert_no_error (error);
  step (context, three, frames + 17 * FEATURES, 23, joined + 17 * width);
  g_assert_cmpmem (joined, 40 * width * 4, whole, 40 * width * 4);
}

/* With each kernel set that the machine has. */
static void
test_taken_up (gconstpointer data)
{
  const Chain *chain = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model =
      fixture_chain (-1, FEATURES, chain->layers, &error);
  g_autofree gfloat *frames = fixture_random (9, 40 * FEATURES);
  const gchar *const *kernels = lstm_list_kernels ();

  g_assert_no_error (error);
  /* masked frames among them */
  memset (frames + 7 * FEATURES, 0, 2 * FEATURES * sizeof *frames);
  memset (frames + 16 * FEATURES, 0, 2 * FEATURES * sizeof *frames);
  for (guint k = 0; kernels[k]; k++) {
    LstmPlanOptions options = { .kernels = kernels[k] };
    g_autoptr (LstmPlan) plan = lstm_plan_new (model, &options, &error);

    if (plan) {
      check_taken_up (plan, frames);
      continue;
    }
    g_assert_cmpstr (kernels[k], !=, "scalar");
    g_assert_error (error, LSTM_ERROR, LSTM_ERROR_VALUE);
    g_clear_error (&error);
  }
}

static LstmPlan *
small_plan (void)
{
  static const gchar *const layers[] = { "LSTM {'units': <int64 2>}", NULL };
  g_autoptr (LstmModel) model = fixture_chain (-1, 1, layers, NULL);

  return fixture_plan (model, LSTM_MODE_FRAME, 0);
}

static void
fill (LstmStream *stream)
{
  gsize n;
  gfloat *data = lstm_stream_get_data (stream, &n);

  for (gsize i = 0; i < n; i++)
    data[i] = (gfloat) i - 1.5f;
}

static void
test_extras (void)
{
  g_autoptr (LstmPlan) plan = small_plan ();
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  g_autoptr (GBytes) pending = g_bytes_new_static ("a\0b", 3);
  g_autoptr (GBytes) state = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *fingerprint = NULL;
  LstmStateExtras saved = { .key = (gchar *) "engine \303\274 7",
    .frames = G_MAXUINT64 - 1,
    .pending = pending };
  g_auto (LstmStateExtras) given = { 0 };
  g_auto (LstmStateExtras) seen = { 0 };

  state = lstm_state_save (stream, &saved, &error);
  g_assert_no_error (error);
  g_assert_true (lstm_state_load (state, stream, &given, &error));
  g_assert_cmpstr (given.key, ==, saved.key);
  g_assert_cmpuint (given.frames, ==, saved.frames);
  g_assert_true (g_bytes_equal (given.pending, pending));

  g_assert_true (lstm_state_inspect (state, &fingerprint, &seen, &error));
  g_assert_cmpstr (
      fingerprint, ==, lstm_model_get_fingerprint (lstm_plan_get_model (plan)));
  g_assert_cmpstr (seen.key, ==, saved.key);
  g_assert_cmpuint (seen.frames, ==, saved.frames);
  g_assert_true (g_bytes_equal (seen.pending, pending));
}

static void
test_no_extras (void)
{
  g_autoptr (LstmPlan) plan = small_plan ();
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) a = lstm_state_save (stream, NULL, &error);
  LstmStateExtras empty = { .key = (gchar *) "", .pending = nothing };
  g_autoptr (GBytes) b = lstm_state_save (stream, &empty, &error);
  g_auto (LstmStateExtras) given = { 0 };

  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (a, b));
  given.frames = 99;
  g_assert_true (lstm_state_load (a, stream, &given, &error));
  g_assert_null (given.key);
  g_assert_null (given.pending);
  g_assert_cmpuint (given.frames, ==, 0);
}

/* The bytes themselves: releases and machines of either byte order agree. */
static void
test_stays (void)
{
  g_autoptr (LstmPlan) plan = small_plan ();
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  g_autoptr (GBytes) pending = g_bytes_new_static ("pq", 2);
  LstmStateExtras extras = {
    .key = (gchar *) "k", .frames = 0x0102030405060708, .pending = pending
  };
  g_autoptr (GBytes) state = NULL;
  const guint8 *data;
  gsize size;
  static const guint8 slot[] = { 9, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
    'l', 'a', 'y', 'e', 'r', '_', '0', '/', 'h', 0, 0, 0xc0, 0xbf, 0, 0, 0,
    0xbf };

  fill (stream);
  state = lstm_state_save (stream, &extras, NULL);
  data = g_bytes_get_data (state, &size);
  g_assert_cmpuint (size, ==, 84 + 1 + 2 * sizeof slot + 2 + 32);
  g_assert_cmpmem (data, 8, "\211LSTM\r\n\032", 8);
  g_assert_cmpmem (data + 8, 8, "\1\0\0\0\0\0\0\0", 8);
  g_assert_cmpuint (data[16], ==, size);
  g_assert_cmpmem (data + 56, 8, "\10\7\6\5\4\3\2\1", 8);
  g_assert_cmpmem (data + 64, 16, "\2\0\0\0\0\0\0\0\1\0\0\0\2\0\0\0", 16);
  g_assert_cmpmem (data + 80, 5, "\1\0\0\0k", 5);
  g_assert_cmpmem (data + 85, sizeof slot, slot, sizeof slot);
  g_assert_cmpmem (data + size - 34, 2, "pq", 2);
}

/* Streams of a batch, in their order; a slot's numbers stand together. */
static void
test_batch (void)
{
  g_autoptr (LstmPlan) plan = small_plan ();
  LstmStream *from[3], *to[3];
  LstmStateExtras extras = { .key = (gchar *) "k", .frames = 5 };
  g_auto (LstmStateExtras) given = { 0 };
  g_autoptr (GBytes) state = NULL;
  g_autoptr (GError) error = NULL;
  static const gfloat h[] = { 0, 1, 10, 11, 20, 21 };
  gsize n;

  for (guint i = 0; i < 3; i++) {
    gfloat *data;

    from[i] = lstm_stream_new (plan);
    to[i] = lstm_stream_new (plan);
    data = lstm_stream_get_data (from[i], &n);
    for (gsize k = 0; k < n; k++)
      data[k] = (gfloat) (10 * i + k);
  }
  state = lstm_state_save_batch (from, 3, &extras, &error);
  g_assert_no_error (error);
  /* behind the header, the key and the slot's name and shape */
  g_assert_cmpmem (
      (const guint8 *) g_bytes_get_data (state, NULL) + 84 + 1 + 4 + 4 + 8 + 9,
      sizeof h, h, sizeof h);
  g_assert_true (lstm_state_load_batch (state, to, 3, &given, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (given.frames, ==, 5);
  for (guint i = 0; i < 3; i++) {
    g_assert_cmpmem (lstm_stream_get_data (to[i], &n), n * sizeof (gfloat),
        lstm_stream_get_data (from[i], &n), n * sizeof (gfloat));
    lstm_stream_free (to[i]);
    lstm_stream_free (from[i]);
  }
}

/* Every bit of a float comes back: NaN with its payload, -0, denormals. */
static void
test_bits (void)
{
  static const guint32 bits[] = { 0x7fc12345, 0x80000000, 0x00000001,
    0xff800000 };
  g_autoptr (LstmPlan) plan = small_plan ();
  g_autoptr (LstmStream) a = lstm_stream_new (plan);
  g_autoptr (LstmStream) b = lstm_stream_new (plan);
  g_autoptr (GBytes) state = NULL;
  gsize n;

  memcpy (lstm_stream_get_data (a, &n), bits, sizeof bits);
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (bits));
  state = lstm_state_save (a, NULL, NULL);
  g_assert_true (lstm_state_load (state, b, NULL, NULL));
  g_assert_cmpmem (
      lstm_stream_get_data (b, &n), sizeof bits, bits, sizeof bits);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (chains); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/state/taken-up/%s", chains[i].name);

    g_test_add_data_func (path, &chains[i], test_taken_up);
  }
  g_test_add_func ("/state/extras", test_extras);
  g_test_add_func ("/state/no-extras", test_no_extras);
  g_test_add_func ("/state/stays", test_stays);
  g_test_add_func ("/state/batch", test_batch);
  g_test_add_func ("/state/bits", test_bits);
  return g_test_run ();
}
