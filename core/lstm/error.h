/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/macros.h>

G_BEGIN_DECLS

#define LSTM_ERROR (lstm_error_quark ())

/**
 * LstmError:
 * @LSTM_ERROR_IO: a file cannot be found, opened or read
 * @LSTM_ERROR_FORMAT: a file is damaged, or of no format that we read
 * @LSTM_ERROR_UNSUPPORTED: a layer, activation or option that we do not know
 * @LSTM_ERROR_SHAPE: layers do not join, or a weight has the wrong shape
 * @LSTM_ERROR_WEIGHTS: a weight is missing, belongs to no layer, or is not
 *   finite
 * @LSTM_ERROR_VALUE: an option has a value that it cannot have
 * @LSTM_ERROR_MODE: the model cannot run in the mode asked for
 * @LSTM_ERROR_CONFIG: a YAML file says something that it cannot say
 * @LSTM_ERROR_RESOURCES: the system gives no more threads
 *
 * What can go wrong before the first frame is processed.
 */
typedef enum {
  LSTM_ERROR_IO,
  LSTM_ERROR_FORMAT,
  LSTM_ERROR_UNSUPPORTED,
  LSTM_ERROR_SHAPE,
  LSTM_ERROR_WEIGHTS,
  LSTM_ERROR_VALUE,
  LSTM_ERROR_MODE,
  LSTM_ERROR_CONFIG,
  LSTM_ERROR_RESOURCES,
} LstmError;

LSTM_API GQuark lstm_error_quark (void);

G_END_DECLS
