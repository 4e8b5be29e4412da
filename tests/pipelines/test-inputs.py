#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""pipelines/inputs: each way gives Keras's numbers."""

import csv
import json
import os
import shutil
import socket
import subprocess

import launch
from tap import case, expect, expect_equal, expect_words, main

HELLO = os.path.join(launch.EXAMPLES, "hello")
RUN = os.path.join(launch.EXAMPLES, "inputs", "run.sh")


def run(*arguments):
    """run.sh, with all of the machine's GStreamer. A sanitizer is in each of the
    shell's programs too, and their leaks are theirs."""
    return subprocess.run(
        ["sh", RUN, *arguments], cwd=launch.WORK, capture_output=True,
        text=True, check=False, timeout=launch.TIME_LIMIT,
        stdin=subprocess.DEVNULL, env=launch.environment(
            GST_PLUGIN_SYSTEM_PATH_1_0=os.environ["GST_SYSTEM_DIR"],
            GST_REGISTRY=launch.path("all.registry"),
            ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") +
            ":detect_leaks=0"))


def free_port(kind):
    """A port of this machine that nobody listens on."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def expected():
    """Header and rows of Keras's own output."""
    with open(os.path.join(HELLO, "expected_lstm.csv"), newline="",
              encoding="ascii") as file:
        rows = list(csv.reader(file))
    return rows[0], rows[1:]


def expect_keras(header, rows, letters):
    """Names, letters where they come along, and numbers."""
    names, keras = expected()
    skip = 0 if letters else 1
    expect_equal(header, names[skip:], "header")
    expect_equal(len(rows), len(keras), "rows")
    for ours, theirs in zip(rows, keras, strict=True):
        if letters:
            expect_equal(ours[0], theirs[0], "letter")
        for a, b in zip(map(float, ours[1 - skip:]), map(float, theirs[1:]),
                        strict=True):
            expect(abs(a - b) <= 1e-5 + 1e-5 * abs(b), ours, theirs)


def register(way, letters, kind=None):
    @case(f"{way}: Keras's numbers")
    def _():
        options = ["--port", str(free_port(kind))] if kind is not None else []
        done = run("--no-build", "--output", launch.path(way + ".csv"),
                   *options, way)
        expect_equal(done.returncode, 0, done.stdout + done.stderr)
        with open(launch.path(way + ".csv"), newline="",
                  encoding="ascii") as file:
            rows = list(csv.reader(file))
        expect_keras(rows[0], rows[1:], letters)


register("tail", True)
register("stdin", True)
register("tcp", False, socket.SOCK_STREAM)
register("udp", False, socket.SOCK_DGRAM)
register("audio", False)


@case("json: Keras's numbers, times and letters")
def _json():
    done = run("--no-build", "--output", launch.path("json.jsonl"), "json")
    expect_equal(done.returncode, 0, done.stdout + done.stderr)
    objects = [json.loads(line) for line in
               launch.read("json.jsonl").decode("ascii").splitlines()]
    expect_equal([row.pop("time") for row in objects],
                 list(range(len(objects))), "times")
    expect_keras(list(objects[0]), [list(row.values()) for row in objects],
                 True)


WRONG = {
    "no way": ([], "which way?"),
    "another way": (["pigeon"], "'pigeon'"),
    "two ways": (["tcp", "udp"], "one way at most"),
    "a port that is none": (["--port", "http", "tcp"], "'http'"),
    "an option without value": (["tcp", "--port"], "needs a value"),
    "no such option": (["--fast", "tcp"], "--fast"),
}


@case("wrong arguments: what is wrong, and how it is used")
def _wrong():
    for arguments, words in WRONG.values():
        done = run(*arguments)
        expect_equal(done.returncode, 2, "exit status")
        expect_words(done.stderr, words, "Usage: sh run.sh")


@case("a pipeline that fails: run.sh fails")
def _fails():
    shutil.rmtree(launch.path("none"), ignore_errors=True)
    done = run("--no-build", "--output", launch.path("none/x.csv"), "stdin")
    expect_equal(done.returncode, 1, "exit status")
    expect_words(done.stderr, "the pipeline failed")


if __name__ == "__main__":
    main()
