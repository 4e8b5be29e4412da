/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "hdf5-private.h"

#include <string.h>

/* A form of IEEE 754, or bfloat16: size in bytes, where exponent and mantissa
 * stand and how many bits they have, and the exponent's bias. */
typedef struct {
  gsize size;
  gsize exponent_at, exponent, mantissa;
  gsize bias;
} FloatForm;

static const FloatForm float_forms[] = {
  { 2, 10, 5, 10, 15 },
  { 2, 7, 8, 7, 127 },
  { 4, 23, 8, 23, 127 },
  { 8, 52, 11, 52, 1023 },
};

static gboolean
has_form (hid_t type, const FloatForm *f)
{
  size_t sign, exponent_at, exponent, mantissa_at, mantissa;

  return H5Tget_size (type) == f->size &&
         H5Tget_fields (type, &sign, &exponent_at, &exponent, &mantissa_at,
             &mantissa) >= 0 &&
         sign == 8 * f->size - 1 && exponent_at == f->exponent_at &&
         exponent == f->exponent && mantissa_at == 0 &&
         mantissa == f->mantissa && H5Tget_ebias (type) == f->bias &&
         H5Tget_offset (type) == 0 && H5Tget_precision (type) == 8 * f->size &&
         H5Tget_norm (type) == H5T_NORM_IMPLIED;
}

static gboolean
is_float (hid_t type)
{
  H5T_order_t order;

  if (H5Tget_class (type) != H5T_FLOAT)
    return FALSE;
  order = H5Tget_order (type);
  if (order != H5T_ORDER_LE && order != H5T_ORDER_BE)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (float_forms); i++) {
    if (has_form (type, &float_forms[i]))
      return TRUE;
  }
  return FALSE;
}

/* bfloat16 as h5py writes ml_dtypes' type: two opaque bytes, the lower first.
 * Keras 3 says so in an attribute, Keras 2 nowhere. */
static gboolean
is_opaque_bfloat16 (LstmHdf5 *file, const gchar *dataset, hid_t type)
{
  g_autofree gchar *named = NULL;

  if (H5Tget_class (type) != H5T_OPAQUE || H5Tget_size (type) != 2)
    return FALSE;
  if (!lstm_hdf5_has_attribute (file, dataset, "dtype"))
    return TRUE;
  named = lstm_hdf5_get_string (file, dataset, "dtype", NULL);
  return g_strcmp0 (named, "bfloat16") == 0;
}

static hid_t
open_dataset (LstmHdf5 *file, const gchar *dataset, GError **error)
{
  hid_t id = lstm_hdf5_open_object (file, dataset, error);

  if (id >= 0 && H5Iget_type (id) != H5I_DATASET) {
    lstm_hid_release (id);
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "/%s is a group; expected a dataset", dataset);
    return H5I_INVALID_HID;
  }
  return id;
}

static gboolean
read_shape (hid_t id, const gchar *dataset, LstmShape *shape, GError **error)
{
  g_auto (LstmHid) space = H5Dget_space (id);
  gint rank = space >= 0 ? H5Sget_simple_extent_ndims (space) : -1;
  hsize_t dims[H5S_MAX_RANK] = { 0 };
  gint64 count = 1;

  if (rank < 0 || H5Sget_simple_extent_type (space) == H5S_NULL) {
    lstm_hdf5_error (
        error, LSTM_ERROR_FORMAT, "/%s has no readable shape", dataset);
    return FALSE;
  }
  if (rank > LSTM_MAX_RANK) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "/%s has %d axes; the limit is %d", dataset, rank, LSTM_MAX_RANK);
    return FALSE;
  }
  H5Sget_simple_extent_dims (space, dims, NULL);
  *shape = (LstmShape){ .rank = (guint) rank };
  for (gint i = 0; i < rank; i++) {
    if (dims[i] == 0 ||
        dims[i] > (hsize_t) LSTM_HDF5_MAX_VALUES / (hsize_t) count) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
          "/%s: axis %d has a length of %" G_GUINT64_FORMAT "; expected 1 or "
          "more, and at most %" G_GINT64_FORMAT " values in all",
          dataset, i, (guint64) dims[i], LSTM_HDF5_MAX_VALUES);
      return FALSE;
    }
    shape->dims[i] = (gint64) dims[i];
    count *= shape->dims[i];
  }
  return TRUE;
}

gboolean
lstm_hdf5_get_shape (
    LstmHdf5 *file, const gchar *dataset, LstmShape *shape, GError **error)
{
  g_auto (LstmHid) id = open_dataset (file, dataset, error);

  return id >= 0 && read_shape (id, dataset, shape, error);
}

/* Filters beyond these would make libhdf5 look for plugins to load. */
static gboolean
is_plain (hid_t creation)
{
  gint n = H5Pget_nfilters (creation);

  if (n < 0 || H5Pget_layout (creation) == H5D_VIRTUAL ||
      H5Pget_external_count (creation) != 0)
    return FALSE;
  for (gint i = 0; i < n; i++) {
    unsigned flags, config;
    size_t n_values = 0;
    H5Z_filter_t filter = H5Pget_filter2 (
        creation, (unsigned) i, &flags, &n_values, NULL, 0, NULL, &config);

    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE &&
        filter != H5Z_FILTER_FLETCHER32)
      return FALSE;
  }
  return TRUE;
}

/* Chunks that were never written would read as zeros. */
static gboolean
has_all_chunks (hid_t id, hid_t creation)
{
  g_auto (LstmHid) space = H5Dget_space (id);
  hsize_t dims[H5S_MAX_RANK] = { 0 }, chunk[H5S_MAX_RANK] = { 0 };
  hsize_t expected = 1, found = 0;
  gint rank = H5Pget_chunk (creation, H5S_MAX_RANK, chunk);

  if (rank < 0 || H5Sget_simple_extent_dims (space, dims, NULL) != rank ||
      H5Dget_num_chunks (id, space, &found) < 0)
    return FALSE;
  for (gint i = 0; i < rank; i++)
    expected *= chunk[i] > 0 ? (dims[i] - 1) / chunk[i] + 1 : 0;
  return found == expected;
}

static gboolean
has_all_values (hid_t id, hid_t creation)
{
  H5D_space_status_t status = H5D_SPACE_STATUS_ERROR;

  if (H5Pget_layout (creation) == H5D_CHUNKED)
    return has_all_chunks (id, creation);
  return H5Dget_space_status (id, &status) >= 0 &&
         status == H5D_SPACE_STATUS_ALLOCATED;
}

static gboolean
check_storage (LstmHdf5 *file, hid_t id, const gchar *dataset, GError **error)
{
  g_auto (LstmHid) type = H5Dget_type (id);
  g_auto (LstmHid) creation = H5Dget_create_plist (id);

  if (type < 0 ||
      !(is_float (type) || is_opaque_bfloat16 (file, dataset, type))) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
        "/%s holds no float16, bfloat16, float32 or float64 values; save the "
        "model in one of these",
        dataset);
    return FALSE;
  }
  if (creation < 0 || !is_plain (creation)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
        "/%s is stored in another file, virtual, or packed by a filter other "
        "than gzip, shuffle and fletcher32; save the model again with "
        "model.save(\"model.h5\")",
        dataset);
    return FALSE;
  }
  if (!has_all_values (id, creation)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "/%s has no values, or not all of them; copy or download the file "
        "again",
        dataset);
    return FALSE;
  }
  return TRUE;
}

/* The 16 bits of each are the upper ones of a float32. They are read into the
 * upper half of @values and spread from its front: a value is never written
 * over one that is still to come. */
static herr_t
read_bfloat16 (hid_t id, hid_t type, gfloat *values, gsize count)
{
  const guint8 *raw = (const guint8 *) values + 2 * count;
  herr_t status = H5Dread (
      id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, (guint8 *) values + 2 * count);

  for (gsize i = 0; i < count && status >= 0; i++) {
    guint32 bits = (guint32) raw[2 * i] << 16 | (guint32) raw[2 * i + 1] << 24;

    memcpy (&values[i], &bits, sizeof bits);
  }
  return status;
}

static herr_t
read_values (hid_t id, gfloat *values, gsize count)
{
  g_auto (LstmHid) type = H5Dget_type (id);

  return H5Tget_class (type) == H5T_OPAQUE
             ? read_bfloat16 (id, type, values, count)
             : H5Dread (
                   id, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

gfloat *
lstm_hdf5_read_floats (LstmHdf5 *file, const gchar *dataset,
    const LstmShape *shape, GError **error)
{
  g_auto (LstmHid) id = open_dataset (file, dataset, error);
  g_autofree gfloat *values = NULL;
  LstmShape found;
  gint64 count;

  if (id < 0 || !read_shape (id, dataset, &found, error) ||
      !check_storage (file, id, dataset, error))
    return NULL;
  if (!lstm_shape_equal (&found, shape)) {
    g_autofree gchar *have = lstm_shape_to_string (&found);
    g_autofree gchar *want = lstm_shape_to_string (shape);

    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "/%s has shape %s; expected %s", dataset, have, want);
    return NULL;
  }
  count = lstm_shape_count (&found);
  values = g_try_new (gfloat, (gsize) count);
  if (values == NULL) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO,
        "/%s: no memory for %" G_GINT64_FORMAT " values", dataset, count);
    return NULL;
  }
  if (read_values (id, values, (gsize) count) < 0) {
    lstm_hdf5_error (error, LSTM_ERROR_FORMAT,
        "/%s cannot be read: the file "
        "is damaged or truncated; copy or download it again",
        dataset);
    return NULL;
  }
  return g_steal_pointer (&values);
}
