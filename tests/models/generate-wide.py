#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes wide/model.h5 with real Keras: a model without weights, 2x + 1 of each of 99999 features. Tests write the number of
features that they need over the five digits.

    python3 -m venv venv && venv/bin/pip install keras tensorflow-cpu h5py
    venv/bin/python generate-wide.py"""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
from keras import layers

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wide")

x = layers.Input((None, 99999), name="in")
y = layers.Rescaling(2.0, 1.0, name="out")(x)
os.makedirs(HERE, exist_ok=True)
keras.Model(x, y, name="wide").save(os.path.join(HERE, "model.h5"))
