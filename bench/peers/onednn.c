/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* oneDNN 2's LSTM primitive, one a layer; weights in the order that it asks
 * for. A carried state goes back and forth between two places. Narrow rows
 * take and give u8 or bf16, as oneDNN has it: inputs are converted before. */

#include "worker.h"

#include <oneapi/dnnl/dnnl.h>
#include <string.h>

#define MAX_LAYERS 8
#define MAX_ARGS 10
/* u8 = 127 f32 + 128: outputs and inputs are within -1 and 1. */
#define U8_SCALE 127.0f
#define U8_SHIFT 128.0f

#define CHECK(call)                                                            \
  do {                                                                         \
    dnnl_status_t status_ = (call);                                            \
    if (status_ != dnnl_success)                                               \
      g_error ("%s: status %d", #call, status_);                               \
  } while (0)

typedef struct {
  dnnl_primitive_t primitive;
  dnnl_exec_arg_t args[2][MAX_ARGS]; /* by place of the state read */
  int n_args;
  dnnl_memory_t weights[2];
  dnnl_memory_t bias;
  dnnl_memory_t scratchpad;
  dnnl_memory_t states[2][2]; /* [place][h, c] */
  dnnl_memory_t sequence;     /* output */
} Layer;

static struct {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  Row *row;
  dnnl_data_type_t type;
  Layer layers[MAX_LAYERS];
  dnnl_memory_t *x; /* one a call */
  gfloat *output;
  guint call;
  guint place;
} dnn;

static dnnl_memory_desc_t
describe (dnnl_data_type_t type, dnnl_format_tag_t tag, int n, guint a, guint b,
    guint c, guint d, guint e)
{
  dnnl_dims_t dims = { a, b, c, d, e };
  dnnl_memory_desc_t desc;

  CHECK (dnnl_memory_desc_init_by_tag (&desc, n, dims, type, tag));
  return desc;
}

static dnnl_memory_t
memory_new (const dnnl_memory_desc_t *desc)
{
  dnnl_memory_t memory;
  void *data;

  CHECK (dnnl_memory_create (&memory, desc, dnn.engine, DNNL_MEMORY_ALLOCATE));
  CHECK (dnnl_memory_get_data_handle (memory, &data));
  memset (data, 0, dnnl_memory_desc_get_size (desc));
  return memory;
}

static void
reorder (dnnl_memory_t from, dnnl_memory_t to, dnnl_primitive_attr_t attr)
{
  const dnnl_memory_desc_t *a, *b;
  dnnl_primitive_desc_t desc;
  dnnl_primitive_t primitive;
  dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, from }, { DNNL_ARG_TO, to } };

  CHECK (dnnl_memory_get_memory_desc (from, &a));
  CHECK (dnnl_memory_get_memory_desc (to, &b));
  CHECK (dnnl_reorder_primitive_desc_create (
      &desc, a, dnn.engine, b, dnn.engine, attr));
  CHECK (dnnl_primitive_create (&primitive, desc));
  CHECK (dnnl_primitive_execute (primitive, dnn.stream, 2, args));
  CHECK (dnnl_stream_wait (dnn.stream));
  dnnl_primitive_destroy (primitive);
  dnnl_primitive_desc_destroy (desc);
}

/* Floats of @tag's order into a new memory of @to, or back. */
static dnnl_memory_t
memory_from (const gfloat *data, const dnnl_memory_desc_t *as,
    const dnnl_memory_desc_t *to, dnnl_primitive_attr_t attr)
{
  dnnl_memory_t from, memory = memory_new (to);

  CHECK (dnnl_memory_create (&from, as, dnn.engine, (void *) data));
  reorder (from, memory, attr);
  dnnl_memory_destroy (from);
  return memory;
}

static void
read_memory (dnnl_memory_t memory, gfloat *data, const dnnl_memory_desc_t *as)
{
  dnnl_memory_t to;
  const dnnl_memory_desc_t *is;

  CHECK (dnnl_memory_get_memory_desc (memory, &is));
  CHECK (dnnl_memory_create (&to, as, dnn.engine, data));
  if (is->data_type == dnnl_u8) {
    gsize n = dnnl_memory_desc_get_size (is);
    guint8 *u8;

    CHECK (dnnl_memory_get_data_handle (memory, (void **) &u8));
    for (gsize i = 0; i < n; i++)
      data[i] = (u8[i] - U8_SHIFT) / U8_SCALE;
  } else {
    reorder (memory, to, NULL);
  }
  dnnl_memory_destroy (to);
}

/* int8: a scale for each gate of each unit, so that its largest weight of both
 * kernels is 127. */
static dnnl_primitive_attr_t
quantization (const Row *row, const RowWeights *w)
{
  dnnl_primitive_attr_t attr;
  guint gates = 4 * row->units;
  g_autofree gfloat *scales = g_new (gfloat, gates);

  CHECK (dnnl_primitive_attr_create (&attr));
  CHECK (dnnl_primitive_attr_set_scratchpad_mode (
      attr, dnnl_scratchpad_mode_user));
  if (dnn.type != dnnl_u8)
    return attr;
  for (guint g = 0; g < gates; g++) {
    gfloat most = 1e-6f;

    for (guint k = 0; k < w->features; k++)
      most = MAX (most, ABS (w->kernel[(gsize) k * gates + g]));
    for (guint k = 0; k < row->units; k++)
      most = MAX (most, ABS (w->recurrent[(gsize) k * gates + g]));
    scales[g] = 127 / most;
  }
  CHECK (dnnl_primitive_attr_set_rnn_data_qparams (attr, U8_SCALE, U8_SHIFT));
  /* dims 3 and 4 of ldigo */
  CHECK (dnnl_primitive_attr_set_rnn_weights_qparams (
      attr, gates, (1 << 3) | (1 << 4), scales));
  return attr;
}

static gboolean
describe_layer (const Row *row, const RowWeights *w, dnnl_primitive_attr_t attr,
    dnnl_primitive_desc_t *desc)
{
  guint u = row->units, n = row->batch, t = row->steps;
  dnnl_data_type_t type = dnn.type;
  dnnl_data_type_t narrow = type == dnnl_u8 ? dnnl_s8 : type;
  dnnl_format_tag_t any = dnnl_format_tag_any;
  dnnl_memory_desc_t x = describe (type, dnnl_tnc, 3, t, n, w->features, 0, 0),
                     h = describe (type, dnnl_ldnc, 4, 1, 1, n, u, 0),
                     c = describe (dnnl_f32, dnnl_ldnc, 4, 1, 1, n, u, 0),
                     kernel =
                         describe (narrow, any, 5, 1, 1, w->features, 4, u),
                     recurrent = describe (narrow, any, 5, 1, 1, u, 4, u),
                     bias = describe (dnnl_f32, dnnl_ldgo, 4, 1, 1, 4, u, 0),
                     y = describe (type, dnnl_tnc, 3, t, n, u, 0, 0);
  dnnl_rnn_desc_t lstm;

  CHECK (dnnl_lstm_forward_desc_init (&lstm, dnnl_forward_inference,
      dnnl_unidirectional_left2right, &x, row->carry ? &h : NULL,
      row->carry ? &c : NULL, &kernel, &recurrent, &bias, &y, &h, &c,
      dnnl_rnn_flags_undef));
  return dnnl_primitive_desc_create (desc, &lstm, attr, dnn.engine, NULL) ==
         dnnl_success;
}

static const dnnl_memory_desc_t *
asked_for (dnnl_primitive_desc_t desc, int argument)
{
  return dnnl_primitive_desc_query_md (desc, dnnl_query_exec_arg_md, argument);
}

static void
make_memories (const Row *row, const RowWeights *w, dnnl_primitive_attr_t attr,
    dnnl_primitive_desc_t desc, Layer *layer)
{
  dnnl_memory_desc_t kernel = describe (dnnl_f32, dnnl_ldigo, 5, 1, 1,
                         w->features, 4, row->units),
                     recurrent = describe (dnnl_f32, dnnl_ldigo, 5, 1, 1,
                         row->units, 4, row->units),
                     bias = describe (
                         dnnl_f32, dnnl_ldgo, 4, 1, 1, 4, row->units, 0);

  layer->weights[0] = memory_from (
      w->kernel, &kernel, asked_for (desc, DNNL_ARG_WEIGHTS_LAYER), attr);
  layer->weights[1] = memory_from (
      w->recurrent, &recurrent, asked_for (desc, DNNL_ARG_WEIGHTS_ITER), attr);
  layer->bias = memory_from (w->bias, &bias, &bias, NULL);
  layer->scratchpad = memory_new (asked_for (desc, DNNL_ARG_SCRATCHPAD));
  layer->sequence = memory_new (asked_for (desc, DNNL_ARG_DST_LAYER));
  for (guint i = 0; i < 2; i++) {
    layer->states[i][0] = memory_new (asked_for (desc, DNNL_ARG_DST_ITER));
    layer->states[i][1] = memory_new (asked_for (desc, DNNL_ARG_DST_ITER_C));
  }
}

/* u8 stands for 0 by its shift. */
static void
zero_states (const Row *row, Layer *layer)
{
  gsize n = (gsize) row->batch * row->units;
  void *data;

  if (dnn.type != dnnl_u8)
    return;
  for (guint i = 0; i < 2; i++) {
    CHECK (dnnl_memory_get_data_handle (layer->states[i][0], &data));
    memset (data, (int) U8_SHIFT, n);
  }
}

/* The first of the arguments is the input. */
static void
make_args (const Row *row, Layer *layer, dnnl_memory_t x)
{
  for (guint place = 0; place < 2; place++) {
    dnnl_memory_t *from = layer->states[place], *to = layer->states[!place];
    dnnl_exec_arg_t args[MAX_ARGS] = {
      { DNNL_ARG_SRC_LAYER, x },
      { DNNL_ARG_WEIGHTS_LAYER, layer->weights[0] },
      { DNNL_ARG_WEIGHTS_ITER, layer->weights[1] },
      { DNNL_ARG_BIAS, layer->bias },
      { DNNL_ARG_DST_LAYER, layer->sequence },
      { DNNL_ARG_DST_ITER, to[0] },
      { DNNL_ARG_DST_ITER_C, to[1] },
      { DNNL_ARG_SCRATCHPAD, layer->scratchpad },
      { DNNL_ARG_SRC_ITER, from[0] },
      { DNNL_ARG_SRC_ITER_C, from[1] },
    };

    memcpy (layer->args[place], args, sizeof args);
  }
  layer->n_args = row->carry ? MAX_ARGS : MAX_ARGS - 2;
}

static gboolean
make_layer (const Row *row, guint i, dnnl_memory_t x, gchar **reason)
{
  Layer *layer = &dnn.layers[i];
  RowWeights w = row_weights (row, i);
  dnnl_primitive_attr_t attr = quantization (row, &w);
  dnnl_primitive_desc_t desc;
  gboolean made = describe_layer (row, &w, attr, &desc);

  if (made) {
    /* reorders take theirs where they like */
    CHECK (dnnl_primitive_attr_set_scratchpad_mode (
        attr, dnnl_scratchpad_mode_library));
    make_memories (row, &w, attr, desc, layer);
    zero_states (row, layer);
    CHECK (dnnl_primitive_create (&layer->primitive, desc));
    dnnl_primitive_desc_destroy (desc);
    make_args (row, layer, x);
  } else {
    *reason = g_strdup_printf ("it has no LSTM for this in %s", row->precision);
  }
  dnnl_primitive_attr_destroy (attr);
  return made;
}

static void
make_inputs (const Row *row)
{
  gsize size = row_input_size (row);
  dnnl_memory_desc_t f32 = describe (dnnl_f32, dnnl_tnc, 3, row->steps,
                         row->batch, row->features, 0, 0),
                     narrow = describe (dnn.type, dnnl_tnc, 3, row->steps,
                         row->batch, row->features, 0, 0);

  dnn.x = g_new0 (dnnl_memory_t, row->calls);
  for (guint i = 0; i < row->calls; i++) {
    const gfloat *x = row->input_tnc + i * size;
    guint8 *u8;

    if (dnn.type != dnnl_u8) {
      dnn.x[i] = memory_from (x, &f32, &narrow, NULL);
      continue;
    }
    dnn.x[i] = memory_new (&narrow);
    CHECK (dnnl_memory_get_data_handle (dnn.x[i], (void **) &u8));
    for (gsize k = 0; k < size; k++)
      u8[k] = (guint8) (x[k] * U8_SCALE + U8_SHIFT + 0.5f);
  }
}

static void
run (void)
{
  const Row *row = dnn.row;
  guint place = row->carry ? dnn.place : 0;

  dnn.layers[0].args[place][0].memory = dnn.x[dnn.call];
  for (guint i = 0; i < row->layers; i++) {
    Layer *layer = &dnn.layers[i];

    CHECK (dnnl_primitive_execute (
        layer->primitive, dnn.stream, layer->n_args, layer->args[place]));
  }
  CHECK (dnnl_stream_wait (dnn.stream));
  if (row->dense) {
    gfloat *h;

    CHECK (dnnl_memory_get_data_handle (
        dnn.layers[row->layers - 1].states[!place][0], (void **) &h));
    row_dense (row, h, row->batch, dnn.output);
  }
  dnn.place = !place;
  dnn.call = (dnn.call + 1) % row->calls;
}

static void
release_memory (dnnl_memory_t *memory)
{
  if (*memory)
    dnnl_memory_destroy (*memory);
  *memory = NULL;
}

static void
release (void)
{
  if (!dnn.row)
    return;
  for (guint i = 0; i < dnn.row->layers; i++) {
    Layer *layer = &dnn.layers[i];

    if (layer->primitive)
      dnnl_primitive_destroy (layer->primitive);
    for (guint k = 0; k < 2; k++) {
      release_memory (&layer->weights[k]);
      release_memory (&layer->states[k][0]);
      release_memory (&layer->states[k][1]);
    }
    release_memory (&layer->bias);
    release_memory (&layer->scratchpad);
    release_memory (&layer->sequence);
  }
  memset (dnn.layers, 0, sizeof dnn.layers);
  for (guint i = 0; dnn.x && i < dnn.row->calls; i++)
    release_memory (&dnn.x[i]);
  g_clear_pointer (&dnn.x, g_free);
  g_clear_pointer (&dnn.output, g_free);
  g_clear_pointer (&dnn.row, row_free);
}

/* Of the last layer, as [batch, steps or 1, units]. */
static void
keep_output (const Row *row, gfloat *to)
{
  const Layer *layer = &dnn.layers[row->layers - 1];
  guint u = row->units, n = row->batch, t = row->steps;
  dnnl_memory_desc_t all = describe (dnnl_f32, dnnl_ntc, 3, t, n, u, 0, 0),
                     one = describe (dnnl_f32, dnnl_ldnc, 4, 1, 1, n, u, 0);

  if (row->dense)
    memcpy (to, dnn.output, row_output_size (row) * sizeof (gfloat));
  else if (row->last || t == 1)
    read_memory (layer->states[dnn.place][0], to, &one);
  else
    read_memory (layer->sequence, to, &all);
}

static gboolean
start (const Row *row, gchar **reason)
{
  if (!dnn.engine) {
    CHECK (dnnl_engine_create (&dnn.engine, dnnl_cpu, 0));
    CHECK (dnnl_stream_create (
        &dnn.stream, dnn.engine, dnnl_stream_default_flags));
  }
  dnn.call = dnn.place = 0;
  dnn.type = g_str_equal (row->precision, "f32")    ? dnnl_f32
             : g_str_equal (row->precision, "bf16") ? dnnl_bf16
                                                    : dnnl_u8;
  if (row->layers <= MAX_LAYERS && (!row->dense || row->last))
    return TRUE;
  *reason = g_strdup ("this program runs no such model with oneDNN");
  return FALSE;
}

static gboolean
prepare (GHashTable *words, gchar **reason)
{
  Row *row = dnn.row = row_new (words);
  gsize size = row_output_size (row);
  g_autofree gfloat *outputs = g_new (gfloat, size * row->calls);

  if (!start (row, reason))
    return FALSE;
  dnn.output = g_new0 (gfloat, size);
  make_inputs (row);
  for (guint i = 0; i < row->layers; i++)
    if (!make_layer (row, i, i ? dnn.layers[i - 1].sequence : dnn.x[0], reason))
      return FALSE;
  for (guint i = 0; i < row->calls; i++) {
    run ();
    keep_output (row, outputs + i * size);
  }
  return row_write (row, "onednn.bin", outputs, reason);
}

int
main (void)
{
  return worker_main (&(Worker){ prepare, run, release });
}
