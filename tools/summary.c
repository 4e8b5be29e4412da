/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gst-lstm summary: what a model is, as Keras tells it, and what it costs. */

#include "summary.h"

#include "table.h"

/* Of --steps. */
#define NOT_SAID G_MININT

static const gchar description[] =
    "Prints what Keras's model.summary() prints: each layer with its\n"
    "output shape (None where the model leaves it open), its parameters\n"
    "and what it is connected to. Then what Keras does not tell: of each\n"
    "layer whether it streams, how many frames it makes of how many, and\n"
    "which others it reads for that; whether the model can run frame by\n"
    "frame, and if not which layer keeps it from that and why; and, for\n"
    "frames and for whole windows, the latency, the multiply-accumulates\n"
    "(MACs) and the bytes of state that each stream carries.\n"
    "\n"
    "Layers of a model within the model are listed one by one.\n"
    "\n"
    "Example:\n"
    "  gst-lstm summary model.keras\n"
    "  gst-lstm summary --json model.h5 | jq .frame.macs\n";

/* ---- the table ---- */

static gchar *
format_shapes (const ToolSummary *summary, const LstmLayerInfo *info)
{
  gint64 batch = lstm_model_get_batch (summary->model);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < info->n_outputs; i++) {
    g_autofree gchar *shape =
        lstm_shape_to_batch_string (&info->outputs[i], batch);

    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", shape);
  }
  return info->n_outputs == 1 ? g_strdup (text->str)
                              : g_strdup_printf ("[%s]", text->str);
}

static gchar *
format_number (guint n, const gchar *all)
{
  return n == LSTM_FRAMES_ALL ? g_strdup (all) : g_strdup_printf ("%u", n);
}

/* `2 : 1`, `window : 1`, or `window` for as many as go in. */
static gchar *
format_ratio (const LstmFrames *frames)
{
  if (frames->in > 0)
    return g_strdup_printf ("%u : %u", frames->in, frames->out);
  return frames->out > 0 ? g_strdup_printf ("window : %u", frames->out)
                         : g_strdup ("window");
}

/* What it reads beside them: `2 before`, `2 before, 1 after`, `all`. */
static gchar *
format_reach (const LstmFrames *frames)
{
  g_autofree gchar *before = format_number (frames->history, "all");
  g_autofree gchar *after = format_number (frames->look_ahead, "all");

  if (frames->look_ahead == LSTM_FRAMES_ALL)
    return g_strdup ("all");
  if (frames->look_ahead > 0)
    return g_strdup_printf ("%s before, %s after", before, after);
  return frames->history > 0 ? g_strdup_printf ("%s before", before)
                             : g_strdup ("");
}

static void
add_layer (
    const ToolSummary *summary, ToolTable *table, const LstmLayerInfo *info)
{
  g_autofree gchar *name =
      g_strdup_printf ("%s (%s)", info->name, info->class_name);
  g_autofree gchar *shape = format_shapes (summary, info);
  g_autofree gchar *n = tool_format_count (info->n_parameters);
  g_autofree gchar *sources = g_strjoinv (", ", (gchar **) info->inputs);
  g_autofree gchar *ratio = format_ratio (&info->frames);
  g_autofree gchar *reach = format_reach (&info->frames);

  tool_table_add (table, name, shape, n, sources,
      info->needs_window != NULL ? "no" : "yes", ratio, reach);
}

static void
print_layers (const ToolSummary *summary)
{
  g_autoptr (ToolTable) table = tool_table_new ("llrllll");
  guint n = lstm_summary_get_n_layers (summary->layers);

  tool_table_add_line (table);
  tool_table_add (table, "Layer (type)", "Output Shape", "Param #",
      "Connected to", "Streams", "Frames in : out", "Reads again");
  tool_table_add_line (table);
  for (guint i = 0; i < n; i++)
    add_layer (summary, table, lstm_summary_get_layer (summary->layers, i));
  tool_table_add_line (table);
  tool_table_print (table);
}

guint64
tool_summary_count (const ToolSummary *summary, gboolean trainable)
{
  guint64 n = 0;

  for (guint i = 0; i < lstm_summary_get_n_layers (summary->layers); i++) {
    const LstmLayerInfo *info = lstm_summary_get_layer (summary->layers, i);

    n += trainable ? info->n_trainable : info->n_parameters;
  }
  return n;
}

guint64
tool_summary_weight_bytes (const ToolSummary *summary)
{
  return lstm_model_get_n_parameters (summary->model) * sizeof (gfloat);
}

static void
print_count (const gchar *what, guint64 n)
{
  g_autofree gchar *count = tool_format_count (n);
  g_autofree gchar *bytes = tool_format_bytes (n * sizeof (gfloat));

  g_print ("%s: %s (%s)\n", what, count, bytes);
}

/* ---- what it costs ---- */

static void
print_reasons (const ToolSummary *summary)
{
  for (guint i = 0; i < lstm_summary_get_n_layers (summary->layers); i++) {
    const LstmLayerInfo *info = lstm_summary_get_layer (summary->layers, i);

    if (info->needs_window != NULL)
      g_print ("  %s (%s) needs the whole window: %s\n", info->name,
          info->class_name, info->needs_window);
  }
}

static void
print_plan (const ToolSummary *summary, const LstmPlan *plan)
{
  g_autofree gchar *macs = tool_format_count (lstm_plan_count_macs (plan));
  g_autofree gchar *state = tool_format_bytes (lstm_plan_get_state_size (plan));
  g_autofree gchar *scratch =
      tool_format_bytes (lstm_plan_get_context_size (plan));
  guint first, every = lstm_plan_get_output_rate (plan, &first);

  g_print ("  latency: %u frames\n", lstm_plan_get_latency (plan));
  if (every > 1 || first > 0)
    g_print ("  outputs: one for each %u frames, the first with frame %u of "
             "the stream (from 0)\n",
        every, first);
  g_print ("  work: %s MACs a %s\n", macs,
      lstm_plan_get_mode (plan) == LSTM_MODE_FRAME ? "frame" : "window");
  g_print ("  state: %s a stream\n", state);
  for (guint i = 0; i < lstm_plan_get_n_slots (plan); i++) {
    const LstmSlot *slot = lstm_plan_get_slot (plan, i);
    g_autofree gchar *shape = lstm_shape_to_string (&slot->shape);

    g_print ("    %s %s\n", slot->name, shape);
  }
  g_print ("  scratch: %s a thread\n", scratch);
}

static void
print_modes (const ToolSummary *summary)
{
  gboolean frames = lstm_model_prefers_frames (summary->model);

  if (summary->frame != NULL) {
    g_print ("\nFrame by frame: yes%s\n",
        frames ? ", what the element does by default" : "");
    print_plan (summary, summary->frame);
  } else {
    g_print ("\nFrame by frame: no\n");
    print_reasons (summary);
  }
  if (summary->window != NULL) {
    g_print ("\nWindows of %u frames%s\n",
        lstm_plan_get_steps (summary->window),
        frames ? "" : ": what the element does by default");
    print_plan (summary, summary->window);
  } else {
    g_print ("\nWindows: of any length; --steps N tells what one of N frames "
             "costs\n");
  }
}

static void
print_rest (const ToolSummary *summary)
{
  const LstmPlan *plan = summary->frame ? summary->frame : summary->window;
  gint64 batch = lstm_model_get_batch (summary->model);
  g_autofree gchar *bytes =
      tool_format_bytes (tool_summary_weight_bytes (summary));

  g_print ("\nWeights: %s\n", bytes);
  if (plan != NULL)
    g_print ("Kernel set: %s, precision %s\n", lstm_plan_get_kernels (plan),
        lstm_precision_get_name (lstm_plan_get_precision (plan)));
  g_print ("Stateful: %s\n", lstm_model_is_stateful (summary->model)
                                 ? "yes, state goes from window to window"
                                 : "no, each window starts anew");
  if (batch > 0)
    g_print ("Batch: %" G_GINT64_FORMAT "\n", batch);
  else
    g_print ("Batch: any\n");
  for (guint i = 0; i < lstm_model_get_n_notes (summary->model); i++)
    g_print ("Note: %s\n", lstm_model_get_note (summary->model, i));
}

static void
print_text (const ToolSummary *summary)
{
  guint64 total = tool_summary_count (summary, FALSE);
  guint64 trainable = tool_summary_count (summary, TRUE);

  g_print ("Model: \"%s\"\n", lstm_model_get_name (summary->model));
  print_layers (summary);
  print_count ("Total params", total);
  print_count ("Trainable params", trainable);
  print_count ("Non-trainable params", total - trainable);
  print_modes (summary);
  print_rest (summary);
}

/* ---- the command ---- */

/* A plan of either mode, if the model can run so. What has nothing to do with
 * the mode is an error. */
static gboolean
make_plans (ToolSummary *summary, guint steps, const ToolOptions *options,
    GError **error)
{
  LstmPlanOptions frame = {
    .mode = LSTM_MODE_FRAME,
    .kernels = options->kernels,
    .precision = options->precision,
  };
  LstmPlanOptions window = {
    .mode = LSTM_MODE_WINDOW,
    .steps = steps,
    .kernels = options->kernels,
    .precision = options->precision,
  };

  summary->frame = lstm_plan_new (summary->model, &frame, &summary->no_frame);
  summary->window =
      lstm_plan_new (summary->model, &window, &summary->no_window);
  if (summary->window != NULL ||
      (g_error_matches (summary->no_window, LSTM_ERROR, LSTM_ERROR_MODE) &&
          steps == 0))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&summary->no_window));
  return FALSE;
}

static void
summary_clear (ToolSummary *summary)
{
  g_clear_pointer (&summary->layers, lstm_summary_free);
  g_clear_pointer (&summary->frame, lstm_plan_unref);
  g_clear_pointer (&summary->window, lstm_plan_unref);
  g_clear_error (&summary->no_frame);
  g_clear_error (&summary->no_window);
  g_clear_pointer (&summary->model, lstm_model_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ToolSummary, summary_clear)

static ToolStatus
summarise (const gchar *path, const ToolOptions *options, guint steps)
{
  g_auto (ToolSummary) summary = { 0 };
  g_autoptr (GError) error = NULL;

  summary.model = tool_load_model (path, options, &error);
  if (summary.model == NULL || !make_plans (&summary, steps, options, &error))
    return tool_failed (error);
  summary.layers = lstm_summary_new (
      summary.model, summary.frame != NULL ? summary.frame : summary.window);
  if (options->json)
    tool_summary_print_json (&summary);
  else
    print_text (&summary);
  return TOOL_OK;
}

static ToolStatus
run (int argc, char **argv)
{
  g_auto (ToolOptions) options = { 0 };
  gint steps = NOT_SAID;
  const GOptionEntry entries[] = {
    { "steps", 0, 0, G_OPTION_ARG_INT, &steps,
        "Length of a window, for a model that leaves it open", "N" },
    G_OPTION_ENTRY_NULL
  };

  if (!tool_options_parse (&options, "MODEL", description, entries, argc, argv))
    return TOOL_USAGE;
  if (tool_options_count_arguments (&options) != 1)
    return tool_usage_error ("expected one model, found %u arguments",
        tool_options_count_arguments (&options));
  if (steps < 1 && steps != NOT_SAID)
    return tool_usage_error ("--steps is %d, expected 1 or more", steps);
  return summarise (options.arguments[0], &options, (guint) MAX (steps, 0));
}

const ToolCommand tool_command_summary = {
  "summary",
  "tell what a model is and what it costs to run",
  run,
};
