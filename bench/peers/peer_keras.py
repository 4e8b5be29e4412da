# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keras with TensorFlow in a tf.function: LSTMCell for one step, a Sequential model for sequences."""

import itertools
import os

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="tensorflow")

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402


def make_step(row, weights, x):
    cell = keras.layers.LSTMCell(row.units)
    cell.build((row.batch, row.features))
    cell.set_weights(weights[0])
    step = tf.function(lambda x, h, c: cell(x, [h, c])[1])
    inputs = itertools.cycle([call[:, 0] for call in x])
    state = [tf.zeros((row.batch, row.units)), tf.zeros((row.batch, row.units))]

    def run():
        state[:] = step(next(inputs), state[0], state[1])
        return state[0]

    return run


def make_sequence(row, weights, x):
    model = keras.Sequential([keras.Input((row.steps, row.features), batch_size=row.batch)])
    for i in range(row.layers):
        model.add(keras.layers.LSTM(row.units, return_sequences=i + 1 < row.layers or not row.last))
    if row.dense:
        model.add(keras.layers.Dense(row.dense))
    model.set_weights([array for layer in weights for array in layer])
    predict = tf.function(lambda x: model(x, training=False))
    return lambda: predict(x[0])


def make(row, weights, inputs):
    if tf.config.threading.get_intra_op_parallelism_threads() != row.threads:
        tf.config.threading.set_intra_op_parallelism_threads(row.threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    run = (make_step if row.carry else make_sequence)(row, weights, [tf.constant(call) for call in inputs])
    return lambda: [run().numpy() for _ in range(row.calls)], run
