#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""pipelines/inputs: each way gives Keras's numbers."""

import array
import csv
import json
import math
import os
import re
import socket
import subprocess

import launch
from tap import case, expect, expect_equal, expect_words, main

HELLO = os.path.join(launch.EXAMPLES, "hello")
RUN = os.path.join(launch.EXAMPLES, "inputs", "run.sh")


def environment():
    """All of the machine's GStreamer. A sanitizer is in each of the shell's
    programs too, and their leaks are theirs."""
    return launch.environment(
        GST_PLUGIN_SYSTEM_PATH_1_0=os.environ["GST_SYSTEM_DIR"],
        GST_REGISTRY=launch.path("all.registry"),
        GST_LSTM=os.environ["GST_LSTM"],
        ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")


def run(*arguments):
    """run.sh, with the programs just built."""
    return subprocess.run(
        ["sh", RUN, *arguments], cwd=launch.WORK, capture_output=True,
        text=True, check=False, timeout=launch.TIME_LIMIT,
        stdin=subprocess.DEVNULL, env=environment())


def run_way(way, name, kind=None):
    """run.sh with one of its files; what it wrote, as text."""
    options = ["--port", str(free_port(kind))] if kind is not None else []
    done = run("--no-build", "--output", launch.path(name), *options, way)
    expect_equal(done.returncode, 0, done.stdout + done.stderr)
    return launch.read(name).decode("ascii"), done.stderr


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


def library():
    """What gst-lstm run makes of the letters, which are one window to it; as
    float32, in hexadecimal."""
    with open(os.path.join(HELLO, "letters.csv"), newline="",
              encoding="ascii") as file:
        letters = [row[1:] for row in csv.reader(file)]
    launch.write("x.csv", "\n".join(map(",".join, letters)) + "\n")
    subprocess.run(
        [os.environ["GST_LSTM"], "run", os.path.join(HELLO, "lstm.keras"),
         launch.path("x.csv"), "-o", launch.path("y.csv")], check=True,
        capture_output=True, timeout=launch.TIME_LIMIT)
    rows = launch.read("y.csv").decode("ascii").split()
    return [narrow(row.split(",")) for row in rows if row[0] in "-.0123456789"]


def narrow(numbers):
    """The float32 that stand in text."""
    return array.array("f", map(float, numbers)).tobytes().hex()


def expect_library(rows):
    """The same bits, from the last eight columns."""
    expect_equal([narrow(row[-8:]) for row in rows], library(), "float32")


def register(way, letters, kind=None):
    @case(f"{way}.yaml: Keras's numbers, and the library's bits")
    def _():
        text, _ = run_way(way, way + ".csv", kind)
        header, *rows = csv.reader(text.splitlines())
        expect_keras(header, rows, letters)
        expect_library(rows)


register("csv", True)
register("tail", True)
register("stdin", True)
register("tcp", False, socket.SOCK_STREAM)
register("udp", False, socket.SOCK_DGRAM)
register("audio", False)


@case("json.yaml: Keras's numbers, the library's bits, times and letters")
def _json():
    text, _ = run_way("json", "json.jsonl")
    objects = [json.loads(line) for line in text.splitlines()]
    expect_equal([row.pop("time") for row in objects],
                 list(range(len(objects))), "times")
    rows = [list(row.values()) for row in objects]
    expect_keras(list(objects[0]), rows, True)
    expect_library(rows)


# As in post.yaml: name, on, off, for how many cycles.
ALARMS = (("warning", 0.5, 0.3, 0), ("alarm", 0.8, 0.5, 2))


def next_alarm(state, mean, cycle, alarm):
    """Of one alarm of one engine: since when the mean is high, and whether the
    alarm is on."""
    _, on, off, cycles = alarm
    since, is_on = state
    if is_on:
        return (since, True) if mean >= off else (None, False)
    if mean < on:
        return None, False
    since = cycle if since is None else since
    return since, cycle - since >= cycles


def keras_alarms():
    """Of each engine and cycle what alarm.yaml and post.yaml make of Keras's own
    output: the mean of three, and whether there are alarms. How near a mean came
    to a threshold."""
    expected, newest, states, nearest = {}, {}, {}, 1.0
    with open(os.path.join(launch.TURBOFAN, "expected_binary.csv"), newline="",
              encoding="ascii") as file:
        for engine, cycle, value in list(csv.reader(file))[1:]:
            values = newest[engine] = [*newest.get(engine, []), float(value)][-3:]
            mean = math.fsum(values) / len(values)
            for alarm in ALARMS:
                nearest = min(nearest, abs(mean - alarm[1]), abs(mean - alarm[2]))
                states[engine, alarm] = next_alarm(
                    states.get((engine, alarm), (None, False)), mean, int(cycle),
                    alarm)
            expected[engine, cycle] = (mean, [
                str(int(states[engine, alarm][1])) for alarm in ALARMS])
    return expected, nearest


def begins(rows, column):
    """The engines of the rows with which an alarm begins."""
    found, before = [], {}
    for row in rows:
        if row[column] == "1" and before.get(row[0]) != "1":
            found.append(row[0])
        before[row[0]] = row[column]
    return sorted(found)


@case("alarm.yaml: means and alarms of Keras's own output, and what the log says")
def _alarm():
    expected, nearest = keras_alarms()
    expect(nearest > 1e-5, "a mean is as near to a threshold as", nearest)
    text, said = run_way("alarm", "alarms.csv")
    header, *rows = csv.reader(text.splitlines())
    expect_equal(header, ["id", "cycle", "warning", "alarm",
                          "failure_within_30_cycles"])
    expect_equal(len(rows), len(expected), "rows")
    for engine, cycle, warning, alarm, value in rows:
        mean, on = expected[engine, cycle]
        expect(abs(float(value) - mean) <= 1e-5 + 1e-5 * mean, engine, cycle,
               value, mean)
        expect_equal([warning, alarm], on, f"engine {engine}, cycle {cycle}")
    for column, (name, _, _, cycles) in enumerate(ALARMS, 2):
        ours = begins(rows, column)
        expect(0 < len(ours), "no alarm")
        expect_equal(
            sorted(re.findall(
                rf"alarm '{name}' begins for key '(\d+)': failure_within_30_"
                rf"cycles is 0\.\d+, at the threshold for {cycles} s\n", said)),
            ours, "begins in the log")
        expect_equal(said.count(f"alarm '{name}' ends"), len(ours), "ends")


@case("each file has nothing that gst-lstm deploy --check finds")
def _check():
    folder = os.path.dirname(RUN)
    files = sorted(name for name in os.listdir(folder)
                   if name.endswith(".yaml") and name != "post.yaml")
    expect_equal(len(files), 8, "files")
    with open(os.path.join(folder, "README.md"), encoding="utf-8") as file:
        readme = file.read()
    letters = ["filesrc", f"location={HELLO}/letters.csv"]
    inputs = {"audio.yaml": launch.path("checked.wav"),
              "json.yaml": launch.path("checked.jsonl")}
    for made, encoder in zip(inputs.values(), ("wavenc", "jsonenc"), strict=True):
        done = launch.launch(
            letters, ["csvdec", f"config={HELLO}/hello.yaml"],
            "audio/x-raw,format=F32LE", encoder, ["filesink", f"location={made}"],
            GST_PLUGIN_SYSTEM_PATH_1_0=os.environ["GST_SYSTEM_DIR"],
            GST_REGISTRY=launch.path("all.registry"))
        expect_equal(done.returncode, 0, done.stderr)
    for name in files:
        expect_words(readme, f"({name})")
        env = dict(environment(), OUTPUT=launch.path("checked"))
        if name in inputs:
            env["INPUT"] = inputs[name]
        done = subprocess.run(
            [os.environ["GST_LSTM"], "deploy", "--check",
             os.path.join(folder, name)], capture_output=True, text=True,
            check=False, timeout=launch.TIME_LIMIT, env=env)
        expect_equal((done.returncode, done.stderr), (0, ""), name)


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
    done = run("--no-build", "--output", launch.path("none/x.csv"), "csv")
    expect_equal(done.returncode, 1, "exit status")
    expect_words(done.stderr, "no folder for the output")
    done = run("--no-build", "--output", launch.WORK, "json")
    expect_equal(done.returncode, 1, "exit status")
    expect_words(done.stderr, "the pipeline failed")


if __name__ == "__main__":
    main()
