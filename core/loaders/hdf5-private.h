/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "hdf5.h"

#include <hdf5.h>

G_BEGIN_DECLS

/* The most bytes that one attribute may hold, and the most strings. Keras's
 * model_config of a large model is some hundred kilobytes. */
#define LSTM_HDF5_MAX_ATTRIBUTE (64u << 20)
#define LSTM_HDF5_MAX_STRINGS 65536u

/* The most values that one dataset may hold: 4 GiB of float32. */
#define LSTM_HDF5_MAX_VALUES (G_GINT64_CONSTANT (1) << 30)

struct _LstmHdf5 {
  hid_t id;
  GBytes *image; /* the file itself, or NULL for one on disk */
  int fd;        /* libhdf5's own, for pread() only; -1 with an image */
  guint64 size;  /* bytes */
  guint64 base;  /* offset of the HDF5 data behind a user block */
  H5E_auto2_t print;
  void *print_data;
};

typedef hid_t LstmHid;

static inline void
lstm_hid_release (hid_t id)
{
  H5Idec_ref (id);
}

G_DEFINE_AUTO_CLEANUP_FREE_FUNC (LstmHid, lstm_hid_release, H5I_INVALID_HID)

/* Sets @error with libhdf5's own reason behind the text. Call it before any
 * other function of libhdf5, which would forget the reason. */
void lstm_hdf5_error (GError **error, gint code, const gchar *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Makes libhdf5 read a file from @image, which is not copied and must live
 * until the file is closed. */
gboolean lstm_hdf5_set_image (hid_t access, GBytes *image);

/* Opens a group or dataset by hard links alone. */
hid_t lstm_hdf5_open_object (
    LstmHdf5 *file, const gchar *object, GError **error);

/* The file's bytes at an address, and little-endian numbers in them. */
gboolean lstm_hdf5_read_at (
    LstmHdf5 *file, guint64 address, guint8 *data, gsize size);
guint64 lstm_hdf5_get_le (const guint8 *data, guint bytes);

/* Whether the attributes of an object are within their bounds. */
gboolean lstm_hdf5_check_header (LstmHdf5 *file, hid_t object);

/* (transfer full): the @n variable-length strings of an attribute. */
gchar **lstm_hdf5_read_vlen (
    LstmHdf5 *file, hid_t attribute, guint n, GError **error);

G_END_DECLS
