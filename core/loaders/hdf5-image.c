/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* HDF5 in memory. libhdf5's core driver copies an image twice, into the
 * property list and into the file, unless its memory functions are told
 * otherwise: these hand out the one image each time, and copy and free nothing.
 */

#include "hdf5-private.h"

/* The smallest step in which the driver would let a file grow; ours does not.
 */
#define GROWTH (1u << 20)

static void *
image_malloc (size_t size, H5FD_file_image_op_t operation, void *data)
{
  gsize whole;
  gconstpointer bytes = g_bytes_get_data (data, &whole);

  return size == whole ? (void *) bytes : NULL;
}

static void *
image_copy (void *to, const void *from, size_t size,
    H5FD_file_image_op_t operation, void *data)
{
  return to == from ? to : NULL;
}

static void *
image_realloc (
    void *old, size_t size, H5FD_file_image_op_t operation, void *data)
{
  return NULL;
}

static herr_t
image_free (void *old, H5FD_file_image_op_t operation, void *data)
{
  return 0;
}

static void *
data_copy (void *data)
{
  return data;
}

static herr_t
data_free (void *data)
{
  return 0;
}

gboolean
lstm_hdf5_set_image (hid_t access, GBytes *image)
{
  H5FD_file_image_callbacks_t callbacks = { image_malloc, image_copy,
    image_realloc, image_free, data_copy, data_free, image };
  gsize size;
  gconstpointer bytes = g_bytes_get_data (image, &size);

  return size > 0 && H5Pset_fapl_core (access, GROWTH, FALSE) >= 0 &&
         H5Pset_file_image_callbacks (access, &callbacks) >= 0 &&
         H5Pset_file_image (access, (void *) bytes, size) >= 0;
}
