/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/options.h"

LstmActivation lstm_activation_of_layer (
    LstmOptions *options, const gchar *class_name);
