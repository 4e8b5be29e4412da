/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "hdf5.h"
#include "keras-h5-weights.h"
#include "keras-json.h"
#include "keras-version.h"
#include "loader.h"

#include <string.h>

static gboolean
is_weights_only (LstmHdf5 *file)
{
  return lstm_hdf5_has_attribute (file, "", "layer_names") ||
         lstm_hdf5_has_attribute (file, "", "layer_names0") ||
         lstm_hdf5_has_object (file, "_layer_checkpoint_dependencies") ||
         lstm_hdf5_has_object (file, "layers");
}

static gboolean
check_whole_model (LstmHdf5 *file, GError **error)
{
  if (lstm_hdf5_has_attribute (file, "", "model_config"))
    return TRUE;
  if (is_weights_only (file))
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "holds weights only, without the layers (model.save_weights()?); save "
        "the whole model with model.save(\"model.h5\")");
  else
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "is HDF5, but no Keras model: it has no model_config; expected a "
        "model saved with model.save(\"model.h5\")");
  return FALSE;
}

static gchar *
read_version (LstmHdf5 *file, GError **error)
{
  static const gchar *const places[] = { "", "model_weights" };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    if (lstm_hdf5_has_attribute (file, places[i], "keras_version"))
      return lstm_hdf5_get_string (file, places[i], "keras_version", error);
  }
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "does not say which Keras wrote it (no keras_version), and hard_sigmoid "
      "means one thing in Keras 2 and another in 3; say which: `keras: 2` or "
      "`keras: 3`");
  return NULL;
}

/* The major version of Keras, told or read; 0 on error. */
static guint
find_keras (LstmHdf5 *file, const LstmLoadOptions *options, GError **error)
{
  g_autofree gchar *version = NULL;

  if (options->keras != 0)
    return options->keras;
  version = read_version (file, error);
  return version != NULL ? lstm_keras_major (version, error) : 0;
}

static LstmModel *
read_model (LstmHdf5 *file, guint keras, gboolean allow_nan, GError **error)
{
  g_autofree gchar *text =
      lstm_hdf5_get_string (file, "", "model_config", error);
  g_autoptr (JsonNode) config = NULL;
  g_autoptr (LstmModelBuilder) builder = NULL;
  g_autoptr (KerasLayer) layers = NULL;
  g_autofree gchar *name = NULL;

  config =
      text != NULL ? lstm_keras_json_parse (text, "model_config", error) : NULL;
  if (config == NULL)
    return NULL;
  name = lstm_keras_model_get_name (config);
  builder = lstm_model_builder_new (name, keras);
  layers = lstm_keras_model_read (config, builder, error);
  if (layers == NULL ||
      !lstm_keras_h5_read_weights (
          file, LSTM_KERAS_H5_WEIGHTS, layers, keras, allow_nan, error))
    return NULL;
  return lstm_model_builder_build (builder, error);
}

static LstmModel *
h5_load (const gchar *path, const LstmLoadOptions *options, GError **error)
{
  g_autoptr (LstmHdf5) file = lstm_hdf5_open (path, error);
  guint keras;

  if (file == NULL || !check_whole_model (file, error))
    return NULL;
  keras = find_keras (file, options, error);
  return keras != 0 ? read_model (file, keras, options->allow_nan, error)
                    : NULL;
}

const LstmLoader lstm_keras_h5_loader = {
  .name = "keras-h5",
  .description = LSTM_KERAS_H5_DESCRIPTION,
  .sniff = lstm_sniff_hdf5,
  .load = h5_load,
};
