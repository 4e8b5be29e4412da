/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What of GLib the kernels and their tests use, for a machine whose GLib is not
 * at hand. A failed assertion ends the program, as there. */

#define _GNU_SOURCE /* for vasprintf() */

#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory and strings ---- */

static gpointer
there (gpointer memory)
{
  if (memory == NULL)
    abort ();
  return memory;
}

gpointer
g_malloc (gsize n)
{
  return n > 0 ? there (malloc (n)) : NULL;
}

gpointer
g_malloc0 (gsize n)
{
  return n > 0 ? there (calloc (1, n)) : NULL;
}

gpointer
g_malloc_n (gsize n, gsize size)
{
  return n > 0 ? there (reallocarray (NULL, n, size)) : NULL;
}

gpointer
g_malloc0_n (gsize n, gsize size)
{
  return n > 0 ? there (calloc (n, size)) : NULL;
}

gpointer
g_aligned_alloc (gsize n, gsize size, gsize alignment)
{
  gsize bytes = n * size;

  bytes = (bytes + alignment - 1) / alignment * alignment;
  return bytes > 0 ? there (aligned_alloc (alignment, bytes)) : NULL;
}

gpointer
g_aligned_alloc0 (gsize n, gsize size, gsize alignment)
{
  gpointer memory = g_aligned_alloc (n, size, alignment);

  return memory ? memset (memory, 0, n * size) : NULL;
}

void
g_aligned_free (gpointer memory)
{
  free (memory);
}

void (g_free) (gpointer memory)
{
  free (memory);
}

gpointer
g_memdup2 (gconstpointer from, gsize n)
{
  return from && n > 0 ? memcpy (g_malloc (n), from, n) : NULL;
}

gchar *
g_strdup_printf (const gchar *format, ...)
{
  gchar *text = NULL;
  va_list args;

  va_start (args, format);
  if (vasprintf (&text, format, args) < 0)
    abort ();
  va_end (args);
  return text;
}

gchar *
g_strjoinv (const gchar *separator, gchar **words)
{
  gchar *text = g_strdup_printf ("%s", words[0] ? words[0] : "");

  for (guint i = 1; words[0] && words[i]; i++) {
    gchar *longer = g_strdup_printf ("%s%s%s", text, separator, words[i]);

    g_free (text);
    text = longer;
  }
  return text;
}

gboolean
g_strv_contains (const gchar *const *words, const gchar *word)
{
  for (; *words; words++)
    if (strcmp (*words, word) == 0)
      return TRUE;
  return FALSE;
}

const gchar *
g_getenv (const gchar *name)
{
  return getenv (name);
}

GQuark
g_quark_from_static_string (const gchar *text)
{
  return 1;
}

void
g_set_error (GError **error, GQuark domain, gint code, const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
}

/* ---- random numbers ---- */

struct _GRand {
  guint64 state; /* of xorshift64*: never 0 */
};

GRand *
g_rand_new_with_seed (guint32 seed)
{
  GRand *rand = g_new (GRand, 1);

  rand->state = seed * 2654435761u + 88172645463325252u;
  return rand;
}

void
g_rand_free (GRand *rand)
{
  free (rand);
}

gdouble
g_rand_double_range (GRand *rand, gdouble begin, gdouble end)
{
  rand->state ^= rand->state >> 12;
  rand->state ^= rand->state << 25;
  rand->state ^= rand->state >> 27;
  return begin + (end - begin) * 0x1p-53 *
                     (gdouble) (rand->state * 2685821657736338717u >> 11);
}

/* ---- what fails ---- */

G_GNUC_NORETURN static void
bail_out (const gchar *file, int line, const gchar *function, const gchar *what)
{
  printf ("Bail out! %s:%d: %s: %s\n", file, line, function, what);
  exit (1);
}

void
g_log (const gchar *domain, GLogLevelFlags level, const gchar *format, ...)
{
  va_list args;

  fflush (stdout);
  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) != 0)
    bail_out (__FILE__, __LINE__, "g_log", "an error, as above");
}

void
g_return_if_fail_warning (
    const gchar *domain, const gchar *function, const gchar *expression)
{
  bail_out (__FILE__, __LINE__, function, expression);
}

void
g_assertion_message (const gchar *domain, const gchar *file, int line,
    const gchar *function, const gchar *message)
{
  bail_out (file, line, function, message);
}

void
g_assertion_message_expr (const gchar *domain, const gchar *file, int line,
    const gchar *function, const gchar *expression)
{
  bail_out (file, line, function, expression ? expression : "not reached");
}

void
g_assertion_message_cmpnum (const gchar *domain, const gchar *file, int line,
    const gchar *function, const gchar *expression, long double found,
    const gchar *comparison, long double expected, gchar kind)
{
  g_autofree gchar *message = g_strdup_printf (
      "%s: %.20Lg %s %.20Lg", expression, found, comparison, expected);

  bail_out (file, line, function, message);
}

/* ---- tests ---- */

#define MAX_TESTS 1000

static struct {
  gchar *path;
  GTestFunc plain;
  GTestDataFunc with_data;
  gconstpointer data;
} tests[MAX_TESTS];

static guint n_tests;
static gboolean failed;

static const GTestConfig config = { .test_initialized = TRUE,
  .test_quick = TRUE };

const GTestConfig *const g_test_config_vars = &config;

void (g_test_init) (int *argc, char ***argv, ...)
{
}

static void
add (const gchar *path, GTestFunc plain, GTestDataFunc with_data,
    gconstpointer data)
{
  if (n_tests == MAX_TESTS)
    abort ();
  tests[n_tests].path = g_strdup_printf ("%s", path);
  tests[n_tests].plain = plain;
  tests[n_tests].with_data = with_data;
  tests[n_tests++].data = data;
}

void
g_test_add_func (const gchar *path, GTestFunc function)
{
  add (path, function, NULL, NULL);
}

void
g_test_add_data_func (
    const gchar *path, gconstpointer data, GTestDataFunc function)
{
  add (path, NULL, function, data);
}

void
g_test_message (const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  fputs ("# ", stdout);
  vprintf (format, args);
  fputc ('\n', stdout);
  va_end (args);
}

void
g_test_fail (void)
{
  failed = TRUE;
}

gboolean
g_test_failed (void)
{
  return failed;
}

int
g_test_run (void)
{
  gboolean any = FALSE;

  printf ("1..%u\n", n_tests);
  for (guint i = 0; i < n_tests; i++) {
    failed = FALSE;
    if (tests[i].plain)
      tests[i].plain ();
    else
      tests[i].with_data (tests[i].data);
    printf ("%sok %u %s\n", failed ? "not " : "", i + 1, tests[i].path);
    fflush (stdout);
    any |= failed;
  }
  return any;
}
