#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs `meson test` and counts single test cases. Prints a table of suites,
every skipped case with its reason, every failed one with the end of its log,
and as its last line `N passed, N failed, N skipped`. A program that crashes,
runs out of time, leaks or stops short of its plan has failed, whatever its
cases said; so has a run without any test."""

import argparse
import json
import os
import re
import subprocess
import sys

CASE = re.compile(r"(not )?ok\b\s*(\d*)\s*(?:- )?(.*)")
PLAN = re.compile(r"1\.\.(\d+)\s*(?:#\s*skip\S*\s*(.*))?$", re.IGNORECASE)
DIRECTIVE = re.compile(r"(.*?)\s*#\s*(skip|todo)\S*\s*(.*)$", re.IGNORECASE)
LOG_LINES = 40


class Program:
    """One test program's part of Meson's log, and what its cases came to."""

    def __init__(self, entry):
        suite, _, name = entry["name"].rpartition(" / ")
        self.suite = suite.rpartition(":")[2] if suite else "tests"
        self.suite = self.suite.partition("+")[0]
        self.name = name
        self.result = entry["result"]
        self.seconds = entry.get("duration") or 0.0
        self.returncode = entry.get("returncode")
        self.stdout = entry.get("stdout", "")
        self.stderr = entry.get("stderr", "")
        self.passed = 0
        self.failed = []   # what failed
        self.skipped = []  # (what, why)
        self.plan = None
        self.notes = []    # comments since the last case
        self.count()

    def count(self):
        for line in self.stdout.splitlines():
            self.count_line(line)
        seen = self.passed + len(self.failed) + len(self.skipped)
        if self.plan is None and seen == 0:
            self.count_whole()
            return
        if self.plan == 0 and seen == 1 and self.skipped:
            return
        for number in range(seen + 1, (self.plan or 0) + 1):
            self.failed.append(f"case {number} of {self.plan}: did not come to"
                               f" an end ({self.describe()})")
        if self.plan is not None and seen > self.plan:
            self.failed.append(f"{seen} cases, but its plan says {self.plan}")
        if self.plan == 0 and seen == 0:
            self.failed.append("its plan says that it has no test")
        if self.result not in ("OK", "SKIP") and not self.failed:
            self.failed.append(f"the program itself: {self.describe()}")

    def count_line(self, line):
        plan = PLAN.match(line)
        if plan and self.plan is None:
            self.plan = int(plan.group(1))
            if self.plan == 0 and plan.group(2) is not None:
                self.skipped.append(("all of it", plan.group(2)))
            return
        case = CASE.match(line)
        if not case:
            self.notes.append(line)
            return
        ok, title = not case.group(1), case.group(3) or f"case {case.group(2)}"
        directive = DIRECTIVE.match(title)
        kind = directive.group(2).lower() if directive else ""
        if kind == "skip":
            self.skipped.append((directive.group(1), directive.group(3)))
        elif kind == "todo" and not ok:
            self.skipped.append((directive.group(1),
                                 f"known to fail: {directive.group(3)}"))
        elif ok and not kind:
            self.passed += 1
        else:
            self.failed.append("\n    ".join([title] + self.notes[-LOG_LINES:]))
        self.notes = []

    def count_whole(self):
        """A program that speaks no TAP is one case."""
        if self.result == "OK":
            self.passed = 1
        elif self.result == "SKIP" and self.returncode == 77:
            self.skipped.append(("all of it", "the program says so (77)"))
        elif self.result == "SKIP":
            self.failed.append("it ran no test")
        else:
            self.failed.append(self.describe())

    def describe(self):
        if self.result == "TIMEOUT":
            return f"ran out of time after {self.seconds:.0f} s"
        if self.returncode is not None and self.returncode < 0:
            return f"killed by signal {-self.returncode}"
        return f"{self.result}, exit status {self.returncode}"

    def log_end(self):
        """What it said after its last case, and on stderr."""
        return (self.notes + self.stderr.splitlines())[-LOG_LINES:]


def meson_test(meson, build, arguments):
    """Runs the tests; returns the programs, and the names Meson should have
    run."""
    base = [meson, "test", "-C", build, "--no-rebuild"]
    listed = subprocess.run(base + ["--list"] + arguments, check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    names = [line for line in listed.splitlines()
             if line and not line.startswith("ninja: ")]
    logs = os.path.join(build, "meson-logs")
    for name in os.listdir(logs):
        if name.startswith("testlog") and name.endswith(".json"):
            os.unlink(os.path.join(logs, name))
    subprocess.run(base + arguments, check=False)
    entries = []
    for name in sorted(os.listdir(logs)):
        if name.startswith("testlog") and name.endswith(".json"):
            with open(os.path.join(logs, name), encoding="utf-8") as file:
                entries += [json.loads(line) for line in file if line.strip()]
    return entries, names


def print_table(programs):
    width = max([len(f"{p.suite} / {p.name}") for p in programs] + [10])
    print()
    print(f"{'suite / program':<{width}}  passed  failed  skipped  seconds")
    suites = sorted({program.suite for program in programs})
    for suite in suites:
        members = [program for program in programs if program.suite == suite]
        for program in sorted(members, key=lambda p: p.name):
            print_row(f"{suite} / {program.name}", width, [program])
        if len(members) > 1 and len(suites) > 1:
            print_row(f"{suite}: all", width, members)


def print_row(title, width, programs):
    print(f"{title:<{width}}  {sum(p.passed for p in programs):6}"
          f"  {sum(len(p.failed) for p in programs):6}"
          f"  {sum(len(p.skipped) for p in programs):7}"
          f"  {sum(p.seconds for p in programs):7.1f}")


def print_skipped(programs):
    for program in programs:
        for what, why in program.skipped:
            print(f"skipped: {program.suite} / {program.name}: {what}:"
                  f" {why or 'no reason given'}")


def print_failed(programs):
    for program in programs:
        if not program.failed:
            continue
        print()
        for what in program.failed:
            print(f"FAILED: {program.suite} / {program.name}: {what}")
        for line in program.log_end():
            print(f"    {line}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="Further arguments go to `meson test`.")
    parser.add_argument("build", help="the build directory, already built")
    parser.add_argument("--meson", default="meson", help="the meson to run")
    arguments, rest = parser.parse_known_args()

    entries, names = meson_test(arguments.meson, arguments.build, rest)
    programs = [Program(entry) for entry in entries]
    ran = [entry["name"] for entry in entries]
    lost = [name for name in names if name not in ran]

    print_table(programs)
    print()
    print_skipped(programs)
    print_failed(programs)
    for name in lost:
        print(f"FAILED: {name}: Meson did not run it")
    if not names:
        print("FAILED: there is no test to run")

    passed = sum(program.passed for program in programs)
    failed = sum(len(program.failed) for program in programs) + len(lost)
    failed += not names
    skipped = sum(len(program.skipped) for program in programs)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
