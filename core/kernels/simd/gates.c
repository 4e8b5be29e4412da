/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernels/simd/activations.h"
#include "kernels/simd/set.h"

#include <string.h>

static gfloat *
panel_gate (const LstmPacked *w, gsize panel, guint gate, const gfloat *z)
{
  return (gfloat *) z + (panel * w->z_gates + gate) * VL;
}

static gsize
panel_units (const LstmPacked *w, gsize panel)
{
  return MIN (VL, w->units - panel * VL);
}

void
SIMD (gather) (const LstmPacked *w, guint gate, const gfloat *z, gfloat *row)
{
  for (gsize p = 0; p < w->panels; p++)
    memcpy (row + p * VL, panel_gate (w, p, gate, z),
        panel_units (w, p) * sizeof (gfloat));
}

void
SIMD (scatter) (const LstmPacked *w, guint gate, const gfloat *row, gfloat *z)
{
  for (gsize p = 0; p < w->panels; p++)
    memcpy (panel_gate (w, p, gate, z), row + p * VL,
        panel_units (w, p) * sizeof (gfloat));
}

/* An activation that looks at the whole row (softmax) sees the units only, by
 * way of a dense row. */
void
SIMD (activate_gates) (const LstmActivation *activation, const LstmPacked *w,
    guint first, guint n, gfloat *z, gfloat *row)
{
  if (lstm_activation_is_pointwise (activation)) {
    for (gsize p = 0; p < w->panels; p++)
      for (guint g = first; g < first + n; g++) {
        gfloat *at = panel_gate (w, p, g, z);

        v_store (at, v_gate (activation, v_load (at)));
      }
    return;
  }
  for (guint g = first; g < first + n; g++) {
    SIMD (gather) (w, g, z, row);
    SIMD (activate) (activation, 1, w->units, row);
    SIMD (scatter) (w, g, row, z);
  }
}
