#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the models of reload/ with real Keras: families that share layer names, for tests that put one in another's place
while a stream runs. The numbers are compared with the C library's, so no outputs are stored.

    python3 -m venv venv && venv/bin/pip install keras tensorflow-cpu h5py
    venv/bin/python generate-reload.py"""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
from keras import layers

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reload")


def save(name, model, seed):
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(0, 0.4, w.shape) for w in model.get_weights()])
    os.makedirs(HERE, exist_ok=True)
    model.save(os.path.join(HERE, name + ".h5"))


def frames(features=3, second=4, outputs=2):
    """Frame by frame: slots memory/h, memory/c, second/h."""
    return keras.Sequential([
        layers.Input((None, features)),
        layers.LSTM(5, return_sequences=True, name="memory"),
        layers.GRU(second, return_sequences=True, name="second"),
        layers.Dense(outputs, name="out"),
    ])


def windows(steps):
    """Windows of `steps`, the state carried from one to the next: slots memory/h, memory/c."""
    return keras.Sequential([
        layers.Input(batch_shape=(1, steps, 3)),
        layers.LSTM(4, stateful=True, name="memory"),
        layers.Dense(2, name="out"),
    ])


def outputs(**features):
    """Several outputs by name, each with so many features."""
    x = layers.Input((None, 3))
    y = layers.LSTM(5, return_sequences=True, name="memory")(x)
    return keras.Model(x, [layers.Dense(n, name=name)(y) for name, n in features.items()])


save("a", frames(), 1)
save("b", frames(), 2)
save("wider", frames(outputs=3), 3)
save("partly", frames(second=6), 4)
save("four", frames(features=4), 5)
save("window8", windows(8), 6)
save("window8b", windows(8), 7)
save("window6", windows(6), 8)
save("outputs", outputs(first=2, more=2), 9)
save("outputs-b", outputs(first=2, more=2), 10)
save("outputs-other", outputs(first=2, less=2), 11)
save("outputs-wider", outputs(first=2, more=4), 12)
save("outputs-third", outputs(first=2, extra=3, more=2), 13)
