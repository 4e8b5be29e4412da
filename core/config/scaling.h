/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/config.h>

#include "config/yaml-tree.h"

/* What stands under @what, `scaling` or `output-scaling`; the second is turned
 * round when it is used, and has no range. @names are those of the features, or
 * outputs, that the file gives, in their order, or NULL. Free with
 * lstm_scaling_free(). Errors: LSTM_ERROR_CONFIG, and LSTM_ERROR_IO for a file
 * that cannot be read. */
LstmScaling *lstm_scaling_read (const LstmYamlNode *node, const gchar *what,
    const gchar *const *names, GError **error);
void lstm_scaling_free (LstmScaling *scaling);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmScaling, lstm_scaling_free)
