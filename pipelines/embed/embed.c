/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* embed MODEL TEXT [STATE]: reads TEXT letter by letter and prints the letter
 * that the model expects after each. The application feeds frames to appsrc and
 * takes outputs from appsink, one by one. If the file STATE is there the model
 * goes on from it; at the end its state is written there. */

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <stdio.h>
#include <string.h>

#define LETTERS "helo_wrd"
#define N ((gsize) 8)

static gboolean
fail (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
      bus, GST_SECOND, GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  g_autoptr (GError) error = NULL;

  if (message != NULL && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else if (message != NULL)
    gst_message_parse_warning (message, &error, NULL);
  fprintf (stderr, "embed: %s\n", error ? error->message : "no answer");
  return FALSE;
}

/* A letter in, as one frame; the likeliest next one out. */
static gboolean
step (GstElement *src, GstElement *sink, char letter)
{
  gfloat frame[N] = { 0 };
  const char *place = strchr (LETTERS, letter);
  g_autoptr (GstSample) sample = NULL;
  GstMapInfo map;
  gsize best = 0;

  if (place != NULL)
    frame[place - LETTERS] = 1;
  gst_app_src_push_buffer (
      GST_APP_SRC (src), gst_buffer_new_memdup (frame, sizeof frame));
  sample = gst_app_sink_pull_sample (GST_APP_SINK (sink));
  if (sample == NULL ||
      !gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ))
    return FALSE;
  for (gsize i = 0; i < N; i++)
    if (((gfloat *) map.data)[i] > ((gfloat *) map.data)[best])
      best = i;
  gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  putchar (LETTERS[best]);
  return TRUE;
}

/* The state from the file, if there is one. */
static gboolean
restore (GstElement *lstm, const char *path)
{
  gboolean ok = TRUE;
  gsize size;
  char *data;

  if (path != NULL && g_file_get_contents (path, &data, &size, NULL)) {
    g_autoptr (GBytes) state = g_bytes_new_take (data, size);

    g_signal_emit_by_name (lstm, "set-state", state, &ok);
  }
  return ok;
}

static gboolean
save (GstElement *lstm, const char *path)
{
  g_autoptr (GBytes) state = NULL;
  gsize size;
  const char *data;

  g_signal_emit_by_name (lstm, "get-state", &state);
  if (state == NULL)
    return FALSE;
  data = g_bytes_get_data (state, &size);
  return g_file_set_contents (path, data, (gssize) size, NULL);
}

int
main (int argc, char **argv)
{
  g_autoptr (GstElement) pipeline = NULL, src = NULL, lstm = NULL, sink = NULL;
  const char *path = argc > 3 ? argv[3] : NULL;
  gboolean ok;

  gst_init (&argc, &argv);
  pipeline =
      gst_parse_launch ("appsrc name=src format=time caps=audio/x-raw,"
                        "format=F32LE,layout=interleaved,channels=8,"
                        "rate=1,channel-mask=(bitmask)0 ! lstm name=lstm "
                        "! appsink name=sink sync=false",
          NULL);
  if (argc < 3 || pipeline == NULL) {
    fprintf (stderr, "usage: embed MODEL TEXT [STATE]\n");
    return 2;
  }
  src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  lstm = gst_bin_get_by_name (GST_BIN (pipeline), "lstm");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_object_set (lstm, "model", argv[1], NULL);
  ok = gst_element_set_state (pipeline, GST_STATE_PLAYING) !=
           GST_STATE_CHANGE_FAILURE &&
       restore (lstm, path);
  for (const char *c = argv[2]; ok && *c != '\0'; c++)
    ok = step (src, sink, *c);
  if ((ok && path != NULL && !save (lstm, path)) || !ok)
    ok = fail (pipeline);
  else
    putchar ('\n');
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return ok ? 0 : 1;
}
