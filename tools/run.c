/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gst-lstm run: model.predict() on files. */

#include "batches.h"
#include "input.h"
#include "json.h"
#include "output.h"
#include "state.h"
#include "table.h"
#include "tool.h"

#include <string.h>

/* How many numbers of an output are shown. */
#define N_SHOWN 6

/* Of --batch and --steps. */
#define NOT_SAID G_MININT

/* Seconds from line to line of a log. */
#define LOG_INTERVAL 60

static const gchar description[] =
    "Does what model.predict(x, batch_size=B) does in Keras, with Keras's\n"
    "numbers. Stateful layers carry their state from batch to batch:\n"
    "sequence i of a batch goes on where sequence i of the batch before\n"
    "it ended.\n"
    "\n"
    "INPUT is a NumPy array (.npy) of shape [windows, steps, features],\n"
    "or [windows, steps] for an Embedding, or whatever else the model\n"
    "takes after the windows. Numbers of any kind are read as float32, in\n"
    "any byte order, C or Fortran order. A model of several inputs takes\n"
    "an INPUT for each, in its order, or as NAME=FILE.\n"
    "\n"
    "INPUT may also be text (.csv): a line is a frame, its columns,\n"
    "separated by commas, are the features; a first line without numbers\n"
    "is a header. A blank line ends a window; where there is none, every\n"
    "--steps lines make a window (default: the model's steps, or all\n"
    "lines if it leaves them open). For a model without features\n"
    "([windows, steps]) a line is a window.\n"
    "\n"
    "OUTPUT is .npy (float32) or .csv, in the same form. A model of\n"
    "several outputs writes each to a file with the output's name before\n"
    "the extension: out.npy becomes out.head_a.npy. Without -o, shapes\n"
    "and first numbers are printed.\n"
    "\n"
    "A stateful model takes whole batches only. Where windows are left\n"
    "over, those before them are run and written, and the command ends\n"
    "with 1; with --partial-batch=drop they are left out, with\n"
    "--partial-batch=pad windows of zeros fill the batch, whose outputs\n"
    "are left out.\n"
    "\n"
    "On a terminal a line shows frames done, their rate and the time left;\n"
    "elsewhere, as in a log, there is one a minute on stderr.\n"
    "\n"
    "State files (.safetensors) hold a tensor [batch, units] for each\n"
    "state of stateful layers, named LAYER/h, LAYER/c; see \"state\" in\n"
    "gst-lstm summary.\n"
    "\n"
    "Examples:\n"
    "  gst-lstm run model.keras x.npy -o y.npy\n"
    "  gst-lstm run model.h5 monday.csv -o y.csv --final-state s.safetensors\n"
    "  gst-lstm run model.h5 tuesday.csv -o z.csv --initial-state "
    "s.safetensors\n";

/* The command line. */
typedef struct {
  ToolOptions common;
  gchar *output;
  gchar *initial_state;
  gchar *final_state;
  gchar *partial_text;
  ToolPartialBatch partial;
  gint batch;
  gint steps;
  ToolProgressOptions progress;
} RunOptions;

/* What was run. */
typedef struct {
  const RunOptions *options;
  LstmModel *model;
  ToolRunner *runner;
  GPtrArray *inputs;  /* LstmArray */
  GPtrArray *outputs; /* LstmArray */
  gchar **paths;      /* of the outputs; or NULL */
  guint batch;
  gint64 microseconds;
} Job;

static void
run_options_clear (RunOptions *options)
{
  tool_options_clear (&options->common);
  g_free (options->output);
  g_free (options->initial_state);
  g_free (options->final_state);
  g_free (options->partial_text);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RunOptions, run_options_clear)

static void
job_clear (Job *job)
{
  g_clear_pointer (&job->inputs, g_ptr_array_unref);
  g_clear_pointer (&job->outputs, g_ptr_array_unref);
  g_clear_pointer (&job->paths, g_strfreev);
  g_clear_pointer (&job->runner, tool_runner_free);
  g_clear_pointer (&job->model, lstm_model_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

/* ---- what is printed ---- */

static gint64
n_windows (const LstmArray *array)
{
  return array->shape[0];
}

static gchar *
format_first (const LstmArray *array)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < MIN (array->count, N_SHOWN); i++)
    g_string_append_printf (
        text, "%s%.7g", i > 0 ? " " : "", (gdouble) array->data[i]);
  if (array->count > N_SHOWN)
    g_string_append (text, " ...");
  return g_string_free (text, FALSE);
}

static void
add_rows (const Job *job, ToolTable *table, gboolean outputs)
{
  GPtrArray *arrays = outputs ? job->outputs : job->inputs;

  for (guint i = 0; i < arrays->len; i++) {
    const LstmArray *array = g_ptr_array_index (arrays, i);
    g_autofree gchar *shape =
        lstm_array_shape_to_string (array->rank, array->shape);
    g_autofree gchar *first = format_first (array);
    const gchar *name = outputs ? lstm_model_get_output_name (job->model, i)
                                : lstm_model_get_input_name (job->model, i);

    tool_table_add (table, outputs ? "output" : "input", name, shape,
        outputs && job->paths != NULL ? job->paths[i] : first);
  }
}

static void
print_text (const Job *job)
{
  g_autoptr (ToolTable) table = tool_table_new ("llll");
  gint64 n = n_windows (g_ptr_array_index (job->outputs, 0));

  add_rows (job, table, FALSE);
  add_rows (job, table, TRUE);
  tool_table_print (table);
  g_print ("%" G_GINT64_FORMAT " windows of %u steps in batches of %u: %.3f s, "
           "kernel set %s, precision %s\n",
      n, lstm_plan_get_steps (job->runner->plan), job->batch,
      (gdouble) job->microseconds / G_USEC_PER_SEC,
      lstm_plan_get_kernels (job->runner->plan),
      lstm_precision_get_name (job->runner->precision));
}

static void
add_json_output (ToolJson *json, const Job *job, guint k)
{
  const LstmArray *array = g_ptr_array_index (job->outputs, k);

  tool_json_begin_object (json);
  tool_json_string (json, "name", lstm_model_get_output_name (job->model, k));
  tool_json_member (json, "shape");
  tool_json_begin_array (json);
  for (guint i = 0; i < array->rank; i++)
    tool_json_add_int (json, array->shape[i]);
  tool_json_end_array (json);
  tool_json_string (json, "file", job->paths != NULL ? job->paths[k] : NULL);
  tool_json_member (json, "first");
  tool_json_begin_array (json);
  for (gsize i = 0; i < MIN (array->count, N_SHOWN); i++)
    tool_json_add_double (json, (gdouble) array->data[i]);
  tool_json_end_array (json);
  tool_json_end_object (json);
}

static void
print_json (const Job *job, gint64 left_over)
{
  g_autoptr (ToolJson) json = tool_json_new ();
  gint64 n = n_windows (g_ptr_array_index (job->outputs, 0));

  tool_json_begin_object (json);
  tool_json_int (json, "windows", (guint64) n);
  tool_json_int (json, "windows_left_over", (guint64) left_over);
  tool_json_int (json, "steps", lstm_plan_get_steps (job->runner->plan));
  tool_json_int (json, "batch", job->batch);
  tool_json_double (
      json, "seconds", (gdouble) job->microseconds / G_USEC_PER_SEC);
  tool_json_string (json, "kernels", lstm_plan_get_kernels (job->runner->plan));
  tool_json_string (
      json, "precision", lstm_precision_get_name (job->runner->precision));
  tool_json_member (json, "outputs");
  tool_json_begin_array (json);
  for (guint k = 0; k < job->outputs->len; k++)
    add_json_output (json, job, k);
  tool_json_end_array (json);
  tool_json_end_object (json);
  tool_json_print (json);
}

static void
report (const Job *job)
{
  gint64 n = n_windows (g_ptr_array_index (job->outputs, 0));

  if (job->options->common.json)
    print_json (job, tool_count_windows (job->inputs) - n);
  else
    print_text (job);
}

/* ---- the work ---- */

static gboolean
prepare (Job *job, GError **error)
{
  const RunOptions *options = job->options;
  gchar **arguments = options->common.arguments;

  job->model = tool_load_model (arguments[0], &options->common, error);
  if (job->model == NULL)
    return FALSE;
  tool_say_notes (job->model);
  if (!tool_batches_choose (job->model, options->batch, &job->batch, error))
    return FALSE;
  job->inputs = tool_inputs_load (
      job->model, arguments + 1, (guint) MAX (options->steps, 0), error);
  if (job->inputs == NULL)
    return FALSE;
  job->runner = tool_runner_new (job->model, &options->common);
  if (!tool_runner_prepare (job->runner, job->inputs, error))
    return FALSE;
  tool_runner_set_batch (job->runner, job->batch);
  return options->initial_state == NULL ||
         tool_state_load (
             job->runner, job->batch, options->initial_state, error);
}

static gboolean
work (Job *job, GError **left, GError **error)
{
  gint64 started = g_get_monotonic_time ();

  job->outputs = tool_batches_run (job->runner, job->inputs, job->batch,
      job->options->partial, &job->options->progress, left, error);
  job->microseconds = g_get_monotonic_time () - started;
  return job->outputs != NULL;
}

static gboolean
save (Job *job, GError **error)
{
  const RunOptions *options = job->options;

  if (options->output != NULL) {
    job->paths = tool_output_paths (job->model, options->output);
    if (!tool_outputs_save (job->model, job->outputs, job->paths, error))
      return FALSE;
  }
  return options->final_state == NULL ||
         tool_state_save (job->runner, job->batch, options->final_state, error);
}

static ToolStatus
run_job (const RunOptions *options)
{
  g_auto (Job) job = { .options = options };
  g_autoptr (GError) left = NULL;
  g_autoptr (GError) error = NULL;

  if (!prepare (&job, &error) || !work (&job, &left, &error) ||
      !save (&job, &error))
    return tool_failed (error);
  report (&job);
  return left != NULL ? tool_failed (left) : TOOL_OK;
}

/* ---- the command line ---- */

static gboolean
parse_partial (RunOptions *options)
{
  static const gchar *const names[] = {
    [TOOL_PARTIAL_ERROR] = "error",
    [TOOL_PARTIAL_DROP] = "drop",
    [TOOL_PARTIAL_PAD] = "pad",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (options->partial_text == NULL ||
        strcmp (options->partial_text, names[i]) == 0) {
      options->partial = i;
      return TRUE;
    }
  tool_usage_error ("--partial-batch is '%s', expected error, drop or pad",
      options->partial_text);
  return FALSE;
}

static ToolStatus
check_progress (const ToolProgressOptions *progress)
{
  if (!(progress->rate >= 0) || progress->rate > G_MAXFLOAT)
    return tool_usage_error (
        "--rate is %g, expected frames per second", progress->rate);
  if (!(progress->interval >= 0) || progress->interval > G_MAXFLOAT)
    return tool_usage_error (
        "--log-interval is %g, expected seconds, or 0 for no lines",
        progress->interval);
  return TOOL_OK;
}

static ToolStatus
check (RunOptions *options)
{
  guint n = tool_options_count_arguments (&options->common);

  if (n < 2)
    return tool_usage_error ("expected a model and an input, found %u "
                             "argument%s",
        n, n == 1 ? "" : "s");
  if (options->batch < 1 && options->batch != NOT_SAID)
    return tool_usage_error (
        "--batch is %d, expected 1 or more", options->batch);
  if (options->steps < 1 && options->steps != NOT_SAID)
    return tool_usage_error (
        "--steps is %d, expected 1 or more", options->steps);
  if (options->output != NULL && !tool_output_is_known (options->output))
    return tool_usage_error (
        "--output is '%s', expected a name that ends with .npy or .csv",
        options->output);
  return parse_partial (options) ? check_progress (&options->progress)
                                 : TOOL_USAGE;
}

static ToolStatus
run (int argc, char **argv)
{
  g_auto (RunOptions) options = {
    .batch = NOT_SAID, .steps = NOT_SAID, .progress.interval = LOG_INTERVAL
  };
  const GOptionEntry entries[] = { TOOL_THREADS_ENTRY,
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output,
        "Write the outputs to this file, .npy or .csv", "OUTPUT" },
    { "batch", 0, 0, G_OPTION_ARG_INT, &options.batch,
        "Windows in a batch (default: the model's, or 32)", "B" },
    { "steps", 0, 0, G_OPTION_ARG_INT, &options.steps,
        "Lines of a CSV in a window", "N" },
    { "initial-state", 0, 0, G_OPTION_ARG_FILENAME, &options.initial_state,
        "Start from these states", "FILE" },
    { "final-state", 0, 0, G_OPTION_ARG_FILENAME, &options.final_state,
        "Write the states after the last batch", "FILE" },
    { "partial-batch", 0, 0, G_OPTION_ARG_STRING, &options.partial_text,
        "A stateful model's last batch is too short: error, drop or pad "
        "(default: error)",
        "POLICY" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &options.progress.rate,
        "Frames per second of the data, to show times real time", "HZ" },
    { "log-interval", 0, 0, G_OPTION_ARG_DOUBLE, &options.progress.interval,
        "Seconds from line to line of progress in a log (default: 60; 0: none)",
        "S" },
    G_OPTION_ENTRY_NULL };
  ToolStatus status;

  if (!tool_options_parse (
          &options.common, "MODEL INPUT...", description, entries, argc, argv))
    return TOOL_USAGE;
  status = check (&options);
  return status == TOOL_OK ? run_job (&options) : status;
}

const ToolCommand tool_command_run = {
  "run",
  "run a model on a file, as model.predict() does",
  run,
};
