/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

G_BEGIN_DECLS

/* One element between a harness's pads, with a bus of its own. */
typedef struct {
  GstElement *element;
  GstBus *bus;
  GstHarness *harness;
} ElementTest;

typedef void (*ElementTestAdd) (TCase *tests);

/* 100,000 keys work; where each allocation is watched, fewer must do. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MANY_KEYS 5000
#else
#define MANY_KEYS 100000
#endif

int element_test_main (
    int argc, char **argv, const gchar *name, ElementTestAdd add);

/* Properties are pairs of name and text as gst-launch takes it, then NULL. */
GstElement *element_test_make (
    const gchar *factory, ...) G_GNUC_NULL_TERMINATED;
ElementTest *element_test_new (GstElement *element);
void element_test_free (ElementTest *test);

GstFlowReturn element_test_push_buffer (
    ElementTest *test, const void *data, gsize size);
GstFlowReturn element_test_push (
    ElementTest *test, const void *data, gsize size, gsize chunk);
GstFlowReturn element_test_push_text (ElementTest *test, const gchar *text);
void element_test_start_text (ElementTest *test);
gboolean element_test_push_eos (ElementTest *test);

/* All frames that came out, one a line: `ROW KEY|KEPT|KEPT: VALUE VALUE`.
 * Checks that rows, times, keys and offsets of the buffers hang together. */
gchar *element_test_pull_frames (ElementTest *test, gint rate_n, gint rate_d);
gchar *element_test_pull_text (ElementTest *test);

/* The bus has one message of @type, and its text holds every string of the
 * NULL-terminated list. */
void element_test_assert_message (ElementTest *test, GstMessageType type,
    GQuark domain, gint code, ...) G_GNUC_NULL_TERMINATED;
void element_test_assert_silent (ElementTest *test);

/* So many criticals of our own code are to come; others fail the test. */
void element_test_expect_criticals (guint n);
void element_test_assert_criticals (void);

/* A directory of the test's own with one file; returns the file's path. */
gchar *element_test_write_file (const gchar *name, const gchar *text);
void element_test_remove_file (gchar *path);

/* Makes the process's locale one with a decimal comma. */
gboolean element_test_use_comma_locale (void);
void element_test_leave_locale (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ElementTest, element_test_free)

G_END_DECLS
