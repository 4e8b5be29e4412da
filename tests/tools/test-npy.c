/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Arrays in NumPy's files: every kind of number, every way to be damaged. */

#include <math.h>
#include <string.h>

#include <lstm/error.h>

#include "files/npy.h"
#include "fixture.h"

/* A file: magic, version, a header of 118 bytes as numpy.save() makes it. */
static GByteArray *
make_npy (const gchar *dict, gconstpointer data, gsize size)
{
  GByteArray *bytes = g_byte_array_new ();
  g_autofree gchar *header = g_strdup_printf ("%-117s\n", dict);
  guint8 length[2] = { (guint8) strlen (header),
    (guint8) (strlen (header) >> 8) };

  g_byte_array_append (bytes, (const guint8 *) "\x93NUMPY\1\0", 8);
  g_byte_array_append (bytes, length, 2);
  g_byte_array_append (bytes, (const guint8 *) header, (guint) strlen (header));
  g_byte_array_append (bytes, data, (guint) size);
  return bytes;
}

static gchar *
write_npy (const gchar *name, const gchar *dict, gconstpointer data, gsize size)
{
  g_autoptr (GByteArray) bytes = make_npy (dict, data, size);

  return tool_fixture_write (name, bytes->data, bytes->len);
}

/* ---- numbers of every kind ---- */

typedef struct {
  const gchar *descr;
  guint8 bytes[16]; /* two numbers */
  gsize size;       /* of one */
  gfloat expected[2];
} Kind;

static const Kind kinds[] = {
  { "|b1", { 0, 1 }, 1, { 0, 1 } },
  { "|u1", { 3, 255 }, 1, { 3, 255 } },
  { "|i1", { 3, 255 }, 1, { 3, -1 } },
  { "<u2", { 1, 2, 0xff, 0xff }, 2, { 513, 65535 } },
  { "<i2", { 1, 2, 0xff, 0xff }, 2, { 513, -1 } },
  { ">i2", { 2, 1, 0xff, 0xfe }, 2, { 513, -2 } },
  { "<u4", { 1, 0, 1, 0, 0, 0, 0, 0x80 }, 4, { 65537, 2147483648.0f } },
  { "<i4", { 1, 0, 1, 0, 0, 0, 0, 0x80 }, 4, { 65537, -2147483648.0f } },
  { ">i4", { 0, 1, 0, 1, 0x80, 0, 0, 0 }, 4, { 65537, -2147483648.0f } },
  { "<u8", { 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0 }, 8,
      { 9, 4294967296.0f } },
  { "<i8", { 9, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255 },
      8, { 9, -1 } },
  { ">i8", { 0, 0, 0, 0, 0, 0, 0, 9, 255, 255, 255, 255, 255, 255, 255, 254 },
      8, { 9, -2 } },
  { "<f2", { 0, 0x3c, 1, 0x80 }, 2, { 1, -0x1p-24f } },
  { ">f2", { 0x7b, 0xff, 0xfc, 0 }, 2, { 65504, -INFINITY } },
  { "<f4", { 0, 0, 0x20, 0x3f, 0, 0, 0x80, 0xff }, 4, { 0.625f, -INFINITY } },
  { ">f4", { 0x3f, 0x20, 0, 0, 0xbf, 0x80, 0, 0 }, 4, { 0.625f, -1 } },
  { "=f4", { 0, 0, 0x20, 0x3f, 0, 0, 0x80, 0xbf }, 4, { 0.625f, -1 } },
  { "<f8", { 0, 0, 0, 0, 0, 0, 0xe4, 0x3f, 0, 0, 0, 0, 0, 0, 0xf0, 0xbf }, 8,
      { 0.625f, -1 } },
  { ">f8", { 0x3f, 0xe4, 0, 0, 0, 0, 0, 0, 0xbf, 0xf0, 0, 0, 0, 0, 0, 0 }, 8,
      { 0.625f, -1 } },
};

static void
test_kind (gconstpointer data)
{
  const Kind *kind = data;
  g_autofree gchar *dict = g_strdup_printf (
      "{'descr': '%s', 'fortran_order': False, 'shape': (2,), }", kind->descr);
  g_autofree gchar *path =
      write_npy ("kind.npy", dict, kind->bytes, 2 * kind->size);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmArray) array = lstm_npy_load (path, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (array->rank, ==, 1);
  g_assert_cmpint (array->shape[0], ==, 2);
  g_assert_cmpmem (
      array->data, 2 * sizeof (gfloat), kind->expected, sizeof kind->expected);
}

/* 2 x 3 x 2, the first axis fastest: element [i][j][k] is 100 i + 10 j + k. */
static void
test_fortran (void)
{
  static const gfloat stored[] = { 0, 100, 10, 110, 20, 120, 1, 101, 11, 111,
    21, 121 };
  static const gfloat expected[] = { 0, 1, 10, 11, 20, 21, 100, 101, 110, 111,
    120, 121 };
  g_autofree gchar *path = write_npy ("fortran.npy",
      "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3, 2), }", stored,
      sizeof stored);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmArray) array = lstm_npy_load (path, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (array->rank, ==, 3);
  g_assert_cmpmem (
      array->data, array->count * sizeof (gfloat), expected, sizeof expected);
}

/* Version 2 has 4 bytes of length; the order of keys and quotes are free. */
static void
test_version_2 (void)
{
  static const guint8 head[] = "\x93NUMPY\2\0\x3e\0\0";
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree gchar *dict = g_strdup_printf ("%-61s\n",
      "{\"shape\": (1, 1), \"fortran_order\": False, \"descr\": \"<f4\"}");
  g_autofree gchar *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmArray) array = NULL;

  g_byte_array_append (bytes, head, sizeof head);
  g_byte_array_append (bytes, (const guint8 *) dict, 62);
  g_byte_array_append (bytes, (const guint8 *) "\0\0\x20\x3f", 4);
  path = tool_fixture_write ("version2.npy", bytes->data, bytes->len);
  array = lstm_npy_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (array->rank, ==, 2);
  g_assert_cmpfloat (array->data[0], ==, 0.625f);
}

static void
test_scalar_and_empty (void)
{
  static const gfloat one = 7;
  g_autofree gchar *scalar = write_npy ("scalar.npy",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", &one,
      sizeof one);
  g_autofree gchar *empty = write_npy ("empty.npy",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 5), }", "", 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmArray) a = lstm_npy_load (scalar, &error);
  g_autoptr (LstmArray) b = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (a->rank, ==, 0);
  g_assert_cmpfloat (a->data[0], ==, 7);
  b = lstm_npy_load (empty, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (b->count, ==, 0);
  g_assert_cmpint (b->shape[1], ==, 5);
}

static void
test_round_trip (void)
{
  const gint64 shape[] = { 3, 1, 5 };
  g_autofree gchar *path = tool_fixture_path ("written.npy");
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmArray) array = lstm_array_new (3, shape, &error);
  g_autoptr (LstmArray) back = NULL;
  g_autofree gchar *text = NULL;
  gsize size;

  g_assert_no_error (error);
  for (gsize i = 0; i < array->count; i++)
    array->data[i] = (gfloat) i / 3;
  g_assert_true (lstm_npy_save (array, path, &error));
  g_assert_no_error (error);
  back = lstm_npy_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (back->rank, ==, 3);
  g_assert_cmpmem (back->shape, sizeof shape, shape, sizeof shape);
  g_assert_cmpmem (back->data, back->count * sizeof (gfloat), array->data,
      array->count * sizeof (gfloat));
  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  g_assert_cmpuint (size, ==, 128 + 15 * sizeof (gfloat));
  g_assert_cmpint (text[127], ==, '\n');
}

static void
test_not_writable (void)
{
  const gint64 shape[] = { 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmArray) array = lstm_array_new (1, shape, &error);
  g_autofree gchar *path = tool_fixture_path ("no-such-folder/x.npy");

  g_assert_false (lstm_npy_save (array, path, &error));
  tool_fixture_check_error (
      &error, LSTM_ERROR_IO, path, "cannot write it|No such file");
}

/* A device that is full, not a folder that is not there. */
static void
test_full (void)
{
  const gint64 shape[] = { 100000 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmArray) array = lstm_array_new (1, shape, &error);

  if (!g_file_test ("/dev/full", G_FILE_TEST_EXISTS)) {
    g_test_skip ("this system has no /dev/full");
    return;
  }
  g_assert_false (lstm_npy_save (array, "/dev/full", &error));
  tool_fixture_check_error (
      &error, LSTM_ERROR_IO, "/dev/full", "cannot write it|No space left");
}

/* ---- damage ---- */

typedef struct {
  const gchar *name;
  const gchar *dict;
  gsize size; /* of the data */
  gint code;
  const gchar *words;
} Bad;

static const Bad bad[] = {
  { "truncated", "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }",
      12, LSTM_ERROR_FORMAT, "shape (4,)|4 bytes a number|12 bytes follow" },
  { "left-over", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
      12, LSTM_ERROR_FORMAT, "shape (2,)|12 bytes follow" },
  { "shape-overflows",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, "
      "4294967296), }",
      16, LSTM_ERROR_FORMAT, "shape (4294967296, 4294967296)" },
  { "shape-wraps-to-zero",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, "
      "4), }",
      0, LSTM_ERROR_FORMAT, "shape (4611686018427387904, 4)" },
  { "shape-too-large",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999"
      ",), }",
      4, LSTM_ERROR_FORMAT, "header is damaged|below 2^63" },
  { "shape-negative",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 4,
      LSTM_ERROR_FORMAT, "header is damaged|'-'|whole number" },
  { "rank-9",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, "
      "1, 1), }",
      4, LSTM_ERROR_FORMAT, "header is damaged|fewer numbers" },
  { "shape-list", "{'descr': '<f4', 'fortran_order': False, 'shape': [4], }",
      16, LSTM_ERROR_FORMAT, "header is damaged|'['|expected '('" },
  { "object", "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 8,
      LSTM_ERROR_UNSUPPORTED, "Python objects" },
  { "complex", "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", 8,
      LSTM_ERROR_UNSUPPORTED, "complex numbers|'<c8'|astype" },
  { "text", "{'descr': '<U4', 'fortran_order': False, 'shape': (1,), }", 16,
      LSTM_ERROR_UNSUPPORTED, "holds text|'<U4'" },
  { "long-double", "{'descr': '<f16', 'fortran_order': False, 'shape': (1,), }",
      16, LSTM_ERROR_UNSUPPORTED, "not read|'<f16'" },
  { "dtype-alone", "{'descr': 'f4', 'fortran_order': False, 'shape': (1,), }",
      4, LSTM_ERROR_UNSUPPORTED, "'f4'" },
  { "records",
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4,
      LSTM_ERROR_UNSUPPORTED, "records" },
  { "key-missing", "{'descr': '<f4', 'shape': (1,), }", 4, LSTM_ERROR_FORMAT,
      "header is damaged|'fortran_order'" },
  { "key-twice",
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
      4, LSTM_ERROR_FORMAT, "header is damaged|each once" },
  { "key-unknown",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", 4,
      LSTM_ERROR_FORMAT, "header is damaged|each once" },
  { "order-no-bool", "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", 4,
      LSTM_ERROR_FORMAT, "header is damaged|'0'|True or False" },
  { "no-end", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)", 4,
      LSTM_ERROR_FORMAT, "header is damaged|its end|expected '}'" },
  { "more-after", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
      4, LSTM_ERROR_FORMAT, "header is damaged|'x'|expected its end" },
  { "string-no-end", "{'descr", 4, LSTM_ERROR_FORMAT, "header is damaged" },
  { "no-dictionary", "", 4, LSTM_ERROR_FORMAT, "header is damaged|'{'" },
};

static void
test_bad (gconstpointer data)
{
  const Bad *b = data;
  const guint8 zeros[16] = { 0 };
  g_autofree gchar *path = write_npy ("bad.npy", b->dict, zeros, b->size);
  g_autoptr (GError) error = NULL;

  g_assert_null (lstm_npy_load (path, &error));
  tool_fixture_check_error (&error, b->code, path, b->words);
}

/* ---- what is no array at all ---- */

typedef struct {
  const gchar *name;
  const gchar *content;
  gsize size;
  gint code;
  const gchar *words;
} NoArray;

static const NoArray no_arrays[] = {
  { "empty", "", 0, LSTM_ERROR_FORMAT, "no NumPy array|0 bytes" },
  { "csv", "1.0,2.0\n3.0,4.0\n", 16, LSTM_ERROR_FORMAT,
      "no NumPy array|31 2e 30 2c" },
  { "zip", "PK\3\4aaaaaaaaaaaaaaaa", 20, LSTM_ERROR_FORMAT, "not numpy.savez" },
  { "version-9", "\x93NUMPY\x09\0\0\0aaaa", 14, LSTM_ERROR_UNSUPPORTED,
      "version 9.0" },
  { "header-too-long", "\x93NUMPY\1\0\xff\xff{}", 12, LSTM_ERROR_FORMAT,
      "65535 bytes long|at most 12" },
  { "header-of-gigabytes", "\x93NUMPY\2\0\xff\xff\xff\xff{}", 14,
      LSTM_ERROR_FORMAT, "4294967295 bytes long" },
  { "header-cut-off", "\x93NUMPY\1\0\x08\0{}", 12, LSTM_ERROR_FORMAT,
      "cut off" },
  { "magic-only", "\x93NUMPY\1\0", 8, LSTM_ERROR_FORMAT, "8 bytes" },
};

static void
test_no_array (gconstpointer data)
{
  const NoArray *n = data;
  g_autofree gchar *path = tool_fixture_write ("none.npy", n->content, n->size);
  g_autoptr (GError) error = NULL;

  g_assert_null (lstm_npy_load (path, &error));
  tool_fixture_check_error (&error, n->code, path, n->words);
}

static void
test_no_file (void)
{
  g_autofree gchar *path = tool_fixture_path ("nothing-here.npy");
  g_autoptr (GError) error = NULL;

  g_assert_null (lstm_npy_load (path, &error));
  tool_fixture_check_error (
      &error, LSTM_ERROR_IO, path, "No such file|check the path");
}

static void
test_directory (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lstm_npy_load (g_get_tmp_dir (), &error));
  tool_fixture_check_error (
      &error, LSTM_ERROR_IO, g_get_tmp_dir (), "is a directory");
}

/* Each byte of a good file changed, and each shorter file: an error or an
 * array, and no more memory read than there is. */
static void
test_mutations (void)
{
  const guint8 data[24] = { 0 };
  g_autoptr (GByteArray) bytes = make_npy (
      "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", data, 24);
  guint n_loaded = 0, n_refused = 0;

  for (guint i = 0; i < bytes->len; i++)
    for (guint bit = 0; bit < 8; bit++) {
      g_autofree gchar *path = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (LstmArray) array = NULL;

      bytes->data[i] ^= (guint8) (1 << bit);
      path = tool_fixture_write ("mutant.npy", bytes->data, bytes->len);
      bytes->data[i] ^= (guint8) (1 << bit);
      array = lstm_npy_load (path, &error);
      g_assert_true ((array == NULL) == (error != NULL));
      n_loaded += array != NULL;
      n_refused += array == NULL;
    }
  g_assert_cmpuint (n_loaded, >, 24 * 8);
  g_assert_cmpuint (n_refused, >, 300);
  for (guint i = 0; i < bytes->len; i++) {
    g_autofree gchar *path = tool_fixture_write ("short.npy", bytes->data, i);
    g_autoptr (GError) error = NULL;

    g_assert_null (lstm_npy_load (path, &error));
    g_assert_nonnull (error);
  }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  tool_fixture_init ();
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree gchar *name = g_strdup_printf ("/npy/kind/%s", kinds[i].descr);

    g_test_add_data_func (name, &kinds[i], test_kind);
  }
  g_test_add_func ("/npy/fortran-order", test_fortran);
  g_test_add_func ("/npy/version-2", test_version_2);
  g_test_add_func ("/npy/scalar-and-empty", test_scalar_and_empty);
  g_test_add_func ("/npy/round-trip", test_round_trip);
  g_test_add_func ("/npy/not-writable", test_not_writable);
  g_test_add_func ("/npy/disk-full", test_full);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *name = g_strconcat ("/npy/bad/", bad[i].name, NULL);

    g_test_add_data_func (name, &bad[i], test_bad);
  }
  for (guint i = 0; i < G_N_ELEMENTS (no_arrays); i++) {
    g_autofree gchar *name =
        g_strconcat ("/npy/none/", no_arrays[i].name, NULL);

    g_test_add_data_func (name, &no_arrays[i], test_no_array);
  }
  g_test_add_func ("/npy/bad/no-file", test_no_file);
  g_test_add_func ("/npy/bad/directory", test_directory);
  g_test_add_func ("/npy/bad/mutations", test_mutations);
  status = g_test_run ();
  tool_fixture_clear ();
  return status;
}
