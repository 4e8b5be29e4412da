/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "hdf5.h"
#include "keras-json.h"
#include "keras-vars.h"
#include "keras-version.h"
#include "loader.h"
#include "zip.h"

#include <string.h>

#define CONFIG "config.json"
#define METADATA "metadata.json"
#define WEIGHTS "model.weights.h5"

/* The most bytes of each, unpacked. The config of a large model is some hundred
 * kilobytes; weights are held in memory while they are read. */
#define MAX_CONFIG (G_GUINT64_CONSTANT (64) << 20)
#define MAX_METADATA (G_GUINT64_CONSTANT (1) << 20)
#define MAX_WEIGHTS (G_GUINT64_CONSTANT (8) << 30)

/* Other formats that are zip files. */
static const struct {
  const gchar *suffix;
  const gchar *meaning;
} others[] = {
  { "/data.pkl", "a PyTorch file; save a Keras model" },
  { ".npy", "NumPy arrays without the layers; save the whole model" },
  { "saved_model.pb", "a TensorFlow SavedModel; save the Keras model" },
};

static gboolean
check_members (LstmZip *zip, GError **error)
{
  static const gchar *const needed[] = { CONFIG, WEIGHTS };

  if (lstm_zip_has (zip, "model.weights.npz")) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
        "keeps its weights in model.weights.npz; expected " WEIGHTS
        ", as model.save(\"model.keras\") writes them");
    return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (needed); i++) {
    const gchar *meaning = "";

    if (lstm_zip_has (zip, needed[i]))
      continue;
    for (guint k = 0; k < G_N_ELEMENTS (others); k++)
      if (lstm_zip_has_suffix (zip, others[k].suffix))
        meaning = others[k].meaning;
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "is a zip file without a member '%s'%s%s; expected a model saved with "
        "model.save(\"model.keras\"), which has " CONFIG ", " METADATA
        " and " WEIGHTS,
        needed[i], *meaning != '\0' ? ", it seems to be " : "", meaning);
    return FALSE;
  }
  return TRUE;
}

static JsonNode *
read_json (LstmZip *zip, const gchar *member, guint64 limit, GError **error)
{
  g_autofree gchar *text = lstm_zip_read_text (zip, member, limit, error);

  return text != NULL ? lstm_keras_json_parse (text, member, error) : NULL;
}

/* The major version of Keras, told or read; 0 on error. */
static guint
find_keras (LstmZip *zip, const LstmLoadOptions *options, GError **error)
{
  g_autoptr (JsonNode) root = NULL;
  const gchar *version = NULL;

  if (options->keras != 0)
    return options->keras;
  root = read_json (zip, METADATA, MAX_METADATA, error);
  if (root == NULL)
    return 0;
  if (JSON_NODE_HOLDS_OBJECT (root))
    version = lstm_keras_json_peek_text (
        json_node_get_object (root), "keras_version");
  if (version != NULL)
    return lstm_keras_major (version, error);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "does not say which Keras wrote it (no keras_version in " METADATA
      "), and hard_sigmoid means one thing in Keras 2 and another in 3; say "
      "which: `keras: 2` or `keras: 3`");
  return 0;
}

static gboolean
read_weights (LstmZip *zip, KerasLayer *layers, guint keras, gboolean allow_nan,
    GError **error)
{
  g_autoptr (GBytes) image = lstm_zip_read (zip, WEIGHTS, MAX_WEIGHTS, error);
  g_autoptr (LstmHdf5) file = NULL;

  if (image == NULL)
    return FALSE;
  file = lstm_hdf5_open_image (image, error);
  if (file != NULL &&
      lstm_keras_vars_read (file, layers, keras, allow_nan, error))
    return TRUE;
  g_prefix_error (error, WEIGHTS ": ");
  return FALSE;
}

static LstmModel *
zip_load (const gchar *path, const LstmLoadOptions *options, GError **error)
{
  g_autoptr (LstmZip) zip = lstm_zip_open (path, error);
  g_autoptr (LstmModelBuilder) builder = NULL;
  g_autoptr (KerasLayer) layers = NULL;
  g_autoptr (JsonNode) config = NULL;
  g_autofree gchar *name = NULL;
  guint keras;

  if (zip == NULL || !check_members (zip, error))
    return NULL;
  keras = find_keras (zip, options, error);
  config = keras != 0 ? read_json (zip, CONFIG, MAX_CONFIG, error) : NULL;
  if (config == NULL)
    return NULL;
  name = lstm_keras_model_get_name (config);
  builder = lstm_model_builder_new (name, keras);
  layers = lstm_keras_model_read (config, builder, error);
  if (layers == NULL ||
      !read_weights (zip, layers, keras, options->allow_nan, error))
    return NULL;
  return lstm_model_builder_build (builder, error);
}

const LstmLoader lstm_keras_zip_loader = {
  .name = "keras",
  .description = LSTM_KERAS_ZIP_DESCRIPTION,
  .sniff = lstm_sniff_zip,
  .load = zip_load,
};
