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

_cache = {}


def rows_of(file_name):
    with open(file_name, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def expected():
    return rows_of(os.path.join(launch.TURBOFAN, "expected_binary.csv"))[1:]


def run():
    """The run that all cases look at: (process, rows with the header)."""
    if "run" not in _cache:
        source = os.path.join(launch.TURBOFAN, "test.csv")
        done = launch.succeed(source, "predictions.csv")
        _cache["run"] = done, rows_of(launch.path("predictions.csv"))
    return _cache["run"]


@case("the header names id, cycle and the output")
def _():
    expect_equal(run()[1][0], ["id", "cycle", "failure_within_30_cycles"])


@case("a row for each of the 8,255 windows, in order, with its id and cycle")
def _():
    rows = run()[1][1:]
    expect_equal(len(rows), 8255, "rows")
    expect_equal([row[:2] for row in rows], [row[:2] for row in expected()])


@case("max |difference| to Keras is 2e-5 or less")
def _():
    rows = run()[1][1:]
    expect_equal(len(rows), len(expected()), "rows")
    worst = max(abs(float(ours[2]) - float(theirs[2]))
                for ours, theirs in zip(rows, expected()))
    print(f"# max |difference| {worst:.3g}")
    expect(worst <= TOLERANCE, f"{worst} is more than {TOLERANCE}")


@case("all 93 published labels agree")
def _():
    last = {row[0]: float(row[2]) > 0.5 for row in run()[1][1:]}
    published = rows_of(os.path.join(launch.TURBOFAN, "published_binary.csv"))
    labels = [row == ["1"] for row in published[1:]]
    expect_equal(len(last), 93, "engines")
    expect_equal(len(labels), 93, "labels")
    expect_equal([last[key] for key in sorted(last, key=int)], labels)


@case("every number has the shortest form with nine digits")
def _():
    for row in run()[1][1:]:
        expect_equal(row[2], f"{float(row[2]):.9g}", f"engine {row[0]}")


@case("engines of less than 50 cycles: no output, counted, said once")
def _():
    done, rows = run()
    keys = {row[0] for row in rows[1:]}
    expect(not keys & set(SHORT_ENGINES), "output for a short engine")
    warnings = done.stdout.count("WARNING")
    expect_equal(warnings, 1, "warnings")
    expect_words(done.stdout, len(SHORT_ENGINES), "50")


@case("the first 2,000 rows alone, in blocks of 4,093 bytes: the same bytes")
def _():
    run()
    with open(os.path.join(launch.TURBOFAN, "test.csv"), "rb") as file:
        rows = file.read().splitlines(keepends=True)[:2001]
    launch.succeed(launch.write("part-in.csv", b"".join(rows)), "part.csv",
                   blocksize=4093)
    whole, part = launch.read("predictions.csv"), launch.read("part.csv")
    expect(part.count(b"\n") > 1000, "too few windows:", part.count(b"\n"))
    expect(whole.startswith(part), "the runs differ")


if __name__ == "__main__":
    main()
