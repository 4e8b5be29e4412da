# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the models of this folder with real Keras, and a reference for each by
the lines of Python that README.md gives to users.

    python3 -m venv venv && venv/bin/pip install tensorflow-cpu safetensors
    venv/bin/python generate.py
"""

import os
import re

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
from keras import layers as L

HERE = os.path.dirname(os.path.abspath(__file__))
README = os.path.join(HERE, "..", "..", "..", "README.md")
RNG = np.random.default_rng(20)


def snippet():
    """The function of the README, as users paste it."""
    with open(README, encoding="utf-8") as file:
        code = re.search("```python\n(.*?)```", file.read(), re.DOTALL).group(1)
    names = {}
    exec(code, names)
    return names["write_reference"]


def numbers(*shape):
    """Some input."""
    return RNG.normal(0, 1, shape).astype("float32")


def save(name, model, calls, reset_before=(), randomise=True):
    """Gives every weight a random value; writes the model and its reference."""
    for weight in model.weights if randomise else ():
        weight.assign(RNG.normal(0, 0.4, weight.shape).astype("float32"))
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    model.save(os.path.join(folder, "model.h5"))
    snippet()(os.path.join(folder, "reference.safetensors"), model, calls,
              reset_before)


def fixed_batch():
    """Stateless, but with a batch of 4: Keras runs shorter ones, too."""
    model = keras.Sequential([
        L.Input(batch_shape=(4, 5, 4)), L.LSTM(3), L.Dense(2)])
    save("fixed_batch", model, [numbers(4, 5, 4), numbers(3, 5, 4)])


def two_inputs():
    """A sequence and what does not change beside it; two outputs."""
    sequence = L.Input((6, 3), name="sequence")
    constant = L.Input((4,), name="constant")
    h = L.GRU(5, name="encode")(sequence)
    both = L.Concatenate(name="both")([h, constant])
    model = keras.Model(
        [sequence, constant],
        [L.Dense(2, name="head_a")(both), L.Dense(1, name="head_b")(h)])
    save("two_inputs", model, [[numbers(3, 6, 3), numbers(3, 4)],
                               [numbers(5, 6, 3), numbers(5, 4)]])


def resets():
    """Stateful, with fresh states before calls 2 and 3."""
    model = keras.Sequential([
        L.Input(batch_shape=(2, 4, 3)),
        L.LSTM(4, stateful=True, return_sequences=True),
        L.SimpleRNN(3, stateful=True)])
    save("resets", model, [numbers(2, 4, 3) for _ in range(5)],
         reset_before=(2, 3))


def images():
    """Frames of two axes: no CSV holds them."""
    model = keras.Sequential([
        L.Input((3, 2, 2)), L.TimeDistributed(L.Flatten()), L.LSTM(2)])
    save("images", model, [numbers(2, 3, 2, 2)])


def frozen():
    """Weights that training does not change, of layers of several kinds."""
    model = keras.Sequential([
        L.Input((6, 3)), L.BatchNormalization(), L.LSTM(4), L.Dense(2)])
    model.layers[1].trainable = False
    save("frozen", model, [np.abs(numbers(2, 6, 3))])


def open_stateful():
    """Stateful, with as many steps as each call likes."""
    model = keras.Sequential([
        L.Input(batch_shape=(2, None, 3)),
        L.LSTM(4, stateful=True, return_sequences=True)])
    save("open_stateful", model,
         [numbers(2, steps, 3) for steps in (4, 2, 2, 7)], reset_before=(3,))


def bidirectional_states():
    """A layer of several parts, one of whose outputs is a sequence."""
    x = L.Input((4, 3), name="x")
    both = L.Bidirectional(
        L.LSTM(2, return_sequences=True, return_state=True), name="both")(x)
    model = keras.Model(x, [L.Dense(2, name="head")(both[0]), both[3]])
    save("bidirectional_states", model, [numbers(2, 4, 3)])


def nan_weight():
    """A weight that is no number."""
    model = keras.Sequential([L.Input((3, 2)), L.SimpleRNN(2), L.Dense(1)])
    model.layers[1].bias.assign([float("nan")])
    save("nan_weight", model, [numbers(1, 3, 2)], randomise=False)


fixed_batch()
two_inputs()
resets()
images()
frozen()
open_stateful()
bidirectional_states()
nan_weight()
