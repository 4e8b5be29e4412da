#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The pipeline pipelines/stocks: Keras's predictions day by day, and a run that
is stopped, its state saved, and goes on gives the bytes of an unbroken one."""

import os

import launch
from tap import case, expect, expect_equal, expect_words, main

STOCKS = os.path.join(launch.EXAMPLES, "stocks")
CONFIG = os.path.join(STOCKS, "stocks.yaml")
N_DAYS = 1047

_cache = {}


def lines_of(name):
    """The lines of one of the example's files, as bytes."""
    with open(os.path.join(STOCKS, name), "rb") as file:
        return file.read().splitlines(keepends=True)


def predict(source, output, skip=0, header=True, state=None):
    """Runs the pipeline; returns the process and the bytes it wrote."""
    lstm = ["lstm", f"config={CONFIG}"]
    if state:
        lstm.append(f"state-file={launch.path(state)}")
    done = launch.launch(
        ["filesrc", f"location={source}", "blocksize=997"],
        ["csvdec", f"config={CONFIG}", f"skip-rows={skip}"], lstm,
        ["csvenc", f"header={'true' if header else 'false'}"],
        ["filesink", f"location={launch.path(output)}"])
    return done, launch.read(output)


def whole():
    """The unbroken run's bytes."""
    if "whole" not in _cache:
        done, data = predict(os.path.join(STOCKS, "goog.csv"), "whole.csv")
        expect_equal(done.returncode, 0, done.stderr)
        _cache["whole"] = data
    return _cache["whole"]


@case("an unbroken run: Keras's predictions, within 1e-5 + 1e-5 |Keras|")
def _():
    ours = whole().decode().splitlines()
    keras = [line.decode().strip() for line in lines_of("expected.csv")]
    expect_equal(ours[0], keras[0], "header")
    expect_equal((len(ours), len(keras)), (N_DAYS + 1, N_DAYS + 1), "lines")
    worst = 0
    for a, b in zip(ours[1:], keras[1:]):
        (day, x), (keras_day, y) = a.split(","), b.split(",")
        expect_equal(day, keras_day, "date")
        difference = abs(float(x) - float(y))
        expect(difference <= 1e-5 + 1e-5 * abs(float(y)), a, b)
        worst = max(worst, difference)
    print(f"# max |difference| {worst:.3g} dollars of {N_DAYS} days")


def register(days):
    @case(f"stopped after {days} days: the joined predictions are equal, byte for"
          " byte, to the unbroken run's")
    def _():
        state = f"state-{days}"
        first_days = launch.write(
            "first-days.csv", b"".join(lines_of("goog.csv")[:days + 1]))
        one, first = predict(first_days, "first.csv", state=state)
        expect_equal(one.returncode, 0, one.stderr)
        expect(os.path.exists(launch.path(state)), "no state was saved")
        two, second = predict(os.path.join(STOCKS, "goog.csv"), "second.csv",
                              skip=days, header=False, state=state)
        expect_equal(two.returncode, 0, two.stderr)
        expect_equal(second.count(b"\n"), N_DAYS - days, "rows of the second run")
        expect(first + second == whole(), "the runs differ")


for _days in (1, 524, 1046):
    register(_days)


@case("without its state the second half is another: the state is what joins them")
def _():
    done, second = predict(os.path.join(STOCKS, "goog.csv"), "fresh.csv",
                           skip=524, header=False)
    expect_equal(done.returncode, 0, done.stderr)
    rest = b"".join(whole().splitlines(keepends=True)[525:])
    expect_equal(second.count(b"\n"), rest.count(b"\n"), "rows")
    expect(second != rest, "the state makes no difference")


@case("all days skipped: no row, and a warning that says so")
def _():
    done, nothing = predict(os.path.join(STOCKS, "goog.csv"), "nothing.csv",
                            skip=2000)
    expect_equal(done.returncode, 0, done.stderr)
    expect_equal(nothing, b"date,next_close\n")
    expect_words(done.stdout, "WARNING", "1047 rows of data", "skip-rows=2000")


if __name__ == "__main__":
    main()
