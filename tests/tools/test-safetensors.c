/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Safetensors files: what is written and read back, every kind of number, and
 * every way in which a file can lie. */

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <lstm/error.h>

#include "files/safetensors.h"
#include "fixture.h"

/* A file of this header and so many bytes of data. */
static gchar *
write_file (const gchar *name, const gchar *header, gsize header_size,
    gconstpointer data, gsize size)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint64 length = GUINT64_TO_LE ((guint64) header_size);

  g_byte_array_append (bytes, (const guint8 *) &length, sizeof length);
  g_byte_array_append (bytes, (const guint8 *) header, (guint) header_size);
  g_byte_array_append (bytes, data, (guint) size);
  return tool_fixture_write (name, bytes->data, bytes->len);
}

/* ---- what is right ---- */

typedef struct {
  const gchar *dtype;
  guint8 bytes[8];
  gsize size;
  gfloat expected;
} Kind;

static const Kind kinds[] = {
  { "BOOL", { 1 }, 1, 1 },
  { "U8", { 200 }, 1, 200 },
  { "I8", { 200 }, 1, -56 },
  { "U16", { 1, 0xff }, 2, 65281 },
  { "I16", { 1, 0xff }, 2, -255 },
  { "U32", { 0, 0, 0, 0x80 }, 4, 2147483648.0f },
  { "I32", { 0, 0, 0, 0x80 }, 4, -2147483648.0f },
  { "U64", { 0, 0, 0, 0, 0, 0, 0, 0x80 }, 8, 0x1p63f },
  { "I64", { 0, 0, 0, 0, 0, 0, 0, 0x80 }, 8, -0x1p63f },
  { "F16", { 0, 0xc2 }, 2, -3 },
  { "BF16", { 0x40, 0xc0 }, 2, -3 },
  { "F32", { 0, 0, 0x40, 0xc0 }, 4, -3 },
  { "F64", { 0, 0, 0, 0, 0, 0, 0x08, 0xc0 }, 8, -3 },
};

static void
test_kind (gconstpointer data)
{
  const Kind *kind = data;
  g_autofree gchar *header = g_strdup_printf (
      "{\"a\":{\"dtype\":\"%s\",\"shape\":[1],\"data_offsets\":[0,%zu]}}",
      kind->dtype, kind->size);
  g_autofree gchar *path =
      write_file ("kind", header, strlen (header), kind->bytes, kind->size);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmSafetensors) tensors = lstm_safetensors_load (path, &error);

  g_assert_no_error (error);
  g_assert_cmpfloat (
      lstm_safetensors_find (tensors, "%s", "a")->data[0], ==, kind->expected);
}

static LstmArray *
make_array (guint rank, gint64 a, gint64 b, gfloat first)
{
  const gint64 shape[] = { a, b };
  LstmArray *array = lstm_array_new (rank, shape, NULL);

  for (gsize i = 0; i < array->count; i++)
    array->data[i] = first + (gfloat) i;
  return array;
}

static void
test_round_trip (void)
{
  g_autofree gchar *path = tool_fixture_path ("written");
  g_autoptr (LstmSafetensors) tensors = lstm_safetensors_new ();
  g_autoptr (LstmSafetensors) back = NULL;
  g_autoptr (GError) error = NULL;
  const LstmArray *array;

  g_assert_true (
      lstm_safetensors_add (tensors, "z/h", make_array (2, 3, 4, 0.5f)));
  g_assert_true (lstm_safetensors_add (
      tensors, "\"q\\ \n\xc3\xa4", make_array (1, 2, 0, 7)));
  g_assert_true (
      lstm_safetensors_add (tensors, "none", make_array (2, 0, 4, 0)));
  g_assert_true (
      lstm_safetensors_add (tensors, "one", make_array (0, 0, 0, 9)));
  g_assert_false (
      lstm_safetensors_add (tensors, "one", make_array (0, 0, 0, 9)));
  lstm_safetensors_set_metadata (tensors, "reset_before", "1, 2");
  g_assert_true (lstm_safetensors_save (tensors, path, &error));
  g_assert_no_error (error);

  back = lstm_safetensors_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (lstm_safetensors_get_n (back), ==, 4);
  g_assert_cmpstr (
      lstm_safetensors_get_metadata (back, "reset_before"), ==, "1, 2");
  g_assert_null (lstm_safetensors_get_metadata (back, "format"));
  g_assert_cmpstr (lstm_safetensors_get_name (back, 0), ==, "z/h");
  array = lstm_safetensors_find (back, "%s", "z/h");
  g_assert_cmpuint (array->rank, ==, 2);
  g_assert_cmpint (array->shape[0], ==, 3);
  g_assert_cmpint (array->shape[1], ==, 4);
  for (gsize i = 0; i < array->count; i++)
    g_assert_cmpfloat (array->data[i], ==, 0.5f + (gfloat) i);
  g_assert_cmpfloat (
      lstm_safetensors_find (back, "%s", "\"q\\ \n\xc3\xa4")->data[1], ==, 8);
  g_assert_cmpuint (lstm_safetensors_find (back, "none")->count, ==, 0);
  g_assert_cmpfloat (lstm_safetensors_find (back, "one")->data[0], ==, 9);
  g_assert_null (lstm_safetensors_find (back, "two"));
}

/* Order of entries, spaces, padding, escapes. */
static void
test_forms (void)
{
  static const gchar header[] =
      " {\n\"b\" : { \"data_offsets\" : [ 4 , 8 ] , \"shape\" : [ ] ,"
      "\"dtype\":\"F32\"},\"\\u00e4\\ud83d\\ude00\\n\":{\"dtype\":\"F32\","
      "\"shape\":[1,1],\"data_offsets\":[0,4]},\"__metadata__\":{}}   ";
  static const guint8 data[8] = { 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40 };
  g_autofree gchar *path =
      write_file ("forms", header, strlen (header), data, sizeof data);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmSafetensors) tensors = lstm_safetensors_load (path, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (
      lstm_safetensors_get_name (tensors, 0), ==, "\xc3\xa4\xf0\x9f\x98\x80\n");
  g_assert_cmpfloat (lstm_safetensors_get (tensors, 0)->data[0], ==, 1);
  g_assert_cmpfloat (lstm_safetensors_find (tensors, "b")->data[0], ==, 2);
}

/* ---- what is wrong ---- */

#define ENTRY(dtype, shape, offsets)                                           \
  "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

typedef struct {
  const gchar *name;
  const gchar *header;
  gsize size; /* of the data */
  gint code;
  const gchar *words;
} Bad;

static const Bad bad[] = {
  { "gap", "{\"a\":" ENTRY ("F32", "[1]", "[4,8]") "}", 8, LSTM_ERROR_FORMAT,
      "'a'|bytes 4 to 8|begin at 0" },
  { "overlap",
      "{\"a\":" ENTRY ("F32", "[2]", "[0,8]") ",\"b\":" ENTRY (
          "F32", "[2]", "[4,12]") "}",
      12, LSTM_ERROR_FORMAT, "'b'|bytes 4 to 12|begin at 8" },
  { "shared",
      "{\"a\":" ENTRY ("F32", "[1]", "[0,4]") ",\"b\":" ENTRY (
          "F32", "[1]", "[0,4]") "}",
      4, LSTM_ERROR_FORMAT, "bytes 0 to 4|begin at 4" },
  { "cut-off", "{\"a\":" ENTRY ("F32", "[2]", "[0,8]") "}", 4,
      LSTM_ERROR_FORMAT, "'a'|bytes 0 to 8 of 4|cut off" },
  { "left-over", "{\"a\":" ENTRY ("F32", "[1]", "[0,4]") "}", 6,
      LSTM_ERROR_FORMAT, "2 bytes at its end" },
  { "backwards", "{\"a\":" ENTRY ("F32", "[1]", "[4,0]") "}", 4,
      LSTM_ERROR_FORMAT, "'a'|bytes 4 to 0" },
  { "shape-and-offsets", "{\"a\":" ENTRY ("F32", "[3]", "[0,8]") "}", 8,
      LSTM_ERROR_FORMAT, "'a'|(3,)|bytes 0 to 8" },
  { "shape-wraps",
      "{\"a\":" ENTRY ("F32", "[4611686018427387905,4]", "[0,16]") "}", 16,
      LSTM_ERROR_FORMAT, "'a'|(4611686018427387905, 4)" },
  { "offset-too-large",
      "{\"a\":" ENTRY ("F32", "[1]", "[0,99999999999999999999]") "}", 4,
      LSTM_ERROR_FORMAT, "header is damaged|below 2^63" },
  { "rank-9", "{\"a\":" ENTRY ("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4,
      LSTM_ERROR_FORMAT, "header is damaged|fewer numbers" },
  { "negative", "{\"a\":" ENTRY ("F32", "[-1]", "[0,4]") "}", 4,
      LSTM_ERROR_FORMAT, "header is damaged|'-'" },
  { "fraction", "{\"a\":" ENTRY ("F32", "[1.0]", "[0,4]") "}", 4,
      LSTM_ERROR_FORMAT, "header is damaged|'.'" },
  { "leading-zero", "{\"a\":" ENTRY ("F32", "[01]", "[0,4]") "}", 4,
      LSTM_ERROR_FORMAT, "leading zeros" },
  { "one-offset", "{\"a\":" ENTRY ("F32", "[1]", "[4]") "}", 4,
      LSTM_ERROR_FORMAT, "two data_offsets" },
  { "three-offsets", "{\"a\":" ENTRY ("F32", "[1]", "[0,4,4]") "}", 4,
      LSTM_ERROR_FORMAT, "header is damaged" },
  { "dtype-unknown", "{\"a\":" ENTRY ("F8_E4M3", "[4]", "[0,4]") "}", 4,
      LSTM_ERROR_UNSUPPORTED, "'a'|'F8_E4M3'|known are" },
  { "name-twice",
      "{\"a\":" ENTRY ("F32", "[1]", "[0,4]") ",\"a\":" ENTRY (
          "F32", "[1]", "[4,8]") "}",
      8, LSTM_ERROR_FORMAT, "'a' twice" },
  { "name-twice-escaped",
      "{\"a\":" ENTRY ("F32", "[1]", "[0,4]") ",\"\\u0061\":" ENTRY (
          "F32", "[1]", "[4,8]") "}",
      8, LSTM_ERROR_FORMAT, "'a' twice" },
  { "metadata-twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0,
      LSTM_ERROR_FORMAT, "'__metadata__' twice" },
  { "metadata-key-twice", "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0,
      LSTM_ERROR_FORMAT, "each key of __metadata__ once" },
  { "metadata-number", "{\"__metadata__\":{\"k\":1}}", 0, LSTM_ERROR_FORMAT,
      "'1'|expected '\"'" },
  { "key-twice",
      "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],"
      "\"data_offsets\":[0,4]}}",
      4, LSTM_ERROR_FORMAT, "each once" },
  { "key-missing", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 0,
      LSTM_ERROR_FORMAT, "data_offsets" },
  { "key-unknown",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"offsets\":[0,4]}}", 4,
      LSTM_ERROR_FORMAT, "each once" },
  { "no-utf8", "{\"a\xff\":" ENTRY ("F32", "[1]", "[0,4]") "}", 4,
      LSTM_ERROR_FORMAT, "UTF-8" },
  { "half-a-pair", "{\"\\ud83d\":" ENTRY ("F32", "[1]", "[0,4]") "}", 4,
      LSTM_ERROR_FORMAT, "four hex digits" },
  { "two-first-halves",
      "{\"\\ud83d\\ud83d\":" ENTRY ("F32", "[1]", "[0,4]") "}", 4,
      LSTM_ERROR_FORMAT, "second half" },
  { "nul-in-name", "{\"a\\u0000\":" ENTRY ("F32", "[1]", "[0,4]") "}", 4,
      LSTM_ERROR_FORMAT, "four hex digits" },
  { "escape-unknown", "{\"\\x\":" ENTRY ("F32", "[1]", "[0,4]") "}", 4,
      LSTM_ERROR_FORMAT, "escape" },
  { "control-character", "{\"\x01\":" ENTRY ("F32", "[1]", "[0,4]") "}", 4,
      LSTM_ERROR_FORMAT, "control characters" },
  { "string-no-end", "{\"a", 0, LSTM_ERROR_FORMAT, "its end" },
  { "comma-at-end", "{\"a\":" ENTRY ("F32", "[1]", "[0,4]") ",}", 4,
      LSTM_ERROR_FORMAT, "'}'|expected '\"'" },
  { "more-after", "{} x", 0, LSTM_ERROR_FORMAT, "'x'|expected its end" },
  { "list", "[]", 0, LSTM_ERROR_FORMAT, "'['|expected '{'" },
  { "tensor-list", "{\"a\":[]}", 0, LSTM_ERROR_FORMAT, "'['|expected '{'" },
};

static void
test_bad (gconstpointer data)
{
  const Bad *b = data;
  const guint8 zeros[16] = { 0 };
  g_autofree gchar *path =
      write_file ("bad", b->header, strlen (b->header), zeros, b->size);
  g_autoptr (GError) error = NULL;

  g_assert_null (lstm_safetensors_load (path, &error));
  tool_fixture_check_error (&error, b->code, path, b->words);
}

typedef struct {
  const gchar *name;
  const gchar *content;
  gsize size;
  const gchar *words;
} NoFile;

static const NoFile none[] = {
  { "empty", "", 0, "no safetensors file|0 bytes" },
  { "seven-bytes", "\2\0\0\0\0\0\0", 7, "no safetensors file|7 bytes" },
  { "header-cut-off", "\x10\0\0\0\0\0\0\0{}", 10, "16 bytes long|at most 2" },
  { "header-of-exabytes", "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10,
      "18446744073709551615 bytes long|at most 2" },
  { "header-of-none", "\0\0\0\0\0\0\0\0", 8, "its end|expected '{'" },
};

static void
test_none (gconstpointer data)
{
  const NoFile *n = data;
  g_autofree gchar *path = tool_fixture_write ("none", n->content, n->size);
  g_autoptr (GError) error = NULL;

  g_assert_null (lstm_safetensors_load (path, &error));
  tool_fixture_check_error (&error, LSTM_ERROR_FORMAT, path, n->words);
}

static void
test_no_file (void)
{
  g_autofree gchar *path = tool_fixture_path ("nothing-here");
  g_autoptr (GError) error = NULL;

  g_assert_null (lstm_safetensors_load (path, &error));
  tool_fixture_check_error (&error, LSTM_ERROR_IO, path, "No such file");
}

/* Each bit of a good file turned, and each shorter file. */
/* A header of the greatest length that the format has, and one byte more; the
 * file has all of it, as zeros without blocks. */
static void
test_header_large (void)
{
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *path = write_file ("large", "", 0, NULL, 0);
    const guint64 length = G_GUINT64_CONSTANT (100000000) + i;
    const guint64 stored = GUINT64_TO_LE (length);
    g_autoptr (GError) error = NULL;
    g_autoptr (LstmSafetensors) tensors = NULL;
    FILE *file = g_fopen (path, "wb");

    g_assert_cmpuint (fwrite (&stored, sizeof stored, 1, file), ==, 1);
    g_assert_cmpint (fclose (file), ==, 0);
    g_assert_cmpint (truncate (path, (off_t) (sizeof stored + length)), ==, 0);

    tensors = lstm_safetensors_load (path, &error);
    g_assert_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT);
    g_assert_nonnull (strstr (error->message,
        i == 1 ? "100000001 bytes long, expected at most 100000000"
               : "expected '{'"));
  }
}

static void
test_mutations (void)
{
  static const gchar header[] =
      "{\"__metadata__\":{\"k\":\"v\"},\"a\":" ENTRY ("F32", "[1,2]",
          "[0,8]") ",\"\\u00e4\":" ENTRY ("I8", "[3]", "[8,11]") "}";
  const guint8 data[11] = { 0 };
  g_autofree gchar *good =
      write_file ("good", header, strlen (header), data, sizeof data);
  g_autofree gchar *bytes = NULL;
  guint n_loaded = 0, n_refused = 0;
  gsize size;

  g_assert_true (g_file_get_contents (good, &bytes, &size, NULL));
  for (gsize i = 0; i < size * 8; i++) {
    g_autofree gchar *path = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (LstmSafetensors) tensors = NULL;

    bytes[i / 8] = (gchar) (bytes[i / 8] ^ (1 << i % 8));
    path = tool_fixture_write ("mutant", bytes, size);
    bytes[i / 8] = (gchar) (bytes[i / 8] ^ (1 << i % 8));
    tensors = lstm_safetensors_load (path, &error);
    g_assert_true ((tensors == NULL) == (error != NULL));
    n_loaded += tensors != NULL;
    n_refused += tensors == NULL;
  }
  g_assert_cmpuint (n_loaded, >=, sizeof data * 8);
  g_assert_cmpuint (n_refused, >, 500);
  for (gsize i = 0; i < size; i++) {
    g_autofree gchar *path = tool_fixture_write ("short", bytes, i);
    g_autoptr (GError) error = NULL;

    g_assert_null (lstm_safetensors_load (path, &error));
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
    g_autofree gchar *name =
        g_strconcat ("/safetensors/kind/", kinds[i].dtype, NULL);

    g_test_add_data_func (name, &kinds[i], test_kind);
  }
  g_test_add_func ("/safetensors/round-trip", test_round_trip);
  g_test_add_func ("/safetensors/forms", test_forms);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *name =
        g_strconcat ("/safetensors/bad/", bad[i].name, NULL);

    g_test_add_data_func (name, &bad[i], test_bad);
  }
  for (guint i = 0; i < G_N_ELEMENTS (none); i++) {
    g_autofree gchar *name =
        g_strconcat ("/safetensors/none/", none[i].name, NULL);

    g_test_add_data_func (name, &none[i], test_none);
  }
  g_test_add_func ("/safetensors/bad/no-file", test_no_file);
  g_test_add_func ("/safetensors/bad/header-large", test_header_large);
  g_test_add_func ("/safetensors/bad/mutations", test_mutations);
  status = g_test_run ();
  tool_fixture_clear ();
  return status;
}
