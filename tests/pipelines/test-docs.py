#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The launch line in each element's documentation works, and gst-inspect-1.0
says what an element is and when each of its properties may change."""

import os
import re
import shlex
import shutil
import subprocess

import launch
from tap import case, expect, expect_equal, expect_words, main

SOURCES = os.environ["PLUGIN_SOURCES"]
# What a line writes: element -> (file, first lines).
WRITES = {
    "csvdec": ("two.csv", "id,cycle,s2,s3\n1,1,"),
    "csvenc": ("tone.csv", "level\n0.0501"),
    "jsondec": ("one.csv", "id,cycle,s3\n1,1,"),
    "jsonenc": ("tone.jsonl", '{"time":0,"level":0.0501'),
    "lstm": ("predictions.csv", "id,cycle,failure_within_30_cycles\n3,50,"),
    "lstmpost": ("alarms.csv", "id,cycle,alarm,failure_within_30_cycles\n"
                 "3,50,0,"),
    "lstmkey": ("pump.csv", "key,level\npump-7,0.0501"),
}
# Property -> its default as gst-inspect-1.0 prints it.
DEFAULTS = {
    "csvdec": {"config": "null", "features": "null", "key": "null",
               "keep": "null", "header": "true", "delimiter": '","',
               "rate": "1/1", "max-frames": "1024", "time": "null",
               "time-unit": '0, "s"', "skip-rows": "0"},
    "csvenc": {"config": "null", "names": "null", "header": "true",
               "delimiter": '","', "time": "null"},
    "jsondec": {"config": "null", "features": "null", "key": "null",
                "keep": "null", "rate": "1/1", "max-frames": "1024",
                "time": "null", "time-unit": '0, "s"', "skip-rows": "0"},
    "jsonenc": {"config": "null", "names": "null", "time": "null",
                "non-finite": '0, "null"'},
}


def launch_line(element):
    """The words of the example in an element's SECTION comment."""
    with open(os.path.join(SOURCES, f"gst{element}.c"),
              encoding="utf-8") as file:
        text = file.read()
    found = re.findall(r"\|\[\n(.*?)\]\|", text, re.DOTALL)
    expect_equal(len(found), 1, "examples in the documentation")
    line = re.sub(r"\\\n \*", " ", found[0]).strip(" *\n")
    words = shlex.split(line)
    expect_equal(words[0], "gst-launch-1.0")
    return words[1:]


def inspect(element):
    """What gst-inspect-1.0 prints."""
    return subprocess.run(
        [os.environ["GST_INSPECT"], "--no-colors", element],
        env=launch.environment(), capture_output=True, text=True, check=True,
        timeout=launch.TIME_LIMIT).stdout


def register_line(element):
    @case(f"{element}: the launch line in its documentation")
    def _():
        for name in ("turbofan.yaml", "binary_model.h5", "scaler.json"):
            shutil.copy(os.path.join(launch.TURBOFAN, name), launch.path(name))
        with open(os.path.join(launch.TURBOFAN, "test.csv"), "rb") as file:
            launch.write("test.csv", b"".join(file.readlines()[:200]))
        done = launch.launch(launch_line(element))
        expect_equal(done.returncode, 0, done.stderr)
        name, head = WRITES[element]
        written = launch.read(name).decode()
        expect(written.startswith(head), written[:200])


def register_inspection(element):
    @case(f"{element}: gst-inspect-1.0 tells rank, properties, defaults, and when"
          " they may change")
    def _():
        text = inspect(element)
        expect_words(text, "none (0)", "Codec/", "/Text",
                     "application/x-ndjson" if "json" in element else "text/csv",
                     "audio/x-raw", "gst-lstm")
        own = text[text.index("Element Properties:"):]
        blocks = dict(re.findall(
            r"^  ([a-z-]+) +: (.*?)(?=^  [a-z-]+ +: |^\S|\Z)", own,
            re.DOTALL | re.MULTILINE))
        expect_equal(set(blocks) - {"name", "parent"}, set(DEFAULTS[element]))
        for name, default in DEFAULTS[element].items():
            expect_words(blocks[name], f"Default: {default}",
                         "changeable only in NULL or READY state")


for _element in WRITES:
    register_line(_element)
for _element in DEFAULTS:
    register_inspection(_element)


if __name__ == "__main__":
    main()
