/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "times.h"

/* The first bucket of the power of two that bound @i is. */
#define BUCKET_OF_BOUND(i) (1 + (i) *8)

static guint
bucket_of (guint64 ns)
{
  guint power;

  if (ns < G_GUINT64_CONSTANT (1) << DEPLOY_FIRST_POWER)
    return 0;
  power = 63 - (guint) __builtin_clzll (ns);
  if (power >= DEPLOY_FIRST_POWER + DEPLOY_N_BOUNDS - 1)
    return DEPLOY_N_TIMES - 1;
  return BUCKET_OF_BOUND (power - DEPLOY_FIRST_POWER) +
         ((ns >> (power - 3)) & 7);
}

/* The first time, in ns, that is beyond it. */
static guint64
end_of (guint bucket)
{
  guint power;

  if (bucket == 0)
    return G_GUINT64_CONSTANT (1) << DEPLOY_FIRST_POWER;
  power = DEPLOY_FIRST_POWER + (bucket - 1) / 8;
  return (9 + (guint64) (bucket - 1) % 8) << (power - 3);
}

void
deploy_times_add (DeployTimes *times, guint64 ns)
{
  __atomic_fetch_add (&times->n, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add (&times->total, ns, __ATOMIC_RELAXED);
  __atomic_fetch_add (&times->buckets[bucket_of (ns)], 1, __ATOMIC_RELAXED);
}

/* Those that are being added may be in one field and not in the other yet: what
 * is in the buckets counts. */
void
deploy_times_copy (DeployTimes *to, const DeployTimes *from)
{
  to->total = __atomic_load_n (&from->total, __ATOMIC_RELAXED);
  to->n = 0;
  for (guint i = 0; i < DEPLOY_N_TIMES; i++) {
    to->buckets[i] = __atomic_load_n (&from->buckets[i], __ATOMIC_RELAXED);
    to->n += to->buckets[i];
  }
}

void
deploy_times_subtract (DeployTimes *times, const DeployTimes *before)
{
  times->n -= before->n;
  times->total -= before->total;
  for (guint i = 0; i < DEPLOY_N_TIMES; i++)
    times->buckets[i] -= before->buckets[i];
}

guint64
deploy_times_count_below (const DeployTimes *times, guint bound)
{
  guint64 n = 0;

  for (guint i = 0; i < BUCKET_OF_BOUND (bound); i++)
    n += times->buckets[i];
  return n;
}

guint64
deploy_times_get (const DeployTimes *times, guint percentile)
{
  guint64 wanted = (times->n * percentile + 99) / 100, seen = 0;

  if (times->n == 0)
    return 0;
  for (guint i = 0; i < DEPLOY_N_TIMES - 1; i++) {
    seen += times->buckets[i];
    if (seen >= wanted)
      return end_of (i);
  }
  return end_of (DEPLOY_N_TIMES - 1);
}
