/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The last outputs of a model, ten a second at most, for a chart. The streaming
 * thread takes them without waiting: while they are read, it takes none. */

#define DEPLOY_N_SAMPLES 120
#define DEPLOY_N_VALUES 4

typedef struct {
  gint64 at; /* g_get_real_time() */
  gfloat values[DEPLOY_N_VALUES];
} DeploySample;

typedef struct {
  guint n_channels; /* of the model's output; 0: not known yet */
  guint n;
  DeploySample samples[DEPLOY_N_SAMPLES]; /* [n], the oldest first */
} DeploySampleList;

typedef struct _DeploySamples DeploySamples;

DeploySamples *deploy_samples_new (void);
void deploy_samples_free (DeploySamples *samples);

/* Takes them from what passes a pad from now on. @samples outlives it. */
void deploy_samples_watch (DeploySamples *samples, GstPad *pad);
void deploy_samples_read (DeploySamples *samples, DeploySampleList *list);

G_END_DECLS
