/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* library MODEL TEXT [STATE]: what embed.c does, with liblstm alone and no
 * GStreamer. */

#include <lstm/lstm.h>
#include <stdio.h>
#include <string.h>

#define LETTERS "helo_wrd"
#define N ((gsize) 8)

/* A letter in, as one frame; the likeliest next one out. */
static gboolean
step (LstmContext *context, LstmStream *stream, char letter)
{
  gfloat frame[N] = { 0 }, next[N];
  const char *place = strchr (LETTERS, letter);
  gsize best = 0;

  if (place != NULL)
    frame[place - LETTERS] = 1;
  if (lstm_context_process (context, &stream, 1, 1,
          &(LstmInput){ .data = frame },
          &(LstmOutput){ .data = next }) != LSTM_STATUS_OK)
    return FALSE;
  for (gsize i = 0; i < N; i++)
    if (next[i] > next[best])
      best = i;
  putchar (LETTERS[best]);
  return TRUE;
}

/* The state from the file, if there is one. */
static gboolean
restore (LstmStream *stream, const char *path, GError **error)
{
  g_autoptr (GBytes) state = NULL;
  gsize size;
  char *data;

  if (path == NULL || !g_file_get_contents (path, &data, &size, NULL))
    return TRUE;
  state = g_bytes_new_take (data, size);
  return lstm_state_load (state, stream, NULL, error);
}

static gboolean
save (LstmStream *stream, const char *path, GError **error)
{
  g_autoptr (GBytes) state = NULL;
  gsize size;
  const char *data;

  if (path == NULL)
    return TRUE;
  state = lstm_state_save (stream, NULL, error);
  if (state == NULL)
    return FALSE;
  data = g_bytes_get_data (state, &size);
  return g_file_set_contents (path, data, (gssize) size, error);
}

/* Frame by frame, as the element does. */
static gboolean
run (const char *path, const char *text, const char *state, GError **error)
{
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, error);
  g_autoptr (LstmPlan) plan = NULL;
  g_autoptr (LstmContext) context = NULL;
  g_autoptr (LstmStream) stream = NULL;

  if (model == NULL)
    return FALSE;
  plan = lstm_plan_new (
      model, &(LstmPlanOptions){ .mode = LSTM_MODE_FRAME }, error);
  if (plan == NULL)
    return FALSE;
  if (lstm_plan_get_input_size (plan, 0) != N ||
      lstm_plan_get_output_size (plan, 0) != N) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
        "%s: expected a model of %" G_GSIZE_FORMAT " letters", path, N);
    return FALSE;
  }
  context = lstm_context_new (plan);
  stream = lstm_stream_new (plan);
  if (!restore (stream, state, error))
    return FALSE;
  for (; *text != '\0'; text++)
    if (!step (context, stream, *text))
      return FALSE;
  putchar ('\n');
  return save (stream, state, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc < 3) {
    fprintf (stderr, "usage: library MODEL TEXT [STATE]\n");
    return 2;
  }
  if (run (argv[1], argv[2], argc > 3 ? argv[3] : NULL, &error))
    return 0;
  fprintf (stderr, "library: %s\n", error != NULL ? error->message : "failed");
  return 1;
}
