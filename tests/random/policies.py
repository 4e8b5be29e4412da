# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Dtype policies: models that Keras would compute in other numbers than float32. What is expected of them is what the same
model computes in float32 with the weights that the file holds."""
import contextlib

import numpy as np

# Those that round the weights, and those that do not.
LOSSY = ["float16", "bfloat16"]
EXACT = ["mixed_float16", "mixed_bfloat16", "float64"]


@contextlib.contextmanager
def under(library, major, name):
    """What is built meanwhile has this policy."""
    setter = library.mixed_precision.set_global_policy if major == 2 else library.config.set_dtype_policy
    if name == "float64":
        library.backend.set_floatx(name)
    setter(name)
    try:
        yield
    finally:
        library.backend.set_floatx("float32")
        setter("float32")


def is_float(weight):
    name = weight.dtype if isinstance(weight.dtype, str) else weight.dtype.name
    return "float" in name


def numbers(weight):
    import tensorflow as tf
    return tf.cast(tf.convert_to_tensor(weight), "float32").numpy()


def share_weights(model, twin):
    """Gives both the same weights: those of the model, rounded as the twin holds them."""
    if len(model.weights) != len(twin.weights):
        raise ValueError("the twin has other weights")
    for w, t in zip(model.weights, twin.weights):
        if is_float(w):
            t.assign(np.asarray(w))
            w.assign(numbers(t))
    for layer in [*model._flatten_layers(), *twin._flatten_layers()]:
        if hasattr(layer, "finalize_state"):  # Normalization computes with copies of its weights
            layer.finalize_state()
