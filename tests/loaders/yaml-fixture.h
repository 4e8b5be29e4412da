/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

#include "files/safetensors.h"

G_BEGIN_DECLS

/* A folder of this test alone. */
void yaml_fixture_open (void);
void yaml_fixture_close (void);

/* (transfer full): a path in it; a file there with this content. */
gchar *yaml_fixture_path (const gchar *name);
gchar *yaml_fixture_write (const gchar *name, const gchar *data, gssize length);

/* Adds a tensor whose numbers are all different, and small. */
void yaml_fixture_add (LstmSafetensors *tensors, const gchar *name, guint rank,
    gint64 first, gint64 second);
/* (transfer full): a file in the folder. */
gchar *yaml_fixture_save (const LstmSafetensors *tensors, const gchar *name);

/* Loads a model from @text, as the file model.yaml of the folder; it must. */
LstmModel *yaml_fixture_load (const gchar *text);

/* Loading @text must fail with this code, and a message that begins with the
 * file and @place, "line:column" or "" for none, and holds all of the facts,
 * which are separated by |. */
void yaml_fixture_fail (const gchar *text, gssize length, gint code,
    const gchar *place, const gchar *facts);

G_END_DECLS
