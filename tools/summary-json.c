/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "json.h"
#include "summary.h"

static void
add_ends (ToolJson *json, const LstmModel *model, gboolean outputs)
{
  guint n = outputs ? lstm_model_get_n_outputs (model)
                    : lstm_model_get_n_inputs (model);

  tool_json_member (json, outputs ? "outputs" : "inputs");
  tool_json_begin_array (json);
  for (guint i = 0; i < n; i++) {
    tool_json_begin_object (json);
    tool_json_string (json, "name",
        outputs ? lstm_model_get_output_name (model, i)
                : lstm_model_get_input_name (model, i));
    tool_json_member (json, "shape");
    tool_json_shape (json,
        outputs ? lstm_model_get_output_shape (model, i)
                : lstm_model_get_input_shape (model, i),
        lstm_model_get_batch (model));
    tool_json_end_object (json);
  }
  tool_json_end_array (json);
}

/* null stands for the whole window. */
static void
add_frames (ToolJson *json, const LstmFrames *frames)
{
  const struct {
    const gchar *name;
    guint n;
    gboolean all;
  } members[] = {
    { "in", frames->in, frames->in == 0 },
    { "out", frames->out, frames->out == 0 },
    { "history", frames->history, frames->history == LSTM_FRAMES_ALL },
    { "look_ahead", frames->look_ahead, frames->look_ahead == LSTM_FRAMES_ALL },
  };

  tool_json_member (json, "frames");
  tool_json_begin_object (json);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    tool_json_member (json, members[i].name);
    if (members[i].all)
      tool_json_add_null (json);
    else
      tool_json_add_int (json, members[i].n);
  }
  tool_json_end_object (json);
}

static void
add_layer (ToolJson *json, const LstmLayerInfo *info, gint64 batch)
{
  tool_json_begin_object (json);
  tool_json_string (json, "name", info->name);
  tool_json_string (json, "class", info->class_name);
  tool_json_member (json, "output_shapes");
  tool_json_begin_array (json);
  for (guint i = 0; i < info->n_outputs; i++)
    tool_json_shape (json, &info->outputs[i], batch);
  tool_json_end_array (json);
  tool_json_int (json, "params", info->n_parameters);
  tool_json_int (json, "trainable_params", info->n_trainable);
  tool_json_member (json, "connected_to");
  tool_json_begin_array (json);
  for (guint i = 0; info->inputs[i] != NULL; i++)
    tool_json_add_string (json, info->inputs[i]);
  tool_json_end_array (json);
  tool_json_bool (json, "streams", info->needs_window == NULL);
  tool_json_string (json, "needs_window", info->needs_window);
  add_frames (json, &info->frames);
  tool_json_bool (json, "stateful", info->stateful);
  tool_json_int (json, "macs", info->macs);
  tool_json_end_object (json);
}

static void
add_layers (ToolJson *json, const ToolSummary *summary)
{
  gint64 batch = lstm_model_get_batch (summary->model);

  tool_json_member (json, "layers");
  tool_json_begin_array (json);
  for (guint i = 0; i < lstm_summary_get_n_layers (summary->layers); i++)
    add_layer (json, lstm_summary_get_layer (summary->layers, i), batch);
  tool_json_end_array (json);
}

static void
add_slots (ToolJson *json, const LstmPlan *plan)
{
  tool_json_member (json, "state");
  tool_json_begin_array (json);
  for (guint i = 0; i < lstm_plan_get_n_slots (plan); i++) {
    const LstmSlot *slot = lstm_plan_get_slot (plan, i);

    tool_json_begin_object (json);
    tool_json_string (json, "name", slot->name);
    tool_json_member (json, "shape");
    tool_json_begin_array (json);
    for (guint k = 0; k < slot->shape.rank; k++)
      tool_json_add_int (json, slot->shape.dims[k]);
    tool_json_end_array (json);
    tool_json_end_object (json);
  }
  tool_json_end_array (json);
}

/* What cannot be has a reason and nothing else. */
static void
add_mode (ToolJson *json, const gchar *name, const LstmPlan *plan,
    const GError *reason)
{
  tool_json_member (json, name);
  tool_json_begin_object (json);
  tool_json_bool (json, "possible", plan != NULL);
  if (plan == NULL) {
    tool_json_string (json, "reason", reason->message);
  } else {
    guint first, every = lstm_plan_get_output_rate (plan, &first);

    tool_json_int (json, "steps", lstm_plan_get_steps (plan));
    tool_json_int (json, "latency_frames", lstm_plan_get_latency (plan));
    tool_json_int (json, "items_per_output", every);
    tool_json_int (json, "first_output_item", first);
    tool_json_int (json, "macs", lstm_plan_count_macs (plan));
    tool_json_int (json, "state_bytes", lstm_plan_get_state_size (plan));
    tool_json_int (json, "scratch_bytes", lstm_plan_get_context_size (plan));
    add_slots (json, plan);
  }
  tool_json_end_object (json);
}

static void
add_notes (ToolJson *json, const LstmModel *model)
{
  tool_json_member (json, "notes");
  tool_json_begin_array (json);
  for (guint i = 0; i < lstm_model_get_n_notes (model); i++)
    tool_json_add_string (json, lstm_model_get_note (model, i));
  tool_json_end_array (json);
}

void
tool_summary_print_json (const ToolSummary *summary)
{
  g_autoptr (ToolJson) json = tool_json_new ();
  const LstmModel *model = summary->model;
  const LstmPlan *plan = summary->frame ? summary->frame : summary->window;
  guint64 total = tool_summary_count (summary, FALSE);
  guint64 trainable = tool_summary_count (summary, TRUE);

  tool_json_begin_object (json);
  tool_json_string (json, "name", lstm_model_get_name (model));
  tool_json_member (json, "batch");
  if (lstm_model_get_batch (model) > 0)
    tool_json_add_int (json, lstm_model_get_batch (model));
  else
    tool_json_add_null (json);
  tool_json_bool (json, "stateful", lstm_model_is_stateful (model));
  add_ends (json, model, FALSE);
  add_ends (json, model, TRUE);
  add_layers (json, summary);
  tool_json_int (json, "params", total);
  tool_json_int (json, "trainable_params", trainable);
  tool_json_int (json, "non_trainable_params", total - trainable);
  tool_json_int (json, "weight_bytes", tool_summary_weight_bytes (summary));
  tool_json_string (
      json, "kernels", plan != NULL ? lstm_plan_get_kernels (plan) : NULL);
  tool_json_string (json, "precision",
      plan != NULL ? lstm_precision_get_name (lstm_plan_get_precision (plan))
                   : NULL);
  tool_json_string (json, "mode",
      lstm_model_prefers_frames ((LstmModel *) model) ? "frame" : "window");
  add_mode (json, "frame", summary->frame, summary->no_frame);
  add_mode (json, "window", summary->window, summary->no_window);
  add_notes (json, model);
  tool_json_end_object (json);
  tool_json_print (json);
}
