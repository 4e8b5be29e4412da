/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* An lstm with a state file runs until it is killed: kill-lstm PATH INTERVAL
 * N_KEYS. It tells on its standard output, 16 bytes each, how many frames there
 * have been in all runs, and when the last one had come out, in us: first what
 * it goes on from. */

#include <gst/audio/audio.h>
#include <gst/lstm/lstm.h>
#include <unistd.h>

#include "lstm-reference.h"

typedef struct {
  guint64 frames;
  gint64 time;
} Told;

static void
tell (guint64 frames)
{
  Told told = { frames, g_get_monotonic_time () };

  if (write (STDOUT_FILENO, &told, sizeof told) != sizeof told)
    _exit (1);
}

static guint64
frames_of (GstElement *element, const gchar *key)
{
  g_autoptr (GBytes) state = NULL;
  g_auto (LstmStateExtras) extras = { 0 };

  if (key != NULL)
    g_signal_emit_by_name (element, "get-key-state", key, &state);
  else
    g_signal_emit_by_name (element, "get-state", &state);
  if (!lstm_state_inspect (state, NULL, &extras, NULL))
    _exit (1);
  return extras.frames;
}

static guint64
count_restored (GstElement *element)
{
  g_auto (GStrv) keys = NULL;
  guint64 n = 0;

  g_signal_emit_by_name (element, "list-keys", &keys);
  for (guint i = 0; keys[i] != NULL; i++)
    n += frames_of (element, keys[i]);
  return keys[0] != NULL ? n : frames_of (element, NULL);
}

static void
push (GstHarness *harness, const gchar *key)
{
  static const gfloat x[5] = { 0.5f, -0.25f, 0.125f, 1, 0 };
  GstBuffer *buffer = gst_buffer_new_memdup (x, sizeof x), *out;

  if (key != NULL) {
    g_autoptr (GstCaps) caps = gst_lstm_key_caps_new (key);

    gst_buffer_add_lstm_key_meta (buffer, caps, 0);
  }
  if (gst_harness_push (harness, buffer) != GST_FLOW_OK)
    _exit (1);
  out = gst_harness_try_pull (harness);
  if (out == NULL)
    _exit (1);
  gst_buffer_unref (out);
}

int
main (int argc, char **argv)
{
  g_autofree gchar *model = reference_model_path (MODEL_FRAMES);
  g_autofree gchar *line = NULL;
  guint64 n, n_keys;
  GstElement *element;
  GstHarness *harness;

  gst_init (&argc, &argv);
  if (argc != 4)
    return 1;
  line = g_strdup_printf (
      "lstm model=%s state-file=%s state-interval=%s", model, argv[1], argv[2]);
  n_keys = g_ascii_strtoull (argv[3], NULL, 10);
  element = gst_parse_launch (line, NULL);
  if (element == NULL)
    return 1;
  harness = gst_harness_new_with_element (element, "sink", "src");
  gst_harness_set_src_caps_str (harness,
      "audio/x-raw, format=" GST_AUDIO_NE (
          F32) ", layout=interleaved, channels=5, rate=10, "
               "channel-mask=(bitmask)0");
  for (n = count_restored (element);; n++) {
    const gchar key[] = { (gchar) ('a' + (n_keys ? n % n_keys : 0)), 0 };

    tell (n);
    push (harness, n_keys > 0 ? key : NULL);
    g_usleep (50);
  }
}
