/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/plan-private.h"
#include "engine/stream-private.h"

/* One node, and where its values are: in the arena, or in the memory
 * of the caller. */
typedef struct {
  const LstmPlanNode *plan;
  LstmRunFunc run; /* NULL of an alias */
  const gfloat **in;
  gfloat **out;
  const gfloat *mask;
} Step;

/* The same step for one item of one stream; all is told but the streams,
 * the mask and the pool. */
typedef struct {
  LstmRunFunc run;
  const Step *step;
  LstmRun args;
} One;

/* A pointer of a step: one of the two. */
typedef struct {
  const gfloat **in;
  gfloat **out;
} Wire;

/* An input or output of the model, and the pointers that lead to it. */
typedef struct {
  gfloat *arena;
  const gfloat *now; /* where they lead */
  gsize size;        /* floats an item */
  gboolean own;      /* no other end is the same value */
  guint n_wires;
  Wire *wires;
} End;

/* The items of a value that are at hand: how many, and the item of the call
 * that the first of them goes with. */
typedef struct {
  gsize n;
  gsize at;
} Items;

/* What a context with a pool has beside; context-divided.c. */
typedef struct _Divided Divided;

struct _LstmContext {
  LstmPlan *plan;
  gfloat *arena;
  gfloat *scratch;
  guint n_steps;
  Step *steps; /* one a node */
  guint n_ones;
  One *ones; /* one a step that runs */
  guint n_inputs;
  End *inputs;
  guint n_outputs;
  End *outputs;
  gboolean plain;   /* one input and one output, both its own */
  Items *items;     /* one a value; of a paced plan */
  LstmPool *team;   /* what helps with the call that runs now, or NULL */
  Divided *divided; /* with a pool, else NULL */
};

/* One block: streams [first, first + n) and items [item, item + n_items). */
typedef struct {
  LstmStream *const *streams;
  gsize first;
  gsize n;
  gsize item;
  gsize n_items;
} Block;

/* context-wires.c: pointers. Inputs and outputs that lie in the caller's memory
 * as they would in the arena are read and made there. */
gfloat *lstm_context_value (const LstmContext *context, guint value);
void lstm_context_wire (LstmContext *context);
void lstm_context_unwire (LstmContext *context);
/* The first item of a block. */
const gfloat *lstm_context_input_at (const LstmInput *in, const Block *b);
void lstm_context_read_inputs (
    LstmContext *context, const Block *b, const LstmInput *inputs);
void lstm_context_place_outputs (LstmContext *context, const Block *b,
    const LstmInput *inputs, const LstmOutput *outputs);
void lstm_context_write_outputs (
    LstmContext *context, const Block *b, const LstmOutput *outputs);
/* One item of one stream, where it lies; FALSE if that cannot be. */
gboolean lstm_context_lead_to_one (
    LstmContext *context, const LstmInput *in, const LstmOutput *out);

/* context-divided.c */
void lstm_context_divide (LstmContext *context, LstmPool *pool);
void lstm_divided_free (Divided *divided);
LstmPool *lstm_divided_get_pool (Divided *divided);
LstmStatus lstm_context_process_divided (LstmContext *context,
    LstmStream *const *streams, guint n_streams, guint n_items,
    const LstmInput *inputs, const LstmOutput *outputs);

/* The same in the calling thread, which has its floating-point mode set. */
LstmStatus lstm_context_process_here (LstmContext *context,
    LstmStream *const *streams, guint n_streams, guint n_items,
    const LstmInput *inputs, const LstmOutput *outputs);

/* context-paced.c */
LstmStatus lstm_context_process_paced (LstmContext *context,
    LstmStream *const *streams, gsize stream, gsize n_items,
    const LstmInput *inputs, const LstmOutput *outputs);

static inline LstmStatus
lstm_context_run_step (const Step *step, LstmRun *run)
{
  run->plan = step->plan;
  run->in = step->in;
  run->out = step->out;
  run->mask = step->mask;
  run->samples = run->n_streams * run->n_items * step->plan->fold_count;
  return step->run (run);
}
