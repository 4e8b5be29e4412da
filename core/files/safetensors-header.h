/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "files/scan.h"

G_BEGIN_DECLS

/* A tensor as the header tells of it; offsets count from the first byte after
 * the header. */
typedef struct {
  gchar *name;
  LstmDtype dtype;
  guint rank;
  gint64 shape[LSTM_ARRAY_MAX_RANK];
  gsize count;
  guint64 begin;
  guint64 end;
} LstmSafetensorsEntry;

/* Reads the header, JSON of a fixed form, and holds it against the file's size:
 * the tensors cover the data without gap or overlap. @entries: GArray of
 * LstmSafetensorsEntry with its clear function set, in the order of the data;
 * @metadata: texts by key; @begin: where the data begins in the file. */
gboolean lstm_safetensors_header_read (LstmFile *file, GArray *entries,
    GHashTable *metadata, guint64 *begin, GError **error);

/* (transfer full): a GArray for it. */
GArray *lstm_safetensors_entries_new (void);

/* (transfer full): a JSON string after its opening quote was looked for. */
gchar *lstm_json_string_read (LstmScan *scan);
void lstm_json_string_append (GString *text, const gchar *string);

G_END_DECLS
