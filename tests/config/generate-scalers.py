#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes scalers/ with real scikit-learn: NAME.json has the attributes of a fitted scaler as they are usually dumped, NAME.txt
rows of features and of what transform() makes of them, one after the other in a line.

    python3 -m venv venv && venv/bin/pip install scikit-learn pandas
    venv/bin/python generate-scalers.py"""
import json
import os
import warnings

import numpy as np
import pandas
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

warnings.filterwarnings("ignore")  # of features without names
HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "scalers")


def plain(value):
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    return list(value) if isinstance(value, tuple) else value


def save(name, scaler, x, rows, leave_out=()):
    scaler.fit(x)
    attributes = {key: plain(value) for key, value in vars(scaler).items() if key not in leave_out}
    with open(os.path.join(OUT, name + ".json"), "w") as file:
        json.dump(attributes, file)
        file.write("\n")
    with open(os.path.join(OUT, name + ".txt"), "w") as file:
        for row, scaled in zip(rows, scaler.transform(rows)):
            file.write(" ".join("%.17g" % v for v in [*row, *scaled]) + "\n")


def main():
    rng = np.random.default_rng(7)
    x = rng.normal([3, -200, 0.01, 5, 1e6], [1, 50, 0.003, 0, 3e5], (40, 5))  # the fourth is constant
    rows = np.vstack([x[:3], rng.normal([3, -200, 0.01, 5, 1e6], [9, 500, 0.03, 2, 3e6], (3, 5))])
    os.makedirs(OUT, exist_ok=True)
    save("min-max", MinMaxScaler(), x, rows)
    save("min-max-range", MinMaxScaler((-2, 0.5)), x, rows)
    save("min-max-factors", MinMaxScaler((-1, 1)), x, rows, ("data_min_", "data_max_", "data_range_"))
    save("min-max-clip", MinMaxScaler(clip=True), x, rows)
    save("standard", StandardScaler(), x, rows)
    save("standard-no-mean", StandardScaler(with_mean=False), x, rows)
    save("standard-no-std", StandardScaler(with_std=False), x, rows)
    save("standard-variance", StandardScaler(), x, rows, ("scale_",))
    save("robust", RobustScaler(), x, rows)
    save("robust-no-center", RobustScaler(with_centering=False), x, rows)
    save("robust-no-scale", RobustScaler(with_scaling=False), x, rows)
    save("robust-unit", RobustScaler(quantile_range=(10, 90), unit_variance=True), x, rows)
    named = pandas.DataFrame(x, columns=["c", "a", "e", "b", "d"])
    save("standard-named", StandardScaler(), named, rows)


if __name__ == "__main__":
    main()
