# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What random layers and graphs are made of: one Keras, one source of random numbers, and what was chosen so far."""
import numpy as np


class Unfit(Exception):
    """The choices made so far lead to no model: the next attempt makes others."""


# By name, beside "linear". In Keras 3 glu halves its input and threshold cannot be called by its name alone.
ACTIVATIONS = {
    2: ["elu", "exponential", "gelu", "hard_sigmoid", "leaky_relu", "log_softmax", "mish", "relu", "relu6", "selu",
        "sigmoid", "silu", "softmax", "softplus", "softsign", "swish", "tanh"],
    3: ["celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
        "leaky_relu", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink",
        "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "swish", "tanh",
        "tanh_shrink"],
}
NAMES = ["a b", "couche_é", "LSTM", "gru-1", "x.1", "lstm-2", "層", "forward_", "q#1", "bias"]
SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17]
MASK_VALUES = [0.0, -1.0, 0.5]


class Maker:
    """batch: the number of sequences, or None where a call may choose."""

    def __init__(self, keras, rng, batch=None):
        self.keras = keras
        self.layers = keras.layers
        self.major = 3 if int(keras.__version__.split(".")[0]) >= 3 and keras.__name__ != "tf_keras" else 2
        self.rng = rng
        self.batch = batch
        self.mask_values = []
        self.names = set()
        self.wrapped = 0

    def chance(self, p):
        return self.rng.random() < p

    def pick(self, choices):
        choices = list(choices)
        return choices[int(self.rng.integers(len(choices)))]

    def number(self, low, high):
        """A whole number of low..high."""
        return int(self.rng.integers(low, high + 1))

    def real(self, low, high):
        return round(float(self.rng.uniform(low, high)), 3)

    def units(self):
        return self.pick(SIZES) if self.chance(0.7) else self.number(1, 6)

    def activation(self):
        if self.major == 3 and self.chance(0.08):
            return self.activation_layer()
        return self.pick(ACTIVATIONS[self.major] + ["linear", None])

    def activation_layer(self):
        """A layer as the activation of another, which Keras 3 allows."""
        return self.pick([
            lambda: self.layers.ReLU(max_value=self.real(0.5, 2), negative_slope=self.real(0, 0.3)),
            lambda: self.layers.LeakyReLU(negative_slope=self.real(0.05, 0.4)),
            lambda: self.layers.ELU(alpha=self.real(0.5, 1.5)),
        ])()

    def options(self, **choices):
        """Some of these options: name=(probability, function that makes a value)."""
        return {name: make() for name, (p, make) in choices.items() if self.chance(p)}

    def common(self):
        """What every layer takes: now and then a name of its own, or no training."""
        kw = self.options(trainable=(0.08, lambda: False))
        if self.major == 3 and self.chance(0.06):
            name = self.pick(NAMES)
            if name not in self.names:
                self.names.add(name)
                kw["name"] = name
        return kw

    def idle_weights(self, *names):
        """Initialisers, regularisers and constraints, which do nothing at inference."""
        kw = {}
        for name in names:
            if self.chance(0.06):
                kw[name + "_regularizer"] = self.pick(["l1", "l2", "L1L2"])
            if self.chance(0.06):
                kw[name + "_constraint"] = self.pick(["max_norm", "non_neg", "unit_norm", "min_max_norm"])
            if self.chance(0.06):
                kw[name + "_initializer"] = self.pick(["zeros", "ones", "random_normal", "glorot_uniform"])
        return kw


def randomise(keras_model, rng, scale):
    """New numbers for every weight: those of a matrix small enough for its inputs, statistics positive."""
    seen = set()
    for w in keras_model.weights:
        name = getattr(w, "path", w.name)
        base = name.split("/")[-1].split(":")[0]
        floats = "float" in str(w.dtype)
        if id(w) in seen or not floats or "seed" in name or base in ("mean", "variance", "count"):
            continue
        seen.add(id(w))
        shape = tuple(int(n) for n in w.shape)
        fan_in = int(np.prod(shape[:-1])) if len(shape) > 1 else 1
        spread = scale / np.sqrt(fan_in) if "kernel" in base else 0.4 * scale
        v = rng.normal(0, spread, shape).astype("float32")
        if base in ("moving_variance", "gamma"):
            v = np.abs(v) + np.float32(0.5)
        w.assign(v)


def leaves(values):
    """All tensors within lists of lists."""
    if isinstance(values, (list, tuple)):
        return [leaf for value in values for leaf in leaves(value)]
    return [values]
