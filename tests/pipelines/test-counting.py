#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The count of test cases is true: whatever way a test program ends, nothing of
it vanishes and nothing that did not pass counts as passed."""

import importlib.util
import os

from tap import case, expect_equal, main

_SPEC = importlib.util.spec_from_file_location(
    "run_tests", os.environ["RUN_TESTS"])
run_tests = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(run_tests)

# title: (stdout, Meson's result, exit status, (passed, failed, skipped))
PROGRAMS = {
    "all pass": ("1..3\nok 1 - a\nok 2 b\n# hey\nok 3\n", "OK", 0, (3, 0, 0)),
    "a plan at the end": ("ok 1 a\nok 2 b\n1..2\n", "OK", 0, (2, 0, 0)),
    "one fails": ("1..2\nnot ok 1 - a\nok 2 - b\n", "ERROR", 1, (1, 1, 0)),
    "one is skipped": ("1..2\nok 1 - a # SKIP why\nok 2 - b\n", "OK", 0,
                       (1, 0, 1)),
    "all of it is skipped": ("1..0 # SKIP why\n", "SKIP", 0, (0, 0, 1)),
    "it crashes midway": ("1..5\nok 1 a\nok 2 b\n", "ERROR", -11, (2, 3, 0)),
    "it crashes without a plan": ("ok 1 a\n", "ERROR", -6, (1, 1, 0)),
    "it crashes before any output": ("", "ERROR", -11, (0, 1, 0)),
    "it leaks at its end": ("1..2\nok 1 a\nok 2 b\n", "ERROR", 23, (2, 1, 0)),
    "it runs out of time": ("1..3\nok 1 a\n", "TIMEOUT", -15, (1, 2, 0)),
    "it runs out of time at its end": ("1..1\nok 1 a\n", "TIMEOUT", -15,
                                       (1, 1, 0)),
    "it stops short and claims success": ("1..4\nok 1 a\nok 2 b\n", "ERROR", 0,
                                          (2, 2, 0)),
    "it bails out": ("1..3\nok 1 a\nBail out! why\n", "ERROR", 1, (1, 2, 0)),
    "it runs more than planned": ("1..1\nok 1 a\nok 2 b\n", "ERROR", 0,
                                  (2, 1, 0)),
    "its plan is empty": ("1..0\n", "SKIP", 0, (0, 1, 0)),
    "it says nothing": ("", "SKIP", 0, (0, 1, 0)),
    "known to fail": ("1..1\nnot ok 1 a # TODO why\n", "OK", 0, (0, 0, 1)),
    "known to fail, and passes": ("1..1\nok 1 a # TODO why\n", "FAIL", 0,
                                  (0, 1, 0)),
    "cases within a case": ("1..1\n    1..2\n    ok 1 x\n    not ok 2 y\nok 1\n",
                            "OK", 0, (1, 0, 0)),
    "no TAP, success": ("words\n", "OK", 0, (1, 0, 0)),
    "no TAP, failure": ("words\n", "FAIL", 3, (0, 1, 0)),
    "no TAP, skipped": ("words\n", "SKIP", 77, (0, 0, 1)),
}


def register(title, stdout, result, status, counts):
    @case(f"{title}: {counts[0]} passed, {counts[1]} failed,"
          f" {counts[2]} skipped")
    def _():
        program = run_tests.Program({
            "name": "project:suite / program", "stdout": stdout,
            "result": result, "returncode": status, "duration": 1.5})
        expect_equal((program.passed, len(program.failed),
                      len(program.skipped)), counts)


for _title, _facts in PROGRAMS.items():
    register(_title, *_facts)


@case("a reason for skipping is kept")
def _():
    program = run_tests.Program({
        "name": "a:b / c", "result": "OK", "returncode": 0,
        "stdout": "1..1\nok 1 - d e # SKIP no such locale\n"})
    expect_equal(program.skipped, [("d e", "no such locale")])
    expect_equal((program.suite, program.name), ("b", "c"))


if __name__ == "__main__":
    main()
