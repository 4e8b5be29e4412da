/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* In the place of hdf5.c where there is no libhdf5: no file can be opened, so
 * that nothing else is ever called. */

#include "hdf5.h"
#include "loader.h"

static gpointer
fail (GError **error)
{
  lstm_set_not_built (
      error, "HDF5 files (.h5, and the weights within .keras)", "libhdf5");
  return NULL;
}

LstmHdf5 *
lstm_hdf5_open (const gchar *path, GError **error)
{
  return fail (error);
}

LstmHdf5 *
lstm_hdf5_open_image (GBytes *image, GError **error)
{
  return fail (error);
}

void
lstm_hdf5_close (LstmHdf5 *file)
{
}

gboolean
lstm_hdf5_has_object (LstmHdf5 *file, const gchar *object)
{
  return FALSE;
}

gboolean
lstm_hdf5_has_attribute (LstmHdf5 *file, const gchar *object, const gchar *name)
{
  return FALSE;
}

gchar **
lstm_hdf5_list (LstmHdf5 *file, const gchar *group, GError **error)
{
  return fail (error);
}

gchar *
lstm_hdf5_get_string (
    LstmHdf5 *file, const gchar *object, const gchar *name, GError **error)
{
  return fail (error);
}

gchar **
lstm_hdf5_get_strings (
    LstmHdf5 *file, const gchar *object, const gchar *name, GError **error)
{
  return fail (error);
}

gboolean
lstm_hdf5_get_shape (
    LstmHdf5 *file, const gchar *dataset, LstmShape *shape, GError **error)
{
  return fail (error) != NULL;
}

gfloat *
lstm_hdf5_read_floats (LstmHdf5 *file, const gchar *dataset,
    const LstmShape *shape, GError **error)
{
  return fail (error);
}
