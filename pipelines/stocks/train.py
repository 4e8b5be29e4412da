#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Trains the model of this example with Keras 3 on the first 800 days of
goog.csv and writes it beside this file (stocks.keras), with the scaling
(scaler.json) and what Keras itself predicts, day by day (expected.csv). Needs
`pip install keras tensorflow`."""

import csv
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position

HERE = os.path.dirname(os.path.abspath(__file__))
FEATURES = ["open", "high", "low", "close", "volume"]
CLOSE = FEATURES.index("close")
TRAINED = 800
STEPS = 20
EPOCHS = 120


def read():
    """Dates, and [days, features] in double."""
    with open(os.path.join(HERE, "goog.csv"), encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    return ([row["date"] for row in rows],
            np.array([[float(row[f]) for f in FEATURES] for row in rows]))


def make(steps, sequences):
    """Two LSTM that keep their state from call to call, and a Dense."""
    return keras.Sequential([
        keras.Input(batch_shape=(1, steps, len(FEATURES))),
        keras.layers.LSTM(24, return_sequences=True, stateful=True),
        keras.layers.LSTM(12, return_sequences=sequences, stateful=True),
        keras.layers.Dense(1)])


def train(scaled):
    """Through the days in order, STEPS of them at a time, each epoch from a
    fresh state: x[t] -> the close of t + 1, scaled."""
    model = make(STEPS, True)
    model.compile(keras.optimizers.Adam(0.003), "mse")
    n = (TRAINED - 1) // STEPS * STEPS
    x = scaled[:n].reshape(-1, STEPS, len(FEATURES)).astype("float32")
    y = scaled[1:n + 1, CLOSE].reshape(-1, STEPS, 1).astype("float32")
    for epoch in range(EPOCHS):
        for layer in model.layers[:2]:
            layer.reset_states()
        if epoch == EPOCHS * 2 // 3:
            model.optimizer.learning_rate = 0.0005
        loss = model.fit(x, y, batch_size=1, shuffle=False, verbose=0)
    print(f"loss {loss.history['loss'][-1]:.6f}")
    return model.get_weights()


def in_dollars(weights, low, high):
    """The Dense gives the close itself: what it gave times (high - low), plus
    low, and both go into its weights."""
    kernel, bias = weights[-2:]
    return weights[:-2] + [kernel * (high - low), bias * (high - low) + low]


def report(close, predicted):
    """The model's error beside that of `tomorrow is as today`."""
    tomorrow = close[1:]
    for name, days in (("trained on", slice(0, TRAINED - 1)),
                       ("not seen", slice(TRAINED - 1, None))):
        print(f"{name}: mean |error| {np.abs(predicted[:-1] - tomorrow)[days].mean():.2f}"
              f" dollars, tomorrow = today"
              f" {np.abs(close[:-1] - tomorrow)[days].mean():.2f}"
              f" ({len(tomorrow[days])} days)")


def main():
    """The model, its scaling, and what is expected of it."""
    keras.utils.set_random_seed(1)
    dates, days = read()
    low, high = days[:TRAINED].min(axis=0), days[:TRAINED].max(axis=0)
    scaled = (days - low) / (high - low)
    model = make(1, False)
    model.set_weights(in_dollars(train(scaled), low[CLOSE], high[CLOSE]))
    model.save(os.path.join(HERE, "stocks.keras"))
    with open(os.path.join(HERE, "scaler.json"), "w", encoding="ascii") as file:
        json.dump({"features": FEATURES, "min": low.tolist(),
                   "max": high.tolist()}, file, indent=1)
        file.write("\n")
    y = model.predict(scaled[:, None].astype("float32"), batch_size=1,
                      verbose=0)[:, 0]
    with open(os.path.join(HERE, "expected.csv"), "w",
              encoding="ascii") as file:
        file.write("date,next_close\n")
        file.writelines(f"{date},{value:.9g}\n" for date, value in zip(dates, y))
    report(days[:, CLOSE], y.astype("float64"))


if __name__ == "__main__":
    main()
