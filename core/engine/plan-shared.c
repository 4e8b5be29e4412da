/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/plan-private.h"
#include "engine/shared.h"

typedef struct {
  LstmModel *model;
  const LstmPlanOptions *options;
} Wanted;

/* A plan keeps its model: as long as one stands in the table, no other model
 * has that address. */
static gchar *
plan_key (gconstpointer what)
{
  const Wanted *wanted = what;
  const gchar *kernels = wanted->options->kernels;

  return g_strdup_printf ("plan %p %d %u %d %s", (gpointer) wanted->model,
      wanted->options->mode, wanted->options->steps, wanted->options->precision,
      kernels ? kernels : "");
}

static gpointer
make_plan (gconstpointer what, GError **error)
{
  const Wanted *wanted = what;

  return lstm_plan_new (wanted->model, wanted->options, error);
}

static gatomicrefcount *
plan_count (gpointer object)
{
  return &((LstmPlan *) object)->ref_count;
}

static gchar **
plan_place (gpointer object)
{
  return &((LstmPlan *) object)->shared_key;
}

/**
 * lstm_plan_new_shared:
 * @model: a model
 * @options: (nullable): what for; %NULL for frame mode on the best kernels
 * @error: return location for a #GError
 *
 * As lstm_plan_new(), but who asks for a plan of the same model with the same
 * options as somebody who still has it gets the same plan.
 *
 * Returns: (transfer full) (nullable): the plan; %NULL with @error set
 */
LstmPlan *
lstm_plan_new_shared (
    LstmModel *model, const LstmPlanOptions *options, GError **error)
{
  static const LstmPlanOptions defaults = { .mode = LSTM_MODE_FRAME };
  static const LstmSharedKind kind = { plan_key, make_plan, plan_count,
    plan_place };
  Wanted wanted = { model, options != NULL ? options : &defaults };

  g_return_val_if_fail (model != NULL, NULL);

  return lstm_shared_get (&kind, &wanted, error);
}
