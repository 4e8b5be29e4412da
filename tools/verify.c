/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gst-lstm verify: is it the same as Keras? */

#include "difference.h"
#include "json.h"
#include "reference.h"
#include "runner.h"
#include "table.h"
#include "tool.h"

#include <math.h>
#include <string.h>

#define DEFAULT_TOLERANCE 1e-5

static const gchar description[] =
    "Runs the calls that Keras made, as recorded in REFERENCE, and\n"
    "compares what comes out, states included: ours may differ from\n"
    "Keras's by at most T + T |Keras's|. Prints the largest difference of\n"
    "each output and where it is; ends with 1 if one is beyond the\n"
    "tolerance.\n"
    "\n"
    "REFERENCE is a safetensors file of call0.x (an input, [batch, ...]),\n"
    "call0.y0 (its output), call1.x, ...; call0.x1 is a second input,\n"
    "call0.y1 a second output, call0.state.LAYER.0 the state h of a\n"
    "stateful layer after the call, call0.state.LAYER.1 its c. Calls go\n"
    "on from one another's states; those that began with a reset are\n"
    "listed in the file's metadata as reset_before, such as \"2, 5\".\n"
    "README.md has the lines of Python that write such a file from\n"
    "any model.\n"
    "\n"
    "Example:\n"
    "  gst-lstm verify model.keras reference.safetensors\n";

typedef struct {
  LstmModel *model;
  ToolReference *reference;
  ToolRunner *runner;
  gdouble tolerance;
  GPtrArray *differences; /* ToolDifference: outputs, then states */
} Verify;

static void
verify_clear (Verify *verify)
{
  g_clear_pointer (&verify->differences, g_ptr_array_unref);
  g_clear_pointer (&verify->runner, tool_runner_free);
  g_clear_pointer (&verify->reference, tool_reference_free);
  g_clear_pointer (&verify->model, lstm_model_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Verify, verify_clear)

static ToolDifference *
find_difference (Verify *verify, const gchar *name)
{
  ToolDifference *d;

  for (guint i = 0; i < verify->differences->len; i++) {
    d = g_ptr_array_index (verify->differences, i);
    if (strcmp (d->name, name) == 0)
      return d;
  }
  d = tool_difference_new (name);
  g_ptr_array_add (verify->differences, d);
  return d;
}

/* ---- one call ---- */

static gboolean
fail_shape (const gchar *name, guint call, const LstmArray *found,
    const LstmArray *ours, GError **error)
{
  g_autofree gchar *theirs =
      lstm_array_shape_to_string (found->rank, found->shape);
  g_autofree gchar *own = lstm_array_shape_to_string (ours->rank, ours->shape);

  g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
      "call %u: '%s' has shape %s in the reference, the model gives %s: they "
      "do not belong together",
      call, name, theirs, own);
  return FALSE;
}

static gboolean
same_shape (const LstmArray *a, const LstmArray *b)
{
  return a->rank == b->rank &&
         memcmp (a->shape, b->shape, a->rank * sizeof *a->shape) == 0;
}

static gboolean
check_outputs (Verify *verify, guint call, GPtrArray *outputs, GError **error)
{
  for (guint k = 0; k < outputs->len; k++) {
    const gchar *name = lstm_model_get_output_name (verify->model, k);
    const LstmArray *ours = g_ptr_array_index (outputs, k);
    const LstmArray *keras = tool_reference_output (verify->reference, call, k);
    ToolDifference *d = g_ptr_array_index (verify->differences, k);

    if (!same_shape (ours, keras))
      return fail_shape (name, call, keras, ours, error);
    tool_difference_compare (
        d, verify->tolerance, call, ours->data, keras, 0, keras->count);
  }
  return TRUE;
}

/* State number @number of a layer: its slots have its name and their own. */
static gint
find_slot (const LstmPlan *plan, const gchar *layer, guint number)
{
  gsize length = strlen (layer);

  for (guint i = 0; i < lstm_plan_get_n_slots (plan); i++) {
    const gchar *name = lstm_plan_get_slot (plan, i)->name;

    if (strncmp (name, layer, length) == 0 && name[length] == '/' &&
        strchr (name + length + 1, '/') == NULL && number-- == 0)
      return (gint) i;
  }
  return -1;
}

static gboolean
check_state (Verify *verify, guint call, const gchar *layer, guint number,
    const LstmArray *keras, GError **error)
{
  gint i = find_slot (verify->runner->plan, layer, number);
  GPtrArray *streams = verify->runner->streams;
  const LstmSlot *slot;
  g_autofree gchar *name = NULL;
  ToolDifference *d;

  if (i < 0) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
        "call %u: the reference has a state %u of layer '%s', which no "
        "stateful layer of the model has",
        call, number, layer);
    return FALSE;
  }
  slot = lstm_plan_get_slot (verify->runner->plan, (guint) i);
  if (keras->rank < 1 || keras->shape[0] > (gint64) streams->len ||
      keras->count != (gsize) keras->shape[0] * slot->size) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "call %u: state '%s' holds %" G_GSIZE_FORMAT
        " numbers in the reference, the model's %" G_GSIZE_FORMAT
        " for each of %u sequences",
        call, slot->name, keras->count, slot->size, streams->len);
    return FALSE;
  }
  name = g_strconcat ("state ", slot->name, NULL);
  d = find_difference (verify, name);
  for (guint s = 0; s < (guint) keras->shape[0]; s++) {
    LstmStream *stream = g_ptr_array_index (streams, s);

    tool_difference_compare (d, verify->tolerance, call,
        lstm_stream_get_slot (stream, (guint) i), keras, s * slot->size,
        slot->size);
  }
  return TRUE;
}

static gboolean
check_states (Verify *verify, guint call, GError **error)
{
  LstmSafetensors *tensors = verify->reference->tensors;

  for (guint i = 0; i < lstm_safetensors_get_n (tensors); i++) {
    g_autofree gchar *layer = NULL;
    guint number;

    if (!tool_reference_is_state (verify->reference, i, call, &layer, &number))
      continue;
    if (!check_state (verify, call, layer, number,
            lstm_safetensors_get (tensors, i), error))
      return FALSE;
  }
  return TRUE;
}

/* (transfer full): the call's inputs, as views of the reference's. */
static GPtrArray *
get_inputs (const Verify *verify, guint call)
{
  GPtrArray *inputs = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < lstm_model_get_n_inputs (verify->model); i++) {
    const LstmArray *x = tool_reference_input (verify->reference, call, i);

    g_ptr_array_add (inputs, g_memdup2 (x, sizeof *x));
  }
  return inputs;
}

static gboolean
check_batch (const Verify *verify, guint call, gint64 n, GError **error)
{
  gint64 own = lstm_model_get_batch (verify->model);

  if (own < 0 || own == n || !lstm_model_is_stateful (verify->model))
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
      "call %u: a batch of %" G_GINT64_FORMAT
      " windows, but the stateful model takes batches of %" G_GINT64_FORMAT,
      call, n, own);
  return FALSE;
}

static gboolean
run_call (Verify *verify, guint call, GError **error)
{
  g_autoptr (GPtrArray) inputs = get_inputs (verify, call);
  g_autoptr (GPtrArray) outputs = NULL;
  gint64 n;

  if (!tool_runner_prepare (verify->runner, inputs, error)) {
    g_prefix_error (error, "call %u: ", call);
    return FALSE;
  }
  n = tool_count_windows (inputs);
  if (!check_batch (verify, call, n, error))
    return FALSE;
  tool_runner_set_batch (verify->runner, (guint) n);
  if (verify->reference->reset_before[call])
    tool_runner_reset (verify->runner);
  outputs = tool_runner_new_outputs (verify->runner, n, error);
  return outputs != NULL &&
         tool_runner_run (
             verify->runner, inputs, 0, (guint) n, outputs, error) &&
         check_outputs (verify, call, outputs, error) &&
         check_states (verify, call, error);
}

/* ---- what is printed ---- */

static guint64
count_beyond (const Verify *verify, guint64 *n_values)
{
  guint64 n = 0;

  *n_values = 0;
  for (guint i = 0; i < verify->differences->len; i++) {
    const ToolDifference *d = g_ptr_array_index (verify->differences, i);

    n += d->n_beyond;
    *n_values += d->n_values;
  }
  return n;
}

static void
add_row (ToolTable *table, const ToolDifference *d)
{
  g_autofree gchar *n = tool_format_count (d->n_values);
  g_autofree gchar *beyond = tool_format_count (d->n_beyond);
  g_autofree gchar *largest = g_strdup_printf ("%.3g", d->largest);
  g_autofree gchar *where =
      g_strdup_printf ("call %u %s", d->call, d->where != NULL ? d->where : "");
  g_autofree gchar *ours = g_strdup_printf ("%.9g", d->ours);
  g_autofree gchar *keras = g_strdup_printf ("%.9g", d->keras);

  tool_table_add (table, d->name, n, beyond, largest, where, ours, keras);
}

static void
print_text (const Verify *verify)
{
  g_autoptr (ToolTable) table = tool_table_new ("lrrrlrr");
  guint64 n_values, n_beyond = count_beyond (verify, &n_values);
  g_autofree gchar *values = tool_format_count (n_values);
  g_autofree gchar *beyond = tool_format_count (n_beyond);

  tool_table_add (table, "Output", "Values", "Beyond", "Largest difference",
      "Where", "Ours", "Keras");
  tool_table_add_line (table);
  for (guint i = 0; i < verify->differences->len; i++)
    add_row (table, g_ptr_array_index (verify->differences, i));
  tool_table_print (table);
  if (n_beyond == 0)
    g_print ("\nThe same as Keras: %s values of %u calls, all within "
             "%g + %g |Keras|; kernel set %s, precision %s\n",
        values, verify->reference->n_calls, verify->tolerance,
        verify->tolerance, lstm_plan_get_kernels (verify->runner->plan),
        lstm_precision_get_name (verify->runner->precision));
  else
    g_print ("\nNot the same as Keras: %s of %s values of %u calls are beyond "
             "%g + %g |Keras|; kernel set %s, precision %s\n",
        beyond, values, verify->reference->n_calls, verify->tolerance,
        verify->tolerance, lstm_plan_get_kernels (verify->runner->plan),
        lstm_precision_get_name (verify->runner->precision));
}

static void
add_json_difference (ToolJson *json, const ToolDifference *d)
{
  tool_json_begin_object (json);
  tool_json_string (json, "name", d->name);
  tool_json_int (json, "values", d->n_values);
  tool_json_int (json, "beyond", d->n_beyond);
  tool_json_double (json, "largest_difference", d->largest);
  tool_json_int (json, "call", d->call);
  tool_json_string (json, "index", d->where);
  tool_json_double (json, "ours", d->ours);
  tool_json_double (json, "keras", d->keras);
  tool_json_end_object (json);
}

static void
print_json (const Verify *verify)
{
  g_autoptr (ToolJson) json = tool_json_new ();
  guint64 n_values, n_beyond = count_beyond (verify, &n_values);

  tool_json_begin_object (json);
  tool_json_bool (json, "same", n_beyond == 0);
  tool_json_int (json, "calls", verify->reference->n_calls);
  tool_json_int (json, "values", n_values);
  tool_json_int (json, "beyond", n_beyond);
  tool_json_double (json, "tolerance", verify->tolerance);
  tool_json_string (
      json, "kernels", lstm_plan_get_kernels (verify->runner->plan));
  tool_json_string (
      json, "precision", lstm_precision_get_name (verify->runner->precision));
  tool_json_member (json, "outputs");
  tool_json_begin_array (json);
  for (guint i = 0; i < verify->differences->len; i++)
    add_json_difference (json, g_ptr_array_index (verify->differences, i));
  tool_json_end_array (json);
  tool_json_end_object (json);
  tool_json_print (json);
}

/* ---- the command ---- */

static gboolean
verify_all (Verify *verify, GError **error)
{
  for (guint k = 0; k < lstm_model_get_n_outputs (verify->model); k++)
    g_ptr_array_add (verify->differences,
        tool_difference_new (lstm_model_get_output_name (verify->model, k)));
  for (guint call = 0; call < verify->reference->n_calls; call++)
    if (!run_call (verify, call, error))
      return FALSE;
  return TRUE;
}

static ToolStatus
verify_files (const ToolOptions *options, gdouble tolerance)
{
  g_auto (Verify) verify = { .tolerance = tolerance };
  g_autoptr (GError) error = NULL;
  guint64 n_values;

  verify.model = tool_load_model (options->arguments[0], options, &error);
  if (verify.model == NULL)
    return tool_failed (error);
  tool_say_notes (verify.model);
  verify.reference =
      tool_reference_load (options->arguments[1], verify.model, &error);
  if (verify.reference == NULL)
    return tool_failed (error);
  verify.runner = tool_runner_new (verify.model, options);
  verify.differences =
      g_ptr_array_new_with_free_func ((GDestroyNotify) tool_difference_free);
  if (!verify_all (&verify, &error))
    return tool_failed (error);
  if (options->json)
    print_json (&verify);
  else
    print_text (&verify);
  return count_beyond (&verify, &n_values) == 0 ? TOOL_OK : TOOL_FAILED;
}

static ToolStatus
run (int argc, char **argv)
{
  g_auto (ToolOptions) options = { 0 };
  gdouble tolerance = DEFAULT_TOLERANCE;
  const GOptionEntry entries[] = { TOOL_THREADS_ENTRY,
    { "tolerance", 0, 0, G_OPTION_ARG_DOUBLE, &tolerance,
        "What may differ, absolutely and relatively (default: 1e-5)", "T" },
    G_OPTION_ENTRY_NULL };

  if (!tool_options_parse (
          &options, "MODEL REFERENCE", description, entries, argc, argv))
    return TOOL_USAGE;
  if (tool_options_count_arguments (&options) != 2)
    return tool_usage_error (
        "expected a model and a reference, found %u arguments",
        tool_options_count_arguments (&options));
  if (!(tolerance >= 0) || isinf (tolerance))
    return tool_usage_error (
        "--tolerance is %g, expected a number of 0 or more", tolerance);
  return verify_files (&options, tolerance);
}

const ToolCommand tool_command_verify = {
  "verify",
  "compare a model with what Keras computed",
  run,
};
