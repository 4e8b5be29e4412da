/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernels/kernels.h"

#include <lstm/error.h>
#include <lstm/plan.h>
#include <string.h>

/* Best first. */
static const LstmKernels *const kernel_sets[] = {
#if defined(__x86_64__)
  &lstm_kernels_avx512bf16,
  &lstm_kernels_avx512,
  &lstm_kernels_avx2,
#elif defined(__aarch64__)
  &lstm_kernels_neon,
#endif
  &lstm_kernels_scalar,
};

static const gchar *const kernel_names[G_N_ELEMENTS (kernel_sets) + 1] = {
#if defined(__x86_64__)
  "avx512bf16",
  "avx512",
  "avx2",
#elif defined(__aarch64__)
  "neon",
#endif
  "scalar",
  NULL,
};

/* LSTM_CPU names the best set that may be used; it can only take away. */
static const gchar *
limit_from_environment (void)
{
  const gchar *limit = g_getenv ("LSTM_CPU");

  return limit && *limit ? limit : NULL;
}

static gint
rank_of (const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (kernel_sets); i++)
    if (strcmp (kernel_sets[i]->name, name) == 0)
      return i;
  return -1;
}

static void
set_unknown (GError **error, const gchar *what, const gchar *name)
{
  g_autofree gchar *known = g_strjoinv (", ", (gchar **) kernel_names);

  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "%s: there is no kernel set '%s'; there are: %s", what, name, known);
}

/* The set called @name, or the best one that machine and LSTM_CPU allow. */
const LstmKernels *
lstm_kernels_find (const gchar *name, GError **error)
{
  const gchar *limit = limit_from_environment ();
  gint first = 0;

  if (limit) {
    first = rank_of (limit);
    if (first < 0) {
      set_unknown (error, "LSTM_CPU", limit);
      return NULL;
    }
  }
  if (name && rank_of (name) < 0) {
    set_unknown (error, "kernels", name);
    return NULL;
  }

  for (guint i = first; i < G_N_ELEMENTS (kernel_sets); i++) {
    if (name && strcmp (kernel_sets[i]->name, name) != 0)
      continue;
    if (kernel_sets[i]->supported ())
      return kernel_sets[i];
  }

  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "kernel set '%s' cannot run here: this machine's processor lacks it, or "
      "LSTM_CPU=%s takes it away",
      name, limit ? limit : "");
  return NULL;
}

/**
 * lstm_list_kernels:
 *
 * Returns: (transfer none): names of the kernel sets that were built in, best
 *   first, ended by %NULL; whether this machine runs them is seen when a plan
 *   is made
 */
const gchar *const *
lstm_list_kernels (void)
{
  return kernel_names;
}
