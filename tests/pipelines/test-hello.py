#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The pipeline pipelines/hello: each cell gives Keras's numbers, and spells."""

import csv
import os
import subprocess

import launch
from tap import case, expect, expect_equal, main

HELLO = os.path.join(launch.EXAMPLES, "hello")
TEXT = "hello_world_" * 5
CELLS = ("simplernn", "lstm", "gru")


def rows_of(name):
    """Header and rows of a CSV file."""
    with open(name, newline="", encoding="ascii") as file:
        rows = list(csv.reader(file))
    return rows[0], rows[1:]


def config_of(cell):
    """hello.yaml with one line changed, as run.sh changes it."""
    with open(os.path.join(HELLO, "hello.yaml"), encoding="ascii") as file:
        lines = file.read().splitlines()
    at = [i for i, line in enumerate(lines) if line.startswith("model:")]
    expect_equal(len(at), 1, "lines `model:`")
    if cell == "lstm":
        expect_equal(lines[at[0]], "model: lstm.keras")
    lines[at[0]] = f"model: {HELLO}/{cell}.keras"
    return launch.write(f"{cell}.yaml", "\n".join(lines) + "\n")


def run(cell):
    """What the pipeline gives: (header, rows)."""
    config = config_of(cell)
    done = launch.launch(
        ["filesrc", f"location={HELLO}/letters.csv"],
        ["csvdec", f"config={config}"], ["lstm", f"config={config}"],
        "csvenc", ["filesink", f"location={launch.path(cell)}"])
    expect_equal(done.returncode, 0, done.stderr)
    return rows_of(launch.path(cell))


def register(cell):
    """The cases of one cell."""
    @case(f"{cell}: Keras's numbers for each letter, within 1e-5 + 1e-5 |Keras|")
    def _():
        header, rows = run(cell)
        names, expected = rows_of(os.path.join(HELLO, f"expected_{cell}.csv"))
        expect_equal(header, names, "header")
        expect_equal("".join(row[0] for row in rows), TEXT, "letters")
        worst = 0
        for ours, keras in zip(rows, expected, strict=True):
            for a, b in zip(map(float, ours[1:]), map(float, keras[1:]),
                            strict=True):
                expect(abs(a - b) <= 1e-5 + 1e-5 * abs(b), ours, keras)
                worst = max(worst, abs(a - b))
        print(f"# max |difference| {worst:.3g} of {len(rows)} letters")

    @case(f"{cell}: a config with the model itself in it gives the same bytes")
    def _():
        run(cell)
        plain = launch.read(cell)
        converted = launch.path(f"{cell}-inline.yaml")
        subprocess.run(
            [os.environ["GST_LSTM"], "convert", "--force",
             os.path.join(HELLO, f"{cell}.keras"), converted], check=True,
            timeout=launch.TIME_LIMIT)
        model = launch.read(f"{cell}-inline.yaml").decode("utf-8")
        with open(config_of(cell), encoding="ascii") as file:
            rest = [line for line in file.read().splitlines()
                    if not line.startswith(("version:", "model:"))]
        config = launch.write(f"{cell}-inline.yaml",
                              model + "\n".join(rest) + "\n")
        os.remove(launch.path(cell))
        done = launch.launch(
            ["filesrc", f"location={HELLO}/letters.csv"],
            ["csvdec", f"config={config}"], ["lstm", f"config={config}"],
            "csvenc", ["filesink", f"location={launch.path(cell)}"])
        expect_equal(done.returncode, 0, done.stderr)
        expect("layers:" in model and plain == launch.read(cell), "other bytes")

    @case(f"{cell}: spells, and what comes after an l depends on what was before")
    def _():
        header, rows = run(cell)
        next_letters = "".join(
            header[1 + max(range(8), key=lambda i: float(row[1 + i]))][-1]
            for row in rows)
        expect_equal(next_letters, TEXT[1:] + TEXT[0])


for _cell in CELLS:
    register(_cell)


if __name__ == "__main__":
    main()
