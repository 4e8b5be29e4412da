/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "hdf5-private.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Held from lstm_hdf5_open() to lstm_hdf5_close(): guards all of libhdf5, and
 * n_images. */
static GMutex loader_lock;

/* libhdf5 takes two files in memory of the same name for the same file. */
static guint64 n_images;

static herr_t
keep_innermost (unsigned n, const H5E_error2_t *entry, void *data)
{
  gchar **reason = data;

  if (n == 0 && entry->desc != NULL)
    *reason = g_strdup (entry->desc);
  return 0;
}

void
lstm_hdf5_error (GError **error, gint code, const gchar *format, ...)
{
  g_autofree gchar *reason = NULL;
  g_autofree gchar *text = NULL;
  va_list args;

  H5Ewalk2 (H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &reason);
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (reason != NULL)
    g_set_error (error, LSTM_ERROR, code, "%s (libhdf5: %s)", text, reason);
  else
    g_set_error_literal (error, LSTM_ERROR, code, text);
}

/* Locks are no use to a reader of files that nobody changes, and cannot be had
 * on some network file systems. */
static hid_t
open_file (const gchar *path, GError **error)
{
  g_auto (LstmHid) access = H5Pcreate (H5P_FILE_ACCESS);
  hid_t file = H5I_INVALID_HID;

  if (access >= 0 && H5Pset_fapl_sec2 (access) >= 0 &&
      H5Pset_file_locking (access, FALSE, TRUE) >= 0)
    file = H5Fopen (path, H5F_ACC_RDONLY, access);
  if (file < 0)
    lstm_hdf5_error (error, LSTM_ERROR_FORMAT,
        "is HDF5, but damaged or truncated; copy or download it again");
  return file;
}

static hid_t
open_image (GBytes *image, GError **error)
{
  g_auto (LstmHid) access = H5Pcreate (H5P_FILE_ACCESS);
  g_autofree gchar *name =
      g_strdup_printf ("lstm-image-%" G_GUINT64_FORMAT, n_images++);
  hid_t file = H5I_INVALID_HID;

  if (access >= 0 && lstm_hdf5_set_image (access, image))
    file = H5Fopen (name, H5F_ACC_RDONLY, access);
  if (file < 0)
    lstm_hdf5_error (error, LSTM_ERROR_FORMAT,
        "is no HDF5, or damaged or truncated HDF5; copy or download the file "
        "again");
  return file;
}

static gboolean
check_root (LstmHdf5 *file, GError **error)
{
  g_auto (LstmHid) root = H5Oopen (file->id, "/", H5P_DEFAULT);

  if (root >= 0 && lstm_hdf5_check_header (file, root))
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "is HDF5, but damaged or truncated: its root cannot be read; copy or "
      "download it again");
  return FALSE;
}

static gboolean
find_size (LstmHdf5 *file)
{
  void *handle = NULL;
  struct stat st;

  if (file->image != NULL) {
    file->size = g_bytes_get_size (file->image);
    return TRUE;
  }
  if (H5Fget_vfd_handle (file->id, H5P_DEFAULT, &handle) < 0 ||
      handle == NULL || fstat (*(int *) handle, &st) != 0)
    return FALSE;
  file->fd = *(int *) handle;
  file->size = (guint64) st.st_size;
  return TRUE;
}

static gboolean
read_layout (LstmHdf5 *file, GError **error)
{
  g_auto (LstmHid) creation = H5Fget_create_plist (file->id);
  size_t address = 0, length = 0;
  hsize_t base = 0;

  if (creation < 0 || H5Pget_sizes (creation, &address, &length) < 0 ||
      H5Pget_userblock (creation, &base) < 0 || !find_size (file)) {
    lstm_hdf5_error (error, LSTM_ERROR_FORMAT,
        "damaged HDF5: cannot read its "
        "superblock; copy or download the file again");
    return FALSE;
  }
  if (address != 8 || length != 8) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
        "HDF5 with addresses of %zu and lengths of %zu bytes; h5py writes 8 "
        "and 8: save the model again with model.save(\"model.h5\")",
        address, length);
    return FALSE;
  }
  file->base = base;
  return TRUE;
}

/* Of a path, or else of an image. */
static LstmHdf5 *
file_open (const gchar *path, GBytes *image, GError **error)
{
  g_autoptr (LstmHdf5) file = g_new0 (LstmHdf5, 1);

  g_mutex_lock (&loader_lock);
  file->id = H5I_INVALID_HID;
  file->fd = -1;
  file->image = image != NULL ? g_bytes_ref (image) : NULL;
  H5Eget_auto2 (H5E_DEFAULT, &file->print, &file->print_data);
  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);

  file->id =
      image != NULL ? open_image (image, error) : open_file (path, error);
  if (file->id < 0 || !read_layout (file, error) || !check_root (file, error))
    return NULL;
  return g_steal_pointer (&file);
}

LstmHdf5 *
lstm_hdf5_open (const gchar *path, GError **error)
{
  return file_open (path, NULL, error);
}

LstmHdf5 *
lstm_hdf5_open_image (GBytes *image, GError **error)
{
  return file_open (NULL, image, error);
}

void
lstm_hdf5_close (LstmHdf5 *file)
{
  if (file->id >= 0)
    H5Fclose (file->id);
  H5Eset_auto2 (H5E_DEFAULT, file->print, file->print_data);
  g_clear_pointer (&file->image, g_bytes_unref);
  g_mutex_unlock (&loader_lock);
  g_free (file);
}

guint64
lstm_hdf5_get_le (const guint8 *data, guint bytes)
{
  guint64 value = 0;

  for (guint i = bytes; i-- > 0;)
    value = value << 8 | data[i];
  return value;
}

gboolean
lstm_hdf5_read_at (LstmHdf5 *file, guint64 address, guint8 *data, gsize size)
{
  guint64 offset;

  if (!g_uint64_checked_add (&offset, file->base, address) ||
      offset > file->size || size > file->size - offset)
    return FALSE;
  if (file->image != NULL) {
    memcpy (data,
        (const guint8 *) g_bytes_get_data (file->image, NULL) + offset, size);
    return TRUE;
  }
  while (size > 0) {
    gssize got = pread (file->fd, data, size, (off_t) offset);

    if (got <= 0)
      return FALSE;
    data += got;
    offset += (guint64) got;
    size -= (gsize) got;
  }
  return TRUE;
}

/* Closes an object again whose attributes libhdf5 must not read. */
static hid_t
check_object (LstmHdf5 *file, hid_t object)
{
  if (object >= 0 && !lstm_hdf5_check_header (file, object)) {
    lstm_hid_release (object);
    return H5I_INVALID_HID;
  }
  return object;
}

static hid_t
open_child (LstmHdf5 *file, hid_t parent, const gchar *name)
{
  H5L_info_t info;

  if (*name == '\0' || strcmp (name, ".") == 0)
    return H5I_INVALID_HID;
  if (H5Lexists (parent, name, H5P_DEFAULT) <= 0 ||
      H5Lget_info (parent, name, &info, H5P_DEFAULT) < 0 ||
      info.type != H5L_TYPE_HARD)
    return H5I_INVALID_HID;
  return check_object (file, H5Oopen (parent, name, H5P_DEFAULT));
}

static hid_t
find_object (LstmHdf5 *file, const gchar *object)
{
  g_auto (GStrv) parts = g_strsplit (object, "/", -1);
  g_auto (LstmHid) here = H5Oopen (file->id, "/", H5P_DEFAULT);
  hid_t found;

  for (guint i = 0; parts[i] != NULL && here >= 0; i++) {
    hid_t next = open_child (file, here, parts[i]);

    lstm_hid_release (here);
    here = next;
  }
  found = here;
  here = H5I_INVALID_HID;
  return found;
}

hid_t
lstm_hdf5_open_object (LstmHdf5 *file, const gchar *object, GError **error)
{
  hid_t id = find_object (file, object);

  if (id < 0)
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "/%s is not in the file, damaged, or a link to elsewhere (links are "
        "not followed)",
        object);
  return id;
}

gboolean
lstm_hdf5_has_object (LstmHdf5 *file, const gchar *object)
{
  g_auto (LstmHid) id = find_object (file, object);

  return id >= 0;
}

gboolean
lstm_hdf5_has_attribute (LstmHdf5 *file, const gchar *object, const gchar *name)
{
  g_auto (LstmHid) id = find_object (file, object);

  return id >= 0 && H5Aexists (id, name) > 0;
}
