/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a buffer of one frame costs: a pad that pushes into a fakesink, with
 * nothing between, with `identity`, with `lstm` and models of several sizes.
 * The cases take turns; times are of the thread's CPU, in ns a buffer, medians
 * of the rounds. */

#include <gst/gst.h>
#include <lstm/lstm.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MAX_ROUNDS 1001

/* A line of elements that frames are pushed into; or the library alone. */
typedef struct {
  const gchar *name;
  const gchar *element; /* NULL: none */
  const gchar *model;   /* file in the models folder, or NULL */
  guint features;
  gboolean library; /* no pads: lstm_context_process() alone */

  GstElement *pipeline;
  GstPad *pad;
  GstBuffer *buffer;
  LstmPlan *plan;
  LstmContext *context;
  LstmStream *stream;
  guint64 n_pushed;
  gdouble ns[MAX_ROUNDS];
} Case;

static Case cases[] = {
  { .name = "nothing", .features = 1 },
  { .name = "identity", .element = "identity", .features = 1 },
  { .name = "lstm, Dense 1x1",
      .element = "lstm",
      .model = "empty.h5",
      .features = 1 },
  { .name = "  the model alone",
      .model = "empty.h5",
      .features = 1,
      .library = TRUE },
  { .name = "lstm, 1 feature, LSTM 32, LSTM 32, Dense 1",
      .element = "lstm",
      .model = "lstm_1_32_32_1.h5",
      .features = 1 },
  { .name = "  the model alone",
      .model = "lstm_1_32_32_1.h5",
      .features = 1,
      .library = TRUE },
  { .name = "lstm, 64 features, LSTM 32, LSTM 32, Dense 1",
      .element = "lstm",
      .model = "lstm_64_32_32_1.h5",
      .features = 64 },
  { .name = "  the model alone",
      .model = "lstm_64_32_32_1.h5",
      .features = 64,
      .library = TRUE },
};

static gchar *models_dir;
static gint n_rounds = 31;
static gint n_buffers = 5000;

static GOptionEntry entries[] = {
  { "rounds", 'r', 0, G_OPTION_ARG_INT, &n_rounds, "rounds (31)", "N" },
  { "buffers", 'b', 0, G_OPTION_ARG_INT, &n_buffers,
      "buffers of a case in a round (5000)", "N" },
  { "models", 'm', 0, G_OPTION_ARG_FILENAME, &models_dir, "folder of models",
      "DIR" },
  G_OPTION_ENTRY_NULL,
};

static void G_GNUC_NORETURN G_GNUC_PRINTF (1, 2) die (const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
  exit (1);
}

static gchar *
model_path (const Case *c)
{
  return g_build_filename (
      models_dir ? models_dir : BENCH_MODELS_DIR, c->model, NULL);
}

static gfloat *
make_frame (guint features)
{
  gfloat *frame = g_new (gfloat, features);

  for (guint i = 0; i < features; i++)
    frame[i] = (gfloat) (i + 1) / (gfloat) (features + 1);
  return frame;
}

/* ---- a library's case ---- */

static void
open_library (Case *c)
{
  g_autofree gchar *path = model_path (c);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);

  if (model != NULL)
    c->plan = lstm_plan_new (
        model, &(LstmPlanOptions){ .mode = LSTM_MODE_FRAME }, &error);
  if (c->plan == NULL)
    die ("%s", error->message);
  c->context = lstm_context_new (c->plan);
  c->stream = lstm_stream_new (c->plan);
}

static void
run_library (Case *c)
{
  g_autofree gfloat *frame = make_frame (c->features);
  gfloat y[1];

  for (gint i = 0; i < n_buffers; i++)
    lstm_context_process (c->context, &c->stream, 1, 1,
        &(LstmInput){ .data = frame }, &(LstmOutput){ .data = y });
}

/* ---- a pipeline's case ---- */

static GstElement *
make_element (const gchar *factory)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  if (element == NULL)
    die ("There is no element %s: set GST_PLUGIN_PATH, or run it with meson "
         "test --benchmark",
        factory);
  return element;
}

static void
start_stream (Case *c)
{
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("audio/x-raw", "format",
      G_TYPE_STRING, G_BYTE_ORDER == G_LITTLE_ENDIAN ? "F32LE" : "F32BE",
      "layout", G_TYPE_STRING, "interleaved", "rate", G_TYPE_INT, 1000,
      "channels", G_TYPE_INT, (gint) c->features, "channel-mask",
      GST_TYPE_BITMASK, G_GUINT64_CONSTANT (0), NULL);
  GstSegment segment;

  if (c->features <= 2)
    gst_structure_remove_field (
        gst_caps_get_structure (caps, 0), "channel-mask");
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (c->pad, gst_event_new_stream_start ("bench"));
  gst_pad_push_event (c->pad, gst_event_new_caps (caps));
  gst_pad_push_event (c->pad, gst_event_new_segment (&segment));
}

static void
open_pipeline (Case *c)
{
  GstElement *sink = make_element ("fakesink");
  GstElement *first = sink;
  g_autoptr (GstPad) peer = NULL;

  c->pipeline = gst_pipeline_new (NULL);
  g_object_set (
      sink, "async", FALSE, "sync", FALSE, "enable-last-sample", FALSE, NULL);
  gst_bin_add (GST_BIN (c->pipeline), sink);
  if (c->element != NULL) {
    first = make_element (c->element);
    if (c->model != NULL) {
      g_autofree gchar *path = model_path (c);

      g_object_set (first, "model", path, NULL);
      gst_util_set_object_arg (G_OBJECT (first), "mode", "frame");
    }
    gst_bin_add (GST_BIN (c->pipeline), first);
    if (!gst_element_link (first, sink))
      die ("%s does not link to fakesink", c->element);
  }
  peer = gst_element_get_static_pad (first, "sink");
  c->pad = gst_pad_new ("src", GST_PAD_SRC);
  gst_pad_set_active (c->pad, TRUE);
  if (gst_element_set_state (c->pipeline, GST_STATE_PLAYING) ==
          GST_STATE_CHANGE_FAILURE ||
      gst_pad_link (c->pad, peer) != GST_PAD_LINK_OK)
    die ("%s: the pipeline does not start", c->name);
  start_stream (c);
  c->buffer = gst_buffer_new_wrapped (
      make_frame (c->features), c->features * sizeof (gfloat));
}

/* The same buffer again and again: what a source makes of buffers is no part of
 * it. */
static void
run_pipeline (Case *c)
{
  for (gint i = 0; i < n_buffers; i++) {
    GST_BUFFER_PTS (c->buffer) = c->n_pushed * GST_MSECOND;
    GST_BUFFER_DURATION (c->buffer) = GST_MSECOND;
    c->n_pushed++;
    if (gst_pad_push (c->pad, gst_buffer_ref (c->buffer)) != GST_FLOW_OK)
      die ("%s: a buffer was refused", c->name);
  }
}

/* ---- all ---- */

static void
open_case (Case *c)
{
  if (c->library)
    open_library (c);
  else
    open_pipeline (c);
}

static void
close_case (Case *c)
{
  if (c->library) {
    lstm_stream_free (c->stream);
    lstm_context_free (c->context);
    lstm_plan_unref (c->plan);
    return;
  }
  gst_pad_set_active (c->pad, FALSE);
  gst_element_set_state (c->pipeline, GST_STATE_NULL);
  gst_buffer_unref (c->buffer);
  gst_object_unref (c->pad);
  gst_object_unref (c->pipeline);
}

static gdouble
cpu_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (gdouble) now.tv_sec * 1e9 + (gdouble) now.tv_nsec;
}

/* Runs a case once; @round: below 0 to warm up. */
static void
run_case (Case *c, gint round)
{
  gdouble start = cpu_ns ();

  if (c->library)
    run_library (c);
  else
    run_pipeline (c);
  if (round >= 0)
    c->ns[round] = (cpu_ns () - start) / n_buffers;
}

static int
compare (const void *a, const void *b)
{
  gdouble x = *(const gdouble *) a, y = *(const gdouble *) b;

  return (x > y) - (x < y);
}

static gdouble
median (Case *c)
{
  qsort (c->ns, (gsize) n_rounds, sizeof (gdouble), compare);
  return c->ns[n_rounds / 2];
}

static void
print_results (void)
{
  gdouble ns[G_N_ELEMENTS (cases)], cost;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    ns[i] = median (&cases[i]);
    g_print ("%-46s %8.0f ns a buffer of one frame, %9.0f frames/s\n",
        cases[i].name, ns[i], 1e9 / ns[i]);
  }
  cost = ns[2] - ns[3] - ns[1];
  g_print ("\nlstm without its model's time costs %.0f ns more than identity: "
           "%s 1000 ns\n",
      cost, cost <= 1000 ? "within" : "MORE THAN");
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error))
    die ("%s", error->message);
  if (n_rounds < 1 || n_rounds > MAX_ROUNDS || n_buffers < 1)
    die ("--rounds takes 1 to %d, --buffers 1 and more", MAX_ROUNDS);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    open_case (&cases[i]);
  for (gint round = -1; round < n_rounds; round++)
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
      run_case (&cases[i], round);
  print_results ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    close_case (&cases[i]);
  return 0;
}
