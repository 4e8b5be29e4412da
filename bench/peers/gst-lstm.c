/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* This library, through its C API. A row that carries its state runs in frame
 * mode, one without in window mode, each sequence of the batch a window. */

#include "worker.h"

#include <lstm/lstm.h>
#include <string.h>

static struct {
  Row *row;
  LstmPlan *plan;
  LstmPool *pool;
  LstmContext *context;
  LstmStream **streams;
  guint n_streams;
  guint n_items;
  gfloat *output;
  guint call;
} lstm;

static void
run (void)
{
  const Row *row = lstm.row;
  gsize in = (gsize) row->steps * row->features;
  gsize out = row_output_size (row) / row->batch;
  gboolean frames = row->carry || row->batch == 1;
  LstmInput input = { .data = row->input + row_input_size (row) * lstm.call,
    .stream_stride = in,
    .item_stride = frames ? row->features : in };
  LstmOutput output = { .data = lstm.output,
    .stream_stride = out,
    .item_stride = frames ? out / row->steps : out };

  if (lstm_context_process (lstm.context, lstm.streams, lstm.n_streams,
          lstm.n_items, &input, &output) != LSTM_STATUS_OK)
    g_error ("lstm_context_process() failed");
  lstm.call = (lstm.call + 1) % row->calls;
}

static gboolean
set_weight (
    LstmLayer *layer, guint i, gsize rows, gsize columns, const gfloat *data)
{
  LstmShape shape = rows ? lstm_shape_make (2, (gint64) rows, (gint64) columns)
                         : lstm_shape_make (1, (gint64) columns);

  return lstm_weight_set (lstm_layer_get_weight (layer, i), &shape, data, NULL);
}

static void
set_weights (const Row *row, guint i, LstmLayer *layer)
{
  RowWeights w = row_weights (row, i);
  guint gates = 4 * row->units;
  gboolean set;

  if (i == row->layers)
    set = set_weight (layer, 0, row->units, row->dense, w.kernel) &&
          set_weight (layer, 1, 0, row->dense, w.bias);
  else
    set = set_weight (layer, 0, w.features, gates, w.kernel) &&
          set_weight (layer, 1, row->units, gates, w.recurrent) &&
          set_weight (layer, 2, 0, gates, w.bias);
  if (!set)
    g_error ("weights of layer %u are not taken", i);
}

static GVariant *
layer_config (const Row *row, guint i)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "units", "x",
      (gint64) (i == row->layers ? row->dense : row->units));
  if (i < row->layers)
    g_variant_dict_insert (&dict, "return_sequences", "b",
        (gboolean) (i + 1 < row->layers || !row->last));
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static gboolean
add_layer (const Row *row, LstmModelBuilder *builder, guint i,
    LstmValueId *value, GError **error)
{
  g_autofree gchar *name = g_strdup_printf ("layer_%u", i);
  g_autoptr (GVariant) config = layer_config (row, i);
  LstmLayer *layer = lstm_model_builder_add_layer (
      builder, i == row->layers ? "Dense" : "LSTM", name, config, error);
  g_autoptr (GArray) outputs = NULL;

  if (!layer)
    return FALSE;
  outputs = lstm_model_builder_call (builder, layer, value, 1, NULL, 0, error);
  if (!outputs)
    return FALSE;
  set_weights (row, i, layer);
  *value = g_array_index (outputs, LstmValueId, 0);
  return TRUE;
}

static LstmModel *
make_model (const Row *row, GError **error)
{
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("row", 3);
  gint64 steps = row->carry ? LSTM_DIM_UNKNOWN : (gint64) row->steps;
  LstmShape shape = lstm_shape_make (2, steps, (gint64) row->features);
  LstmValueId value;

  if (!lstm_model_builder_add_input (
          builder, "x", &shape, LSTM_DIM_UNKNOWN, &value, error))
    return NULL;
  for (guint i = 0; i < row->layers + (row->dense > 0); i++)
    if (!add_layer (row, builder, i, &value, error))
      return NULL;
  lstm_model_builder_add_output (builder, value, "y");
  return lstm_model_builder_build (builder, error);
}

/* Frames of one stream or of many, or windows of one stream. A single sequence
 * is frames of a stream, too: what it is to a live stream. */
static void
make_streams (const Row *row)
{
  gboolean frames = row->carry || row->batch == 1;

  lstm.n_streams = frames ? row->batch : 1;
  lstm.n_items = frames ? row->steps : row->batch;
  lstm.streams = g_new0 (LstmStream *, lstm.n_streams);
  for (guint i = 0; i < lstm.n_streams; i++)
    lstm.streams[i] = lstm_stream_new (lstm.plan);
}

static void
release (void)
{
  if (!lstm.row)
    return;
  g_clear_pointer (&lstm.context, lstm_context_free);
  g_clear_pointer (&lstm.pool, lstm_pool_unref);
  for (guint i = 0; i < lstm.n_streams; i++)
    lstm_stream_free (lstm.streams[i]);
  g_clear_pointer (&lstm.streams, g_free);
  g_clear_pointer (&lstm.output, g_free);
  g_clear_pointer (&lstm.plan, lstm_plan_unref);
  g_clear_pointer (&lstm.row, row_free);
  lstm.n_streams = 0;
}

static gboolean
make_plan (const Row *row, gchar **reason)
{
  gboolean frames = row->carry || row->batch == 1;
  LstmPlanOptions options = { .mode =
                                  frames ? LSTM_MODE_FRAME : LSTM_MODE_WINDOW };
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = make_model (row, &error);

  if (model &&
      lstm_precision_from_name (row->precision, &options.precision, &error))
    lstm.plan = lstm_plan_new (model, &options, &error);
  if (!lstm.plan)
    *reason = g_strdup (error->message);
  return lstm.plan != NULL;
}

static gboolean
make_context (const Row *row, gchar **reason)
{
  g_autoptr (GError) error = NULL;

  lstm.pool = lstm_pool_new (row->threads, &error);
  if (lstm.pool)
    lstm.context = lstm_context_new_with_pool (lstm.plan, lstm.pool);
  else
    *reason = g_strdup (error->message);
  return lstm.pool != NULL;
}

static gboolean
prepare (GHashTable *words, gchar **reason)
{
  Row *row = lstm.row = row_new (words);
  gsize size = row_output_size (row);
  g_autofree gfloat *outputs = g_new (gfloat, size * row->calls);

  lstm.call = 0;
  if (!make_plan (row, reason) || !make_context (row, reason))
    return FALSE;
  worker_set_note (lstm_plan_get_kernels (lstm.plan));
  lstm.output = g_new0 (gfloat, size);
  make_streams (row);
  for (guint i = 0; i < row->calls; i++) {
    run ();
    memcpy (outputs + i * size, lstm.output, size * sizeof (gfloat));
  }
  return row_write (row, "gst-lstm.bin", outputs, reason);
}

int
main (void)
{
  return worker_main (&(Worker){ prepare, run, release });
}
