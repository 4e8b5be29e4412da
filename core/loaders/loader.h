/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/builder.h>
#include <lstm/error.h>

G_BEGIN_DECLS

/* How many bytes of a file its kind is told by. */
#define LSTM_SNIFF_BYTES 4096

/**
 * LstmLoader:
 * @name: short name of the format
 * @description: the format and who writes it
 * @sniff: whether a file that begins with these bytes is of this format
 * @load: reads the file; its errors need not name the path
 * @names_path: they do
 * @beside: (nullable) (transfer full): the path of another file that the model
 * at @path is in, or %NULL
 *
 * A file format. A loader fills an #LstmModelBuilder and knows nothing of how
 * layers run.
 */
typedef struct {
  const gchar *name;
  const gchar *description;
  gboolean names_path;
  gboolean (*sniff) (const guint8 *head, gsize size);
  LstmModel *(*load) (
      const gchar *path, const LstmLoadOptions *options, GError **error);
  gchar *(*beside) (const gchar *path);
} LstmLoader;

extern const LstmLoader lstm_keras_h5_loader;
extern const LstmLoader lstm_keras_zip_loader;
extern const LstmLoader lstm_yaml_loader;

/* (transfer full): the other file that a model is in, or NULL. */
gchar *lstm_load_beside (const gchar *path);

#define LSTM_KERAS_H5_DESCRIPTION                                              \
  "a whole model that Keras 2 or 3 saved as HDF5 (.h5)"
#define LSTM_KERAS_ZIP_DESCRIPTION                                             \
  "a model that Keras 2.12 or later saved as .keras (zip)"

gboolean lstm_sniff_hdf5 (const guint8 *head, gsize size);
gboolean lstm_sniff_zip (const guint8 *head, gsize size);

/* LSTM_ERROR_UNSUPPORTED: this build has not the library that reads @files. */
void lstm_set_not_built (
    GError **error, const gchar *files, const gchar *library);

/* What a file that no loader knows seems to be, with what to do about it, or
 * NULL where that cannot be told. */
const gchar *lstm_sniff_other (const guint8 *head, gsize size);

G_END_DECLS
