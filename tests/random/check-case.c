/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* check-case FOLDER MODEL: runs a case of the golden layout through the model
 * of that name in its folder, in window mode, and frame by frame too if it can
 * stream. Prints one line: "pass D" or "differs D WHERE", D being the largest
 * difference to Keras, or "error CODE MESSAGE". */

#include "common/golden.h"
#include "frames.h"

#include <locale.h>
#include <stdlib.h>

static int
check (const gchar *folder, const gchar *file)
{
  g_autofree gchar *path = g_build_filename (folder, file, NULL);
  g_autofree gchar *dir = g_path_get_dirname (folder);
  g_autofree gchar *name = g_path_get_basename (folder);
  g_autofree gchar *mismatch = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);
  gdouble largest = 0, by_frames = 0;

  if (model == NULL) {
    g_print ("error %d %s\n", error->code, error->message);
    return 2;
  }
  g_setenv ("LSTM_GOLDEN_DIR", dir, TRUE);
  mismatch = golden_compare (model, name, &largest);
  if (mismatch == NULL && lstm_model_can_stream (model, NULL))
    mismatch = frames_compare (model, name, &by_frames);
  largest = MAX (largest, by_frames);
  if (mismatch == NULL)
    g_print ("pass %.3g\n", largest);
  else
    g_print ("differs %.3g %s\n", largest, mismatch);
  return mismatch == NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "C.UTF-8");
  if (argc != 3) {
    g_printerr ("usage: %s FOLDER MODEL\n", argv[0]);
    return 2;
  }
  return check (argv[1], argv[2]);
}
