#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Trains the three models of this example with Keras 3 and writes them beside
this file, with the letters to read (letters.csv) and what Keras itself says of
them (expected_CELL.csv). Needs `pip install keras tensorflow`."""

import csv
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position

HERE = os.path.dirname(os.path.abspath(__file__))
TEXT = "hello_world_"
LETTERS = "helo_wrd"
CELLS = {"simplernn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM,
         "gru": keras.layers.GRU}
UNITS = 16
REPEATS = 5


def one_hot(text):
    """[letters of the text, letters there are]"""
    return np.eye(len(LETTERS), dtype="float32")[[LETTERS.index(c)
                                                  for c in text]]


def write(name, header, rows):
    """A CSV file beside this one."""
    with open(os.path.join(HERE, name), "w", encoding="ascii",
              newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def train(name, cell):
    """A model that reads a letter at a time and says which comes next."""
    keras.utils.set_random_seed(1)
    text = TEXT * (REPEATS + 1)
    model = keras.Sequential([
        keras.Input(shape=(None, len(LETTERS))),
        cell(UNITS, return_sequences=True),
        keras.layers.Dense(len(LETTERS), activation="softmax")])
    model.compile("adam", "categorical_crossentropy")
    model.optimizer.learning_rate = 0.02
    x, y = one_hot(text[:-1])[None], one_hot(text[1:])[None]
    for _ in range(6):
        loss = model.fit(x, y, epochs=40, verbose=0).history["loss"][-1]
    print(f"{name}: loss {loss:.5f}")
    model.save(os.path.join(HERE, name + ".keras"))
    return model


def main():
    """Models, letters, and what is expected of them."""
    text = TEXT * REPEATS
    x = one_hot(text)
    write("letters.csv", ["letter"] + list(LETTERS),
          [[c] + [int(v) for v in row] for c, row in zip(text, x)])
    for name, cell in CELLS.items():
        y = train(name, cell).predict(x[None], verbose=0)[0]
        write(f"expected_{name}.csv",
              ["letter"] + ["next_" + c for c in LETTERS],
              [[c] + [f"{v:.9g}" for v in row] for c, row in zip(text, y)])
        print("read:     ", text)
        print("expected: ", "".join(LETTERS[i] for i in y.argmax(axis=1)))


if __name__ == "__main__":
    main()
