# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A deployment of 8 pipelines is killed at random moments and started again:
every stream goes on from its last saved state. LSTM_KILLS says how often (20).

Each row carries its number: what was written twice tells itself, nothing is
left out, and all that is written of a row is what a run without a break writes,
so that the state was the right one."""

import os
import random
import signal
import time

import tap
from deployment import (PATIENCE, Deployment, folder, read, run, slow_launch,
                        write_config, write_rows, write_yaml)
from tap import case, expect, expect_equal

KILLS = int(os.environ.get("LSTM_KILLS", "20"))
PIPELINES = 8
INTERVAL = 0.02  # seconds from one saved state to the next
ROW_US = 700
LONGEST = 0.25   # seconds that a process may live, or run


def rows_of(path, whole):
    """The numbers of the rows in a file, each of them held to the reference."""
    content = read(path)
    if not content:
        return []
    header, *lines = content.split(b"\n")
    expect_equal(header, whole[0], f"header of {path}")
    numbers = []
    for place, line in enumerate(lines[:-1]):
        number = line.split(b",")[0]
        known = number.isdigit() and int(number) + 1 < len(whole)
        expect(known and line == whole[int(number) + 1], path, "row", place,
               "is", line)
        numbers.append(int(number))
    return numbers


def check(place, whole, all_of_them):
    """No row is torn but the last, none is left out; how many came twice."""
    repeated = 0
    for i in range(PIPELINES):
        next_row = 0
        for number in rows_of(os.path.join(place, f"p{i}.csv"), whole):
            expect(number <= next_row, f"p{i}: row {number} after"
                   f" {next_row - 1}: rows in between are missing")
            repeated += next_row - number
            next_row = number + 1
        expect(not all_of_them or next_row == len(whole) - 1, f"p{i}: ends with"
               f" row {next_row - 1} of {len(whole) - 1}")
    return repeated


@case(f"killed {KILLS} times while {PIPELINES} pipelines run")
def _kill():
    chance = random.Random(8)
    place = folder()
    rows = int(KILLS * LONGEST * 0.6 * 1e6 / ROW_US)
    write_rows(os.path.join(place, "rows.csv"), rows)
    write_config(os.path.join(place, "model.yaml"))
    run(write_yaml(os.path.join(place, "whole.yaml"), {
        "version": 1, "pipelines": {
            "whole": {"launch": slow_launch(0, "whole.csv")}}}))
    whole = read(os.path.join(place, "whole.csv")).split(b"\n")[:-1]
    expect_equal(len(whole), rows + 1, "rows without a break")
    path = write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1, "state": {"directory": "states", "interval": INTERVAL},
        "pipelines": {f"p{i}": {"launch": slow_launch(ROW_US, f"p{i}.csv")}
                      for i in range(PIPELINES)}})
    for i in range(KILLS):
        starts = read(path + ".log").count(b"started, run")
        deployment = Deployment(path)
        if i % 4 > 0:  # while it runs; else while it starts, perhaps
            deployment.wait_for(
                lambda: deployment.said().count("started, run") >=
                starts + PIPELINES, "all to start")
        time.sleep(chance.uniform(0, LONGEST))
        deployment.signal(signal.SIGKILL)
        deployment.end(code=-signal.SIGKILL)
        check(place, whole, False)
    said = Deployment(path).end(patience=PATIENCE + 20 * rows * ROW_US * 1e-6)
    repeated = check(place, whole, True)
    print(f"# {KILLS} kills, {rows} rows in each of {PIPELINES} pipelines;"
          f" {repeated} rows were written twice,"
          f" {said.count('ended within a row')} were torn and mended,"
          f" {said.count('goes on from row')} runs went on from a state")
    expect(said.count("goes on from row") > KILLS, "went on too rarely")
    expect(repeated > 0, "nothing was repeated: was it killed while it ran?")


tap.main()
