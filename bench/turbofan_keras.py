#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The turbofan job in Keras with TensorFlow, as turbofan.py times it.

Today's Keras cannot load a file of Keras 2.0.5, so the model is rebuilt and
takes the file's weights. hard_sigmoid is Keras 2's, clip(0.2 x + 0.5)."""

import argparse
import csv
import json
import os

import h5py
import keras
import numpy as np
from keras import layers, ops

STEPS = 50


def hard_sigmoid(x):
    """What the word meant before Keras 3."""
    return ops.clip(0.2 * x + 0.5, 0.0, 1.0)


def load_model(path):
    """The layers of binary_model.h5 with its weights, Dropout left out."""
    model = keras.Sequential([
        keras.Input((STEPS, 25)),
        layers.LSTM(100, return_sequences=True, name="lstm_1",
                    recurrent_activation=hard_sigmoid),
        layers.LSTM(50, name="lstm_2", recurrent_activation=hard_sigmoid),
        layers.Dense(1, activation="sigmoid", name="dense_1"),
    ])
    with h5py.File(path) as file:
        for layer in model.layers:
            group = file["model_weights"][layer.name]
            layer.set_weights([np.array(group[name])
                               for name in group.attrs["weight_names"]])
    return model


def read_frames(folder):
    """Engine and cycle of each row, and features [rows, 25] scaled as the model
    was trained."""
    with open(os.path.join(folder, "scaler.json"), encoding="utf-8") as file:
        scaler = json.load(file)
    test = os.path.join(folder, "test.csv")
    with open(test, encoding="ascii") as file:
        header = file.readline().strip().split(",")
    table = np.loadtxt(test, delimiter=",", skiprows=1)
    features = table[:, [header.index(name) for name in scaler["features"]]]
    least = np.array(scaler["min"])
    span = np.array(scaler["max"]) - least
    span[span == 0] = 1
    features = ((features - least) / span).astype(np.float32)
    return (table[:, header.index("id")].astype(int),
            table[:, header.index("cycle")].astype(int), features)


def make_windows(engines, features):
    """Windows [windows, STEPS, 25] of each engine by itself, and the row that
    each window ends with."""
    windows, ends = [], []
    for engine in np.unique(engines):
        rows = np.flatnonzero(engines == engine)
        if len(rows) < STEPS:
            continue
        slid = np.lib.stride_tricks.sliding_window_view(
            features[rows], STEPS, axis=0)
        windows.append(slid.transpose(0, 2, 1))
        ends.append(rows[STEPS - 1:])
    return np.concatenate(windows), np.concatenate(ends)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="where model and data are")
    parser.add_argument("output", help="the CSV to write")
    parser.add_argument("--batch-size", type=int, required=True)
    arguments = parser.parse_args()

    model = load_model(os.path.join(arguments.folder, "binary_model.h5"))
    engines, cycles, features = read_frames(arguments.folder)
    windows, ends = make_windows(engines, features)
    predictions = model.predict(windows, batch_size=arguments.batch_size,
                                verbose=0)[:, 0]
    with open(arguments.output, "w", newline="", encoding="ascii") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "cycle", "failure_within_30_cycles"])
        for end, value in zip(ends, predictions):
            writer.writerow([engines[end], cycles[end], f"{value:.9g}"])


if __name__ == "__main__":
    main()
