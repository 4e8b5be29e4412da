/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstrowcolumns.h"

#include <string.h>

/* Names that an error message lists before it says how many more there are. */
#define MAX_LISTED 50
/* Longest name that a misspelling is looked for in. */
#define MAX_COMPARED 64
/* Letters for each edit that a misspelling may have. */
#define LETTERS_PER_EDIT 3

/* The columns of one file while they are looked up. */
typedef struct {
  const GstRow *row;
  const GstRowWords *words;
  gchar **names;        /* [row->n_cells], UTF-8 */
  GHashTable *places;   /* name -> place + 1 of the first column of that name */
  GHashTable *repeated; /* names of more than one column */
  GString *missing;     /* what was not found, for the message */
  guint n_missing;
} Lookup;

static void
lookup_clear (Lookup *lookup)
{
  g_strfreev (lookup->names);
  g_clear_pointer (&lookup->places, g_hash_table_unref);
  g_clear_pointer (&lookup->repeated, g_hash_table_unref);
  if (lookup->missing != NULL)
    g_string_free (lookup->missing, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Lookup, lookup_clear)

/* The name of a column: its header cell, or its number where that is empty. */
static gchar *
make_name (const GstRow *row, guint i, gboolean header, GError **error)
{
  const gchar *cell = row->cells[i];
  gsize length = row->lengths[i];

  if (!header || length == 0)
    return g_strdup_printf ("%u", i + 1);
  if (!g_utf8_validate (cell, (gssize) length, NULL)) {
    g_autofree gchar *shown = gst_row_quote_for_message (cell, length);

    g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_TEXT,
        "line %" G_GUINT64_FORMAT ": the name of column %u, %s, is not UTF-8; "
        "convert the file to UTF-8, such as with iconv",
        row->line, i + 1, shown);
    return NULL;
  }
  return g_strdup (cell);
}

static gboolean
lookup_init (Lookup *lookup, const GstRow *row, gboolean header, GError **error)
{
  guint i;

  lookup->row = row;
  lookup->names = g_new0 (gchar *, (gsize) row->n_cells + 1);
  lookup->places = g_hash_table_new (g_str_hash, g_str_equal);
  lookup->repeated = g_hash_table_new (g_str_hash, g_str_equal);
  lookup->missing = g_string_new (NULL);
  for (i = 0; i < row->n_cells; i++) {
    gchar *name = make_name (row, i, header, error);

    if (name == NULL)
      return FALSE;
    lookup->names[i] = name;
    if (g_hash_table_contains (lookup->places, name))
      g_hash_table_add (lookup->repeated, name);
    else
      g_hash_table_insert (lookup->places, name, GUINT_TO_POINTER (i + 1));
  }
  return TRUE;
}

/* Edits (a letter more, less or another) that make one name of the other, case
 * not counted; bytes stand for letters. */
static guint
edit_distance (const gchar *a, const gchar *b)
{
  guint costs[MAX_COMPARED + 1];
  gsize n = strlen (b);
  gsize i, j;

  for (j = 0; j <= n; j++)
    costs[j] = j;
  for (i = 0; a[i] != '\0'; i++) {
    guint diagonal = costs[0];

    costs[0] = i + 1;
    for (j = 0; j < n; j++) {
      gboolean same = g_ascii_tolower (a[i]) == g_ascii_tolower (b[j]);
      guint edited = diagonal + (same ? 0 : 1);

      diagonal = costs[j + 1];
      costs[j + 1] = MIN (edited, MIN (diagonal, costs[j]) + 1);
    }
  }
  return costs[n];
}

/* The column that a misspelt name may mean, or NULL. */
static const gchar *
find_nearest (const Lookup *lookup, const gchar *wanted)
{
  const gchar *nearest = NULL;
  gsize best = G_MAXSIZE;
  gsize length = strlen (wanted);
  guint i;

  if (length > MAX_COMPARED)
    return NULL;
  for (i = 0; i < lookup->row->n_cells; i++) {
    gsize n = strlen (lookup->names[i]);
    gsize longer = MAX (n, length);
    gsize most = (longer + LETTERS_PER_EDIT - 1) / LETTERS_PER_EDIT;
    gsize distance;

    if (n > MAX_COMPARED || longer - MIN (n, length) > most)
      continue;
    distance = edit_distance (wanted, lookup->names[i]);
    if (distance <= most && distance < longer && distance < best) {
      best = distance;
      nearest = lookup->names[i];
    }
  }
  return nearest;
}

static void
add_missing (Lookup *lookup, const gchar *wanted)
{
  const gchar *nearest;

  if (lookup->n_missing++ >= MAX_LISTED)
    return;
  nearest = find_nearest (lookup, wanted);
  g_string_append_printf (
      lookup->missing, "%s'%s'", lookup->missing->len > 0 ? ", " : "", wanted);
  if (nearest != NULL)
    g_string_append_printf (lookup->missing, " (did you mean '%s'?)", nearest);
}

/* A column by its name, or else by its number. What is not there is noted. */
static gboolean
find_column (Lookup *lookup, const gchar *wanted, guint *place, GError **error)
{
  gpointer found = g_hash_table_lookup (lookup->places, wanted);
  guint64 number;

  if (g_hash_table_contains (lookup->repeated, wanted)) {
    g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_COLUMNS,
        "line %" G_GUINT64_FORMAT ": the header has more than one column '%s', "
        "which is to be used; give each its own name, or leave it out by "
        "naming the features",
        lookup->row->line, wanted);
    return FALSE;
  }
  *place = 0;
  if (found != NULL)
    *place = GPOINTER_TO_UINT (found) - 1;
  else if (lookup->words->has_numbers &&
           g_ascii_string_to_unsigned (
               wanted, 10, 1, lookup->row->n_cells, &number, NULL))
    *place = (guint) number - 1;
  else
    add_missing (lookup, wanted);
  return TRUE;
}

static gchar *
list_names (const Lookup *lookup)
{
  GString *list = g_string_new (NULL);
  guint n = lookup->row->n_cells;
  guint i;

  for (i = 0; i < MIN (n, MAX_LISTED); i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", lookup->names[i]);
  if (n > MAX_LISTED)
    g_string_append_printf (list, " and %u more", n - MAX_LISTED);
  return g_string_free (list, FALSE);
}

static gboolean
check_missing (const Lookup *lookup, gboolean header, GError **error)
{
  g_autofree gchar *names = NULL;
  g_autofree gchar *more = NULL;

  if (lookup->n_missing == 0)
    return TRUE;
  if (lookup->n_missing > MAX_LISTED)
    more = g_strdup_printf (" and %u more", lookup->n_missing - MAX_LISTED);
  if (!header) {
    g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_COLUMNS,
        "no such columns: %s%s; without a header columns are called by their "
        "numbers, here 1 to %u: use these, or set header=true",
        lookup->missing->str, more != NULL ? more : "", lookup->row->n_cells);
    return FALSE;
  }
  names = list_names (lookup);
  g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_COLUMNS,
      "line %" G_GUINT64_FORMAT ": no such %ss: %s%s; %s has %u: %s; %s",
      lookup->row->line, lookup->words->column, lookup->missing->str,
      more != NULL ? more : "", lookup->words->names, lookup->row->n_cells,
      names, lookup->words->hint);
  return FALSE;
}

/* Names that are asked for, as places; a place twice is an error. */
static gboolean
find_columns (Lookup *lookup, const gchar *what, const gchar *const *wanted,
    GArray *places, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  gsize i;

  for (i = 0; wanted[i] != NULL; i++) {
    guint n_missing = lookup->n_missing;
    guint place;

    if (!find_column (lookup, wanted[i], &place, error))
      return FALSE;
    if (lookup->n_missing > n_missing)
      continue;
    if (!g_hash_table_add (seen, GUINT_TO_POINTER (place))) {
      g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_COLUMNS,
          "%s names column '%s' twice; name it once", what, wanted[i]);
      return FALSE;
    }
    g_array_append_val (places, place);
  }
  return TRUE;
}

/* All columns that are neither key, time nor kept. */
static gboolean
find_other_columns (Lookup *lookup, const GstRowColumns *columns,
    GArray *places, GError **error)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);
  guint i, place;

  if (columns->key >= 0)
    g_hash_table_add (taken, GUINT_TO_POINTER ((guint) columns->key));
  if (columns->time >= 0)
    g_hash_table_add (taken, GUINT_TO_POINTER ((guint) columns->time));
  for (i = 0; i < columns->n_keep; i++)
    g_hash_table_add (taken, GUINT_TO_POINTER (columns->keep[i]));
  for (i = 0; i < lookup->row->n_cells; i++) {
    if (g_hash_table_contains (taken, GUINT_TO_POINTER (i)))
      continue;
    if (!find_column (lookup, lookup->names[i], &place, error))
      return FALSE;
    g_array_append_val (places, i);
  }
  return TRUE;
}

static gchar **
copy_names (const Lookup *lookup, const guint *places, guint n)
{
  gchar **names = g_new0 (gchar *, (gsize) n + 1);
  guint i;

  for (i = 0; i < n; i++)
    names[i] = g_strdup (lookup->names[places[i]]);
  return names;
}

/* One column, or -1 if none is wanted. */
static gboolean
find_one (Lookup *lookup, const gchar *wanted, gint *place, gchar **name,
    GError **error)
{
  guint n_missing = lookup->n_missing;
  guint found;

  *place = -1;
  if (wanted == NULL || wanted[0] == '\0')
    return TRUE;
  if (!find_column (lookup, wanted, &found, error))
    return FALSE;
  if (lookup->n_missing > n_missing)
    return TRUE;
  *place = (gint) found;
  *name = g_strdup (lookup->names[found]);
  return TRUE;
}

static gboolean
find_keep (Lookup *lookup, const gchar *const *wanted, GstRowColumns *columns,
    GError **error)
{
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (guint));
  guint i;

  if (wanted != NULL && !find_columns (lookup, "keep", wanted, places, error))
    return FALSE;
  for (i = 0; i < places->len; i++)
    if (columns->key == (gint) g_array_index (places, guint, i))
      g_array_remove_index (places, i--);
  columns->n_keep = places->len;
  columns->keep =
      (guint *) (gpointer) g_array_free (g_steal_pointer (&places), FALSE);
  columns->keep_names = copy_names (lookup, columns->keep, columns->n_keep);
  return TRUE;
}

static gboolean
find_features (Lookup *lookup, const gchar *const *wanted,
    GstRowColumns *columns, GError **error)
{
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (guint));

  if (wanted != NULL && wanted[0] != NULL) {
    if (!find_columns (lookup, "features", wanted, places, error))
      return FALSE;
  } else if (!find_other_columns (lookup, columns, places, error)) {
    return FALSE;
  }
  columns->n_features = places->len;
  columns->features =
      (guint *) (gpointer) g_array_free (g_steal_pointer (&places), FALSE);
  columns->feature_names =
      copy_names (lookup, columns->features, columns->n_features);
  return TRUE;
}

/**
 * gst_row_columns_new:
 * @first_row: the header, or the first row of data where there is none
 * @wanted: which columns are wanted
 * @error: every name that is not there, with what is
 *
 * Returns: (transfer full) (nullable): where the columns stand, or %NULL with
 *   @error set
 */
GstRowColumns *
gst_row_columns_new (
    const GstRow *first_row, const GstRowSelection *wanted, GError **error)
{
  g_autoptr (GstRowColumns) columns = g_new0 (GstRowColumns, 1);
  g_auto (Lookup) lookup = { .words = wanted->words };

  columns->n_cells = first_row->n_cells;
  if (!lookup_init (&lookup, first_row, wanted->header, error) ||
      !find_one (
          &lookup, wanted->key, &columns->key, &columns->key_name, error) ||
      !find_one (
          &lookup, wanted->time, &columns->time, &columns->time_name, error) ||
      !find_keep (&lookup, wanted->keep, columns, error) ||
      !find_features (&lookup, wanted->features, columns, error) ||
      !check_missing (&lookup, wanted->header, error))
    return NULL;
  if (columns->n_features == 0) {
    g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_COLUMNS,
        "line %" G_GUINT64_FORMAT ": no %s is left for features: all "
        "%u are key, time or kept; expected at least one more",
        first_row->line, wanted->words->column, first_row->n_cells);
    return NULL;
  }
  return g_steal_pointer (&columns);
}

/**
 * gst_row_columns_free:
 * @columns: (transfer full): columns
 */
void
gst_row_columns_free (GstRowColumns *columns)
{
  g_free (columns->features);
  g_strfreev (columns->feature_names);
  g_free (columns->key_name);
  g_free (columns->time_name);
  g_free (columns->keep);
  g_strfreev (columns->keep_names);
  g_free (columns);
}
