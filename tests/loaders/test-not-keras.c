/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is no model file at all, and damage that libhdf5 would not notice. */

#include "common/golden.h"
#include "expect.h"
#include "h5-edit.h"

#include <sys/stat.h>

#define BASE "stateless_stack"

/* Files of other kinds, by how they begin. */
static const struct {
  const gchar *name;
  const gchar *data;
  gsize size;
  gint code;
  const gchar *facts[MAX_FACTS];
} other_files[] = {
  { "empty", "", 0, LSTM_ERROR_FORMAT, { "empty" } },
  { "text", "once upon a time\n", 17, LSTM_ERROR_FORMAT,
      { "seems to be text", "HDF5 (.h5)" } },
  { "json", "{\"a\": 1}\n", 9, LSTM_ERROR_FORMAT, { "JSON" } },
  { "html", "<!DOCTYPE html><html>", 21, LSTM_ERROR_FORMAT, { "HTML page" } },
  { "lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", 56,
      LSTM_ERROR_FORMAT, { "Git LFS", "git lfs pull" } },
  { "zip", "PK\x03\x04\x14\x00\x00\x00", 8, LSTM_ERROR_FORMAT,
      { "zip file", "truncated" } },
  { "empty-zip",
      "PK\x05\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
      "\x00\x00\x00\x00",
      22, LSTM_ERROR_FORMAT, { "config.json", "model.save(\"model.keras\")" } },
  { "numpy", "\x93NUMPY\x01\x00", 8, LSTM_ERROR_FORMAT, { "NumPy" } },
  { "gzip", "\x1f\x8b\x08\x00", 4, LSTM_ERROR_FORMAT, { "gzip" } },
  { "pickle", "\x80\x04\x95\x00", 4, LSTM_ERROR_FORMAT, { "pickle" } },
  { "tflite", "\x1c\x00\x00\x00TFL3", 8, LSTM_ERROR_FORMAT,
      { "TensorFlow Lite" } },
  { "safetensors", "\x08\x00\x00\x00\x00\x00\x00\x00{}      ", 16,
      LSTM_ERROR_FORMAT, { "safetensors" } },
  { "bytes", "\x01\x02\xfe\xff\x00", 5, LSTM_ERROR_FORMAT,
      { "01 02 fe ff", "HDF5 (.h5)" } },
  { "one-byte", "\x89", 1, LSTM_ERROR_FORMAT, { "89 00", "HDF5 (.h5)" } },
  { "signature-only", "\x89HDF\r\n\x1a\n", 8, LSTM_ERROR_FORMAT,
      { "is HDF5", "truncated" } },
};

static void
test_other_file (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree gchar *path = h5_path ("other.h5");
  g_autoptr (GError) error = NULL;

  g_file_set_contents (
      path, other_files[i].data, (gssize) other_files[i].size, &error);
  g_assert_no_error (error);
  expect_failure (path, NULL, other_files[i].code, other_files[i].facts);
}

static void
test_no_such_file (void)
{
  g_autofree gchar *path = h5_path ("nowhere.h5");
  const gchar *const facts[MAX_FACTS] = { "No such file" };

  expect_failure (path, NULL, LSTM_ERROR_IO, facts);
}

static void
test_directory (void)
{
  const gchar *const facts[MAX_FACTS] = { "directory", "SavedModel",
    "model.save(\"model.h5\")" };

  expect_failure (golden_dir (), NULL, LSTM_ERROR_IO, facts);
}

/* Opening it would wait for a writer for ever. */
static void
test_fifo (void)
{
  g_autofree gchar *path = h5_path ("fifo.h5");
  const gchar *const facts[MAX_FACTS] = { "pipe", "regular file" };

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  expect_failure (path, NULL, LSTM_ERROR_IO, facts);
}

static void
test_options (void)
{
  g_autofree gchar *path = golden_file (BASE, "model.h5");
  LstmLoadOptions options = { .keras = 4 };
  const gchar *const facts[MAX_FACTS] = { "keras: 4", "expected 2 or 3" };

  expect_failure (path, &options, LSTM_ERROR_VALUE, facts);
}

/* A damaged string heap, which libhdf5 itself would overrun. @at is counted
 * from each heap's first byte. */
static void
damage_heaps (const gchar *path, gsize at, const gchar *bytes, gsize n)
{
  g_autofree gchar *data = NULL;
  g_autoptr (GError) error = NULL;
  guint found = 0;
  gsize size;

  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i + at + n <= size; i++) {
    if (memcmp (data + i, "GCOL\x01", 5) == 0) {
      memcpy (data + i + at, bytes, n);
      found++;
      i += at + n;
    }
  }
  g_assert_cmpuint (found, >, 0);
  g_file_set_contents (path, data, (gssize) size, &error);
  g_assert_no_error (error);
}

/* References to the heap at byte 2048 point to where no heap can be. */
static void
test_heap_address (gconstpointer data)
{
  static const gchar old[8] = { 0, 8 };
  const guint64 to = GUINT64_TO_LE (*(const guint64 *) data);
  g_autofree gchar *from = golden_file (BASE, "model.h5");
  g_autofree gchar *path = h5_path ("address.h5");
  g_autofree gchar *bytes = NULL;
  g_autoptr (GError) error = NULL;
  const gchar *const facts[MAX_FACTS] = { "heap at byte",
    "damaged or truncated" };
  gsize size;

  g_file_get_contents (from, &bytes, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpint (memcmp (bytes + 2048, "GCOL", 4), ==, 0);
  for (gsize i = 0; i + 8 <= size; i++)
    if (memcmp (bytes + i, old, 8) == 0)
      memcpy (bytes + i, &to, 8);
  g_file_set_contents (path, bytes, (gssize) size, &error);
  g_assert_no_error (error);
  expect_failure (path, NULL, LSTM_ERROR_FORMAT, facts);
}

/* An attribute of 3 strings that says it has a million: libhdf5 would copy as
 * many from behind its header. The name, padded to 16 bytes, is followed by the
 * type, the space (version 1, rank 1, flags, 5 reserved bytes, length) and its
 * greatest length. */
static void
test_attribute_size (void)
{
  static const gchar space[8] = { 1, 1 };
  const guint64 million = GUINT64_TO_LE (1 << 20);
  g_autofree gchar *from = golden_file (BASE, "model.h5");
  g_autofree gchar *path = h5_path ("attribute.h5");
  g_autofree gchar *bytes = NULL;
  g_autoptr (GError) error = NULL;
  const gchar *const facts[MAX_FACTS] = { "no readable /model_weights" };
  gsize size, at = 0;

  g_file_get_contents (from, &bytes, &size, &error);
  g_assert_no_error (error);
  while (at + 100 < size && memcmp (bytes + at, "layer_names", 12) != 0)
    at++;
  at += 16;
  while (at + 16 < size &&
         (memcmp (bytes + at, space, 2) != 0 ||
             memcmp (bytes + at + 3, space + 3, 5) != 0 || bytes[at + 8] != 3))
    at++;
  g_assert_cmpuint (at + 16, <, size);
  memcpy (bytes + at + 8, &million, 8);
  g_file_set_contents (path, bytes, (gssize) size, &error);
  g_assert_no_error (error);
  expect_failure (path, NULL, LSTM_ERROR_WEIGHTS, facts);
}

static const guint64 heap_addresses[] = {
  0,
  2049,
  G_MAXINT64,
  G_MAXUINT64 - 8,
};

static const struct {
  const gchar *name;
  gsize at;
  const gchar *bytes;
  gsize n;
} heap_damages[] = {
  { "signature", 0, "LOCG", 4 },
  { "version", 4, "\x02", 1 },
  { "size-zero", 8, "\0\0\0\0\0\0\0\0", 8 },
  { "size-huge", 8, "\xff\xff\xff\xff\xff\xff\xff\x7f", 8 },
  { "first-object-free", 16, "\0\0", 2 },
  { "first-object-short", 24, "\1\0\0\0\0\0\0\0", 8 },
  { "first-object-huge", 24, "\xf8\xff\xff\xff\xff\xff\xff\xff", 8 },
};

static void
test_heap (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree gchar *from = golden_file (BASE, "model.h5");
  g_autofree gchar *path = h5_copy (from, "heap.h5");
  const gchar *const facts[MAX_FACTS] = { "heap", "damaged or truncated" };

  damage_heaps (
      path, heap_damages[i].at, heap_damages[i].bytes, heap_damages[i].n);
  expect_failure (path, NULL, LSTM_ERROR_FORMAT, facts);
}

static void
add_numbered (
    const gchar *folder, const gchar *name, guint i, GTestDataFunc function)
{
  g_autofree gchar *path = g_strconcat (folder, name, NULL);

  g_test_add_data_func (path, GUINT_TO_POINTER (i), function);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  h5_begin ();
  g_test_add_func ("/files/no-such-file", test_no_such_file);
  g_test_add_func ("/files/directory", test_directory);
  g_test_add_func ("/files/fifo", test_fifo);
  g_test_add_func ("/files/options", test_options);
  g_test_add_func ("/files/attribute-size", test_attribute_size);
  for (guint i = 0; i < G_N_ELEMENTS (other_files); i++)
    add_numbered ("/files/is-", other_files[i].name, i, test_other_file);
  for (guint i = 0; i < G_N_ELEMENTS (heap_damages); i++)
    add_numbered ("/files/heap/", heap_damages[i].name, i, test_heap);
  for (guint i = 0; i < G_N_ELEMENTS (heap_addresses); i++) {
    g_autofree gchar *path = g_strdup_printf ("/files/heap/address-%u", i);

    g_test_add_data_func (path, &heap_addresses[i], test_heap_address);
  }
  status = g_test_run ();
  h5_end ();
  return status;
}
