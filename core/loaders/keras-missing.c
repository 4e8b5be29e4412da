/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* In the place of what reads Keras's files where there is no json-glib. */

#include "loader.h"

static LstmModel *
load_nothing (const gchar *path, const LstmLoadOptions *options, GError **error)
{
  lstm_set_not_built (error, "Keras's files (.h5, .keras)", "json-glib");
  return NULL;
}

const LstmLoader lstm_keras_zip_loader = {
  .name = "keras",
  .description = LSTM_KERAS_ZIP_DESCRIPTION,
  .sniff = lstm_sniff_zip,
  .load = load_nothing,
};

const LstmLoader lstm_keras_h5_loader = {
  .name = "keras-h5",
  .description = LSTM_KERAS_H5_DESCRIPTION,
  .sniff = lstm_sniff_hdf5,
  .load = load_nothing,
};
