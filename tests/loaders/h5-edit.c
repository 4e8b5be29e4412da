/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "h5-edit.h"

#include <glib/gstdio.h>
#include <string.h>

static gchar *folder;

void
h5_begin (void)
{
  g_autoptr (GError) error = NULL;

  folder = g_dir_make_tmp ("lstm-loader-XXXXXX", &error);
  g_assert_no_error (error);
}

void
h5_end (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = h5_path (name);

    g_remove (path);
  }
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
}

gchar *
h5_path (const gchar *name)
{
  return g_build_filename (folder, name, NULL);
}

gchar *
h5_copy (const gchar *from, const gchar *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *data = NULL;
  gchar *to = h5_path (name);
  gsize size;

  g_file_get_contents (from, &data, &size, &error);
  g_assert_no_error (error);
  g_file_set_contents (to, data, (gssize) size, &error);
  g_assert_no_error (error);
  return to;
}

hid_t
h5_open (const gchar *path)
{
  hid_t file = H5Fopen (path, H5F_ACC_RDWR, H5P_DEFAULT);

  g_assert_cmpint (file, >=, 0);
  return file;
}

static hid_t
open_object (hid_t file, const gchar *object)
{
  hid_t id = H5Oopen (file, *object != '\0' ? object : "/", H5P_DEFAULT);

  g_assert_cmpint (id, >=, 0);
  return id;
}

gchar *
h5_get_text (hid_t file, const gchar *object, const gchar *name)
{
  hid_t parent = open_object (file, object);
  hid_t attribute = H5Aopen (parent, name, H5P_DEFAULT);
  hid_t type = H5Aget_type (attribute);
  gchar *text = NULL, *copy;

  g_assert_cmpint (H5Tis_variable_str (type), >, 0);
  g_assert_cmpint (H5Aread (attribute, type, &text), >=, 0);
  copy = g_strdup (text);
  H5free_memory (text);
  H5Tclose (type);
  H5Aclose (attribute);
  H5Oclose (parent);
  return copy;
}

void
h5_set_attribute (hid_t file, const gchar *object, const gchar *name,
    hid_t type, guint rank, const hsize_t *dims, const void *data)
{
  hid_t parent = open_object (file, object);
  hid_t space = rank > 0 ? H5Screate_simple ((int) rank, dims, NULL)
                         : H5Screate (H5S_SCALAR);
  hid_t attribute;

  if (H5Aexists (parent, name) > 0)
    g_assert_cmpint (H5Adelete (parent, name), >=, 0);
  attribute = H5Acreate2 (parent, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  g_assert_cmpint (attribute, >=, 0);
  if (data != NULL)
    g_assert_cmpint (H5Awrite (attribute, type, data), >=, 0);
  H5Aclose (attribute);
  H5Sclose (space);
  H5Oclose (parent);
}

static hid_t
text_type (gsize size)
{
  hid_t type = H5Tcopy (H5T_C_S1);

  H5Tset_size (type, size);
  return type;
}

void
h5_set_text (
    hid_t file, const gchar *object, const gchar *name, const gchar *text)
{
  hid_t type = text_type (H5T_VARIABLE);

  h5_set_attribute (file, object, name, type, 0, NULL, &text);
  H5Tclose (type);
}

void
h5_set_list (hid_t file, const gchar *object, const gchar *name,
    const gchar *const *texts)
{
  hid_t type = text_type (H5T_VARIABLE);
  hsize_t n = g_strv_length ((gchar **) texts);

  h5_set_attribute (file, object, name, type, 1, &n, n > 0 ? texts : NULL);
  H5Tclose (type);
}

void
h5_set_fixed (hid_t file, const gchar *object, const gchar *name,
    const gchar *const *texts, gsize size, H5T_str_t pad)
{
  hsize_t n = g_strv_length ((gchar **) texts);
  g_autofree gchar *data = g_malloc (n * size);
  hid_t type = text_type (size);

  memset (data, pad == H5T_STR_SPACEPAD ? ' ' : '\0', n * size);
  for (gsize i = 0; i < n; i++) {
    g_assert_cmpuint (strlen (texts[i]), <=, size);
    memcpy (data + i * size, texts[i], strlen (texts[i]));
  }
  H5Tset_strpad (type, pad);
  h5_set_attribute (file, object, name, type, 1, &n, data);
  H5Tclose (type);
}

void
h5_delete_attribute (hid_t file, const gchar *object, const gchar *name)
{
  hid_t parent = open_object (file, object);

  g_assert_cmpint (H5Adelete (parent, name), >=, 0);
  H5Oclose (parent);
}

void
h5_delete (hid_t file, const gchar *object)
{
  g_assert_cmpint (H5Ldelete (file, object, H5P_DEFAULT), >=, 0);
}

static hid_t
make_groups (void)
{
  hid_t links = H5Pcreate (H5P_LINK_CREATE);

  H5Pset_create_intermediate_group (links, 1);
  return links;
}

void
h5_move (hid_t file, const gchar *from, const gchar *to)
{
  hid_t links = make_groups ();

  g_assert_cmpint (H5Lmove (file, from, file, to, links, H5P_DEFAULT), >=, 0);
  H5Pclose (links);
}

/* H5Lexists wants every group on the way to be there. */
static gboolean
is_there (hid_t file, const gchar *object)
{
  g_auto (GStrv) parts = g_strsplit (object, "/", -1);
  g_autoptr (GString) path = g_string_new (NULL);

  for (guint i = 0; parts[i] != NULL; i++) {
    g_string_append_printf (path, "%s%s", i > 0 ? "/" : "", parts[i]);
    if (H5Lexists (file, path->str, H5P_DEFAULT) <= 0)
      return FALSE;
  }
  return TRUE;
}

void
h5_make_group (hid_t file, const gchar *object)
{
  hid_t group =
      H5Gcreate2 (file, object, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

  g_assert_cmpint (group, >=, 0);
  H5Gclose (group);
}

static void
write_dataset (hid_t file, const gchar *object, hid_t type, hid_t space,
    hid_t creation, const gfloat *data)
{
  hid_t links = make_groups ();
  hid_t dataset;

  if (is_there (file, object))
    h5_delete (file, object);
  dataset =
      H5Dcreate2 (file, object, type, space, links, creation, H5P_DEFAULT);
  g_assert_cmpint (dataset, >=, 0);
  if (data != NULL)
    g_assert_cmpint (H5Dwrite (dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL,
                         H5P_DEFAULT, data),
        >=, 0);
  H5Dclose (dataset);
  H5Pclose (links);
}

void
h5_put_dataset (hid_t file, const gchar *object, hid_t type, guint rank,
    const hsize_t *dims, hid_t creation)
{
  hid_t space = rank > 0 ? H5Screate_simple ((int) rank, dims, NULL)
                         : H5Screate (H5S_SCALAR);
  hssize_t n = H5Sget_simple_extent_npoints (space);
  g_autofree gfloat *data = n <= 4096 ? g_new (gfloat, MAX (n, 1)) : NULL;

  for (hssize_t i = 0; data != NULL && i < n; i++)
    data[i] = (gfloat) i + 0.5f;
  write_dataset (file, object, type, space, creation, data);
  H5Sclose (space);
}

void
h5_store_as (hid_t file, const gchar *object, hid_t type, hid_t creation)
{
  hid_t dataset = H5Dopen2 (file, object, H5P_DEFAULT);
  hid_t space = H5Dget_space (dataset);
  hssize_t n = H5Sget_simple_extent_npoints (space);
  g_autofree gfloat *data = g_new (gfloat, n);

  g_assert_cmpint (
      H5Dread (dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data),
      >=, 0);
  H5Dclose (dataset);
  write_dataset (file, object, type, space, creation, data);
  H5Sclose (space);
}
