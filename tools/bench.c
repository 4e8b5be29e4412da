/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gst-lstm bench: what a call of a model costs on this machine. */

#include "json.h"
#include "tool.h"

#include <lstm/summary.h>
#include <string.h>
#include <time.h>

/* Calls are timed together until they take so long: what reading the clock
 * costs is lost in it, and few are interrupted. */
#define SAMPLE_NS 50e3
#define MAX_SAMPLES 100000

#define NOT_SAID G_MININT

static const gchar description[] =
    "Runs a model on random numbers, over and over, and prints what one\n"
    "call costs: the least time and the median. Beside it stands what no\n"
    "call can be faster than in one thread, measured in the same run:\n"
    "reading each weight once (recurrent ones once a step), or the\n"
    "multiply-adds, whichever takes longer.\n"
    "\n"
    "A model that streams runs frame by frame: --streams of them step\n"
    "together, each with --steps frames a call. With --batch, and for\n"
    "other models, a call runs so many windows of --steps frames.\n"
    "\n"
    "Examples:\n"
    "  gst-lstm bench model.keras\n"
    "  gst-lstm bench --batch 32 --steps 50 model.h5\n"
    "  gst-lstm bench --streams 64 --json model.keras | jq .ns_per_call_min\n";

typedef struct {
  ToolOptions common;
  gint batch;
  gint steps;
  gint streams;
  gdouble seconds;
} BenchOptions;

typedef struct {
  LstmModel *model;
  LstmPlan *plan;
  LstmContext *context;
  LstmStream **streams;
  guint n_streams;
  guint n_items;
  LstmInput *inputs;
  LstmOutput *outputs;
  guint n_inputs;
  guint n_outputs;
  LstmLimit limit;
  gdouble least;
  gdouble median;
} Bench;

static void
bench_options_clear (BenchOptions *options)
{
  tool_options_clear (&options->common);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BenchOptions, bench_options_clear)

static void
bench_clear (Bench *b)
{
  for (guint i = 0; b->streams && i < b->n_streams; i++)
    lstm_stream_free (b->streams[i]);
  for (guint i = 0; i < b->n_inputs; i++)
    g_free ((gpointer) b->inputs[i].data);
  for (guint i = 0; i < b->n_outputs; i++)
    g_free (b->outputs[i].data);
  g_free (b->streams);
  g_free (b->inputs);
  g_free (b->outputs);
  g_clear_pointer (&b->context, lstm_context_free);
  g_clear_pointer (&b->plan, lstm_plan_unref);
  g_clear_pointer (&b->model, lstm_model_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bench, bench_clear)

static gdouble
now_ns (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return (gdouble) t.tv_sec * 1e9 + (gdouble) t.tv_nsec;
}

/* ---- what is run ---- */

static void
fill (gfloat *v, gsize n, GRand *rand)
{
  for (gsize i = 0; i < n; i++)
    v[i] = rand ? (gfloat) g_rand_double_range (rand, -1, 1) : 0.0f;
}

static void
make_data (Bench *b)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  gsize items = (gsize) b->n_streams * b->n_items;

  b->n_inputs = lstm_model_get_n_inputs (b->model);
  b->n_outputs = lstm_model_get_n_outputs (b->model);
  b->inputs = g_new0 (LstmInput, b->n_inputs);
  b->outputs = g_new0 (LstmOutput, b->n_outputs);
  for (guint i = 0; i < b->n_inputs; i++) {
    gsize size = lstm_plan_get_input_size (b->plan, i);
    gfloat *data = g_new (gfloat, items * size);

    fill (data, items * size, rand);
    b->inputs[i] = (LstmInput){ data, size * b->n_items, size };
  }
  for (guint i = 0; i < b->n_outputs; i++) {
    gsize size = lstm_plan_get_output_size (b->plan, i);

    b->outputs[i] =
        (LstmOutput){ g_new0 (gfloat, items * size), size * b->n_items, size };
  }
  b->streams = g_new0 (LstmStream *, b->n_streams);
  for (guint i = 0; i < b->n_streams; i++)
    b->streams[i] = lstm_stream_new (b->plan);
}

static LstmStatus
call (Bench *b)
{
  return lstm_context_process (
      b->context, b->streams, b->n_streams, b->n_items, b->inputs, b->outputs);
}

/* An Embedding takes no random numbers: index 0 is always there. */
static gboolean
try_data (Bench *b, GError **error)
{
  gsize items = (gsize) b->n_streams * b->n_items;

  if (call (b) == LSTM_STATUS_OK)
    return TRUE;
  for (guint i = 0; i < b->n_inputs; i++)
    fill ((gfloat *) b->inputs[i].data,
        items * lstm_plan_get_input_size (b->plan, i), NULL);
  if (call (b) == LSTM_STATUS_OK)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "the model runs neither on random numbers nor on zeros");
  return FALSE;
}

/* ---- time ---- */

static gdouble
time_calls (Bench *b, guint n)
{
  gdouble before = now_ns ();

  for (guint i = 0; i < n; i++)
    call (b);
  return now_ns () - before;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  gdouble x = *(const gdouble *) a, y = *(const gdouble *) b;

  return (x > y) - (x < y);
}

static void
measure (Bench *b, gdouble seconds)
{
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (gdouble));
  gdouble end = now_ns () + seconds * 1e9;
  guint n = 1;

  while (n < 1u << 30 && time_calls (b, n) < SAMPLE_NS)
    n *= 2;
  do {
    gdouble sample = time_calls (b, n) / n;

    g_array_append_val (samples, sample);
  } while (now_ns () < end && samples->len < MAX_SAMPLES);
  g_array_sort (samples, compare);
  b->least = g_array_index (samples, gdouble, 0);
  b->median = g_array_index (samples, gdouble, samples->len / 2);
}

/* ---- the report ---- */

static gdouble
least_possible (const Bench *b)
{
  return MAX (b->limit.read_ns, b->limit.operations_ns);
}

static gboolean
by_frame (const Bench *b)
{
  return lstm_plan_get_mode (b->plan) == LSTM_MODE_FRAME;
}

static guint
steps_of (const Bench *b)
{
  return by_frame (b) ? b->n_items : lstm_plan_get_steps (b->plan);
}

static guint
count_threads (const Bench *b)
{
  LstmPool *pool = lstm_context_get_pool (b->context);

  return pool ? lstm_pool_get_n_threads (pool) : 1;
}

static void
print_json (const Bench *b)
{
  g_autoptr (ToolJson) json = tool_json_new ();

  tool_json_begin_object (json);
  tool_json_double (json, "ns_per_call_min", b->least);
  tool_json_double (json, "ns_per_call_median", b->median);
  tool_json_string (json, "kernel", lstm_plan_get_kernels (b->plan));
  tool_json_string (json, "precision",
      lstm_precision_get_name (lstm_plan_get_precision (b->plan)));
  tool_json_string (json, "mode", by_frame (b) ? "frame" : "window");
  tool_json_int (json, "batch", by_frame (b) ? 1 : b->n_items);
  tool_json_int (json, "steps", steps_of (b));
  tool_json_int (json, "streams", b->n_streams);
  tool_json_int (json, "threads", count_threads (b));
  tool_json_double (json, "gflops", b->limit.operations / b->least);
  tool_json_double (json, "weights_gb_per_s", b->limit.bytes / b->least);
  tool_json_double (json, "limit_ns", least_possible (b));
  tool_json_double (json, "limit_read_ns", b->limit.read_ns);
  tool_json_double (json, "limit_operations_ns", b->limit.operations_ns);
  tool_json_double (json, "times_limit", b->least / least_possible (b));
  tool_json_end_object (json);
  tool_json_print (json);
}

static void
print_text (const Bench *b)
{
  if (by_frame (b))
    g_print ("%u stream%s, %u frame%s each a call", b->n_streams,
        b->n_streams == 1 ? "" : "s", b->n_items, b->n_items == 1 ? "" : "s");
  else
    g_print ("%u window%s of %u steps a call", b->n_items,
        b->n_items == 1 ? "" : "s", steps_of (b));
  g_print (", kernel set %s, %s, %u thread%s\n",
      lstm_plan_get_kernels (b->plan),
      lstm_precision_get_name (lstm_plan_get_precision (b->plan)),
      count_threads (b), count_threads (b) == 1 ? "" : "s");
  g_print ("least:   %.3f us\n", b->least / 1e3);
  g_print ("median:  %.3f us\n", b->median / 1e3);
  g_print ("does:    %.1f GFLOP/s, reads %.1f GB/s of weights\n",
      b->limit.operations / b->least, b->limit.bytes / b->least);
  g_print ("limit:   %.3f us (%s): %.2f times that\n", least_possible (b) / 1e3,
      b->limit.read_ns > b->limit.operations_ns ? "reading the weights"
                                                : "multiplying",
      b->least / least_possible (b));
}

/* ---- the command ---- */

static gboolean
check_count (const gchar *name, gint n)
{
  if (n == NOT_SAID || n >= 1)
    return TRUE;
  tool_usage_error ("%s is %d, expected 1 or more", name, n);
  return FALSE;
}

static gboolean
check_options (const BenchOptions *o)
{
  if (tool_options_count_arguments (&o->common) != 1) {
    tool_usage_error ("expected a model, found %u arguments",
        tool_options_count_arguments (&o->common));
    return FALSE;
  }
  if (!check_count ("--batch", o->batch) ||
      !check_count ("--steps", o->steps) ||
      !check_count ("--streams", o->streams))
    return FALSE;
  if (o->batch != NOT_SAID && o->streams != NOT_SAID)
    tool_usage_error ("--batch counts windows and --streams streams that run "
                      "frame by frame: expected one of them");
  else if (!(o->seconds > 0.0 && o->seconds <= 3600.0))
    tool_usage_error (
        "--seconds is %g, expected more than 0, and at most 3600", o->seconds);
  else
    return TRUE;
  return FALSE;
}

static gboolean
prepare (Bench *b, const BenchOptions *o, GError **error)
{
  guint steps = o->steps == NOT_SAID ? 0 : (guint) o->steps;
  LstmPlanOptions options = { .mode = LSTM_MODE_FRAME,
    .kernels = o->common.kernels,
    .precision = o->common.precision };

  b->model = tool_load_model (o->common.arguments[0], &o->common, error);
  if (!b->model)
    return FALSE;
  b->n_streams = 1;
  if (o->batch == NOT_SAID &&
      (o->streams != NOT_SAID || lstm_model_can_stream (b->model, NULL))) {
    b->n_streams = o->streams == NOT_SAID ? 1 : (guint) o->streams;
    b->n_items = MAX (steps, 1);
  } else {
    options.mode = LSTM_MODE_WINDOW;
    options.steps = steps;
    b->n_items = o->batch == NOT_SAID ? 1 : (guint) o->batch;
  }
  b->plan = lstm_plan_new (b->model, &options, error);
  if (!b->plan)
    return FALSE;
  b->context = tool_new_context (b->plan, o->common.threads, error);
  if (!b->context)
    return FALSE;
  make_data (b);
  return try_data (b, error);
}

static ToolStatus
run (int argc, char **argv)
{
  g_auto (BenchOptions) o = {
    .batch = NOT_SAID, .steps = NOT_SAID, .streams = NOT_SAID, .seconds = 1.0
  };
  const GOptionEntry entries[] = { { "batch", 0, 0, G_OPTION_ARG_INT, &o.batch,
                                       "Run so many windows a call", "B" },
    { "steps", 0, 0, G_OPTION_ARG_INT, &o.steps,
        "Frames of a call, or of a window", "T" },
    { "streams", 0, 0, G_OPTION_ARG_INT, &o.streams,
        "Run so many streams together, frame by frame", "N" },
    TOOL_THREADS_ENTRY,
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &o.seconds,
        "How long to measure (default: 1)", "S" },
    G_OPTION_ENTRY_NULL };
  g_auto (Bench) b = { 0 };
  g_autoptr (GError) error = NULL;

  if (!tool_options_parse (
          &o.common, "MODEL", description, entries, argc, argv) ||
      !check_options (&o))
    return TOOL_USAGE;
  if (!prepare (&b, &o, &error))
    return tool_failed (error);
  measure (&b, o.seconds);
  lstm_plan_measure_limit (b.plan, b.n_streams, b.n_items, &b.limit);
  if (o.common.json)
    print_json (&b);
  else
    print_text (&b);
  return TOOL_OK;
}

const ToolCommand tool_command_bench = {
  .name = "bench",
  .about = "what a call of a model costs on this machine",
  .run = run,
};
