/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>
#include <hdf5.h>

G_BEGIN_DECLS

/* Takes HDF5 files apart and puts them together otherwise. What cannot be done
 * ends the test. */

/* (transfer full): paths in a folder of the test's own, removed at its end. */
void h5_begin (void);
void h5_end (void);
gchar *h5_path (const gchar *name);
gchar *h5_copy (const gchar *from, const gchar *name);

hid_t h5_open (const gchar *path);

/* Attributes: a variable-length string, a list of them, of fixed strings with
 * padding, and anything else. An old one of that name is replaced. */
gchar *h5_get_text (hid_t file, const gchar *object, const gchar *name);
void h5_set_text (
    hid_t file, const gchar *object, const gchar *name, const gchar *text);
void h5_set_list (hid_t file, const gchar *object, const gchar *name,
    const gchar *const *texts);
void h5_set_fixed (hid_t file, const gchar *object, const gchar *name,
    const gchar *const *texts, gsize size, H5T_str_t pad);
void h5_set_attribute (hid_t file, const gchar *object, const gchar *name,
    hid_t type, guint rank, const hsize_t *dims, const void *data);
void h5_delete_attribute (hid_t file, const gchar *object, const gchar *name);

/* Links, and datasets of n values 0.5, 1.5, ... stored as @type. An old one of
 * that name is replaced; groups on the way are made. */
void h5_make_group (hid_t file, const gchar *object);
void h5_delete (hid_t file, const gchar *object);
void h5_move (hid_t file, const gchar *from, const gchar *to);
void h5_put_dataset (hid_t file, const gchar *object, hid_t type, guint rank,
    const hsize_t *dims, hid_t creation);
/* Writes the values of a dataset again, as @type and with @creation. */
void h5_store_as (hid_t file, const gchar *object, hid_t type, hid_t creation);

G_END_DECLS
