/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Variable-length strings, read with bounds. libhdf5 1.10 copies a string from
 * the file's global heap by the heap's length into memory that it made by the
 * attribute's, and does not compare the two: a damaged file overruns it.
 * So the references are read raw, and the heap here. Layouts are those of the
 * HDF5 File Format Specification 3.0, III.E "Global Heap". */

#include "hdf5-private.h"

#include <string.h>

/* As it stands in the file: length u32, heap's address u64, object's index u32,
 * all little-endian. */
#define REFERENCE_SIZE 16

/* "GCOL", version 1, three reserved bytes, size of the collection u64. */
#define COLLECTION_HEADER 16

/* Index u16, reference count u16, four reserved bytes, size u64. */
#define OBJECT_HEADER 16

typedef struct {
  guint64 address;
  guint8 *data; /* NULL: none */
  gsize size;
} Collection;

static void
collection_clear (Collection *c)
{
  g_free (c->data);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Collection, collection_clear)

/* The conversion from a string's reference to opaque bytes leaves it alone. */
static herr_t
convert_nothing (hid_t from, hid_t to, H5T_cdata_t *cdata, size_t n,
    size_t stride, size_t background_stride, void *data, void *background,
    hid_t transfer)
{
  if (cdata->command == H5T_CONV_INIT) {
    cdata->need_bkg = H5T_BKG_NO;
    return H5Tis_variable_str (from) > 0 &&
                   H5Tget_size (from) == REFERENCE_SIZE &&
                   H5Tget_size (to) == REFERENCE_SIZE
               ? 0
               : -1;
  }
  return 0;
}

static gboolean
read_references (hid_t attribute, guint8 *references, GError **error)
{
  g_auto (LstmHid) from = H5Aget_type (attribute);
  g_auto (LstmHid) to = H5Tcreate (H5T_OPAQUE, REFERENCE_SIZE);
  herr_t status;

  if (from < 0 || to < 0 || H5Tset_tag (to, "lstm-string-reference") < 0 ||
      H5Tregister (H5T_PERS_SOFT, "lstm-vlen", from, to, convert_nothing) < 0) {
    lstm_hdf5_error (error, LSTM_ERROR_FORMAT, "strings cannot be read");
    return FALSE;
  }
  status = H5Aread (attribute, to, references);
  if (status < 0)
    lstm_hdf5_error (error, LSTM_ERROR_FORMAT, "strings cannot be read");
  H5Tunregister (H5T_PERS_SOFT, "lstm-vlen", from, to, convert_nothing);
  return status >= 0;
}

static gboolean
damaged (GError **error, guint64 address)
{
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "the string heap at byte %" G_GUINT64_FORMAT " is damaged or truncated; "
      "copy or download the file again",
      address);
  return FALSE;
}

static gboolean
collection_load (Collection *c, LstmHdf5 *file, guint64 address, GError **error)
{
  guint8 header[COLLECTION_HEADER];
  guint64 size;

  if (c->data != NULL && c->address == address)
    return TRUE;
  g_clear_pointer (&c->data, g_free);
  if (!lstm_hdf5_read_at (file, address, header, sizeof header) ||
      memcmp (header, "GCOL\x01", 5) != 0)
    return damaged (error, address);
  size = lstm_hdf5_get_le (header + 8, 8);
  if (size < COLLECTION_HEADER || size > file->size ||
      size > LSTM_HDF5_MAX_ATTRIBUTE)
    return damaged (error, address);
  c->data = g_malloc (size);
  c->size = size;
  c->address = address;
  return lstm_hdf5_read_at (file, address, c->data, size) ||
         damaged (error, address);
}

/* Objects follow one another, each padded to 8 bytes; index 0 is the free space
 * at the end. */
static const guint8 *
collection_find (const Collection *c, guint64 index, guint64 *length)
{
  gsize at = COLLECTION_HEADER;

  while (c->size - at >= OBJECT_HEADER) {
    guint64 here = lstm_hdf5_get_le (c->data + at, 2);
    guint64 size = lstm_hdf5_get_le (c->data + at + 8, 8);
    gsize left = c->size - at - OBJECT_HEADER;

    if (here == 0 || size > left)
      return NULL;
    if (here == index) {
      *length = size;
      return c->data + at + OBJECT_HEADER;
    }
    size = (size + 7) & ~(guint64) 7;
    if (size > left)
      return NULL;
    at += OBJECT_HEADER + size;
  }
  return NULL;
}

static gchar *
read_string (Collection *c, LstmHdf5 *file, const guint8 *reference,
    gsize *budget, GError **error)
{
  guint64 length = lstm_hdf5_get_le (reference, 4);
  guint64 address = lstm_hdf5_get_le (reference + 4, 8);
  guint64 index = lstm_hdf5_get_le (reference + 12, 4);
  guint64 held = 0;
  const guint8 *data;

  if (length == 0)
    return g_strdup ("");
  if (length > *budget) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "a string of %" G_GUINT64_FORMAT " bytes goes over the limit of %u "
        "bytes in all",
        length, LSTM_HDF5_MAX_ATTRIBUTE);
    return NULL;
  }
  *budget -= length;
  if (!collection_load (c, file, address, error))
    return NULL;
  data = collection_find (c, index, &held);
  if (data == NULL || held < length) {
    damaged (error, address);
    return NULL;
  }
  return g_strndup ((const gchar *) data, length);
}

gchar **
lstm_hdf5_read_vlen (LstmHdf5 *file, hid_t attribute, guint n, GError **error)
{
  g_autofree guint8 *references = g_malloc0_n (n, REFERENCE_SIZE);
  g_auto (GStrv) list = g_new0 (gchar *, n + 1);
  g_auto (Collection) collection = { 0 };
  gsize budget = LSTM_HDF5_MAX_ATTRIBUTE;

  if (!read_references (attribute, references, error))
    return NULL;
  for (guint i = 0; i < n; i++) {
    list[i] = read_string (
        &collection, file, references + i * REFERENCE_SIZE, &budget, error);
    if (list[i] == NULL)
      return NULL;
  }
  return g_steal_pointer (&list);
}
