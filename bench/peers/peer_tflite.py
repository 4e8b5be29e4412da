# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""TensorFlow Lite's interpreter: one step as a graph, both kernels in one product, state in and out. What is timed is
invoke alone: inputs and states stay where they are. int8 is its dynamic range quantization."""

import os
import warnings

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402


def convert(row, weights):
    kernel, recurrent, bias = weights[0]
    both, bias = tf.constant(np.concatenate([kernel, recurrent])), tf.constant(bias)
    x, h = tf.TensorSpec((row.batch, row.features), name="x"), tf.TensorSpec((row.batch, row.units), name="h")

    @tf.function(input_signature=[x, h, tf.TensorSpec((row.batch, row.units), name="c")])
    def step(x, h, c):
        i, f, g, o = tf.split(tf.matmul(tf.concat([x, h], 1), both) + bias, 4, 1)
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        return {"h1": tf.sigmoid(o) * tf.tanh(c), "c1": c}

    module = tf.Module()
    module.step = step
    converter = tf.lite.TFLiteConverter.from_concrete_functions([step.get_concrete_function()], module)
    if row.precision == "int8":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return converter.convert()


def make(row, weights, inputs):
    """What is called is the interpreter within Python's, which adds some 200 ns of checks to a call."""
    interpreter = tf.lite.Interpreter(model_content=convert(row, weights), num_threads=row.threads)
    interpreter.allocate_tensors()
    signature = interpreter._get_full_signature_list()["serving_default"]
    places, results = signature["inputs"], signature["outputs"]
    invoke = interpreter._interpreter.Invoke

    def check():
        h = c = np.zeros((row.batch, row.units), np.float32)
        given = []
        for call in inputs:
            for name, value in (("x", call[:, 0]), ("h", h), ("c", c)):
                interpreter.set_tensor(places[name], value)
            invoke()
            h, c = interpreter.get_tensor(results["h1"]), interpreter.get_tensor(results["c1"])
            given.append(h)
        return given

    return check, invoke
