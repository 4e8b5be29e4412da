/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "backoff.h"

guint
deploy_backoff_next (
    DeployBackoff *backoff, const DeployRestart *restart, gint64 ran)
{
  guint64 delay = restart->delay;

  if (ran >= restart->stable)
    backoff->n_failures = 0;
  for (guint i = 0; i < backoff->n_failures && delay < restart->max_delay; i++)
    delay *= 2;
  backoff->n_failures++;
  return (guint) MIN (delay, restart->max_delay);
}
