/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Zip files around a .keras model: what is read, and what is refused before
 * anything in it is looked at. The base is a golden file. */

#include "common/golden.h"
#include "expect.h"
#include "h5-edit.h"
#include "zip-edit.h"

#define BASE "stateless_stack"
#define CONFIG "config.json"
#define METADATA "metadata.json"
#define WEIGHTS "model.weights.h5"

static GPtrArray *
take_base (void)
{
  g_autofree gchar *path = golden_file (BASE, "model.keras");

  return pack_take_apart (path);
}

static void
drop (GPtrArray *members, const gchar *name)
{
  g_ptr_array_remove (members, pack_find (members, name));
}

static void
rename_member (GPtrArray *members, const gchar *from, const gchar *to)
{
  ZipMember *member = pack_find (members, from);

  g_free (member->name);
  member->name = g_strdup (to);
}

/* ---- what loads ---- */

static void
nothing (GPtrArray *members)
{
}

static void
other_order (GPtrArray *members)
{
  ZipMember *member = g_ptr_array_steal_index (members, 0);

  g_ptr_array_add (members, member);
}

static void
with_assets (GPtrArray *members)
{
  pack_add (members, "assets/", "", 0);
  pack_add (members, "assets/layers/vocabulary.txt", "one two", -1);
}

static void
without_metadata (GPtrArray *members)
{
  drop (members, METADATA);
}

static const struct {
  const gchar *name;
  void (*edit) (GPtrArray *members);
  void (*write) (GPtrArray *members, const gchar *path);
  const gchar *file;
  guint keras;
} good[] = {
  { "stored", nothing, pack_put_together, "good.keras", 0 },
  { "deflated", nothing, pack_deflate, "good.keras", 0 },
  { "order", other_order, pack_put_together, "good.keras", 0 },
  { "assets", with_assets, pack_deflate, "good.keras", 0 },
  { "called-h5", nothing, pack_put_together, "good.h5", 0 },
  { "version-told", without_metadata, pack_put_together, "good.keras", 3 },
};

static void
test_good (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GPtrArray) members = take_base ();
  g_autofree gchar *path = h5_path (good[i].file);
  LstmLoadOptions options = { .keras = good[i].keras };
  g_autoptr (LstmModel) model = NULL;
  g_autoptr (GError) error = NULL;

  good[i].edit (members);
  good[i].write (members, path);
  model = lstm_model_load (path, &options, &error);
  g_assert_no_error (error);
  golden_check (model, BASE);
}

/* Keras 2.12 writes HDF5 under this name. */
static void
test_h5_called_keras (void)
{
  g_autofree gchar *from = golden_file (BASE, "model.h5");
  g_autofree gchar *path = h5_copy (from, "model.keras");
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);

  g_assert_no_error (error);
  golden_check (model, BASE);
}

/* ---- what does not ---- */

static void
no_config (GPtrArray *members)
{
  drop (members, CONFIG);
}

static void
no_weights (GPtrArray *members)
{
  drop (members, WEIGHTS);
}

static void
npz_weights (GPtrArray *members)
{
  rename_member (members, WEIGHTS, "model.weights.npz");
}

static void
pytorch (GPtrArray *members)
{
  drop (members, CONFIG);
  pack_add (members, "archive/data.pkl", "", 0);
}

static void
absolute (GPtrArray *members)
{
  pack_add (members, "/etc/passwd", "x", -1);
}

static void
dotdot (GPtrArray *members)
{
  pack_add (members, "assets/../../passwd", "x", -1);
}

static void
backslash (GPtrArray *members)
{
  pack_add (members, "..\\passwd", "x", -1);
}

static void
drive (GPtrArray *members)
{
  pack_add (members, "C:passwd", "x", -1);
}

static void
no_name (GPtrArray *members)
{
  pack_add (members, "", "x", -1);
}

static void
duplicate (GPtrArray *members)
{
  pack_add (members, CONFIG, "{}", -1);
}

static void
many_members (GPtrArray *members)
{
  for (guint i = 0; i < 5000; i++) {
    g_autofree gchar *name = g_strdup_printf ("assets/%u", i);

    pack_add (members, name, "", 0);
  }
}

static void
encrypted (GPtrArray *members)
{
  pack_find (members, WEIGHTS)->flags = 1;
}

static void
other_method (GPtrArray *members)
{
  pack_find (members, CONFIG)->method = 12;
}

static void
wrong_crc (GPtrArray *members)
{
  pack_find (members, WEIGHTS)->crc ^= 1;
}

static void
says_less (GPtrArray *members)
{
  ZipMember *member = pack_find (members, CONFIG);

  member->size -= 10;
}

static void
says_more (GPtrArray *members)
{
  ZipMember *member = pack_find (members, CONFIG);

  member->size += 10;
}

static void
beyond_the_file (GPtrArray *members)
{
  ZipMember *member = pack_find (members, CONFIG);

  member->size = member->packed = 1 << 30;
}

static void
large_config (GPtrArray *members)
{
  pack_find (members, CONFIG)->size = 65 << 20;
}

static void
large_weights (GPtrArray *members)
{
  pack_find (members, WEIGHTS)->size = 1u << 31;
}

/* Zeros deflate to a thousandth. */
static void
bomb (GPtrArray *members)
{
  const gsize size = 40 << 20;
  g_autofree gchar *zeros = g_malloc0 (size);

  pack_set (pack_find (members, WEIGHTS), zeros, (gssize) size);
}

static void
broken_config (GPtrArray *members)
{
  pack_set (pack_find (members, CONFIG), "{\"class_name\": ", -1);
}

static void
config_with_nul (GPtrArray *members)
{
  pack_set (pack_find (members, CONFIG), "{}\0{}", 5);
}

static void
empty_config (GPtrArray *members)
{
  pack_set (pack_find (members, CONFIG), "", 0);
}

static void
list_config (GPtrArray *members)
{
  pack_set (pack_find (members, CONFIG), "[1, 2]", -1);
}

static void
deep_config (GPtrArray *members)
{
  g_autofree gchar *deep = g_strnfill (5000, '[');

  pack_set (pack_find (members, CONFIG), deep, -1);
}

static void
no_version (GPtrArray *members)
{
  pack_set (pack_find (members, METADATA), "{\"date_saved\": \"\"}", -1);
}

static void
list_metadata (GPtrArray *members)
{
  pack_set (pack_find (members, METADATA), "[]", -1);
}

static void
next_version (GPtrArray *members)
{
  pack_set (
      pack_find (members, METADATA), "{\"keras_version\": \"4.0.1\"}", -1);
}

static void
text_weights (GPtrArray *members)
{
  pack_set (pack_find (members, WEIGHTS), "weights", -1);
}

static void
empty_weights (GPtrArray *members)
{
  pack_set (pack_find (members, WEIGHTS), "", 0);
}

static void
cut_weights (GPtrArray *members)
{
  ZipMember *member = pack_find (members, WEIGHTS);
  g_autofree gchar *data = g_memdup2 (member->data, member->n_data);

  pack_set (member, data, (gssize) (member->n_data / 2));
}

static const struct {
  const gchar *name;
  void (*edit) (GPtrArray *members);
  void (*write) (GPtrArray *members, const gchar *path);
  gint code;
  const gchar *facts[MAX_FACTS];
} bad[] = {
  { "missing/config", no_config, pack_put_together, LSTM_ERROR_FORMAT,
      { "'config.json'", "model.save(\"model.keras\")" } },
  { "missing/metadata", without_metadata, pack_put_together, LSTM_ERROR_FORMAT,
      { "'metadata.json'", "model.save(\"model.keras\")" } },
  { "missing/weights", no_weights, pack_put_together, LSTM_ERROR_FORMAT,
      { "'model.weights.h5'", "model.save(\"model.keras\")" } },
  { "missing/npz", npz_weights, pack_put_together, LSTM_ERROR_UNSUPPORTED,
      { "model.weights.npz", "model.weights.h5" } },
  { "missing/pytorch", pytorch, pack_put_together, LSTM_ERROR_FORMAT,
      { "'config.json'", "PyTorch" } },
  { "path/absolute", absolute, pack_put_together, LSTM_ERROR_FORMAT,
      { "'/etc/passwd'", "absolute paths" } },
  { "path/dotdot", dotdot, pack_put_together, LSTM_ERROR_FORMAT,
      { "'assets/../../passwd'", "'..'" } },
  { "path/backslash", backslash, pack_put_together, LSTM_ERROR_FORMAT,
      { "'..\\passwd'" } },
  { "path/drive", drive, pack_put_together, LSTM_ERROR_FORMAT,
      { "'C:passwd'" } },
  { "path/empty", no_name, pack_put_together, LSTM_ERROR_FORMAT,
      { "a member ''" } },
  { "duplicate", duplicate, pack_put_together, LSTM_ERROR_FORMAT,
      { "two members", "'config.json'" } },
  { "many-members", many_members, pack_put_together, LSTM_ERROR_FORMAT,
      { "5003 members", "4096" } },
  { "encrypted", encrypted, pack_put_together, LSTM_ERROR_UNSUPPORTED,
      { "'model.weights.h5'", "encrypted", "password" } },
  { "method", other_method, pack_put_together, LSTM_ERROR_UNSUPPORTED,
      { "'config.json'", "method 12", "deflated" } },
  { "crc", wrong_crc, pack_put_together, LSTM_ERROR_FORMAT,
      { "'model.weights.h5'", "damaged", "CRC" } },
  { "size/less", says_less, pack_put_together, LSTM_ERROR_FORMAT,
      { "'config.json'" } },
  { "size/more", says_more, pack_put_together, LSTM_ERROR_FORMAT,
      { "'config.json'" } },
  { "size/beyond", beyond_the_file, pack_put_together, LSTM_ERROR_FORMAT,
      { "damaged or truncated" } },
  { "size/config", large_config, pack_put_together, LSTM_ERROR_FORMAT,
      { "'config.json'", "68157440 bytes", "67108864" } },
  { "size/weights", large_weights, pack_put_together, LSTM_ERROR_FORMAT,
      { "'model.weights.h5'", "2147483648", "100 times", "bomb" } },
  { "size/bomb", bomb, pack_deflate, LSTM_ERROR_FORMAT,
      { "'model.weights.h5'", "41943040", "100 times", "bomb" } },
  { "config/broken", broken_config, pack_put_together, LSTM_ERROR_FORMAT,
      { "config.json is not JSON" } },
  { "config/nul", config_with_nul, pack_put_together, LSTM_ERROR_FORMAT,
      { "'config.json'", "byte 2" } },
  { "config/empty", empty_config, pack_put_together, LSTM_ERROR_FORMAT,
      { "config.json is empty" } },
  { "config/list", list_config, pack_put_together, LSTM_ERROR_FORMAT,
      { "a list", "an object" } },
  { "config/deep", deep_config, pack_put_together, LSTM_ERROR_FORMAT,
      { "config.json", "too deep" } },
  { "version/none", no_version, pack_put_together, LSTM_ERROR_VALUE,
      { "metadata.json", "hard_sigmoid", "`keras: 2`", "`keras: 3`" } },
  { "version/list", list_metadata, pack_put_together, LSTM_ERROR_VALUE,
      { "metadata.json", "`keras: 3`" } },
  { "version/next", next_version, pack_put_together, LSTM_ERROR_UNSUPPORTED,
      { "'4.0.1'", "known are versions 2 and 3" } },
  { "weights/text", text_weights, pack_put_together, LSTM_ERROR_FORMAT,
      { "model.weights.h5: is no HDF5" } },
  { "weights/empty", empty_weights, pack_put_together, LSTM_ERROR_FORMAT,
      { "model.weights.h5: is no HDF5" } },
  { "weights/cut", cut_weights, pack_put_together, LSTM_ERROR_FORMAT,
      { "model.weights.h5", "truncated" } },
};

static void
test_bad (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GPtrArray) members = take_base ();
  g_autofree gchar *path = h5_path ("bad.keras");

  bad[i].edit (members);
  bad[i].write (members, path);
  expect_failure (path, NULL, bad[i].code, bad[i].facts);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  h5_begin ();
  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autofree gchar *path = g_strconcat ("/zip/good/", good[i].name, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_good);
  }
  g_test_add_func ("/zip/good/h5-called-keras", test_h5_called_keras);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *path = g_strconcat ("/zip/bad/", bad[i].name, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_bad);
  }
  status = g_test_run ();
  h5_end ();
  return status;
}
