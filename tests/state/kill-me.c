/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Saves states one after the other until it is killed: kill-me KIND PATH. It
 * goes on from the number that the store has, and tells on its standard output,
 * 8 bytes each, the number
 * that it begins with and those that are on the disk. */

#include "states.h"

#include <string.h>
#include <unistd.h>

#define N_KEYS 4
#define PENDING 200000 /* bytes, for a write that takes a while */

static guint64
restore (LstmStore *store, LstmPlan *plan, const gchar *model, const gchar *key)
{
  g_autoptr (GBytes) state = NULL;
  g_autoptr (GError) error = NULL;

  lstm_store_get (store, model, key, &state, &error);
  g_assert_no_error (error);
  return state ? states_check (plan, state, key) : 0;
}

int
main (int argc, char **argv)
{
  gboolean file = argc == 3 && strcmp (argv[1], "file") == 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmStore) store = file ? lstm_store_new_file (argv[2], &error)
                                     : lstm_store_new_sqlite (argv[2], &error);
  g_autoptr (LstmPlan) plan = states_plan ();
  const gchar *model = lstm_model_get_fingerprint (lstm_plan_get_model (plan));
  static const gchar *const keys[N_KEYS] = { "a", "b", "c", "d" };
  LstmStoreWriter *writer;
  guint n_keys = file ? 1 : N_KEYS;
  guint64 number;

  g_assert_no_error (error);
  writer = lstm_store_writer_new (store, NULL, NULL);
  number = restore (store, plan, model, keys[0]);
  while (write (STDOUT_FILENO, &number, sizeof number) == sizeof number) {
    LstmStoreItem items[N_KEYS];

    number++;

    for (guint i = 0; i < n_keys; i++)
      items[i] = (LstmStoreItem){ model, keys[i],
        states_make (plan, keys[i], number, PENDING / n_keys) };
    lstm_store_writer_put (writer, items, n_keys);
    for (guint i = 0; i < n_keys; i++)
      g_bytes_unref (items[i].state);
    g_assert_true (lstm_store_writer_flush (writer, &error));
  }
  return 1;
}
