/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/layer.h"

/* Where a value stands: `size` floats an item of the model; an alias has the
 * place of its root. */
typedef struct {
  LstmSpec spec;
  LstmShape item;
  gsize size;
  guint root;
  gint last_use; /* of the root: index of a node, or the number of nodes */
  gsize offset;  /* in the arena, in floats an item */
} LstmPlace;

struct _LstmPlan {
  gatomicrefcount ref_count;
  gchar *shared_key; /* others can find it by this, or NULL; shared.h */
  LstmModel *model;
  LstmPlan *base;             /* whose packed weights this one reads, or NULL */
  LstmKernels table;          /* the kernel set with the plan's precision */
  const LstmKernels *kernels; /* &table */
  LstmMode mode;
  guint steps;
  gboolean paced;    /* frame mode: some values have fewer items than others */
  LstmPlace *places; /* one a value */
  LstmPlanNode *nodes;     /* in order of execution, one a node */
  GHashTable *packed;      /* LstmLayer -> what its class packed */
  GHashTable *layer_slots; /* stateful LstmLayer -> its first node */
  GArray *slots;           /* LstmSlot */
  gsize state_floats;
  gsize arena_floats; /* an item */
  gsize block;        /* the most items that run at once */
  gsize scratch_floats;
};

/* plan-memory.c */
gboolean lstm_plan_place_values (LstmPlan *plan, GError **error);
void lstm_plan_choose_block (LstmPlan *plan);
