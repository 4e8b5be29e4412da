/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "files/npy.h"

#include "files/npy-header.h"

#include <lstm/error.h>
#include <string.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_BYTES 6

/* Of the dictionary; it holds one short line. */
#define MAX_HEADER_BYTES 65536

/* Its length is a multiple of this, so that the numbers are aligned. */
#define ALIGNMENT 64

/* ---- reading ---- */

/* Magic, two bytes of version, and the length of the header that follows: 2
 * bytes in version 1, 4 in versions 2 and 3. */
static gboolean
read_length (LstmFile *file, gsize *length, GError **error)
{
  guint8 head[MAGIC_BYTES + 2], bytes[4] = { 0 };

  if (file->size < sizeof head + 2) {
    lstm_file_fail (file, error, LSTM_ERROR_FORMAT,
        "is no NumPy array: it has %" G_GUINT64_FORMAT " bytes", file->size);
    return FALSE;
  }
  if (!lstm_file_read (file, head, sizeof head, error))
    return FALSE;
  if (memcmp (head, MAGIC, MAGIC_BYTES) != 0) {
    lstm_file_fail (file, error, LSTM_ERROR_FORMAT,
        "is no NumPy array (.npy): it begins with the bytes %02x %02x %02x "
        "%02x; save it with numpy.save(path, x)%s",
        head[0], head[1], head[2], head[3],
        memcmp (head, "PK\3\4", 4) == 0 ? ", not numpy.savez" : "");
    return FALSE;
  }
  if (head[6] < 1 || head[6] > 3 || head[7] != 0) {
    lstm_file_fail (file, error, LSTM_ERROR_UNSUPPORTED,
        "is of version %u.%u of NumPy's format; known are 1.0, 2.0 and 3.0",
        head[6], head[7]);
    return FALSE;
  }
  if (!lstm_file_read (file, bytes, head[6] == 1 ? 2 : 4, error))
    return FALSE;
  *length = bytes[0] | (gsize) bytes[1] << 8 | (gsize) bytes[2] << 16 |
            (gsize) bytes[3] << 24;
  return TRUE;
}

static gboolean
read_header (
    LstmFile *file, LstmNpyHeader *header, guint64 *left, GError **error)
{
  g_autofree gchar *text = NULL;
  gsize length;
  LstmScan scan;

  if (!read_length (file, &length, error))
    return FALSE;
  if (length > MAX_HEADER_BYTES || length > file->size) {
    lstm_file_fail (file, error, LSTM_ERROR_FORMAT,
        "its header claims to be %" G_GSIZE_FORMAT
        " bytes long; expected at most %" G_GUINT64_FORMAT,
        length, MIN (file->size, MAX_HEADER_BYTES));
    return FALSE;
  }
  text = g_malloc (MAX (length, 1));
  if (!lstm_file_read (file, text, length, error))
    return FALSE;
  *left = file->size - (guint64) ftello (file->stream);
  scan = (LstmScan){ file, text, text, text + length, error };
  return lstm_npy_header_parse (&scan, header);
}

/* Nothing is allocated for a shape that the file does not bear out. */
static gboolean
check_size (
    LstmFile *file, const LstmNpyHeader *header, guint64 left, GError **error)
{
  gsize size = lstm_dtype_get_size (header->dtype);
  g_autofree gchar *shape =
      lstm_array_shape_to_string (header->rank, header->shape);
  gsize count;

  if (lstm_array_count (header->rank, header->shape, &count) &&
      count * size == left)
    return TRUE;
  lstm_file_fail (file, error, LSTM_ERROR_FORMAT,
      "its header says shape %s of %" G_GSIZE_FORMAT
      " bytes a number, but %" G_GUINT64_FORMAT
      " bytes follow: the file is cut off or damaged",
      shape, size, left);
  return FALSE;
}

/* The first axis is fastest in @from, the last in @to. */
static void
transpose (const LstmArray *from, LstmArray *to)
{
  gsize strides[LSTM_ARRAY_MAX_RANK], stride = 1;
  gint64 index[LSTM_ARRAY_MAX_RANK] = { 0 };
  gsize at = 0;

  for (guint i = 0; i < from->rank; i++) {
    strides[i] = stride;
    stride *= (gsize) from->shape[i];
  }
  for (gsize k = 0; k < to->count; k++) {
    to->data[k] = from->data[at];
    for (guint i = to->rank; i-- > 0;) {
      at += strides[i];
      if (++index[i] < to->shape[i])
        break;
      at -= strides[i] * (gsize) to->shape[i];
      index[i] = 0;
    }
  }
}

static LstmArray *
read_data (LstmFile *file, const LstmNpyHeader *header, GError **error)
{
  g_autoptr (LstmArray) array =
      lstm_array_new (header->rank, header->shape, error);
  LstmArray *turned;

  if (array == NULL) {
    g_prefix_error (error, "%s: ", file->path);
    return NULL;
  }
  if (!lstm_file_read_numbers (file, header->dtype, header->big_endian,
          array->count, array->data, error))
    return NULL;
  if (!header->fortran_order || header->rank < 2)
    return g_steal_pointer (&array);
  turned = lstm_array_new (header->rank, header->shape, error);
  if (turned != NULL)
    transpose (array, turned);
  else
    g_prefix_error (error, "%s: ", file->path);
  return turned;
}

LstmArray *
lstm_npy_load (const gchar *path, GError **error)
{
  g_autoptr (LstmFile) file = lstm_file_open (path, error);
  LstmNpyHeader header = { 0 };
  guint64 left;

  if (file == NULL || !read_header (file, &header, &left, error) ||
      !check_size (file, &header, left, error))
    return NULL;
  return read_data (file, &header, error);
}

/* ---- writing ---- */

/* (transfer full): magic, version, length, dictionary, spaces, newline. */
static GString *
make_header (const LstmArray *array)
{
  g_autofree gchar *shape =
      lstm_array_shape_to_string (array->rank, array->shape);
  GString *text = g_string_new_len (MAGIC "\1\0\0\0", MAGIC_BYTES + 4);
  gsize length;

  g_string_append_printf (
      text, "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }", shape);
  while ((text->len + 1) % ALIGNMENT != 0)
    g_string_append_c (text, ' ');
  g_string_append_c (text, '\n');
  length = text->len - MAGIC_BYTES - 4;
  text->str[MAGIC_BYTES + 2] = (gchar) (length & 0xff);
  text->str[MAGIC_BYTES + 3] = (gchar) (length >> 8);
  return text;
}

gboolean
lstm_npy_save (const LstmArray *array, const gchar *path, GError **error)
{
  g_autoptr (LstmFile) file = lstm_file_create (path, error);
  g_autoptr (GString) header = NULL;

  if (file == NULL)
    return FALSE;
  header = make_header (array);
  if (!lstm_file_write (file, header->str, header->len, error) ||
      !lstm_file_write_floats (file, array->data, array->count, error))
    return FALSE;
  return lstm_file_finish (g_steal_pointer (&file), error);
}
