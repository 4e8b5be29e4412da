/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/* Sums of rows in one fixed order: number i goes to lane i % 8, lanes are added
 * in pairs. */
gfloat lstm_row_sum (gsize n, const gfloat *v);
gfloat lstm_row_square_sum (gsize n, const gfloat *v, gfloat mean);

/* The largest of n >= 1 numbers; one that is NaN only if it is the first. */
gfloat lstm_row_max (gsize n, const gfloat *v);

/* Mean, and mean of the squared differences to it. */
void lstm_row_moments (
    gsize n, const gfloat *v, gfloat *mean, gfloat *variance);

/* IEEE's square root, which gives one right answer; no call of libm. */
gfloat lstm_sqrt (gfloat x);
