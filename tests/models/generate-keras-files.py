#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the cases of keras-files/ with one version of Keras, in the layout of ../golden:

    python3 -m venv venv && venv/bin/pip install tensorflow-cpu==2.15.1 safetensors   # Keras 2.15; 2.12.1: Keras 2.12
    python3 -m venv venv && venv/bin/pip install keras==3.6.0 tensorflow-cpu safetensors
    venv/bin/python generate-keras-files.py [CASE...]

Which groups of model.weights.h5 hold which weights differs from version to version, and so does the way in which masks
are written. <version>_<case>/model.keras is the whole model, <version>_<case>/io.safetensors what goes in and comes
out. Weights are random, the same for each version. The cases are stored; the tests need no Keras."""
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

try:
    import tensorflow as tf
    two = tf.__version__ < "2.16"
except ImportError:
    two = False
if two:
    keras = tf.keras
    VERSION = tf.__version__
else:
    import keras
    VERSION = keras.__version__
from safetensors.numpy import save_file

RELEASE = tuple(int(n) for n in VERSION.split(".")[:2])
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "keras-files")
L, M, I, S = keras.layers, keras.Model, keras.Input, keras.Sequential
CASES = {}


def case(f):
    CASES[f.__name__] = f
    return f


def numbers(seed, *shape):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


def masked(seed, *shape, value=0.0):
    """Sequences of which some steps are masked: the first, the last, some between, all."""
    x = numbers(seed, *shape)
    x[0, 0] = x[0, 3] = value
    x[1, -1] = x[1, -2] = value
    x[2, 1:4] = value
    x[3] = value
    return x


def set_weights(model, seed=0):
    rng = np.random.default_rng(seed + 1000)
    weights = []
    for w in model.get_weights():
        new = rng.normal(0, 0.4, w.shape)
        weights.append(np.abs(new) + 0.5 if w.ndim == 1 else new)
    model.set_weights([np.asarray(w, "float32") for w in weights])


def save(model, name, about, inputs, reference=None):
    folder = os.path.join(HERE, "%s_%s" % (VERSION, name))
    os.makedirs(folder, exist_ok=True)
    outputs = (reference or model)(inputs if len(inputs) > 1 else inputs[0], training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    io = {"call0.x%s" % (i or ""): x for i, x in enumerate(inputs)}
    io.update({"call0.y%d" % i: np.asarray(y) for i, y in enumerate(outputs)})
    save_file({k: np.ascontiguousarray(v, "float32") for k, v in io.items()}, os.path.join(folder, "io.safetensors"))
    os.chmod(os.path.join(folder, "io.safetensors"), 0o644)
    path = os.path.join(folder, "model.keras")
    if RELEASE == (2, 12):
        keras.models.save_model(model, path, save_format="keras_v3")
    else:
        model.save(path)
    if name == "masks" and RELEASE >= (3, 15):
        model.save(os.path.join(folder, "model.h5"))  # which Keras writes, and cannot read itself
    json.dump({"about": about, "calls": [{"reset_before": False}], "outputs": len(outputs), "keras": VERSION},
              open(os.path.join(folder, "case.json"), "w"), indent=1)
    print(VERSION, name)


@case
def nested(name, about):
    "models within a model, several layers of a class, names that are no class's"
    i, k = I((6, 3)), I((6, 2))
    first = S([L.Dense(4), L.Dense(4), L.LSTM(2, return_sequences=True)], name="first")
    inner = M(k, L.Dense(3, name="dense_7")(k), name="inner")
    last = S([S([L.Dense(4), L.GRU(4, return_sequences=True, name="lstm")]), L.Dense(2)], name="last")
    x = L.Dense(5, name="custom")(inner(first(i)))
    m = M(i, [last(L.Dense(6)(L.Dropout(0.1)(x))), inner(first(i))])
    set_weights(m)
    save(m, name, about, [numbers(1, 3, 6, 3)])


@case
def wrappers(name, about):
    "Bidirectional, TimeDistributed, stacked cells; a layer that is called twice"
    a, b = I((6, 3)), I((6, 3))
    shared = L.LSTM(4, return_sequences=True, name="shared")
    x = L.Bidirectional(L.LSTM(4, return_sequences=True, name="q"))(shared(a))
    y = L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="sum")(shared(b))
    x = L.TimeDistributed(L.Dense(3, name="dense_1"))(x)
    y = L.RNN(L.StackedRNNCells([L.LSTMCell(3), L.GRUCell(4), L.LSTMCell(3)]), return_sequences=True)(y)
    y = L.Bidirectional(L.RNN(L.SimpleRNNCell(2), return_sequences=True))(y)
    z = L.RNN(L.LSTMCell(2))(L.Concatenate()([x, y]))
    m = M([a, b], [z, x])
    set_weights(m)
    save(m, name, about, [numbers(1, 3, 6, 3), numbers(2, 3, 6, 3)])


@case
def distributed(name, about):
    "TimeDistributed over a Sequential"
    inner = S([I((5, 3)), L.Conv1D(4, 3, activation="relu"), S([L.Dense(3), L.Flatten()]), L.Dense(2), L.Dense(4)])
    m = S([I((6, 5, 3)), L.TimeDistributed(inner), L.TimeDistributed(L.Dense(3)), L.LSTM(2)])
    set_weights(m)
    save(m, name, about, [numbers(1, 2, 6, 5, 3)])


@case
def layers(name, about):
    "layers of many classes, compiled and trained: optimizer, metrics, seeds, Normalization's count"
    m = S([I((12, 4)), L.Normalization(), L.Conv1D(4, 3), L.PReLU(), L.LeakyReLU(), L.ReLU(max_value=2.0), L.BatchNormalization(),
           L.Dropout(0.2), L.LayerNormalization(), L.GRU(3, return_sequences=True, dropout=0.2, recurrent_dropout=0.1),
           L.GaussianNoise(0.1), L.SimpleRNN(4, return_sequences=True), L.UnitNormalization(), L.Conv1D(2, 2, use_bias=False),
           L.GlobalAveragePooling1D(), L.Dense(2), L.Dense(2, use_bias=False)])
    m.layers[0].adapt(numbers(5, 20, 12, 4) * 3)
    m.compile("adam", "mse", metrics=["mae"])
    m.fit(numbers(1, 4, 12, 4), numbers(2, 4, 2), verbose=0, epochs=2)
    save(m, name, about, [numbers(3, 3, 12, 4)])


@case
def masks(name, about):
    "masks of a functional model, which Keras 3 writes as operations"
    i, j = I((7, 3)), I((7,))
    x = L.Masking()(i)
    e = L.Embedding(6, 3, mask_zero=True)(j)
    y = L.Bidirectional(L.LSTM(3, return_sequences=True))(L.LSTM(3, return_sequences=True)(x))
    y = L.TimeDistributed(L.Dense(3))(L.Dropout(0.1)(y))
    z = L.GRU(3, return_sequences=True)(e)
    w = L.Dense(3)(i)
    outputs = [L.LSTM(2)(y), L.GRU(2)(L.Dense(2)(z))]
    if RELEASE >= (3, 15):  # earlier ones lose these masks, or cannot run their own models
        outputs += [L.LSTM(2)(L.Concatenate()([y, w])), L.LSTM(2)(L.Concatenate(axis=1)([x, w])),
                    L.GRU(2)(L.Add()([y, z])), L.GRU(3)(L.Multiply()([x, L.Masking(mask_value=0.5)(i)])),
                    L.GlobalAveragePooling1D()(z)]
    m = M([i, j], outputs)
    set_weights(m)
    save(m, name, about, [masked(1, 4, 7, 3), np.array([[0, 1, 2, 0, 3, 0, 0], [5, 4, 3, 2, 1, 0, 1],
                                                        [1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 5]], "float32")])


@case
def shared_across(name, about):
    "one layer in two models of a model: its weights are stored once"
    if RELEASE == (3, 0):  # writes a call of it that the file does not hold
        return
    d = L.Dense(3, name="dd")
    i = I((6, 3))
    a, b = S([I((6, 3)), d, L.Dense(3)], name="aa"), S([I((6, 3)), L.Dense(3), d], name="bb")
    m = M(i, L.Add()([a(i), b(i), L.Dense(3)(d(i))]))
    set_weights(m)
    save(m, name, about, [numbers(1, 2, 6, 3)])


def dtype(policy):
    def make(name, about):
        def model(policy, **k):
            first = {} if policy == "bfloat16" else dict(dtype=policy)
            return S([I((6, 3)), L.LSTM(4, return_sequences=True, **first), L.Dense(3, activation="tanh", dtype=policy),
                      L.Dense(2, dtype=policy)])
        m, reference = model(policy), model("float32")
        set_weights(m)
        reference.set_weights([np.asarray(w).astype("float32") for w in m.get_weights()])
        save(m, name, "dtype %s, read as float32" % policy, [numbers(1, 3, 6, 3)], reference)
    return make


for policy in ("mixed_float16", "float16", "bfloat16", "float64"):
    CASES["dtype_" + policy] = dtype(policy)

for chosen in sys.argv[1:] or [c for c in CASES if not c.startswith("dtype") or RELEASE[1] == 15]:
    keras.backend.clear_session()  # names of layers do not depend on other cases
    CASES[chosen](chosen, CASES[chosen].__doc__)
