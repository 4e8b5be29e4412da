/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/error.h>
#include <lstm/shape.h>

G_BEGIN_DECLS

/* An HDF5 file that is open for reading. libhdf5 is not thread-safe as
 * distributions build it: the file holds a process-wide lock from open to
 * close, on the thread that opened it. Nothing but the file itself is read:
 * soft and external links, external storage and virtual datasets are errors.
 * Objects are named by path from the root; "" is the root. */
typedef struct _LstmHdf5 LstmHdf5;

LstmHdf5 *lstm_hdf5_open (const gchar *path, GError **error);
/* The same for a file in memory, which is held but not copied. */
LstmHdf5 *lstm_hdf5_open_image (GBytes *image, GError **error);
void lstm_hdf5_close (LstmHdf5 *file);

gboolean lstm_hdf5_has_object (LstmHdf5 *file, const gchar *object);
gboolean lstm_hdf5_has_attribute (
    LstmHdf5 *file, const gchar *object, const gchar *name);

/* (transfer full): names of what a group holds; NULL and no error for a
 * dataset.
 */
gchar **lstm_hdf5_list (LstmHdf5 *file, const gchar *group, GError **error);

/* (transfer full): a scalar string, or an array of just one. */
gchar *lstm_hdf5_get_string (
    LstmHdf5 *file, const gchar *object, const gchar *name, GError **error);

/* (transfer full): a list of strings; where @name is not there, its chunks
 * @name0, @name1, ... in which h5py's users split what is over 64 KiB. An empty
 * array is an empty list, whatever its type. */
gchar **lstm_hdf5_get_strings (
    LstmHdf5 *file, const gchar *object, const gchar *name, GError **error);

gboolean lstm_hdf5_get_shape (
    LstmHdf5 *file, const gchar *dataset, LstmShape *shape, GError **error);

/* (transfer full): the values of a float16, bfloat16, float32 or float64
 * dataset that must have this shape, as float32 in C order. */
gfloat *lstm_hdf5_read_floats (LstmHdf5 *file, const gchar *dataset,
    const LstmShape *shape, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmHdf5, lstm_hdf5_close)

G_END_DECLS
