/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "zip-edit.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <zip.h>

static void
member_free (gpointer data)
{
  ZipMember *member = data;

  g_free (member->name);
  g_free (member->data);
  g_free (member);
}

static guint32
find_crc (const gchar *data, gsize n)
{
  guint32 crc = G_MAXUINT32;

  for (gsize i = 0; i < n; i++) {
    crc ^= (guint8) data[i];
    for (guint bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

void
pack_set (ZipMember *member, const gchar *data, gssize n)
{
  gsize size = n < 0 ? strlen (data) : (gsize) n;
  gchar *copy = g_malloc (size + 1);

  memcpy (copy, data, size);
  copy[size] = '\0';
  g_free (member->data);
  member->data = copy;
  member->n_data = size;
  member->size = member->packed = (guint32) size;
  member->crc = find_crc (copy, size);
}

ZipMember *
pack_add (GPtrArray *members, const gchar *name, const gchar *data, gssize n)
{
  ZipMember *member = g_new0 (ZipMember, 1);

  member->name = g_strdup (name);
  pack_set (member, data, n);
  g_ptr_array_add (members, member);
  return member;
}

GPtrArray *
pack_take_apart (const gchar *path)
{
  GPtrArray *members = g_ptr_array_new_with_free_func (member_free);
  zip_t *archive = zip_open (path, ZIP_RDONLY, NULL);

  g_assert_nonnull (archive);
  for (zip_int64_t i = 0; i < zip_get_num_entries (archive, 0); i++) {
    zip_file_t *file = zip_fopen_index (archive, (zip_uint64_t) i, 0);
    g_autofree gchar *data = NULL;
    zip_stat_t st;

    g_assert_nonnull (file);
    g_assert_cmpint (zip_stat_index (archive, (zip_uint64_t) i, 0, &st), ==, 0);
    data = g_malloc (st.size + 1);
    g_assert_cmpint (
        zip_fread (file, data, st.size), ==, (zip_int64_t) st.size);
    pack_add (members, st.name, data, (gssize) st.size);
    zip_fclose (file);
  }
  zip_discard (archive);
  return members;
}

ZipMember *
pack_find (GPtrArray *members, const gchar *name)
{
  for (guint i = 0; i < members->len; i++) {
    ZipMember *member = g_ptr_array_index (members, i);

    if (strcmp (member->name, name) == 0)
      return member;
  }
  g_error ("the zip file has no member '%s'", name);
}

void
pack_replace (ZipMember *member, const gchar *from, const gchar *to)
{
  g_autoptr (GString) text = g_string_new (member->data);

  g_assert_cmpuint (g_string_replace (text, from, to, 0), >, 0);
  pack_set (member, text->str, -1);
}

static void
put (GByteArray *out, guint bytes, guint64 value)
{
  for (guint i = 0; i < bytes; i++) {
    guint8 byte = (guint8) (value >> (8 * i));

    g_byte_array_append (out, &byte, 1);
  }
}

/* What the local and the central header of a member have in common. */
static void
put_common (GByteArray *out, const ZipMember *member)
{
  put (out, 2, 20);
  put (out, 2, member->flags);
  put (out, 2, member->method);
  put (out, 4, 0x00210000);
  put (out, 4, member->crc);
  put (out, 4, member->packed);
  put (out, 4, member->size);
  put (out, 2, (guint32) strlen (member->name));
  put (out, 2, 0);
}

static void
put_name (GByteArray *out, const ZipMember *member)
{
  g_byte_array_append (
      out, (const guint8 *) member->name, (guint) strlen (member->name));
}

/* Not g_file_set_contents(), which waits for the disk. */
static void
write_file (const gchar *path, const GByteArray *bytes)
{
  FILE *file = g_fopen (path, "wb");

  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (bytes->data, 1, bytes->len, file), ==, bytes->len);
  g_assert_cmpint (fclose (file), ==, 0);
}

void
pack_put_together (GPtrArray *members, const gchar *path)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GByteArray) central = g_byte_array_new ();
  guint start;

  for (guint i = 0; i < members->len; i++) {
    const ZipMember *member = g_ptr_array_index (members, i);

    put (central, 4, 0x02014b50);
    put (central, 2, 20);
    put_common (central, member);
    put (central, 8, 0);
    put (central, 2, 0);
    put (central, 4, out->len);
    put_name (central, member);
    put (out, 4, 0x04034b50);
    put_common (out, member);
    put_name (out, member);
    g_byte_array_append (
        out, (const guint8 *) member->data, (guint) member->n_data);
  }
  start = out->len;
  g_byte_array_append (out, central->data, central->len);
  put (out, 4, 0x06054b50);
  put (out, 4, 0);
  put (out, 2, members->len);
  put (out, 2, members->len);
  put (out, 4, central->len);
  put (out, 4, start);
  put (out, 2, 0);
  write_file (path, out);
}

void
pack_deflate (GPtrArray *members, const gchar *path)
{
  zip_t *archive = zip_open (path, ZIP_CREATE | ZIP_TRUNCATE, NULL);

  g_assert_nonnull (archive);
  for (guint i = 0; i < members->len; i++) {
    const ZipMember *member = g_ptr_array_index (members, i);
    zip_source_t *source =
        zip_source_buffer (archive, member->data, member->n_data, 0);
    zip_int64_t index = zip_file_add (archive, member->name, source, 0);

    g_assert_cmpint (index, >=, 0);
    g_assert_cmpint (zip_set_file_compression (
                         archive, (zip_uint64_t) index, ZIP_CM_DEFLATE, 9),
        ==, 0);
  }
  g_assert_cmpint (zip_close (archive), ==, 0);
}
