/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "loader.h"

#include <string.h>

static gboolean
zip_sniff (const guint8 *head, gsize size)
{
  return size >= 4 && memcmp (head, "PK\x03\x04", 4) == 0;
}

static LstmModel *
zip_load (const gchar *path, const LstmLoadOptions *options, GError **error)
{
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "is a zip file (Keras 3's .keras format?), which this version does not "
      "read; expected HDF5: save the model with model.save(\"model.h5\")");
  return NULL;
}

const LstmLoader lstm_keras_zip_loader = {
  .name = "keras",
  .description = "Keras 3's .keras format (zip)",
  .sniff = zip_sniff,
  .load = zip_load,
};
