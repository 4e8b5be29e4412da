/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* csvdec: damaged texts, however they are cut. */

#include <string.h>

#include "element-test.h"

/* What a text gives, however bad it is: its frames, then its error. */
static gchar *
read_any_text (const guint8 *text, gsize size, gsize chunk)
{
  g_autoptr (ElementTest) test = element_test_new (
      element_test_make ("csvdec", "key", "1", "keep", "2", NULL));
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *frames = NULL;

  element_test_start_text (test);
  element_test_push (test, text, size, chunk);
  element_test_push_eos (test);
  frames = element_test_pull_frames (test, 1, 1);
  message = gst_bus_pop_filtered (test->bus, GST_MESSAGE_ERROR);
  if (message != NULL)
    gst_message_parse_error (message, &error, NULL);
  element_test_assert_silent (test);
  return g_strdup_printf (
      "%s%s", frames, error != NULL ? error->message : "no error");
}

/* Damaged texts: frames and error are the same however they are cut. */
START_TEST (test_mutations)
{
  static const gchar base[] = "\xef\xbb\xbfid,note,a,b\r\n"
                              "p,\"x, \"\"y\"\"\",1,-2.5e3\r\n"
                              "p,,.5,nan\n\n q , z ,3,inf\n\"q\",,4,5";
  static const gchar bytes[] = "\",\n\r \0\xff"
                               "1.e-x";
  guint32 seed = (guint32) _i + 1;
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  guint i;

  for (i = 0; i < 50; i++) {
    g_autofree gchar *whole = NULL, *single = NULL, *cut = NULL;
    gsize size = sizeof (base) - 1;
    guint8 text[sizeof (base)];
    gint n_changes = g_rand_int_range (random, 1, 5);

    memcpy (text, base, sizeof (base));
    while (n_changes-- > 0)
      text[g_rand_int_range (random, 0, (gint32) size)] =
          (guint8) bytes[g_rand_int_range (random, 0, sizeof (bytes) - 1)];
    if (g_rand_boolean (random))
      size = (gsize) g_rand_int_range (random, 0, (gint32) size);
    whole = read_any_text (text, size, G_MAXSIZE);
    single = read_any_text (text, size, 1);
    cut = read_any_text (text, size, 7);
    fail_unless (strcmp (single, whole) == 0 && strcmp (cut, whole) == 0,
        "in one piece: %s; byte by byte: %s; by sevens: %s", whole, single,
        cut);
  }
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_mutations, 0, 40);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "csvdec-mutations", add_tests);
}
