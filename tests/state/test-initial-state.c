/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A stream's first state from safetensors, and the files that must be refused.
 */

#include "engine/fixture.h"
#include "states.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  LstmPlan *plan; /* slots layer_0/h and layer_0/c of [4] */
  LstmStream *stream;
  gchar *dir;
  gchar *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  gsize n;
  gfloat *numbers;

  f->plan = states_plan ();
  f->stream = lstm_stream_new (f->plan);
  numbers = lstm_stream_get_data (f->stream, &n);
  for (gsize i = 0; i < n; i++)
    numbers[i] = 100;
  f->dir = states_make_dir ();
  f->path = g_build_filename (f->dir, "start.safetensors", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  lstm_stream_free (f->stream);
  lstm_plan_unref (f->plan);
  g_free (f->path);
  states_remove_dir (f->dir);
}

static GByteArray *
make_file (const gchar *header, guint n_floats)
{
  GByteArray *file = g_byte_array_new ();
  guint64 length = GUINT64_TO_LE (strlen (header));

  g_byte_array_append (file, (guint8 *) &length, sizeof length);
  g_byte_array_append (file, (const guint8 *) header, strlen (header));
  for (guint i = 0; i < n_floats; i++) {
    gfloat number = 0.5f + (gfloat) i;
    guint32 bits;

    memcpy (&bits, &number, sizeof bits);
    bits = GUINT32_TO_LE (bits);
    g_byte_array_append (file, (guint8 *) &bits, sizeof bits);
  }
  return file;
}

static gboolean
load (Fixture *f, const GByteArray *file, GError **error)
{
  g_assert_true (g_file_set_contents (
      f->path, (const gchar *) file->data, file->len, NULL));
  return lstm_stream_load_initial_state (f->stream, f->path, error);
}

static void
has (Fixture *f, const gfloat *expected)
{
  gsize n;
  const gfloat *numbers = lstm_stream_get_data (f->stream, &n);

  g_assert_cmpmem (numbers, n * 4, expected, 8 * 4);
}

static void
untouched (Fixture *f)
{
  static const gfloat before[8] = { 100, 100, 100, 100, 100, 100, 100, 100 };

  has (f, before);
}

#define TENSOR(name, shape, begin, end)                                        \
  "\"" name "\":{\"dtype\":\"F32\",\"shape\":[" shape                          \
  "],\"data_offsets\":[" #begin "," #end "]}"

#define BOTH                                                                   \
  "{" TENSOR ("layer_0/c", "1,4", 0, 16) "," TENSOR (                          \
      "layer_0/h", "4", 16, 32) ",\"__metadata__\":{\"of\":\"a test\"}}  "

static void
test_both (Fixture *f, gconstpointer data)
{
  static const gfloat expected[8] = { 4.5, 5.5, 6.5, 7.5, 0.5, 1.5, 2.5, 3.5 };
  g_autoptr (GByteArray) file = make_file (BOTH, 8);
  g_autoptr (GError) error = NULL;

  g_assert_true (load (f, file, &error));
  g_assert_no_error (error);
  has (f, expected);
}

/* What the file does not name is zero. */
static void
test_one (Fixture *f, gconstpointer data)
{
  static const gfloat expected[8] = { 0, 0, 0, 0, 0.5, 1.5, 2.5, 3.5 };
  g_autoptr (GByteArray) file =
      make_file ("{" TENSOR ("layer_0/c", "4", 0, 16) "}", 4);

  g_assert_true (load (f, file, NULL));
  has (f, expected);
}

static void
test_none (Fixture *f, gconstpointer data)
{
  static const gfloat expected[8] = { 0 };
  g_autoptr (GByteArray) file = make_file ("{}", 0);

  g_assert_true (load (f, file, NULL));
  has (f, expected);
}

typedef struct {
  const gchar *name;
  const gchar *header;
  guint n_floats;
  gint code;
  const gchar *facts[3];
} Bad;

#define FORMAT LSTM_ERROR_FORMAT

/* What the reader says of a damaged file is tested with the reader. */
static const Bad bad[] = {
  { "unknown-name", "{" TENSOR ("layer_0/H", "4", 0, 16) "}", 4,
      LSTM_ERROR_VALUE,
      { "'layer_0/H' is no state", "did you mean 'layer_0/h'",
          "layer_0/h, layer_0/c" } },
  { "shape", "{" TENSOR ("layer_0/h", "5", 0, 20) "}", 5, LSTM_ERROR_SHAPE,
      { "'layer_0/h'", "(5,)", "expected (4,)" } },
  { "batch-of-two", "{" TENSOR ("layer_0/h", "2,4", 0, 32) "}", 8,
      LSTM_ERROR_SHAPE, { "(2, 4)", "expected (4,)" } },
  { "no-dtype", "{\"layer_0/h\":{\"shape\":[4],\"data_offsets\":[0,16]}}", 4,
      FORMAT, { NULL } },
  { "no-shape", "{\"layer_0/h\":{\"dtype\":\"F32\",\"data_offsets\":[0,16]}}",
      4, FORMAT, { NULL } },
  { "no-offsets", "{\"layer_0/h\":{\"dtype\":\"F32\",\"shape\":[4]}}", 4,
      FORMAT, { NULL } },
  { "negative-axis", "{" TENSOR ("layer_0/h", "-4", 0, 16) "}", 4, FORMAT,
      { NULL } },
  { "axes-that-wrap",
      "{" TENSOR ("layer_0/h", "536870912,536870912,536870912", 0, 16) "}", 4,
      FORMAT, { NULL } },
  { "broken-axis", "{" TENSOR ("layer_0/h", "4.5", 0, 16) "}", 4, FORMAT,
      { NULL } },
  { "seven-axes", "{" TENSOR ("layer_0/h", "1,1,1,1,1,1,4", 0, 16) "}", 4,
      LSTM_ERROR_SHAPE, { "(1, 1, 1, 1, 1, 1, 4)", "expected (4,)" } },
  { "end-beyond", "{" TENSOR ("layer_0/h", "4", 0, 16) "}", 3, FORMAT,
      { NULL } },
  { "end-before-begin", "{" TENSOR ("layer_0/h", "4", 16, 0) "}", 4, FORMAT,
      { NULL } },
  { "negative-begin", "{" TENSOR ("layer_0/h", "4", -8, 8) "}", 4, FORMAT,
      { NULL } },
  { "size-not-shape", "{" TENSOR ("layer_0/h", "4", 0, 12) "}", 3, FORMAT,
      { NULL } },
  { "overlap",
      "{" TENSOR ("layer_0/h", "4", 0, 16) "," TENSOR (
          "layer_0/c", "4", 8, 24) "}",
      6, FORMAT, { NULL } },
  { "gap", "{" TENSOR ("layer_0/h", "4", 4, 20) "}", 5, FORMAT, { NULL } },
  { "behind", "{" TENSOR ("layer_0/h", "4", 0, 16) "}", 5, FORMAT, { NULL } },
  { "name-twice",
      "{" TENSOR ("layer_0/h", "4", 0, 16) "," TENSOR (
          "layer_0/h", "4", 16, 32) "}",
      8, FORMAT, { NULL } },
  { "no-object", "[1]", 0, FORMAT, { NULL } },
  { "no-json", "{\"layer", 0, FORMAT, { NULL } },
  { "tensor-no-object", "{\"layer_0/h\":3}", 0, FORMAT, { NULL } },
  { "deep", "{\"a\":[[[[[[1]]]]]]}", 0, FORMAT, { NULL } },
  { "no-utf8", "{\"\377\":1}", 0, FORMAT, { NULL } },
};

static void
refused (Fixture *f, const GByteArray *file, gint code, const gchar *a,
    const gchar *b, const gchar *c)
{
  const gchar *facts[] = { f->path, a, b, c };
  g_autoptr (GError) error = NULL;

  g_assert_false (load (f, file, &error));
  g_assert_error (error, LSTM_ERROR, code);
  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    if (facts[i] && !strstr (error->message, facts[i]))
      g_error ("'%s' does not say '%s'", error->message, facts[i]);
  untouched (f);
}

static void
test_bad (Fixture *f, gconstpointer data)
{
  const Bad *b = data;
  g_autoptr (GByteArray) file = make_file (b->header, b->n_floats);

  refused (f, file, b->code, b->facts[0], b->facts[1], b->facts[2]);
}

static void
test_header_length (Fixture *f, gconstpointer data)
{
  g_autoptr (GByteArray) file = make_file (BOTH, 8);

  memset (file->data, 0xff, 8);
  refused (f, file, FORMAT, NULL, NULL, NULL);
}

static void
test_short (Fixture *f, gconstpointer data)
{
  g_autoptr (GByteArray) file = make_file (BOTH, 8);

  g_byte_array_set_size (file, 7);
  refused (f, file, FORMAT, NULL, NULL, NULL);
}

static void
test_no_file (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (lstm_stream_load_initial_state (f->stream, f->path, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_IO);
  g_assert_nonnull (strstr (error->message, f->path));
  untouched (f);
}

/* Every length, and every byte of the header as a few others: refused with a
 * reason and the stream untouched, or right. */
static void
test_mutations (Fixture *f, gconstpointer data)
{
  static const guint8 values[] = { 0, '"', '{', ']', '9', '-', 0xff };
  g_autoptr (GByteArray) file = make_file (BOTH, 8);
  guint whole = file->len, n_refused = 0;

  for (guint n = 0; n < whole; n++) {
    GByteArray part = { file->data, n };
    g_autoptr (GError) error = NULL;

    g_assert_false (load (f, &part, &error));
    g_assert_error (error, LSTM_ERROR, FORMAT);
    untouched (f);
  }
  for (guint i = 0; i < whole - 32; i++)
    for (guint k = 0; k < G_N_ELEMENTS (values); k++) {
      guint8 old = file->data[i];
      g_autoptr (GError) error = NULL;
      gsize n;

      file->data[i] = values[k];
      if (!load (f, file, &error)) {
        g_assert_true (error->domain == LSTM_ERROR);
        untouched (f);
        n_refused++;
      }
      for (gfloat *p = lstm_stream_get_data (f->stream, &n); n > 0; n--)
        p[n - 1] = 100;
      file->data[i] = old;
    }
  g_assert_cmpuint (n_refused, >, 700);
}

#define ADD(path, data, func)                                                  \
  g_test_add (path, Fixture, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/initial-state/both", NULL, test_both);
  ADD ("/initial-state/one", NULL, test_one);
  ADD ("/initial-state/none", NULL, test_none);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/initial-state/bad/%s", bad[i].name);

    ADD (path, &bad[i], test_bad);
  }
  ADD ("/initial-state/bad/header-length", NULL, test_header_length);
  ADD ("/initial-state/bad/short", NULL, test_short);
  ADD ("/initial-state/bad/no-file", NULL, test_no_file);
  ADD ("/initial-state/mutations", NULL, test_mutations);
  return g_test_run ();
}
