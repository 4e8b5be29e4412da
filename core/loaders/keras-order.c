/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* In which order Keras runs the calls of a functional model. It matters where a
 * stateful layer is called more than once: each call goes on from the state
 * that the one before left.
 *
 * Keras 2 and 3 have one rule (_map_graph_network() and map_graph()): a search
 * from the outputs, depth first, lists the calls so that each comes after what
 * it takes; through that list from its end, the depth of a call is one more
 * than the largest of those that take from it, and no less than that of the
 * calls of its layer met before; calls run from the largest depth to the
 * least, those of one depth in the order in which they were first met. */

#include "keras-graph.h"

#include <stdlib.h>

typedef struct {
  guint call;
  guint next; /* of what it takes */
} Step;

typedef struct {
  guint depth;
  guint met;
  guint call;
} Place;

typedef enum { UNSEEN, OPEN, DONE } Mark;

typedef struct {
  const KerasGraph *graph;
  guint8 *marks;  /* Mark by call */
  GArray *path;   /* Step: from an output to where the search is */
  GArray *listed; /* guint: calls, each after what it takes */
} Search;

static void
search_clear (Search *search)
{
  g_clear_pointer (&search->marks, g_free);
  g_clear_pointer (&search->path, g_array_unref);
  g_clear_pointer (&search->listed, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

static const KerasCall *
call_at (const KerasGraph *graph, guint i)
{
  return g_ptr_array_index (graph->calls, i);
}

/* Number i of the calls that a call takes from: those of its inputs, initial
 * state and masks, one for each tensor. FALSE: there are no more. NO_CALL is
 * a mask that is not given. */
static gboolean
get_taken (const KerasCall *call, guint i, guint *taken)
{
  const GArray *lists[] = { call->inputs, call->states, call->masks };

  for (guint l = 0; l < G_N_ELEMENTS (lists); l++) {
    if (i < lists[l]->len) {
      *taken = g_array_index (lists[l], KerasLink, i).call;
      return TRUE;
    }
    i -= lists[l]->len;
  }
  return FALSE;
}

static void
enter (Search *search, guint call)
{
  Step step = { call, 0 };

  search->marks[call] = OPEN;
  g_array_append_val (search->path, step);
}

/* From one call to all that it needs. */
static gboolean
search_from (Search *search, guint call, GError **error)
{
  if (search->marks[call] == UNSEEN)
    enter (search, call);
  while (search->path->len > 0) {
    Step *step = &g_array_index (search->path, Step, search->path->len - 1);
    const KerasCall *at = call_at (search->graph, step->call);
    guint taken;

    if (!get_taken (at, step->next++, &taken)) {
      search->marks[step->call] = DONE;
      g_array_append_val (search->listed, step->call);
      g_array_set_size (search->path, search->path->len - 1);
    } else if (taken != NO_CALL && search->marks[taken] == OPEN) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
          "the layers form a cycle: '%s' takes the output of '%s', which "
          "waits for it in turn; the file is damaged: save the model again",
          at->layer->path, call_at (search->graph, taken)->layer->path);
      return FALSE;
    } else if (taken != NO_CALL && search->marks[taken] == UNSEEN) {
      enter (search, taken);
    }
  }
  return TRUE;
}

/* From all outputs, then from what no output needs. */
static gboolean
search_all (Search *search, GError **error)
{
  const GArray *outputs = search->graph->outputs;

  for (guint i = 0; i < outputs->len; i++)
    if (!search_from (
            search, g_array_index (outputs, KerasLink, i).call, error))
      return FALSE;
  for (guint i = 0; i < search->graph->calls->len; i++)
    if (!search_from (search, i, error))
      return FALSE;
  return TRUE;
}

static void
meet (Place *place, guint depth, guint *n_met)
{
  if (place->met == 0)
    place->met = ++*n_met;
  place->depth = MAX (place->depth, depth);
}

static void
find_depths (const KerasGraph *graph, const GArray *listed, Place *places)
{
  g_autoptr (GHashTable) of_layers = g_hash_table_new (NULL, NULL);
  guint n_met = 0;

  for (guint k = listed->len; k > 0; k--) {
    guint i = g_array_index (listed, guint, k - 1);
    const KerasCall *call = call_at (graph, i);
    gpointer of_layer = g_hash_table_lookup (of_layers, call->layer);
    guint taken;

    meet (&places[i], GPOINTER_TO_UINT (of_layer), &n_met);
    places[i].call = i;
    g_hash_table_insert (
        of_layers, call->layer, GUINT_TO_POINTER (places[i].depth));
    for (guint t = 0; get_taken (call, t, &taken); t++)
      if (taken != NO_CALL)
        meet (&places[taken], places[i].depth + 1, &n_met);
  }
}

static gint
compare_places (gconstpointer a, gconstpointer b)
{
  const Place *x = a, *y = b;

  if (x->depth != y->depth)
    return x->depth > y->depth ? -1 : 1;
  return x->met < y->met ? -1 : 1;
}

GArray *
lstm_keras_graph_order (const KerasGraph *graph, GError **error)
{
  guint n = graph->calls->len;
  g_autofree Place *places = g_new0 (Place, n + 1);
  GArray *order;
  g_auto (Search) search = {
    .graph = graph,
    .marks = g_new0 (guint8, n + 1),
    .path = g_array_new (FALSE, FALSE, sizeof (Step)),
    .listed = g_array_new (FALSE, FALSE, sizeof (guint)),
  };

  if (!search_all (&search, error))
    return NULL;
  find_depths (graph, search.listed, places);
  qsort (places, n, sizeof *places, compare_places);
  order = g_array_sized_new (FALSE, FALSE, sizeof (guint), n);
  for (guint i = 0; i < n; i++)
    g_array_append_val (order, places[i].call);
  return order;
}
