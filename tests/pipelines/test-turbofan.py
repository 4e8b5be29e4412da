#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The turbofan pipeline, whole: against Keras's own output and against what the
model's authors published."""

import csv
import os

import launch
from tap import case, expect, expect_equal, expect_words, main

TOLERANCE = 2e-5
SHORT_ENGINES = ["1", "2", "14", "22", "25", "39", "85"]

# Where a run of all rows takes minutes (sanitizers), the first must do.
ROWS = int(os.environ.get("LAUNCH_ROWS", "13096"))
WHOLE = ROWS >= 13096

_cache = {}


def rows_of(file_name):
    with open(file_name, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def input_lines():
    """Header and rows of the input, as bytes."""
    with open(os.path.join(launch.TURBOFAN, "test.csv"), "rb") as file:
        return file.read().splitlines(keepends=True)[:ROWS + 1]


def expected():
    """Keras's output for the windows that end within the input."""
    given = {tuple(line.decode().split(",")[:2]) for line in input_lines()}
    rows = rows_of(os.path.join(launch.TURBOFAN, "expected_binary.csv"))[1:]
    return [row for row in rows if (row[0], row[1]) in given]


def published():
    """{id: label} of the engines whose last row is in the input."""
    rows = rows_of(os.path.join(launch.TURBOFAN, "expected_binary.csv"))[1:]
    last = {row[0]: row[1] for row in rows}
    labels = rows_of(os.path.join(launch.TURBOFAN, "published_binary.csv"))[1:]
    expect_equal((len(last), len(labels)), (93, 93), "engines and labels")
    given = {tuple(line.decode().split(",")[:2]) for line in input_lines()}
    return {key: label == ["1"]
            for key, label in zip(sorted(last, key=int), labels)
            if (key, last[key]) in given}


def run():
    """The run that all cases look at: (process, rows with the header)."""
    if "run" not in _cache:
        source = launch.write("test.csv", b"".join(input_lines()))
        done = launch.succeed(source, "predictions.csv")
        _cache["run"] = done, rows_of(launch.path("predictions.csv"))
    return _cache["run"]


@case("the header names id, cycle and the output")
def _():
    expect_equal(run()[1][0], ["id", "cycle", "failure_within_30_cycles"])


@case(f"a row for each of the {len(expected())} windows, in order, with its id"
      " and cycle")
def _():
    rows = run()[1][1:]
    if WHOLE:
        expect_equal(len(expected()), 8255, "windows expected")
    expect_equal(len(rows), len(expected()), "rows")
    expect_equal([row[:2] for row in rows], [row[:2] for row in expected()])


@case("max |difference| to Keras is 2e-5 or less")
def _():
    rows = run()[1][1:]
    expect_equal(len(rows), len(expected()), "rows")
    worst = max(abs(float(ours[2]) - float(theirs[2]))
                for ours, theirs in zip(rows, expected()))
    print(f"# max |difference| {worst:.3g} of {len(rows)} windows")
    expect(worst <= TOLERANCE, f"{worst} is more than {TOLERANCE}")


@case(f"all {len(published())} published labels agree")
def _():
    last = {row[0]: float(row[2]) > 0.5 for row in run()[1][1:]}
    labels = published()
    expect(len(labels) == 93 if WHOLE else len(labels) > 5, len(labels))
    expect_equal({key: last[key] for key in labels}, labels)
    print(f"# {len(labels)} labels agree")


@case("every number has the shortest form with nine digits")
def _():
    for row in run()[1][1:]:
        expect_equal(row[2], f"{float(row[2]):.9g}", f"engine {row[0]}")


@case("engines of less than 50 cycles: no output, counted, said once")
def _():
    done, rows = run()
    given = {line.decode().split(",")[0] for line in input_lines()}
    short = [key for key in SHORT_ENGINES if key in given]
    keys = {row[0] for row in rows[1:]}
    expect(not keys & set(short), "output for a short engine")
    expect_equal(done.stdout.count("WARNING"), 1, "warnings")
    expect_words(done.stdout, f"{len(short)} keys", "50", "1 (31 frames)")


@case("the first 1,000 rows alone, in blocks of 4,093 bytes: the same bytes")
def _():
    run()
    launch.succeed(launch.write("part-in.csv", b"".join(input_lines()[:1001])),
                   "part.csv", blocksize=4093)
    whole, part = launch.read("predictions.csv"), launch.read("part.csv")
    expect(part.count(b"\n") > 300, "too few windows:", part.count(b"\n"))
    expect(whole.startswith(part), "the runs differ")


if __name__ == "__main__":
    main()
