/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* When values have items in frame mode: a layer with strides has one for each
 * few of its input's, one that pads nothing begins late. */

#include "engine/pace.h"

static const LstmPace *
pace_of (const LstmModel *model, LstmValueId value)
{
  return &lstm_model_value (model, value)->pace;
}

static gboolean
paces_equal (const LstmPace *a, const LstmPace *b)
{
  return a->every == b->every && a->first == b->first;
}

static gboolean
inputs_agree (const LstmModel *model, const LstmNode *node)
{
  const LstmPace *pace = pace_of (model, node->inputs[0]);

  for (guint i = 1; i < node->n_inputs + node->n_states; i++)
    if (!paces_equal (pace, pace_of (model, node->inputs[i])))
      return FALSE;
  return node->mask < 0 ||
         paces_equal (pace, pace_of (model, (LstmValueId) node->mask));
}

/* FALSE where it takes too long to be counted. */
static gboolean
compose (LstmPace *pace, const LstmNode *node)
{
  gint64 every, first;

  if (__builtin_mul_overflow (pace->every, (gint64) node->frames.in, &every) ||
      __builtin_mul_overflow (pace->every, node->first, &first) ||
      __builtin_add_overflow (first, pace->first, &first) ||
      every > LSTM_PACE_MAX || first > LSTM_PACE_MAX)
    return FALSE;
  *pace = (LstmPace){ every, first };
  return TRUE;
}

void
lstm_pace_node (LstmModel *model, LstmNode *node)
{
  LstmPace pace = *pace_of (model, node->inputs[0]);

  if (!node->needs_window && !inputs_agree (model, node))
    node->needs_window =
        "what it joins comes at different times: strides or padding='valid' "
        "before it differ";
  if (!node->needs_window && !compose (&pace, node))
    node->needs_window = "more than 16777216 frames go by for one of its own";
  for (guint i = 0; i < node->n_outputs; i++)
    lstm_model_value (model, node->outputs[i])->pace = pace;
}

gboolean
lstm_pace_changes (const LstmNode *node)
{
  return !node->needs_window && (node->frames.in > 1 || node->first > 0);
}

const gchar *
lstm_pace_find_other (const LstmModel *model)
{
  const LstmEnd *ends = (const LstmEnd *) (void *) model->outputs->data;

  for (guint i = 1; i < model->outputs->len; i++)
    if (!paces_equal (
            pace_of (model, ends[0].value), pace_of (model, ends[i].value)))
      return ends[i].name;
  return NULL;
}

/* The counter is `first` less the frames still to wait for. What a damaged
 * state holds counts as the beginning. */
static gint64
read_wait (const LstmNode *node, gfloat counter)
{
  gint64 most = MAX (node->first, (gint64) node->frames.in - 1);

  if (!(counter >= (gfloat) (node->first - most) &&
          counter <= (gfloat) node->first))
    return node->first;
  return node->first - (gint64) counter;
}

gsize
lstm_pace_advance (
    const LstmNode *node, gsize n_in, gfloat *counter, gsize *first)
{
  gint64 wait = read_wait (node, *counter);
  gint64 n = (gint64) n_in, every = node->frames.in, n_out = 0;

  *first = (gsize) wait;
  if (n > wait) {
    n_out = (n - wait - 1) / every + 1;
    wait += n_out * every;
  }
  *counter = (gfloat) (node->first - (wait - n));
  return (gsize) n_out;
}
