/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What many keys cost: each step gives every key a frame, as buffers one by
 * one, or as lists of them. Times are of the thread's CPU, medians. */

#include <gst/gst.h>
#include <gst/lstm/lstm.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define MODEL BENCH_MODELS_DIR "/lstm_1_32_32_1.h5"
#define MAX_STEPS 101
#define LIST 1024

static gint n_keys = 100000;
static gint n_steps = 7;

static GOptionEntry entries[] = {
  { "keys", 'k', 0, G_OPTION_ARG_INT, &n_keys, "keys (100000)", "N" },
  { "steps", 's', 0, G_OPTION_ARG_INT, &n_steps, "steps of each way (7)", "N" },
  G_OPTION_ENTRY_NULL,
};

static GstBuffer **
make_buffers (void)
{
  GstBuffer **frames = g_new (GstBuffer *, n_keys);

  for (gint i = 0; i < n_keys; i++) {
    gfloat *x = g_new (gfloat, 1);
    g_autofree gchar *key = g_strdup_printf ("%d", i);
    g_autoptr (GstCaps) caps = gst_lstm_key_caps_new (key);

    *x = (gfloat) i / (gfloat) n_keys;
    frames[i] = gst_buffer_new_wrapped (x, sizeof (gfloat));
    gst_buffer_add_lstm_key_meta (frames[i], caps, (guint64) i);
  }
  return frames;
}

static void
start_stream (GstPad *pad)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      G_BYTE_ORDER == G_LITTLE_ENDIAN
          ? "audio/x-raw, format=F32LE, layout=interleaved, channels=1, rate=1"
          : "audio/x-raw, format=F32BE, layout=interleaved, channels=1, "
            "rate=1");
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (pad, gst_event_new_stream_start ("bench"));
  gst_pad_push_event (pad, gst_event_new_caps (caps));
  gst_pad_push_event (pad, gst_event_new_segment (&segment));
}

static void
check (GstFlowReturn flow)
{
  if (flow == GST_FLOW_OK)
    return;
  fprintf (stderr, "lstm refused frames: %s\n", gst_flow_get_name (flow));
  exit (1);
}

static void
step (GstPad *pad, GstBuffer **frames, gboolean lists)
{
  GstBufferList *list = NULL;

  for (gint i = 0; i < n_keys; i++) {
    if (!lists) {
      check (gst_pad_push (pad, gst_buffer_ref (frames[i])));
      continue;
    }
    if (list == NULL)
      list = gst_buffer_list_new_sized (LIST);
    gst_buffer_list_add (list, gst_buffer_ref (frames[i]));
    if (gst_buffer_list_length (list) == LIST || i == n_keys - 1)
      check (gst_pad_push_list (pad, g_steal_pointer (&list)));
  }
}

static gdouble
cpu_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (gdouble) now.tv_sec + (gdouble) now.tv_nsec / 1e9;
}

static long
peak_mb (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

static int
compare (const void *a, const void *b)
{
  gdouble x = *(const gdouble *) a, y = *(const gdouble *) b;

  return (x > y) - (x < y);
}

static void
run (GstPad *pad, GstBuffer **frames)
{
  gdouble times[2][MAX_STEPS];
  long before = peak_mb ();

  step (pad, frames, FALSE);
  g_print ("%d keys, LSTM 32, LSTM 32, Dense 1: %ld MB for their states\n",
      n_keys, peak_mb () - before);
  for (gint i = 0; i < n_steps; i++) {
    for (gint lists = 0; lists < 2; lists++) {
      gdouble start = cpu_seconds ();

      step (pad, frames, lists);
      times[lists][i] = cpu_seconds () - start;
    }
  }
  for (gint lists = 0; lists < 2; lists++) {
    qsort (times[lists], (gsize) n_steps, sizeof (gdouble), compare);
    g_print ("%-22s %7.3f s a step, %6.0f ns a frame\n",
        lists ? "in lists of 1024" : "one by one", times[lists][n_steps / 2],
        times[lists][n_steps / 2] / n_keys * 1e9);
  }
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) lstm = NULL;
  g_autoptr (GstPad) sink = NULL;
  GstPad *pad = gst_pad_new ("src", GST_PAD_SRC);
  GstBuffer **frames;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error) || n_keys < 1 ||
      n_steps < 1 || n_steps > MAX_STEPS)
    return fprintf (stderr, "%s\n", error ? error->message : "see --help") > 0;
  pipeline = gst_parse_launch ("lstm name=l mode=frame model=" MODEL
                               " ! fakesink async=false sync=false",
      &error);
  if (error != NULL)
    return fprintf (stderr, "%s\n", error->message) > 0;
  lstm = gst_bin_get_by_name (GST_BIN (pipeline), "l");
  sink = gst_element_get_static_pad (lstm, "sink");
  gst_pad_set_active (pad, TRUE);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_pad_link (pad, sink);
  frames = make_buffers ();
  start_stream (pad);
  run (pad, frames);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pad);
  for (gint i = 0; i < n_keys; i++)
    gst_buffer_unref (frames[i]);
  g_free (frames);
  return 0;
}
