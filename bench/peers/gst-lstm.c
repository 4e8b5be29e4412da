/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* This library, through its C API. A row that carries its state runs in frame
 * mode, one without in window mode, each sequence of the batch a window. */

#include "worker.h"

#include <lstm/lstm.h>
#include <pthread.h>
#include <string.h>

/* With several threads, each has a context and a share of the batch. */
typedef struct {
  LstmContext *context;
  LstmStream **streams;
  guint n_streams;
  guint n_items;
  gsize first; /* sequence of the batch */
} Share;

static struct {
  Row *row;
  LstmPlan *plan;
  LstmStream **streams;
  guint n_streams;
  Share *shares;
  gfloat *output;
  guint call;
  pthread_t *threads;
  pthread_barrier_t start;
  pthread_barrier_t end;
  gboolean stop;
} lstm;

static gsize
output_stride (void)
{
  return row_output_size (lstm.row) / lstm.row->batch;
}

static void
run_share (const Share *share)
{
  const Row *row = lstm.row;
  gsize in = (gsize) row->steps * row->features, out = output_stride ();
  const gfloat *x = row->input + row_input_size (row) * lstm.call;
  gboolean frames = row->carry || row->batch == 1;
  LstmInput input = { .data = x + share->first * in,
    .stream_stride = in,
    .item_stride = frames ? row->features : in };
  LstmOutput output = { .data = lstm.output + share->first * out,
    .stream_stride = out,
    .item_stride = frames ? out / row->steps : out };

  if (lstm_context_process (share->context, share->streams, share->n_streams,
          share->n_items, &input, &output) != LSTM_STATUS_OK)
    g_error ("lstm_context_process() failed");
}

static void *
run_thread (gpointer data)
{
  for (;;) {
    pthread_barrier_wait (&lstm.start);
    if (lstm.stop)
      return NULL;
    run_share (data);
    pthread_barrier_wait (&lstm.end);
  }
}

static void
run (void)
{
  if (lstm.threads)
    pthread_barrier_wait (&lstm.start);
  run_share (&lstm.shares[0]);
  if (lstm.threads)
    pthread_barrier_wait (&lstm.end);
  lstm.call = (lstm.call + 1) % lstm.row->calls;
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
make_shares (const Row *row)
{
  gboolean frames = row->carry || row->batch == 1;

  lstm.n_streams = frames ? row->batch : row->threads;
  lstm.streams = g_new0 (LstmStream *, lstm.n_streams);
  for (guint i = 0; i < lstm.n_streams; i++)
    lstm.streams[i] = lstm_stream_new (lstm.plan);
  lstm.shares = g_new0 (Share, row->threads);
  for (guint i = 0; i < row->threads; i++) {
    Share *share = &lstm.shares[i];
    guint first = row->batch * i / row->threads;
    guint n = row->batch * (i + 1) / row->threads - first;

    share->context = lstm_context_new (lstm.plan);
    share->first = first;
    share->n_streams = frames ? n : 1;
    share->n_items = frames ? row->steps : n;
    share->streams = lstm.streams + (frames ? first : i);
  }
}

static void
start_threads (const Row *row)
{
  if (row->threads < 2)
    return;
  pthread_barrier_init (&lstm.start, NULL, row->threads);
  pthread_barrier_init (&lstm.end, NULL, row->threads);
  lstm.stop = FALSE;
  lstm.threads = g_new0 (pthread_t, row->threads);
  for (guint i = 1; i < row->threads; i++)
    if (pthread_create (&lstm.threads[i], NULL, run_thread, &lstm.shares[i]))
      g_error ("no thread can be made");
}

static void
stop_threads (void)
{
  if (!lstm.threads)
    return;
  lstm.stop = TRUE;
  pthread_barrier_wait (&lstm.start);
  for (guint i = 1; i < lstm.row->threads; i++)
    pthread_join (lstm.threads[i], NULL);
  pthread_barrier_destroy (&lstm.start);
  pthread_barrier_destroy (&lstm.end);
  g_clear_pointer (&lstm.threads, g_free);
}

static void
release (void)
{
  if (!lstm.row)
    return;
  stop_threads ();
  for (guint i = 0; lstm.shares && i < lstm.row->threads; i++)
    lstm_context_free (lstm.shares[i].context);
  for (guint i = 0; i < lstm.n_streams; i++)
    lstm_stream_free (lstm.streams[i]);
  g_clear_pointer (&lstm.shares, g_free);
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
prepare (GHashTable *words, gchar **reason)
{
  Row *row = lstm.row = row_new (words);
  gsize size = row_output_size (row);
  g_autofree gfloat *outputs = g_new (gfloat, size * row->calls);

  lstm.call = 0;
  if (!make_plan (row, reason))
    return FALSE;
  worker_set_note (lstm_plan_get_kernels (lstm.plan));
  lstm.output = g_new0 (gfloat, size);
  make_shares (row);
  start_threads (row);
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
