/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Models that have no output for some frames of a stream: those outputs that
 * there are, are Keras's, whichever way the frames are cut into calls. */

#include <math.h>
#include <string.h>

#include "common/golden.h"
#include "common/safetensors.h"
#include "engine/fixture.h"

/* |ours - Keras| <= ABSOLUTE + RELATIVE |Keras| */
#define ABSOLUTE 1e-5
#define RELATIVE 1e-5

/* A folder of LSTM_GOLDEN_DIR, and when its outputs come. */
typedef struct {
  const gchar *name;
  guint every, first;
} Case;

static const Case cases[] = {
  { "pace_strides", 2, 0 },
  { "pace_valid", 1, 4 },
  { "pace_far_strides", 5, 1 },
  { "pace_max", 2, 1 },
  { "pace_average", 1, 3 },
  { "pace_skip", 6, 1 },
  { "pace_stack", 4, 6 },
  { "pace_branches", 2, 0 },
  { "pace_depthwise", 6, 9 },
};

/* Frames of each call, over and over; 0: all at once. */
static const guint cuts[][3] = {
  { 1, 1, 1 },
  { 0, 0, 0 },
  { 2, 2, 2 },
  { 3, 1, 7 },
  { 5, 2, 4 },
  { 13, 1, 1 },
};

/* The streams of a call, and what came out of each output. */
typedef struct {
  LstmPlan *plan;
  LstmContext *context;
  GPtrArray *streams; /* LstmStream */
  GPtrArray *outputs; /* GArray of gfloat: output, then stream */
  guint n_outputs;
  guint seen; /* frames */
} Runner;

static void
array_free (gpointer array)
{
  g_array_unref (array);
}

static Runner *
runner_new (LstmModel *model, guint n_streams)
{
  Runner *r = g_new0 (Runner, 1);

  r->plan = fixture_plan (model, LSTM_MODE_FRAME, 0);
  r->context = lstm_context_new (r->plan);
  r->n_outputs = lstm_model_get_n_outputs (model);
  r->streams =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_stream_free);
  r->outputs = g_ptr_array_new_with_free_func (array_free);
  for (guint s = 0; s < n_streams; s++)
    g_ptr_array_add (r->streams, lstm_stream_new (r->plan));
  for (guint i = 0; i < n_streams * r->n_outputs; i++)
    g_ptr_array_add (r->outputs, g_array_new (FALSE, FALSE, sizeof (gfloat)));
  return r;
}

static void
runner_free (Runner *r)
{
  g_ptr_array_unref (r->streams);
  g_ptr_array_unref (r->outputs);
  lstm_context_free (r->context);
  lstm_plan_unref (r->plan);
  g_free (r);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Runner, runner_free)

static GArray *
output_of (const Runner *r, guint k, guint stream)
{
  return g_ptr_array_index (r->outputs, k * r->streams->len + stream);
}

/* How many of the @n frames after @seen have an output, and the first. */
static guint
count_due (const Runner *r, guint n, guint *first)
{
  guint begin, every = lstm_plan_get_output_rate (r->plan, &begin), due = 0;

  for (guint i = n; i-- > 0;) {
    guint frame = r->seen + i;

    if (frame < begin || (frame - begin) % every != 0)
      continue;
    *first = i;
    due++;
  }
  return due;
}

static void
keep_outputs (Runner *r, guint n, LstmOutput *outputs)
{
  for (guint s = 0; s < r->streams->len; s++) {
    guint first = 0, due_first = 0, due = count_due (r, n, &due_first);

    g_assert_cmpuint (
        lstm_stream_get_n_outputs (g_ptr_array_index (r->streams, s), &first),
        ==, due);
    if (due > 0)
      g_assert_cmpuint (first, ==, due_first);
    for (guint k = 0; k < r->n_outputs; k++)
      g_array_append_vals (output_of (r, k, s),
          outputs[k].data + s * outputs[k].stream_stride,
          due * (guint) outputs[k].item_stride);
  }
}

/* @n frames of each stream; @x: [streams][stride][features] */
static void
run (Runner *r, const gfloat *x, guint stride, guint n)
{
  gsize f = lstm_plan_get_input_size (r->plan, 0);
  LstmInput input = { x, stride * f, f };
  LstmOutput outputs[2] = { { 0 } };

  g_assert_cmpuint (r->n_outputs, <=, G_N_ELEMENTS (outputs));
  for (guint k = 0; k < r->n_outputs; k++) {
    gsize size = lstm_plan_get_output_size (r->plan, k);

    outputs[k] =
        (LstmOutput){ g_new (gfloat, MAX (r->streams->len * n * size, 1)),
          n * size, size };
  }
  g_assert_cmpint (
      lstm_context_process (r->context, (LstmStream **) r->streams->pdata,
          r->streams->len, n, &input, outputs),
      ==, LSTM_STATUS_OK);
  keep_outputs (r, n, outputs);
  r->seen += n;
  for (guint k = 0; k < r->n_outputs; k++)
    g_free (outputs[k].data);
}

static void
run_cut (Runner *r, const TestTensor *x, const guint cut[3])
{
  guint frames = (guint) x->shape[1];
  gsize f = (gsize) x->shape[2];

  for (guint at = 0, i = 0; at < frames; i++) {
    guint n = cut[i % 3] == 0 ? frames : MIN (cut[i % 3], frames - at);

    run (r, x->data + at * f, frames, n);
    at += n;
  }
}

static LstmModel *
load_case (const gchar *name)
{
  g_autofree gchar *path = golden_file (name, "model.h5");
  g_autoptr (GError) error = NULL;
  LstmModel *model = lstm_model_load (path, NULL, &error);

  g_assert_no_error (error);
  return model;
}

static TestTensors *
load_io (const gchar *name)
{
  g_autofree gchar *path = golden_file (name, "io.safetensors");

  return test_tensors_load (path);
}

/* ---- Keras ---- */

/* A sequence of Keras's is what came out; anything else the last of it. */
static void
compare (const Runner *r, guint k, guint stream, const TestTensor *y)
{
  const GArray *out = output_of (r, k, stream);
  gsize n = y->count / (gsize) y->shape[0];
  gsize skip = y->rank == 3 ? 0 : out->len - n;
  const gfloat *keras = y->data + stream * n;

  g_assert_cmpuint (out->len, >=, n);
  g_assert_cmpuint (out->len - skip, ==, n);
  for (gsize i = 0; i < n; i++) {
    gdouble ours = (gdouble) g_array_index (out, gfloat, skip + i);

    g_assert_cmpfloat_with_epsilon (ours, (gdouble) keras[i],
        ABSOLUTE + RELATIVE * fabs ((gdouble) keras[i]));
  }
}

static void
test_keras (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (LstmModel) model = load_case (c->name);
  g_autoptr (TestTensors) io = load_io (c->name);
  const TestTensor *x;

  golden_check (model, c->name);
  g_assert_true (lstm_model_prefers_frames (model));
  for (guint call = 0; (x = test_tensors_find (io, "call%u.x", call)); call++) {
    g_autoptr (Runner) r = runner_new (model, (guint) x->shape[0]);
    guint first;

    g_assert_cmpuint (
        lstm_plan_get_output_rate (r->plan, &first), ==, c->every);
    g_assert_cmpuint (first, ==, c->first);
    g_assert_cmpuint (lstm_plan_get_latency (r->plan), ==, 0);
    run_cut (r, x, cuts[1]);
    for (guint k = 0; k < r->n_outputs; k++)
      for (guint s = 0; s < r->streams->len; s++)
        compare (r, k, s, test_tensors_find (io, "call%u.y%u", call, k));
  }
}

/* ---- the same bits ---- */

static void
assert_same (const Runner *a, const Runner *b, guint stream_of_a)
{
  for (guint k = 0; k < a->n_outputs; k++)
    for (guint s = 0; s < b->streams->len; s++) {
      const GArray *x = output_of (a, k, stream_of_a + s);
      const GArray *y = output_of (b, k, s);

      g_assert_cmpmem (
          x->data, x->len * sizeof (gfloat), y->data, y->len * sizeof (gfloat));
    }
}

static void
test_cuts (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (LstmModel) model = load_case (c->name);
  g_autoptr (TestTensors) io = load_io (c->name);
  const TestTensor *x = test_tensors_find (io, "call0.x");
  g_autoptr (Runner) whole = runner_new (model, 3);

  run_cut (whole, x, cuts[1]);
  g_assert_cmpuint (output_of (whole, 0, 0)->len, >, 0);
  for (guint i = 0; i < G_N_ELEMENTS (cuts); i++) {
    g_autoptr (Runner) r = runner_new (model, 3);

    run_cut (r, x, cuts[i]);
    assert_same (whole, r, 0);
  }
}

/* More frames than run at once. */
static void
test_long (gconstpointer data)
{
  const Case *c = data;
  const guint n = 1000;
  g_autoptr (LstmModel) model = load_case (c->name);
  g_autofree gfloat *x = fixture_random (3, n * 4);
  g_autoptr (Runner) whole = runner_new (model, 1);
  g_autoptr (Runner) single = runner_new (model, 1);

  run (whole, x, n, n);
  for (guint i = 0; i < n; i++)
    run (single, x + i * 4, 1, 1);
  assert_same (whole, single, 0);
}

/* Streams that are not at the same place step together. */
static void
test_beside (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (LstmModel) model = load_case (c->name);
  g_autoptr (TestTensors) io = load_io (c->name);
  const TestTensor *x = test_tensors_find (io, "call0.x");
  gsize all = (gsize) (x->shape[1] * x->shape[2]);
  gfloat y[2][3 * 31 * 8];

  for (guint ahead = 1; ahead < 12; ahead++) {
    g_autoptr (LstmPlan) plan = fixture_plan (model, LSTM_MODE_FRAME, 0);
    g_autoptr (LstmContext) context = lstm_context_new (plan);
    g_autoptr (LstmStream) early = lstm_stream_new (plan);
    g_autoptr (LstmStream) late = lstm_stream_new (plan);
    g_autoptr (LstmStream) alone = lstm_stream_new (plan);
    LstmStream *both[] = { late, early };
    gsize size = lstm_plan_get_output_size (plan, 0);
    LstmOutput out[2] = { { y[0], 31 * size, size } };
    LstmInput in = { x->data + all, 0, 4 };
    guint n[2], first[2];

    lstm_context_process (context, &early, 1, ahead, &in, out);
    in = (LstmInput){ x->data, all, 4 };
    lstm_context_process (context, both, 2, 19, &in, out);
    out[0] = (LstmOutput){ y[1], 0, size };
    lstm_context_process (context, &alone, 1, 19, &in, out);
    n[0] = lstm_stream_get_n_outputs (late, &first[0]);
    n[1] = lstm_stream_get_n_outputs (alone, &first[1]);
    g_assert_cmpuint (n[0], ==, n[1]);
    g_assert_cmpuint (n[0], >, 0);
    g_assert_cmpuint (first[0], ==, first[1]);
    g_assert_cmpmem (y[0], n[0] * size * sizeof (gfloat), y[1],
        n[1] * size * sizeof (gfloat));
  }
}

/* ---- state ---- */

/* Wherever a stream is saved, what is loaded goes on from there; after a reset
 * it begins anew. */
static void
test_state (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (LstmModel) model = load_case (c->name);
  g_autoptr (TestTensors) io = load_io (c->name);
  const TestTensor *x = test_tensors_find (io, "call0.x");
  g_autoptr (Runner) whole = runner_new (model, 1);

  run (whole, x->data, 31, 31);
  for (guint at = 1; at < 14; at++) {
    g_autoptr (Runner) first = runner_new (model, 1);
    LstmStream *stream = g_ptr_array_index (first->streams, 0);
    g_autoptr (GBytes) saved = NULL;

    run (first, x->data, 31, at);
    saved = lstm_state_save (stream, NULL, NULL);
    run (first, x->data + 20, 31, 5);
    for (guint k = 0; k < first->n_outputs; k++)
      g_array_set_size (output_of (first, k, 0), 0);
    lstm_stream_reset (stream);
    first->seen = 0;
    run (first, x->data, 31, at);
    g_assert_true (lstm_state_load (saved, stream, NULL, NULL));
    run (first, x->data + at * 4, 31, 31 - at);
    assert_same (whole, first, 0);
  }
}

/* Whatever a state holds, no more comes out than goes in. */
static void
test_damaged_state (gconstpointer data)
{
  static const gfloat bad[] = { NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 0.5f,
    -3, 7, 1e9f };
  const Case *c = data;
  g_autoptr (LstmModel) model = load_case (c->name);
  g_autoptr (LstmPlan) plan = fixture_plan (model, LSTM_MODE_FRAME, 0);
  g_autoptr (LstmContext) context = lstm_context_new (plan);
  g_autofree gfloat *x = fixture_random (5, 9 * 4);
  gsize size = lstm_plan_get_output_size (plan, 0);
  guint n_found = 0;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    for (guint k = 0; k < lstm_plan_get_n_slots (plan); k++) {
      g_autofree gfloat *y = g_new (gfloat, 9 * size);
      g_autoptr (LstmStream) stream = lstm_stream_new (plan);
      LstmOutput outputs[2] = { { y, 0, size } };

      if (!g_str_has_suffix (lstm_plan_get_slot (plan, k)->name, "/phase"))
        continue;
      n_found++;
      lstm_stream_get_slot (stream, k)[0] = bad[i];
      lstm_context_process (context, &stream, 1, 9,
          &(LstmInput){ .data = x, .item_stride = 4 }, outputs);
      g_assert_cmpuint (lstm_stream_get_n_outputs (stream, NULL), <=, 9);
    }
  g_assert_cmpuint (n_found, >=, G_N_ELEMENTS (bad));
}

/* ---- what cannot be ---- */

#define CONV(more) "{'filters': <int64 4>, 'kernel_size': <int64 3>" more "}"
#define CAUSAL ", 'padding': <'causal'>"

/* Two layers on one input, and the class that joins them; without one they are
 * outputs. */
typedef struct {
  const gchar *name;
  const gchar *configs[2];
  const gchar *join;
  const gchar *facts[3];
} Apart;

static const Apart apart[] = {
  { "strides", { CONV (CAUSAL), CONV (CAUSAL ", 'strides': <int64 2>") },
      "Concatenate",
      { "'join' (Concatenate)", "at different times", "strides" } },
  { "start",
      { CONV (CAUSAL ", 'strides': <int64 2>"),
          CONV (", 'strides': <int64 2>") },
      "Concatenate", { "'join'", "padding='valid'", "window mode" } },
  { "outputs", { CONV (CAUSAL), CONV (CAUSAL ", 'strides': <int64 2>") }, NULL,
      { "output 'b' comes at other times than 'a'", "window mode",
          "a model for each output" } },
};

static LstmModel *
build_apart (const Apart *a)
{
  static const gchar *const names[] = { "a", "b" };
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("m", 3);
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  g_autoptr (GArray) joined = NULL;
  g_autoptr (GError) error = NULL;
  LstmShape shape = lstm_shape_make (2, (gint64) LSTM_DIM_UNKNOWN, (gint64) 4);
  LstmValueId input, values[2];
  LstmModel *model;

  g_assert_true (lstm_model_builder_add_input (
      builder, "x", &shape, LSTM_DIM_UNKNOWN, &input, &error));
  for (guint i = 0; i < 2; i++) {
    LstmLayer *layer =
        fixture_add_layer (builder, "Conv1D", names[i], a->configs[i], &error);

    values[i] = fixture_call (builder, layer, input);
    fixture_fill_weights (layer, rand);
  }
  if (a->join) {
    LstmLayer *layer =
        fixture_add_layer (builder, a->join, "join", "@a{sv} {}", &error);

    joined =
        lstm_model_builder_call (builder, layer, values, 2, NULL, 0, &error);
    g_assert_no_error (error);
    values[0] = g_array_index (joined, LstmValueId, 0);
  }
  for (guint i = 0; i < (a->join ? 1 : 2); i++)
    lstm_model_builder_add_output (builder, values[i], names[i]);
  model = lstm_model_builder_build (builder, &error);
  g_assert_no_error (error);
  return model;
}

static void
assert_no_stream (LstmModel *model, const gchar *const *facts, guint n_facts)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (lstm_model_can_stream (model, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_MODE);
  for (guint i = 0; i < n_facts && facts[i]; i++)
    if (!strstr (error->message, facts[i]))
      g_error ("'%s' does not say '%s'", error->message, facts[i]);
}

static void
test_apart (gconstpointer data)
{
  const Apart *a = data;
  g_autoptr (LstmModel) model = build_apart (a);

  assert_no_stream (model, a->facts, G_N_ELEMENTS (a->facts));
}

typedef struct {
  const gchar *name;
  const gchar *layers[3];
  const gchar *facts[2];
} Far;

static const Far far[] = {
  { "strides",
      { "MaxPooling1D {'pool_size': <int64 1>, 'strides': <int64 16777216>}",
          "MaxPooling1D {'pool_size': <int64 1>, 'strides': <int64 2>}" },
      { "'layer_1'", "more than 16777216 frames" } },
  { "history",
      { "MaxPooling1D {'pool_size': <int64 16777216>, 'strides': <int64 1>}" },
      { "'layer_0'", "more numbers than a stream can carry" } },
};

static void
test_far (gconstpointer data)
{
  const Far *f = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model =
      fixture_chain (LSTM_DIM_UNKNOWN, 200, f->layers, &error);

  g_assert_no_error (error);
  assert_no_stream (model, f->facts, G_N_ELEMENTS (f->facts));
}

/* ---- tests ---- */

static void
add (const gchar *group, const gchar *name, gconstpointer data,
    GTestDataFunc func)
{
  g_autofree gchar *path = g_strdup_printf ("/pace/%s/%s", group, name);

  g_test_add_data_func (path, data, func);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const Case *c = &cases[i];

    add ("keras", c->name, c, test_keras);
    add ("cuts", c->name, c, test_cuts);
    add ("long", c->name, c, test_long);
    add ("beside", c->name, c, test_beside);
    add ("state", c->name, c, test_state);
    add ("damaged", c->name, c, test_damaged_state);
  }
  for (guint i = 0; i < G_N_ELEMENTS (apart); i++)
    add ("apart", apart[i].name, &apart[i], test_apart);
  for (guint i = 0; i < G_N_ELEMENTS (far); i++)
    add ("far", far[i].name, &far[i], test_far);
  return g_test_run ();
}
