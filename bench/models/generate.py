#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the small models of bench/pipeline.c with Keras 3: their weights are
random, their numbers mean nothing."""

import os

import keras
from keras import layers

HERE = os.path.dirname(os.path.abspath(__file__))


def save(name, *stack):
    keras.utils.set_random_seed(1)
    keras.Sequential(list(stack), name=name).save(os.path.join(HERE, f"{name}.h5"))


def two_layers(features):
    save(f"lstm_{features}_32_32_1",
         layers.Input((None, features)),
         layers.LSTM(32, return_sequences=True),
         layers.LSTM(32, return_sequences=True),
         layers.Dense(1))


save("empty", layers.Input((None, 1)), layers.Dense(1))
two_layers(1)
two_layers(64)
