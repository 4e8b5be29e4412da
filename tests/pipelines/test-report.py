#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What run.sh prints and draws at its end, and what it says to wrong
arguments."""

import csv
import os
import subprocess
import sys
import xml.etree.ElementTree as xml

import launch
from extract import HEADER, rows_of, text_of
from launch import path, write
from tap import case, expect, expect_equal, expect_words, main

TEST = os.path.join(launch.TURBOFAN, "test.csv")
SVG_TEXT = ".//{http://www.w3.org/2000/svg}text"


def keras_output(*engines, change=lambda row: row):
    """Keras's own output, as the pipeline would write it."""
    name = os.path.join(launch.TURBOFAN, "expected_binary.csv")
    with open(name, newline="", encoding="ascii") as file:
        rows = list(csv.reader(file))[1:]
    rows = [change(row) for row in rows if not engines or row[0] in engines]
    return text_of(rows, ["id", "cycle", "failure_within_30_cycles"])


def run(*command):
    return subprocess.run(command, cwd=launch.WORK, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, check=False)


def report(test, predictions, *options):
    return run(sys.executable, os.path.join(launch.TURBOFAN, "report.py"), test,
               predictions, "--gst-lstm", os.environ["GST_LSTM"], *options)


def run_sh(*arguments):
    return run("sh", os.path.join(launch.TURBOFAN, "run.sh"), *arguments)


@case("Keras's own output: the ten engines, 93 of 93 labels, no difference")
def _():
    done = report(TEST, write("keras.csv", keras_output()), "--seconds", "1.25")
    expect_equal(done.returncode, 0, "exit status")
    ids = [line.split()[0] for line in done.stdout.splitlines()[3:13]]
    expect_equal(ids, "34 68 31 76 81 82 42 35 56 66".split())
    expect_equal(done.stdout.count("1 (fails)"), 10)
    expect_words(done.stdout, "93 of 93", "8255 windows compared",
                 "|difference| 0 ", "1.25 s")


@case("one label turned: 92 of 93")
def _():
    def turn(row):
        return [row[0], row[1], "0.2"] if row[:2] == ["34", "203"] else row
    done = report(TEST, write("turned.csv", keras_output(change=turn)))
    expect_words(done.stdout, "92 of 93", "(engine 34, cycle 203)")


@case("a window that is missing: an error")
def _():
    text = keras_output().replace("\n34,203,", "\n34,999,")
    done = report(TEST, write("lost.csv", text))
    expect_equal(done.returncode, 1, "exit status")
    expect_words(done.stderr, "1 are missing")


@case("some of the engines: compares those")
def _():
    write("some-in.csv", text_of(rows_of("3", "4", "34")))
    done = report("some-in.csv", write("some.csv",
                                       keras_output("3", "4", "34")))
    expect_equal(done.returncode, 0, "exit status")
    expect_words(done.stdout, "The 3 engines", "3 of 3", "the other 90")


@case("other engines under the same ids: no comparison, and says why")
def _():
    rows = [row[:2] + ["0.5"] + row[3:] for row in rows_of("3", "4")]
    write("other-in.csv", text_of(rows))
    done = report("other-in.csv", write("other.csv", keras_output("3", "4")))
    expect_equal(done.returncode, 0, "exit status")
    expect_words(done.stdout, "not compared", "none")
    expect("windows compared" not in done.stdout, done.stdout)


@case("a file with columns of its own: no comparison, no crash")
def _():
    write("own-in.csv", "unit,t,x\n" + "a,1,2\n" * 3)
    write("own.csv", 'unit,t,p\n"a ""b""",1,0.25\n"a ""b""",2,0.75\n')
    done = report("own-in.csv", "own.csv", "--svg", "own's drawing.svg")
    expect_equal(done.returncode, 0, "exit status: " + done.stderr)
    expect_words(done.stdout, 'a "b"', "0.750000", "not compared")
    expect(os.path.getsize(path("own's drawing.svg")) > 1000, "no drawing")


@case("no predictions: says why")
def _():
    done = report(TEST, write("none.csv", keras_output("no such engine")))
    expect_equal(done.returncode, 1, "exit status")
    expect_words(done.stderr, "no predictions", "none.csv")


@case("the drawing: a curve and a name for each of the ten engines")
def _():
    done = report(TEST, write("drawn.csv", keras_output()), "--svg",
                  "drawn.svg")
    expect_equal(done.returncode, 0, "exit status: " + done.stderr)
    texts = ["".join(node.itertext()).strip()
             for node in xml.parse(path("drawn.svg")).iterfind(SVG_TEXT)]
    for words in ("cycle", "failure_within_30_cycles", "threshold", "34", "66",
                  "Engines most likely to fail within 30 cycles"):
        expect(words in texts, f"'{words}' is not in the drawing: {texts}")


@case("run.sh --help: all of its options")
def _():
    done = run_sh("--help")
    expect_equal(done.returncode, 0, "exit status")
    expect_words(done.stdout, "TEST.csv", "PREDICTIONS.csv", "--config",
                 "--build")


WRONG = {
    "an option that it does not know": (["--fast"], 2, "--fast"),
    "an option without its value": (["--config"], 2, "--config"),
    "three files": (["a", "b", "c"], 2, "'c'"),
    "an input that is not there": (["nowhere.csv"], 1, "nowhere.csv"),
    "a config that is not there": (["--config", "nowhere.yaml"], 1,
                                   "nowhere.yaml"),
    "an output on the input": (["same.csv", "./same.csv"], 1, "same file"),
    "an output in no directory": (["same.csv", "nowhere/out.csv"], 1,
                                  "nowhere: no such directory"),
}


def register_wrong(title, arguments, status, words):
    @case(f"run.sh with {title}: exit status {status}, and says so")
    def _():
        write("same.csv", text_of([], HEADER))
        done = run_sh(*arguments)
        expect_equal(done.returncode, status, "exit status")
        expect_words(done.stderr, words)


for _title, _facts in WRONG.items():
    register_wrong(_title, *_facts)


if __name__ == "__main__":
    main()
