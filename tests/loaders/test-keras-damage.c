/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Damaged files: cut off at any length, or with bytes changed. They load or
 * fail with an error; nothing else happens. */

#include "common/golden.h"

#include "h5-edit.h"
#include "zip-edit.h"

#include <glib/gstdio.h>
#include <lstm/lstm.h>
#include <stdio.h>
#include <string.h>

#define N_MUTANTS 300

#if defined(__SANITIZE_ADDRESS__)
const char *__asan_default_options (void);
const char *__lsan_default_suppressions (void);

/* libhdf5 asks for what a damaged file names, and takes no for an answer. */
const char *
__asan_default_options (void)
{
  return "allocator_may_return_null=1";
}

/* libhdf5 1.10 loses memory of its own when it refuses a damaged file. */
const char *
__lsan_default_suppressions (void)
{
  return "leak:libhdf5";
}
#endif

/* Small files of Keras 2 and 3, Sequential and functional. */
static const struct {
  const gchar *name;
  const gchar *file;
} cases[] = {
  { "keras2_functional_state", "model.h5" },
  { "functional_initial_state", "model.h5" },
  { "stateful_stack", "model.h5" },
  { "functional_initial_state", "model.keras" },
  { "stateful_stack", "model.keras" },
};

typedef struct {
  gchar *data;
  gsize size;
  gchar *path; /* where the damaged file is written */
} Victim;

static void
victim_init (Victim *victim, guint i)
{
  g_autofree gchar *from = golden_file (cases[i].name, cases[i].file);
  g_autofree gchar *name = g_strconcat ("damaged-", cases[i].file, NULL);
  g_autoptr (GError) error = NULL;

  g_file_get_contents (from, &victim->data, &victim->size, &error);
  g_assert_no_error (error);
  victim->path = h5_path (name);
}

static void
victim_clear (Victim *victim)
{
  g_free (victim->data);
  g_free (victim->path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Victim, victim_clear)

/* Not g_file_set_contents(), which waits for the disk. */
static void
write_file (const gchar *path, const gchar *data, gsize size)
{
  FILE *file = g_fopen (path, "wb");

  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (data, 1, size, file), ==, size);
  g_assert_cmpint (fclose (file), ==, 0);
}

static gboolean
try_file (const gchar *path, GError **error)
{
  g_autoptr (LstmModel) model = NULL;
  g_autoptr (GError) problem = NULL;

  model = lstm_model_load (path, NULL, &problem);
  g_assert_true ((model != NULL) == (problem == NULL));
  if (problem != NULL) {
    g_assert_true (problem->domain == LSTM_ERROR);
    g_assert_true (g_str_has_prefix (problem->message, path));
    g_assert_true (g_utf8_validate (problem->message, -1, NULL));
    g_propagate_error (error, g_steal_pointer (&problem));
  }
  return model != NULL;
}

/* Returns whether it loads. */
static gboolean
try_load (const Victim *victim, const gchar *data, gsize size, GError **error)
{
  write_file (victim->path, data, size);
  return try_file (victim->path, error);
}

static void
test_truncated (gconstpointer number)
{
  g_auto (Victim) victim = { 0 };
  guint n = 0;

  victim_init (&victim, GPOINTER_TO_UINT (number));
  for (gsize size = 0; size < victim.size; size += 1 + size / 25) {
    g_autoptr (GError) error = NULL;

    g_assert_false (try_load (&victim, victim.data, size, &error));
    g_assert_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT);
    if (size >= 2048)
      g_assert_nonnull (strstr (error->message, "truncated"));
    n++;
  }
  g_assert_false (try_load (&victim, victim.data, victim.size - 1, NULL));
  g_assert_true (try_load (&victim, victim.data, victim.size, NULL));
  g_test_message ("%u lengths refused", n + 1);
}

/* Deterministic: the same mutants on every machine. */
static void
mutate (GRand *random, gchar *data, gsize size)
{
  gint n = g_rand_int_range (random, 1, 5);

  for (gint i = 0; i < n; i++) {
    gint32 at = g_rand_int_range (random, 0, (gint32) size);

    if (g_rand_boolean (random))
      data[at] ^= (gchar) (1 << g_rand_int_range (random, 0, 8));
    else
      data[at] = (gchar) g_rand_int_range (random, 0, 256);
  }
}

static void
test_mutants (gconstpointer number)
{
  g_auto (Victim) victim = { 0 };
  GRand *random = g_rand_new_with_seed (GPOINTER_TO_UINT (number));
  guint n_loaded = 0;

  victim_init (&victim, GPOINTER_TO_UINT (number));
  for (guint i = 0; i < N_MUTANTS; i++) {
    g_autofree gchar *mutant = g_memdup2 (victim.data, victim.size);

    mutate (random, mutant, victim.size);
    n_loaded += try_load (&victim, mutant, victim.size, NULL);
  }
  g_rand_free (random);
  g_test_message ("%u of %u mutants load", n_loaded, N_MUTANTS);
  if (g_str_has_suffix (victim.path, ".h5"))
    g_assert_cmpuint (n_loaded, >, 0);
  g_assert_cmpuint (n_loaded, <, N_MUTANTS);
}

/* A zip file's checksums would catch what is changed within it, so here they
 * are made right again. */
static void
test_members (gconstpointer member_name)
{
  g_autofree gchar *from =
      golden_file ("functional_initial_state", "model.keras");
  g_autofree gchar *path = h5_path ("damaged-members.keras");
  g_autoptr (GPtrArray) members = pack_take_apart (from);
  ZipMember *member = pack_find (members, member_name);
  gsize size = member->n_data;
  g_autofree gchar *whole = g_memdup2 (member->data, size);
  GRand *random = g_rand_new_with_seed (g_str_hash (member_name));
  guint n_loaded = 0;

  for (guint i = 0; i < N_MUTANTS; i++) {
    g_autofree gchar *mutant = g_memdup2 (whole, size);

    mutate (random, mutant, size);
    pack_set (member, mutant, (gssize) size);
    pack_put_together (members, path);
    n_loaded += try_file (path, NULL);
  }
  g_rand_free (random);
  g_test_message ("%u of %u mutants load", n_loaded, N_MUTANTS);
  g_assert_cmpuint (n_loaded, >, 0);
  g_assert_cmpuint (n_loaded, <, N_MUTANTS);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  /* What libhdf5 has lost it would wait for, and complain of, at exit. */
  H5dont_atexit ();
  h5_begin ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *cut =
        g_strjoin ("/", "/damage/cut", cases[i].file, cases[i].name, NULL);
    g_autofree gchar *mutants =
        g_strjoin ("/", "/damage/mutants", cases[i].file, cases[i].name, NULL);

    g_test_add_data_func (cut, GUINT_TO_POINTER (i), test_truncated);
    g_test_add_data_func (mutants, GUINT_TO_POINTER (i), test_mutants);
  }
  g_test_add_data_func (
      "/damage/members/weights", "model.weights.h5", test_members);
  g_test_add_data_func ("/damage/members/config", "config.json", test_members);
  status = g_test_run ();
  h5_end ();
  return status;
}
