/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

#include <string.h>

/* The most facts that a message is checked for. */
#define MAX_FACTS 5

/* Loading must fail with this code, and a message that begins with the path and
 * holds every one of the facts. */
static inline void
expect_failure (const gchar *path, const LstmLoadOptions *options, gint code,
    const gchar *const facts[MAX_FACTS])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, options, &error);

  g_assert_null (model);
  g_assert_nonnull (error);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_test_message ("%s", error->message);
  if (!g_error_matches (error, LSTM_ERROR, code))
    g_test_fail_printf ("error code %d, expected %d", error->code, code);
  g_assert_true (g_str_has_prefix (error->message, path));
  for (guint i = 0; i < MAX_FACTS && facts[i] != NULL; i++)
    if (strstr (error->message + strlen (path), facts[i]) == NULL)
      g_test_fail_printf ("it does not say: %s", facts[i]);
}
