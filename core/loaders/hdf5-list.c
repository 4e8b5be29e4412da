/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "hdf5-private.h"

#include <string.h>

/* Ends the iteration, with an error, at the limit. */
static herr_t
add_name (hid_t group, const char *name, const H5L_info_t *info, void *data)
{
  GPtrArray *names = data;

  if (names->len >= LSTM_HDF5_MAX_STRINGS)
    return -1;
  g_ptr_array_add (names, g_utf8_make_valid (name, -1));
  return 0;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

gchar **
lstm_hdf5_list (LstmHdf5 *file, const gchar *group, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_auto (LstmHid) id = lstm_hdf5_open_object (file, group, error);

  if (id < 0 || H5Iget_type (id) != H5I_GROUP)
    return NULL;
  if (H5Literate (id, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, add_name, names) <
      0) {
    lstm_hdf5_error (error, LSTM_ERROR_FORMAT,
        "what group /%s holds cannot be listed, or is more than %u names; the "
        "file is damaged: copy or download it again",
        group, LSTM_HDF5_MAX_STRINGS);
    return NULL;
  }
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (gchar **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}
