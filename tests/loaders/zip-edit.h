/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Takes zip files apart and puts them together otherwise, byte by byte: what no
 * library would write can be written too. What cannot be done ends the test. */

/* A member as its headers describe it, which need not be true. */
typedef struct {
  gchar *name;
  gchar *data;
  gsize n_data;   /* bytes that are stored */
  guint32 size;   /* unpacked, as it says */
  guint32 packed; /* stored, as it says */
  guint32 crc;
  guint16 method;
  guint16 flags;
} ZipMember;

/* (transfer full): the members of a file, unpacked: an array of ZipMember. */
GPtrArray *pack_take_apart (const gchar *path);

ZipMember *pack_find (GPtrArray *members, const gchar *name);

/* Adds a member, in order; @n is the length of @data or -1 for text. */
ZipMember *pack_add (
    GPtrArray *members, const gchar *name, const gchar *data, gssize n);

/* Replaces what a member holds, with headers that are true. */
void pack_set (ZipMember *member, const gchar *data, gssize n);

/* Replaces each @from in a member's text, which must be there. */
void pack_replace (ZipMember *member, const gchar *from, const gchar *to);

void pack_put_together (GPtrArray *members, const gchar *path);

/* The same through a library, deflated. */
void pack_deflate (GPtrArray *members, const gchar *path);

G_END_DECLS
