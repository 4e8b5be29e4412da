/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Two recurrent layers over one sequence, one of which reads it from the last
 * step to the first; its outputs are turned round again and merged with the
 * other's. */

#include "engine/layers/layers.h"
#include "engine/layers/recurrent.h"
#include "engine/layers/wrapper.h"

#include <string.h>

/* What is told of the half that reads backwards. */
#define WHY_WINDOW "one half of it reads the steps from the last to the first"

static const struct {
  const gchar *name;
  const LstmLayerClass *klass;
} merges[] = {
  { "concat", &lstm_layer_concatenate },
  { "sum", &lstm_layer_add },
  { "mul", &lstm_layer_multiply },
  { "ave", &lstm_layer_average },
};

typedef struct {
  const gchar *merge_mode; /* NULL: both outputs, as they are */
  LstmLayer *forward;      /* children, which have the weights */
  LstmLayer *backward;
  LstmLayer *reverse; /* and helpers */
  LstmLayer *merge;
} BidirectionalOptions;

static void
read_merge (LstmLayer *layer, LstmOptions *options)
{
  BidirectionalOptions *o = layer->options;
  const gchar *name = lstm_options_string (options, "merge_mode", "concat");

  if (lstm_options_is_null (options, "merge_mode"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (merges); i++)
    if (g_str_equal (merges[i].name, name)) {
      o->merge_mode = merges[i].name;
      o->merge = lstm_layer_add_helper (layer, merges[i].klass, NULL);
      return;
    }
  lstm_options_fail (options, LSTM_ERROR_VALUE,
      "merge_mode is '%s', expected one of concat, sum, mul, ave and null",
      name);
}

/* tf.keras and Keras 3 set zero_output_for_mask to return_sequences, whatever
 * it was; Keras 2 without TensorFlow, whose files do not know time_major, does
 * not have it. */
static void
force_zero_output (LstmOptions *options, GVariantDict *config)
{
  gboolean sequences = FALSE;

  g_variant_dict_lookup (config, "return_sequences", "b", &sequences);
  if (options->keras >= 3 || g_variant_dict_contains (config, "time_major"))
    g_variant_dict_insert (config, "zero_output_for_mask", "b", sequences);
}

/* A half, called forward_... or backward_...; with @turn it is a copy of the
 * other half that reads the other way. */
static LstmLayer *
make_half (
    LstmOptions *options, GVariant *dict, const gchar *prefix, gboolean turn)
{
  g_auto (LstmWrapped) wrapped = { 0 };
  g_autofree gchar *name = NULL;
  gboolean backwards = FALSE;
  const gchar *own;
  GVariantDict config;

  if (!lstm_wrapped_read (options, dict, &wrapped))
    return NULL;
  own = wrapped.name ? wrapped.name : wrapped.class_name;
  name = g_strconcat (g_str_has_prefix (own, prefix) ? "" : prefix, own, NULL);
  g_variant_dict_init (&config, wrapped.config);
  force_zero_output (options, &config);
  g_variant_dict_lookup (&config, "go_backwards", "b", &backwards);
  if (turn)
    g_variant_dict_insert (&config, "go_backwards", "b", !backwards);
  return lstm_wrapped_new (
      options, wrapped.class_name, name, g_variant_dict_end (&config));
}

static LstmLayer *
add_half (LstmLayer *layer, LstmOptions *options, GVariant *dict,
    gboolean backward, gboolean turn)
{
  LstmLayer *half =
      make_half (options, dict, backward ? "backward_" : "forward_", turn);

  if (!half)
    return NULL;
  lstm_layer_add_child (
      layer, half, backward ? "backward_layer/" : "forward_layer/");
  if (half->recurrent)
    return half;
  lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
      "it wraps '%s' (%s), expected a recurrent layer: LSTM, GRU, SimpleRNN or "
      "RNN",
      half->name, half->klass->name);
  return NULL;
}

static void
check_equal (LstmOptions *options, const BidirectionalOptions *o,
    const gchar *key, gboolean forward, gboolean backward, gboolean equal)
{
  if ((forward == backward) == equal)
    return;
  lstm_options_fail (options, LSTM_ERROR_VALUE,
      "%s is %s in '%s' and %s in '%s', but %s", key,
      forward ? "true" : "false", o->forward->name, backward ? "true" : "false",
      o->backward->name,
      equal ? "must be the same in both" : "one must read each way");
}

static void
check_halves (LstmOptions *options, const BidirectionalOptions *o)
{
  const LstmRecurrentOptions *f = o->forward->options;
  const LstmRecurrentOptions *b = o->backward->options;

  check_equal (
      options, o, "go_backwards", f->go_backwards, b->go_backwards, FALSE);
  check_equal (options, o, "stateful", o->forward->stateful,
      o->backward->stateful, TRUE);
  check_equal (options, o, "return_sequences", f->return_sequences,
      b->return_sequences, TRUE);
  check_equal (
      options, o, "return_state", f->return_state, b->return_state, TRUE);
}

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  BidirectionalOptions *o = layer->options;
  g_autoptr (GVariant) dict = lstm_options_dict (options, "layer");
  g_autoptr (GVariant) other = lstm_options_dict (options, "backward_layer");

  if (lstm_options_int (options, "num_constants", 0, 0, G_MAXINT32) > 0)
    lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
        "num_constants is not 0: constants are not known here");
  if (!dict) {
    lstm_options_fail (
        options, LSTM_ERROR_FORMAT, "config key 'layer' is missing");
    return;
  }
  o->forward = add_half (layer, options, dict, FALSE, FALSE);
  o->backward = add_half (layer, options, other ? other : dict, TRUE, !other);
  if (!o->forward || !o->backward)
    return;
  check_halves (options, o);
  o->reverse = lstm_layer_add_helper (layer, &lstm_layer_reverse, NULL);
  read_merge (layer, options);
}

/* ---- calls ---- */

static GArray *
call_half (LstmModelBuilder *builder, LstmLayer *half, const LstmValueId *input,
    const LstmValueId *states, guint n_states, GError **error)
{
  const LstmRecurrentOptions *o = half->options;
  GPtrArray *nodes = lstm_model_builder_peek (builder)->nodes;
  guint first = nodes->len;
  GArray *outputs = lstm_model_builder_call (
      builder, half, input, 1, states, n_states, error);

  for (guint i = first; outputs && o->go_backwards && i < nodes->len; i++) {
    LstmNode *node = g_ptr_array_index (nodes, i);

    if (node->needs_window)
      node->needs_window = WHY_WINDOW;
  }
  return outputs;
}

static gboolean
check_shapes (LstmModelBuilder *builder, const LstmLayer *layer, LstmValueId y,
    LstmValueId r, GError **error)
{
  const BidirectionalOptions *o = layer->options;
  const LstmShape *a = lstm_model_builder_get_shape (builder, y);
  const LstmShape *b = lstm_model_builder_get_shape (builder, r);
  g_autofree gchar *a_text = NULL, *b_text = NULL;

  if (lstm_shape_equal (a, b) || o->merge == NULL ||
      o->merge->klass == &lstm_layer_concatenate)
    return TRUE;
  a_text = lstm_shape_to_batch_string (a, -1);
  b_text = lstm_shape_to_batch_string (b, -1);
  return lstm_shape_error (error, layer,
      "'%s' gives shape %s and '%s' %s, which merge_mode='%s' cannot merge: "
      "give both the same units, or use merge_mode='concat'",
      o->forward->name, a_text, o->backward->name, b_text, o->merge_mode);
}

/* Merges what the halves give; both keep the mask of the sequence. It is the
 * second one that is turned, also where it is the first that reads backwards,
 * as in Keras. */
static gboolean
merge (LstmModelBuilder *builder, LstmLayer *layer, LstmValueId y,
    LstmValueId r, GArray *outputs, GError **error)
{
  const BidirectionalOptions *o = layer->options;
  const LstmRecurrentOptions *f = o->forward->options;
  LstmModel *model = lstm_model_builder_peek (builder);
  gint mask = lstm_model_value (model, y)->mask;
  LstmValueId values[] = { y, r }, merged;

  if (!check_shapes (builder, layer, y, r, error))
    return FALSE;
  if (f->return_sequences && !lstm_model_builder_call_one (builder, o->reverse,
                                 &values[1], 1, &values[1], error))
    return FALSE;
  if (o->merge) {
    if (!lstm_model_builder_call_one (
            builder, o->merge, values, 2, &merged, error))
      return FALSE;
    lstm_model_value (model, merged)->mask = mask;
    g_array_append_val (outputs, merged);
    return TRUE;
  }
  for (guint i = 0; i < 2; i++)
    lstm_model_value (model, values[i])->mask = mask;
  g_array_append_vals (outputs, values, 2);
  return TRUE;
}

static gboolean
fail_states (const LstmLayer *layer, guint n_states, GError **error)
{
  const BidirectionalOptions *o = layer->options;
  g_autofree gchar *reason =
      error && *error ? g_strdup ((*error)->message) : g_strdup ("too few");

  g_clear_error (error);
  return lstm_shape_error (error, layer,
      "initial_state holds %u values, of which '%s' takes the first %u and "
      "'%s' the rest: %s",
      n_states, o->forward->name, n_states / 2, o->backward->name, reason);
}

/* Outputs: what was merged, or both; then states of the forward half and of the
 * backward one. An initial state comes in the same order; Keras cuts it in the
 * middle, whatever the halves are. */
static gboolean
expand (LstmModelBuilder *builder, LstmLayer *layer, const LstmValueId *inputs,
    guint n_inputs, const LstmValueId *states, guint n_states, GArray *outputs,
    GError **error)
{
  const BidirectionalOptions *o = layer->options;
  guint half = n_states / 2;
  g_autoptr (GArray) y = NULL;
  g_autoptr (GArray) r = NULL;

  if (n_states == 1)
    return fail_states (layer, n_states, error);
  y = call_half (builder, o->forward, inputs, states, half, error);
  if (y)
    r = call_half (
        builder, o->backward, inputs, states + half, n_states - half, error);
  if (!r)
    return n_states % 2 ? fail_states (layer, n_states, error) : FALSE;
  if (!merge (builder, layer, g_array_index (y, LstmValueId, 0),
          g_array_index (r, LstmValueId, 0), outputs, error))
    return FALSE;
  g_array_append_vals (outputs, &g_array_index (y, LstmValueId, 1), y->len - 1);
  g_array_append_vals (outputs, &g_array_index (r, LstmValueId, 1), r->len - 1);
  return TRUE;
}

const LstmLayerClass lstm_layer_bidirectional = {
  .name = "Bidirectional",
  .options_size = sizeof (BidirectionalOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .takes_state = TRUE,
  .configure = configure,
  .expand = expand,
};
