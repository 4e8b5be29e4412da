/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "states.h"

#include "engine/fixture.h"

#include <glib/gstdio.h>
#include <string.h>

LstmPlan *
states_plan (void)
{
  static const gchar *const layers[] = { "LSTM {'units': <int64 4>}", NULL };
  g_autoptr (LstmModel) model = fixture_chain (-1, 1, layers, NULL);

  return fixture_plan (model, LSTM_MODE_FRAME, 0);
}

static gfloat
slot_number (guint64 number, gsize i)
{
  return (gfloat) ((number * 7 + i) % 1000);
}

GBytes *
states_make (LstmPlan *plan, const gchar *key, guint64 number, gsize pending)
{
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  g_autoptr (GError) error = NULL;
  g_auto (LstmStateExtras) extras = { .key = g_strdup (key), .frames = number };
  GBytes *state;
  gsize n;
  gfloat *data = lstm_stream_get_data (stream, &n);

  for (gsize i = 0; i < n; i++)
    data[i] = slot_number (number, i);
  if (pending > 0)
    extras.pending = g_bytes_new_take (
        memset (g_malloc (pending), (int) (number & 0xff), pending), pending);
  state = lstm_state_save (stream, &extras, &error);
  g_assert_no_error (error);
  return state;
}

guint64
states_check (LstmPlan *plan, GBytes *state, const gchar *key)
{
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  g_autoptr (GError) error = NULL;
  g_auto (LstmStateExtras) extras = { 0 };
  const guint8 *pending = NULL;
  gsize n, n_pending = 0;
  gfloat *data;

  g_assert_nonnull (state);
  lstm_state_load (state, stream, &extras, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (extras.key, ==, key);
  data = lstm_stream_get_data (stream, &n);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat (data[i], ==, slot_number (extras.frames, i));
  if (extras.pending)
    pending = g_bytes_get_data (extras.pending, &n_pending);
  for (gsize i = 0; i < n_pending; i++)
    g_assert_cmpuint (pending[i], ==, extras.frames & 0xff);
  return extras.frames;
}

gchar *
states_make_dir (void)
{
  g_autoptr (GError) error = NULL;
  gchar *dir = g_dir_make_tmp ("lstm-states-XXXXXX", &error);

  g_assert_no_error (error);
  g_assert_cmpint (g_chmod (dir, 0755), ==, 0);
  return dir;
}

void
states_remove_dir (gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *file = g_build_filename (path, name, NULL);

    g_remove (file);
  }
  g_assert_cmpint (g_rmdir (path), ==, 0);
  g_free (path);
}
