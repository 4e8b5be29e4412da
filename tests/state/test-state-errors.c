/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What must be refused, and leave the stream as it was. */

#include "engine/fixture.h"
#include "engine/state-private.h"

#include <string.h>

/* A stream whose numbers are known, a saved state that has others. */
typedef struct {
  LstmPlan *plan;
  LstmStream *stream;
  gfloat *before;
  gsize n_floats;
  GByteArray *state;
} Fixture;

static LstmPlan *
make_plan (const gchar *layer, LstmMode mode)
{
  const gchar *layers[] = { layer, NULL };
  g_autoptr (LstmModel) model = fixture_chain (4, 1, layers, NULL);

  return fixture_plan (model, mode, 0);
}

#define LAYER "LSTM {'units': <int64 2>, 'stateful': <true>}"

static GByteArray *
save (const LstmPlan *plan, const gchar *key)
{
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  g_autoptr (GBytes) pending = g_bytes_new_static ("pending", 7);
  LstmStateExtras extras = {
    .key = (gchar *) key, .frames = 12, .pending = pending
  };
  g_autoptr (GError) error = NULL;
  gsize n;
  gfloat *data = lstm_stream_get_data (stream, &n);
  GBytes *state;

  for (gsize i = 0; i < n; i++)
    data[i] = 0.25f * (gfloat) i;
  state = lstm_state_save (stream, &extras, &error);
  g_assert_no_error (error);
  return g_bytes_unref_to_array (state);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  gfloat *numbers;

  f->plan = make_plan (LAYER, LSTM_MODE_FRAME);
  f->stream = lstm_stream_new (f->plan);
  numbers = lstm_stream_get_data (f->stream, &f->n_floats);
  for (gsize i = 0; i < f->n_floats; i++)
    numbers[i] = -7.0f - (gfloat) i;
  f->before = g_memdup2 (numbers, f->n_floats * sizeof *numbers);
  f->state = save (f->plan, "key");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_byte_array_unref (f->state);
  g_free (f->before);
  lstm_stream_free (f->stream);
  lstm_plan_unref (f->plan);
}

static void
sign (GByteArray *state)
{
  guint body = state->len - LSTM_STATE_DIGEST_BYTES;

  lstm_state_checksum (state->data, body, state->data + body);
}

/* Loads; if refused, nothing may have changed. */
static gboolean
load (Fixture *f, GByteArray *array, GError **error)
{
  g_autoptr (GBytes) state = g_bytes_new (array->data, array->len);
  LstmStateExtras extras = { .frames = 4711 };
  gfloat *numbers;
  gsize n;

  if (lstm_state_load (state, f->stream, &extras, error)) {
    lstm_state_extras_clear (&extras);
    return TRUE;
  }
  numbers = lstm_stream_get_data (f->stream, &n);
  g_assert_cmpmem (
      numbers, n * sizeof *numbers, f->before, f->n_floats * sizeof *numbers);
  g_assert_cmpuint (extras.frames, ==, 4711);
  g_assert_null (extras.key);
  g_assert_null (extras.pending);
  return FALSE;
}

static void
refused (Fixture *f, gint code, const gchar *const *facts)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (load (f, f->state, &error));
  g_assert_error (error, LSTM_ERROR, code);
  for (guint i = 0; facts[i]; i++)
    if (!strstr (error->message, facts[i]))
      g_error ("'%s' does not say '%s'", error->message, facts[i]);
}

#define REFUSED(f, code, ...)                                                  \
  refused (f, code, (const gchar *const[]){ __VA_ARGS__, NULL })

/* ---- damage ---- */

static void
test_every_bit (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < f->state->len; i++)
    for (guint bit = 0; bit < 8; bit++) {
      g_autoptr (GError) error = NULL;

      f->state->data[i] ^= 1u << bit;
      g_assert_false (load (f, f->state, &error));
      g_assert_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT);
      f->state->data[i] ^= 1u << bit;
    }
  g_assert_true (load (f, f->state, NULL));
}

static void
test_every_length (Fixture *f, gconstpointer data)
{
  for (guint n = 0; n < f->state->len; n++) {
    g_autoptr (GByteArray) part = g_byte_array_new ();
    g_autoptr (GError) error = NULL;

    g_byte_array_append (part, f->state->data, n);
    g_assert_false (load (f, part, &error));
    g_assert_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT);
    g_assert_nonnull (strstr (error->message, " bytes"));
  }
}

static void
test_appended (Fixture *f, gconstpointer data)
{
  g_byte_array_append (f->state, (const guint8 *) "x", 1);
  REFUSED (f, LSTM_ERROR_FORMAT, "damaged", "bytes, expected");
}

/* Every byte set to every of a few values, and the checksum made to fit: what a
 * checksum does not guard against must be caught by the lengths, or be a state
 * that could have been saved. */
static void
test_signed (Fixture *f, gconstpointer data)
{
  static const guint8 values[] = { 0, 1, 2, 3, 0x7f, 0x80, 0xfe, 0xff };
  guint body = f->state->len - LSTM_STATE_DIGEST_BYTES;
  guint n_refused = 0;

  for (guint i = 0; i < body; i++)
    for (guint k = 0; k < G_N_ELEMENTS (values); k++) {
      guint8 old = f->state->data[i];
      g_autoptr (GError) error = NULL;

      f->state->data[i] = values[k];
      sign (f->state);
      if (!load (f, f->state, &error)) {
        g_assert_nonnull (error);
        n_refused++;
      } else {
        gsize n;

        memcpy (lstm_stream_get_data (f->stream, &n), f->before,
            f->n_floats * sizeof (gfloat));
      }
      f->state->data[i] = old;
    }
  /* All of the header but the frame counter is held against something. */
  g_assert_cmpuint (n_refused, >, 60 * (G_N_ELEMENTS (values) - 1));
}

static void
test_empty (Fixture *f, gconstpointer data)
{
  g_byte_array_set_size (f->state, 0);
  REFUSED (f, LSTM_ERROR_FORMAT, "no saved state", "0 bytes");
}

static void
test_foreign (Fixture *f, gconstpointer data)
{
  memcpy (f->state->data, "\211HDF\r\n\032\n", 8);
  REFUSED (f, LSTM_ERROR_FORMAT, "no saved state");
}

static void
test_version (Fixture *f, gconstpointer data)
{
  f->state->data[8] = 2;
  sign (f->state);
  REFUSED (f, LSTM_ERROR_FORMAT, "version 2, expected 1", "another release");
}

static void
test_flipped (Fixture *f, gconstpointer data)
{
  f->state->data[f->state->len - 50] ^= 4;
  REFUSED (f, LSTM_ERROR_FORMAT, "damaged", "checksum", "expected", "delete");
}

/* ---- lengths that lie under a checksum that holds ---- */

typedef struct {
  const gchar *name;
  guint offset;
  guint size;
  guint64 value;
} Lie;

/* A slot's record begins behind the header and the key of 3. */
#define SLOT (LSTM_STATE_HEADER_BYTES + 3)

static const Lie lies[] = {
  { "pending-one-more", 64, 8, 8 },
  { "pending-one-less", 64, 8, 6 },
  { "pending-huge", 64, 8, G_MAXUINT64 },
  { "pending-wraps", 64, 8, G_MAXUINT64 - 100 },
  { "key-one-more", 72, 4, 4 },
  { "key-huge", 72, 4, G_MAXUINT32 },
  { "key-above-limit", 72, 4, LSTM_STATE_MAX_KEY + 1 },
  { "slots-one-more", 76, 4, 3 },
  { "slots-one-less", 76, 4, 1 },
  { "slots-none", 76, 4, 0 },
  { "slots-huge", 76, 4, G_MAXUINT32 },
  { "streams-none", 80, 4, 0 },
  { "streams-one-more", 80, 4, 2 },
  { "streams-huge", 80, 4, G_MAXUINT32 },
  { "streams-wrap", 80, 4, G_GUINT64_CONSTANT (1) << 31 },
  { "name-huge", SLOT, 4, G_MAXUINT32 },
  { "name-shorter", SLOT, 4, 8 },
  { "rank-too-many", SLOT + 4, 4, LSTM_MAX_RANK + 1 },
  { "rank-huge", SLOT + 4, 4, G_MAXUINT32 },
  { "rank-none", SLOT + 4, 4, 0 },
  { "axis-huge", SLOT + 8, 8, G_MAXUINT64 },
  { "axis-wraps", SLOT + 8, 8, (G_GUINT64_CONSTANT (1) << 62) + 2 },
  { "axis-zero", SLOT + 8, 8, 0 },
  { "nul-in-key", LSTM_STATE_HEADER_BYTES, 1, 0 },
};

static void
test_lie (Fixture *f, gconstpointer data)
{
  const Lie *lie = data;
  guint64 le = GUINT64_TO_LE (lie->value);

  memcpy (f->state->data + lie->offset, &le, lie->size);
  sign (f->state);
  REFUSED (f, LSTM_ERROR_FORMAT, "malformed", "bytes do not go together");
}

/* ---- states of something else ---- */

static void
replace_state (Fixture *f, const gchar *layer, LstmMode mode)
{
  g_autoptr (LstmPlan) plan = make_plan (layer, mode);

  g_byte_array_unref (f->state);
  f->state = save (plan, NULL);
}

static void
test_fingerprint (Fixture *f, gconstpointer data)
{
  const gchar *expected =
      lstm_model_get_fingerprint (lstm_plan_get_model (f->plan));
  g_autofree gchar *found = NULL;
  g_autoptr (GBytes) state = NULL;

  replace_state (f, "LSTM {'units': <int64 2>}", LSTM_MODE_FRAME);
  state = g_bytes_new (f->state->data, f->state->len);
  g_assert_true (lstm_state_inspect (state, &found, NULL, NULL));
  g_assert_cmpstr (found, !=, expected);
  REFUSED (f, LSTM_ERROR_VALUE, "another model", found, expected, "'chain'");
}

static void
test_mode (Fixture *f, gconstpointer data)
{
  replace_state (f, LAYER, LSTM_MODE_WINDOW);
  REFUSED (f, LSTM_ERROR_MODE, "window mode, expected frame mode");
}

static void
test_unknown_mode (Fixture *f, gconstpointer data)
{
  f->state->data[12] = 9;
  sign (f->state);
  REFUSED (f, LSTM_ERROR_MODE, "unknown mode, expected frame mode");
}

static void
test_slot_name (Fixture *f, gconstpointer data)
{
  f->state->data[SLOT + 24] = 'x';
  sign (f->state);
  REFUSED (f, LSTM_ERROR_SHAPE, "no slot 'layer_0/h'", "layer_0/x", "layer_0/c",
      "delete");
}

static void
test_slot_shape (Fixture *f, gconstpointer data)
{
  guint8 *slot;

  /* another axis, of 1, before the one of 2 */
  g_byte_array_set_size (f->state, f->state->len + 8);
  slot = f->state->data + SLOT;
  memmove (slot + 16, slot + 8, f->state->len - SLOT - 16);
  memcpy (slot + 4, "\2\0\0\0\1\0\0\0\0\0\0\0", 12);
  f->state->data[16] = (guint8) f->state->len;
  sign (f->state);
  REFUSED (f, LSTM_ERROR_SHAPE, "slot 'layer_0/h'",
      "shape (1, 2), expected (2,)", "delete");
}

static void
test_one_slot_twice (Fixture *f, gconstpointer data)
{
  f->state->data[SLOT + 33 + 24] = 'h';
  sign (f->state);
  REFUSED (f, LSTM_ERROR_SHAPE, "no slot 'layer_0/c'");
}

static void
test_streams (Fixture *f, gconstpointer data)
{
  LstmStream *batch[3] = { f->stream, f->stream, f->stream };
  g_autoptr (GBytes) state = lstm_state_save_batch (batch, 3, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_byte_array_unref (f->state);
  f->state = g_bytes_unref_to_array (g_steal_pointer (&state));
  REFUSED (f, LSTM_ERROR_SHAPE, "batch of 3, expected one of 1", "delete");
  state = g_bytes_new (f->state->data, f->state->len);
  g_assert_false (lstm_state_load_batch (state, batch, 2, NULL, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE);
  g_assert_nonnull (strstr (error->message, "of 3, expected one of 2"));
}

/* ---- what cannot be saved ---- */

static void
test_long_key (void)
{
  g_autoptr (LstmPlan) plan = make_plan (LAYER, LSTM_MODE_FRAME);
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  g_autofree gchar *key = g_strnfill (LSTM_STATE_MAX_KEY + 1, 'k');
  LstmStateExtras extras = { .key = key };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) fits = NULL;

  g_assert_null (lstm_state_save (stream, &extras, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "4097 bytes, at most 4096"));
  key[LSTM_STATE_MAX_KEY] = '\0';
  fits = lstm_state_save (stream, &extras, NULL);
  g_assert_true (lstm_state_load (fits, stream, NULL, NULL));
}

/* The length alone counts: the bytes are nobody's. */
static void
test_long_pending (void)
{
  g_autoptr (LstmPlan) plan = make_plan (LAYER, LSTM_MODE_FRAME);
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  g_autoptr (GBytes) pending =
      g_bytes_new_static ("", LSTM_STATE_MAX_BYTES - 100);
  LstmStateExtras extras = { .pending = pending };
  g_autoptr (GError) error = NULL;

  g_assert_null (lstm_state_save (stream, &extras, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "536870812 of them pending"));
  g_assert_nonnull (strstr (error->message, "at most 536870912"));
}

#define ADD(path, func)                                                        \
  g_test_add ("/state-errors/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("damage/every-bit", test_every_bit);
  ADD ("damage/every-length", test_every_length);
  ADD ("damage/appended", test_appended);
  ADD ("damage/signed", test_signed);
  ADD ("damage/empty", test_empty);
  ADD ("damage/foreign", test_foreign);
  ADD ("damage/version", test_version);
  ADD ("damage/flipped", test_flipped);
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/state-errors/lies/%s", lies[i].name);

    g_test_add (path, Fixture, &lies[i], set_up, test_lie, tear_down);
  }
  ADD ("other/fingerprint", test_fingerprint);
  ADD ("other/mode", test_mode);
  ADD ("other/unknown-mode", test_unknown_mode);
  ADD ("other/slot-name", test_slot_name);
  ADD ("other/slot-shape", test_slot_shape);
  ADD ("other/one-slot-twice", test_one_slot_twice);
  ADD ("other/streams", test_streams);
  g_test_add_func ("/state-errors/long-key", test_long_key);
  g_test_add_func ("/state-errors/long-pending", test_long_pending);
  return g_test_run ();
}
