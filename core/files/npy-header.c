/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "files/npy-header.h"

#include <lstm/error.h>
#include <string.h>

enum { KEY_DESCR, KEY_FORTRAN_ORDER, KEY_SHAPE, N_KEYS };

static const gchar *const key_names[N_KEYS] = { "descr", "fortran_order",
  "shape" };

#define EXPECTED_KEYS "the keys 'descr', 'fortran_order' and 'shape', each once"

/* (transfer full): a Python string of printable ASCII without escapes. */
static gchar *
read_string (LstmScan *scan)
{
  const gchar *first;
  gchar quote;

  lstm_scan_skip_space (scan);
  if (scan->at >= scan->end || (*scan->at != '\'' && *scan->at != '"')) {
    lstm_scan_fail (scan, "a string");
    return NULL;
  }
  quote = *scan->at++;
  for (first = scan->at; scan->at < scan->end; scan->at++) {
    if (*scan->at == quote)
      return g_strndup (first, (gsize) (scan->at++ - first));
    if (!g_ascii_isprint (*scan->at) || *scan->at == '\\')
      break;
  }
  lstm_scan_fail (scan, "a printable character or the string's end");
  return NULL;
}

static gboolean
fail_dtype (LstmScan *scan, const gchar *descr)
{
  const gchar *meaning = "numbers of a kind that is not read";

  if (strchr (descr, 'O') != NULL)
    meaning = "Python objects, which would have to be run to be read";
  else if (strchr (descr, 'c') != NULL)
    meaning = "complex numbers";
  else if (strpbrk (descr, "USa") != NULL)
    meaning = "text";
  lstm_file_fail (scan->file, scan->error, LSTM_ERROR_UNSUPPORTED,
      "holds %s (dtype '%s'); expected float32, float64, float16, integers or "
      "booleans: save it with numpy.save(path, x.astype(\"float32\"))",
      meaning, descr);
  return FALSE;
}

static gboolean
read_descr (LstmScan *scan, LstmNpyHeader *header)
{
  g_autofree gchar *descr = NULL;
  guint64 size;
  gchar *end;

  lstm_scan_skip_space (scan);
  if (scan->at < scan->end && *scan->at == '[') {
    lstm_file_fail (scan->file, scan->error, LSTM_ERROR_UNSUPPORTED,
        "holds records of several fields; expected one array of numbers");
    return FALSE;
  }
  descr = read_string (scan);
  if (descr == NULL)
    return FALSE;
  if (strlen (descr) < 3 || strchr ("<>|=", descr[0]) == NULL)
    return fail_dtype (scan, descr);
  size = g_ascii_strtoull (descr + 2, &end, 10);
  header->big_endian =
      descr[0] == '>' || (descr[0] == '=' && G_BYTE_ORDER == G_BIG_ENDIAN);
  if (!g_ascii_isdigit (descr[2]) || *end != '\0' || size > 8 ||
      !lstm_dtype_from_numpy (descr[1], (guint) size, &header->dtype) ||
      (descr[0] == '|' && size != 1))
    return fail_dtype (scan, descr);
  return TRUE;
}

static gboolean
read_bool (LstmScan *scan, gboolean *value)
{
  static const gchar *const words[] = { "False", "True" };

  lstm_scan_skip_space (scan);
  for (gint i = 0; i < 2; i++) {
    gsize n = strlen (words[i]);

    if ((gsize) (scan->end - scan->at) >= n &&
        memcmp (scan->at, words[i], n) == 0) {
      scan->at += n;
      *value = i;
      return TRUE;
    }
  }
  return lstm_scan_fail (scan, "True or False");
}

static gboolean
read_value (
    LstmScan *scan, const gchar *key, LstmNpyHeader *header, guint *seen)
{
  switch (
      lstm_scan_key_once (scan, key, key_names, N_KEYS, seen, EXPECTED_KEYS)) {
    case KEY_DESCR:
      return read_descr (scan, header);
    case KEY_FORTRAN_ORDER:
      return read_bool (scan, &header->fortran_order);
    case KEY_SHAPE:
      return lstm_scan_expect (scan, '(') &&
             lstm_scan_numbers (scan, ')', TRUE, header->shape,
                 LSTM_ARRAY_MAX_RANK, &header->rank);
    default:
      return FALSE;
  }
}

gboolean
lstm_npy_header_parse (LstmScan *scan, LstmNpyHeader *header)
{
  guint seen = 0;

  if (!lstm_scan_expect (scan, '{'))
    return FALSE;
  while (!lstm_scan_take (scan, '}')) {
    g_autofree gchar *key = read_string (scan);

    if (key == NULL || !lstm_scan_expect (scan, ':') ||
        !read_value (scan, key, header, &seen))
      return FALSE;
    if (!lstm_scan_take (scan, ',')) {
      if (!lstm_scan_expect (scan, '}'))
        return FALSE;
      break;
    }
  }
  if (seen != (1u << N_KEYS) - 1)
    return lstm_scan_fail (scan, EXPECTED_KEYS);
  return lstm_scan_is_done (scan) || lstm_scan_fail (scan, "its end");
}
