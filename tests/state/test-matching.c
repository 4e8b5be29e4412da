/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A state goes over into a stream of another model: slots of the same name and
 * shape, and no others. */

#include "engine/fixture.h"

#include <string.h>

/* Layers are named by their place. */
static LstmPlan *
make_plan (const gchar *first, const gchar *second, LstmMode mode)
{
  const gchar *layers[] = { first, second, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = fixture_chain (4, 3, layers, &error);

  g_assert_no_error (error);
  return fixture_plan (model, mode, 0);
}

static void
fill (LstmStream *stream, gfloat first)
{
  gsize n;
  gfloat *data = lstm_stream_get_data (stream, &n);

  for (gsize i = 0; i < n; i++)
    data[i] = first + (gfloat) i;
}

static gint
find_slot (const LstmPlan *plan, const gchar *name)
{
  for (guint i = 0; i < lstm_plan_get_n_slots (plan); i++)
    if (strcmp (lstm_plan_get_slot (plan, i)->name, name) == 0)
      return (gint) i;
  return -1;
}

/* Each slot of @to is @from's of that name if the shapes are the same, else
 * what fill() with @first had put there. */
static void
check (LstmStream *to, const LstmPlan *plan, LstmStream *from,
    const LstmPlan *other, gfloat first, guint n_matching)
{
  guint n = 0;

  for (guint i = 0; i < lstm_plan_get_n_slots (plan); i++) {
    const LstmSlot *slot = lstm_plan_get_slot (plan, i);
    const gfloat *found = lstm_stream_get_slot (to, i);
    gint at = find_slot (other, slot->name);
    gboolean same = at >= 0 && lstm_shape_equal (&slot->shape,
                                   &lstm_plan_get_slot (other, at)->shape);

    if (same) {
      n++;
      g_assert_cmpmem (found, slot->size * sizeof (gfloat),
          lstm_stream_get_slot (from, at), slot->size * sizeof (gfloat));
      continue;
    }
    for (gsize k = 0; k < slot->size; k++)
      g_assert_cmpfloat (found[k], ==, first + (gfloat) (slot->offset + k));
  }
  g_assert_cmpuint (n, ==, n_matching);
}

typedef struct {
  const gchar *title;
  const gchar *from[2];
  const gchar *to[2];
  guint n_matching;
} Case;

#define LSTM(units) "LSTM {'units': <int64 " #units ">, " SEQUENCES "}"
#define GRU(units) "GRU {'units': <int64 " #units ">, " SEQUENCES "}"
#define SEQUENCES "'return_sequences': <true>, 'stateful': <true>"

static const Case cases[] = {
  { "same", { LSTM (5), GRU (4) }, { LSTM (5), GRU (4) }, 3 },
  { "second differs", { LSTM (5), GRU (4) }, { LSTM (5), GRU (6) }, 2 },
  { "first differs", { LSTM (5), GRU (4) }, { LSTM (7), GRU (4) }, 1 },
  { "other cell", { LSTM (5), GRU (4) }, { LSTM (5), LSTM (4) }, 3 },
  { "nothing", { LSTM (5), GRU (4) }, { LSTM (6), GRU (3) }, 0 },
};

static void
test_case (gconstpointer user_data)
{
  const Case *c = user_data;

  for (LstmMode mode = LSTM_MODE_FRAME; mode <= LSTM_MODE_WINDOW; mode++) {
    g_autoptr (LstmPlan) other = make_plan (c->from[0], c->from[1], mode);
    g_autoptr (LstmPlan) plan = make_plan (c->to[0], c->to[1], mode);
    g_autoptr (LstmStream) from = lstm_stream_new (other);
    g_autoptr (LstmStream) to = lstm_stream_new (plan);

    fill (from, 1000);
    fill (to, 1);
    g_assert_cmpuint (lstm_stream_copy_matching (to, from), ==, c->n_matching);
    check (to, plan, from, other, 1, c->n_matching);
  }
}

/* What a window leaves behind is not what a frame does. */
static void
test_mode (void)
{
  g_autoptr (LstmPlan) frames = make_plan (LSTM (5), GRU (4), LSTM_MODE_FRAME);
  g_autoptr (LstmPlan) windows =
      make_plan (LSTM (5), GRU (4), LSTM_MODE_WINDOW);
  g_autoptr (LstmStream) from = lstm_stream_new (windows);
  g_autoptr (LstmStream) to = lstm_stream_new (frames);
  gfloat *data;
  gsize n;

  fill (from, 1000);
  g_assert_cmpuint (lstm_stream_copy_matching (to, from), ==, 0);
  data = lstm_stream_get_data (to, &n);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat (data[i], ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/state/matching/%s", cases[i].title);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/state/matching/mode", test_mode);
  return g_test_run ();
}
