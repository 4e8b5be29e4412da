/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "loader.h"

#include <string.h>

typedef struct {
  gsize offset;
  gsize size;
  const gchar *magic;
  const gchar *meaning;
} Magic;

static const Magic magics[] = {
  { 0, 6, "\x93NUMPY", "a NumPy array" },
  { 0, 2, "\x1f\x8b", "compressed with gzip: unpack it first" },
  { 0, 4, "\x28\xb5\x2f\xfd", "compressed with zstd: unpack it first" },
  { 0, 4, "GGUF", "a GGUF file" },
  { 4, 4, "TFL3", "a TensorFlow Lite model: save the Keras model instead" },
  { 0, 2, "\x80\x02", "a Python pickle" },
  { 0, 2, "\x80\x03", "a Python pickle" },
  { 0, 2, "\x80\x04", "a Python pickle" },
  { 0, 2, "\x80\x05", "a Python pickle" },
  { 0, 34, "version https://git-lfs.github.com",
      "a Git LFS pointer and not the file itself: run `git lfs pull`" },
  { 0, 9, "<!DOCTYPE", "an HTML page: the download got a page in its place" },
  { 0, 9, "<!doctype", "an HTML page: the download got a page in its place" },
  { 0, 5, "<html", "an HTML page: the download got a page in its place" },
  { 8, 1, "{", "a safetensors file: weights without the layers" },
  { 0, 1, "{", "JSON: a model's config alone has no weights" },
};

/* UTF-8 without control characters; the last one may be cut by the sniff. */
static gboolean
is_text (const guint8 *head, gsize size)
{
  const gchar *end = (const gchar *) head;

  if (!g_utf8_validate ((const gchar *) head, (gssize) size, &end) &&
      (size < LSTM_SNIFF_BYTES || (const gchar *) head + size - end >= 4))
    return FALSE;
  for (gsize i = 0; i < size; i++)
    if (head[i] < 0x20 && strchr ("\t\n\r\f", head[i]) == NULL)
      return FALSE;
  return TRUE;
}

const gchar *
lstm_sniff_other (const guint8 *head, gsize size)
{
  for (gsize i = 0; i < G_N_ELEMENTS (magics); i++) {
    const Magic *m = &magics[i];

    if (size >= m->offset + m->size &&
        memcmp (head + m->offset, m->magic, m->size) == 0)
      return m->meaning;
  }
  return is_text (head, size) ? "text" : NULL;
}

/* The signature stands at 0 or, behind a user block, at 512, 1024, ... */
gboolean
lstm_sniff_hdf5 (const guint8 *head, gsize size)
{
  for (gsize at = 0; at + 8 <= size; at = at == 0 ? 512 : 2 * at) {
    if (memcmp (head + at, "\x89HDF\r\n\x1a\n", 8) == 0)
      return TRUE;
  }
  return FALSE;
}

gboolean
lstm_sniff_zip (const guint8 *head, gsize size)
{
  return size >= 4 && (memcmp (head, "PK\x03\x04", 4) == 0 ||
                          memcmp (head, "PK\x05\x06", 4) == 0);
}
