/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "hdf5-private.h"

#include <string.h>

/* An open attribute: @where is "/object@name", for messages. */
typedef struct {
  hid_t id;
  hid_t type;
  guint n;
  gchar *where;
} Attribute;

static void
attribute_clear (Attribute *a)
{
  if (a->type >= 0)
    H5Tclose (a->type);
  if (a->id >= 0)
    H5Aclose (a->id);
  g_free (a->where);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Attribute, attribute_clear)

/* Number of elements; H5S_NULL, h5py's Empty, has none. */
static gboolean
count_elements (Attribute *a, GError **error)
{
  g_auto (LstmHid) space = H5Aget_space (a->id);
  hssize_t n = space >= 0 ? H5Sget_simple_extent_npoints (space) : -1;

  if (n < 0 || H5Sget_simple_extent_ndims (space) > 1) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "attribute %s is damaged, or no scalar and no list", a->where);
    return FALSE;
  }
  if (n > LSTM_HDF5_MAX_STRINGS) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "attribute %s has %" G_GINT64_FORMAT " elements; the limit is %u",
        a->where, (gint64) n, LSTM_HDF5_MAX_STRINGS);
    return FALSE;
  }
  a->n = (guint) n;
  return TRUE;
}

static gboolean
attribute_open (Attribute *a, LstmHdf5 *file, const gchar *object,
    const gchar *name, GError **error)
{
  g_auto (LstmHid) parent = lstm_hdf5_open_object (file, object, error);

  a->id = a->type = H5I_INVALID_HID;
  a->where = g_strdup_printf ("/%s@%s", object, name);
  if (parent < 0)
    return FALSE;
  a->id = H5Aopen (parent, name, H5P_DEFAULT);
  if (a->id < 0) {
    lstm_hdf5_error (
        error, LSTM_ERROR_FORMAT, "attribute %s cannot be read", a->where);
    return FALSE;
  }
  a->type = H5Aget_type (a->id);
  return count_elements (a, error);
}

/* Fixed strings: padded with NUL or spaces, or terminated within their size. */
static gchar *
take_fixed (const gchar *data, gsize size, H5T_str_t pad)
{
  gchar *text = g_strndup (data, size);

  return pad == H5T_STR_SPACEPAD ? g_strchomp (text) : text;
}

static gchar **
read_fixed (Attribute *a, GError **error)
{
  gsize size = H5Tget_size (a->type), total;
  g_autofree gchar *data = NULL;
  gchar **list;

  if (size == 0 || !g_size_checked_mul (&total, size, a->n) ||
      total > LSTM_HDF5_MAX_ATTRIBUTE) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "attribute %s has %u strings of %zu bytes; the limit is %u bytes",
        a->where, a->n, size, LSTM_HDF5_MAX_ATTRIBUTE);
    return NULL;
  }
  data = g_malloc0 (total);
  if (H5Aread (a->id, a->type, data) < 0) {
    lstm_hdf5_error (
        error, LSTM_ERROR_FORMAT, "attribute %s cannot be read", a->where);
    return NULL;
  }
  list = g_new0 (gchar *, a->n + 1);
  for (guint i = 0; i < a->n; i++)
    list[i] = take_fixed (data + i * size, size, H5Tget_strpad (a->type));
  return list;
}

static gboolean
check_utf8 (const Attribute *a, gchar **list, GError **error)
{
  for (guint i = 0; list[i] != NULL; i++) {
    if (!g_utf8_validate (list[i], -1, NULL)) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
          "attribute %s: string %u is not UTF-8; the file is damaged", a->where,
          i);
      return FALSE;
    }
  }
  return TRUE;
}

static gchar **
attribute_read (LstmHdf5 *file, Attribute *a, GError **error)
{
  g_auto (GStrv) list = NULL;

  if (a->n == 0)
    return g_new0 (gchar *, 1);
  if (a->type < 0 || H5Tget_class (a->type) != H5T_STRING) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "attribute %s holds no strings; expected text", a->where);
    return NULL;
  }
  if (H5Tis_variable_str (a->type) > 0) {
    list = lstm_hdf5_read_vlen (file, a->id, a->n, error);
    if (list == NULL)
      g_prefix_error (error, "attribute %s: ", a->where);
  } else {
    list = read_fixed (a, error);
  }
  return list != NULL && check_utf8 (a, list, error) ? g_steal_pointer (&list)
                                                     : NULL;
}

gchar *
lstm_hdf5_get_string (
    LstmHdf5 *file, const gchar *object, const gchar *name, GError **error)
{
  g_auto (Attribute) a = { 0 };
  g_auto (GStrv) list = NULL;

  if (!attribute_open (&a, file, object, name, error))
    return NULL;
  list = attribute_read (file, &a, error);
  if (list == NULL)
    return NULL;
  if (a.n != 1) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "attribute %s holds %u strings; expected one", a.where, a.n);
    return NULL;
  }
  return g_strdup (list[0]);
}

static gboolean
append_strings (LstmHdf5 *file, const gchar *object, const gchar *name,
    GPtrArray *all, GError **error)
{
  g_auto (Attribute) a = { 0 };
  gchar **list;

  if (!attribute_open (&a, file, object, name, error))
    return FALSE;
  list = attribute_read (file, &a, error);
  if (list == NULL)
    return FALSE;
  for (guint i = 0; i < a.n; i++)
    g_ptr_array_add (all, list[i]);
  g_free (list);
  if (all->len > LSTM_HDF5_MAX_STRINGS) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "attribute %s: more than %u strings in all", a.where,
        LSTM_HDF5_MAX_STRINGS);
    return FALSE;
  }
  return TRUE;
}

gchar **
lstm_hdf5_get_strings (
    LstmHdf5 *file, const gchar *object, const gchar *name, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
  g_autofree gchar *first = g_strdup_printf ("%s0", name);

  if (lstm_hdf5_has_attribute (file, object, name) ||
      !lstm_hdf5_has_attribute (file, object, first)) {
    if (!append_strings (file, object, name, all, error))
      return NULL;
  } else {
    for (guint i = 0; i < LSTM_HDF5_MAX_STRINGS; i++) {
      g_autofree gchar *chunk = g_strdup_printf ("%s%u", name, i);

      if (!lstm_hdf5_has_attribute (file, object, chunk))
        break;
      if (!append_strings (file, object, chunk, all, error))
        return NULL;
    }
  }
  g_ptr_array_add (all, NULL);
  return (gchar **) g_ptr_array_free (g_steal_pointer (&all), FALSE);
}
