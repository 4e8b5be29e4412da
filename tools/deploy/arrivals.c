/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "arrivals.h"

#define STORE(to, value) __atomic_store_n (to, value, __ATOMIC_RELEASE)
#define LOAD(from) __atomic_load_n (from, __ATOMIC_ACQUIRE)

/* Releases keep the fields behind the odd sequence, and the even one behind
 * them; acquires do the same for who reads. */
void
deploy_arrivals_note (DeployArrivals *arrivals, GstClockTime begin,
    GstClockTime end, GstClockTime at)
{
  DeployArrival *slot = &arrivals->last[arrivals->n % DEPLOY_N_ARRIVALS];
  guint64 sequence = slot->sequence;

  STORE (&slot->sequence, sequence + 1);
  STORE (&slot->begin, begin);
  STORE (&slot->end, end);
  STORE (&slot->at, at);
  STORE (&slot->sequence, sequence + 2);
  STORE (&arrivals->n, arrivals->n + 1);
}

static gboolean
read_slot (const DeployArrival *slot, DeployArrival *arrival)
{
  arrival->sequence = LOAD (&slot->sequence);
  arrival->begin = LOAD (&slot->begin);
  arrival->end = LOAD (&slot->end);
  arrival->at = LOAD (&slot->at);
  return arrival->sequence % 2 == 0 &&
         LOAD (&slot->sequence) == arrival->sequence;
}

static gboolean
covers (const DeployArrival *arrival, GstClockTime moment)
{
  return (arrival->begin < moment && moment <= arrival->end) ||
         arrival->begin == moment;
}

GstClockTime
deploy_arrivals_find (const DeployArrivals *arrivals, GstClockTime moment)
{
  guint64 n = LOAD (&arrivals->n);

  for (guint64 i = 0; i < MIN (n, DEPLOY_N_ARRIVALS); i++) {
    DeployArrival arrival;

    if (read_slot (
            &arrivals->last[(n - 1 - i) % DEPLOY_N_ARRIVALS], &arrival) &&
        covers (&arrival, moment))
      return arrival.at;
  }
  return GST_CLOCK_TIME_NONE;
}
