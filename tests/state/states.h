/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

/* Saved states whose parts all follow from one number, so that a mixture of two
 * is seen. */
LstmPlan *states_plan (void);
GBytes *states_make (
    LstmPlan *plan, const gchar *key, guint64 number, gsize pending);

/* The number; ends the test if the state is not whole. */
guint64 states_check (LstmPlan *plan, GBytes *state, const gchar *key);

/* A new directory that goes with states_remove_dir(). */
gchar *states_make_dir (void);
void states_remove_dir (gchar *dir);
