/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "json.h"
#include "summary.h"

static void
add_ends (JsonBuilder *json, const LstmModel *model, gboolean outputs)
{
  guint n = outputs ? lstm_model_get_n_outputs (model)
                    : lstm_model_get_n_inputs (model);

  json_builder_set_member_name (json, outputs ? "outputs" : "inputs");
  json_builder_begin_array (json);
  for (guint i = 0; i < n; i++) {
    json_builder_begin_object (json);
    tool_json_string (json, "name",
        outputs ? lstm_model_get_output_name (model, i)
                : lstm_model_get_input_name (model, i));
    json_builder_set_member_name (json, "shape");
    tool_json_shape (json,
        outputs ? lstm_model_get_output_shape (model, i)
                : lstm_model_get_input_shape (model, i),
        lstm_model_get_batch (model));
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
}

/* null stands for the whole window. */
static void
add_frames (JsonBuilder *json, const LstmFrames *frames)
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

  json_builder_set_member_name (json, "frames");
  json_builder_begin_object (json);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    json_builder_set_member_name (json, members[i].name);
    if (members[i].all)
      json_builder_add_null_value (json);
    else
      json_builder_add_int_value (json, members[i].n);
  }
  json_builder_end_object (json);
}

static void
add_layer (JsonBuilder *json, const LstmLayerInfo *info, gint64 batch)
{
  json_builder_begin_object (json);
  tool_json_string (json, "name", info->name);
  tool_json_string (json, "class", info->class_name);
  json_builder_set_member_name (json, "output_shapes");
  json_builder_begin_array (json);
  for (guint i = 0; i < info->n_outputs; i++)
    tool_json_shape (json, &info->outputs[i], batch);
  json_builder_end_array (json);
  tool_json_int (json, "params", info->n_parameters);
  tool_json_int (json, "trainable_params", info->n_trainable);
  json_builder_set_member_name (json, "connected_to");
  json_builder_begin_array (json);
  for (guint i = 0; info->inputs[i] != NULL; i++)
    json_builder_add_string_value (json, info->inputs[i]);
  json_builder_end_array (json);
  tool_json_bool (json, "streams", info->needs_window == NULL);
  tool_json_string (json, "needs_window", info->needs_window);
  add_frames (json, &info->frames);
  tool_json_bool (json, "stateful", info->stateful);
  tool_json_int (json, "macs", info->macs);
  json_builder_end_object (json);
}

static void
add_layers (JsonBuilder *json, const ToolSummary *summary)
{
  gint64 batch = lstm_model_get_batch (summary->model);

  json_builder_set_member_name (json, "layers");
  json_builder_begin_array (json);
  for (guint i = 0; i < lstm_summary_get_n_layers (summary->layers); i++)
    add_layer (json, lstm_summary_get_layer (summary->layers, i), batch);
  json_builder_end_array (json);
}

static void
add_slots (JsonBuilder *json, const LstmPlan *plan)
{
  json_builder_set_member_name (json, "state");
  json_builder_begin_array (json);
  for (guint i = 0; i < lstm_plan_get_n_slots (plan); i++) {
    const LstmSlot *slot = lstm_plan_get_slot (plan, i);

    json_builder_begin_object (json);
    tool_json_string (json, "name", slot->name);
    json_builder_set_member_name (json, "shape");
    json_builder_begin_array (json);
    for (guint k = 0; k < slot->shape.rank; k++)
      json_builder_add_int_value (json, slot->shape.dims[k]);
    json_builder_end_array (json);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
}

/* What cannot be has a reason and nothing else. */
static void
add_mode (JsonBuilder *json, const gchar *name, const LstmPlan *plan,
    const GError *reason)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_object (json);
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
  json_builder_end_object (json);
}

static void
add_notes (JsonBuilder *json, const LstmModel *model)
{
  json_builder_set_member_name (json, "notes");
  json_builder_begin_array (json);
  for (guint i = 0; i < lstm_model_get_n_notes (model); i++)
    json_builder_add_string_value (json, lstm_model_get_note (model, i));
  json_builder_end_array (json);
}

void
tool_summary_print_json (const ToolSummary *summary)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  const LstmModel *model = summary->model;
  const LstmPlan *plan = summary->frame ? summary->frame : summary->window;
  guint64 total = tool_summary_count (summary, FALSE);
  guint64 trainable = tool_summary_count (summary, TRUE);

  json_builder_begin_object (json);
  tool_json_string (json, "name", lstm_model_get_name (model));
  json_builder_set_member_name (json, "batch");
  if (lstm_model_get_batch (model) > 0)
    json_builder_add_int_value (json, lstm_model_get_batch (model));
  else
    json_builder_add_null_value (json);
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
  json_builder_end_object (json);
  tool_json_print (json);
}
