#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tries the library on random models of real Keras (generate.py says what is needed for it):

    try.py N SEED [--check PROGRAM] [--out FOLDER] [--format FILE]...

PROGRAM is check-case as meson built it (build/tests/random/check-case by default). What does not match stays in FOLDER.
Prints for each format how many models were loaded and matched, and why the rest were not, grouped. Ends with 1 if any of
that is ours: neither float32 nor a file that Keras itself does not read back."""
import argparse
import collections
import os
import re
import shutil
import subprocess
import sys

import generate
from judge import judge

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RESULTS = ("pass", "differs", "error")


def checker(program):
    def check(folder, file):
        """("pass" | "differs" | "error" | "crash", largest difference, what the program says)"""
        done = subprocess.run([program, folder, file], capture_output=True, text=True)
        lines = done.stdout.strip().split("\n")
        word, _, rest = lines[-1].partition(" ")
        if word not in RESULTS or done.returncode < 0:
            return "crash", 0.0, (done.stderr.strip() or done.stdout.strip()).split("\n")[-1]
        number, _, text = rest.partition(" ")
        return word, float(number), text.replace(folder + "/", "")
    return check


def group(text):
    """A message without what differs from model to model."""
    text = re.sub(r"; we know: .*|; expected .*", "", text)
    text = re.sub(r"'[^']*'", "'...'", text)
    return re.sub(r"-?\d+(\.\d+)?(e[-+]?\d+)?", "#", text)[:160]


class Tally:
    def __init__(self, file):
        self.file = file
        self.counts = collections.Counter()
        self.reasons = collections.defaultdict(list)
        self.largest = 0.0

    def add(self, folder, check):
        """Whether the case is done with: it need not be kept."""
        if not os.path.exists(os.path.join(folder, self.file)):
            self.counts["not written by Keras"] += 1
            return True
        self.counts["tried"] += 1
        result, difference, text = check(folder, self.file)
        self.counts["loaded"] += result != "error"
        self.counts["matched"] += result == "pass"
        if result == "pass":
            self.largest = max(self.largest, difference)
            return True
        reason = judge(folder, self.file, result, check)
        self.counts["ours" if reason is None else "not ours"] += 1
        self.reasons["%s: %s | %s" % (result, group(text), group(reason or "OURS"))].append(os.path.basename(folder))
        return False

    def report(self):
        print("%s: %s, largest difference %.3g" % (
            self.file, ", ".join("%d %s" % (n, what) for what, n in self.counts.items()), self.largest))
        for reason, names in sorted(self.reasons.items(), key=lambda item: -len(item[1])):
            print("  %4d  %s\n        %s" % (len(names), reason, " ".join(names[:6])))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n", type=int)
    parser.add_argument("seed", type=int)
    parser.add_argument("--check", default=os.path.join(ROOT, "build", "tests", "random", "check-case"))
    parser.add_argument("--out", default="random-models")
    parser.add_argument("--format", action="append", choices=generate.FORMATS)
    parser.add_argument("--keep", action="store_true", help="keep what matches, too")
    return parser.parse_args()


def main():
    args = parse()
    check = checker(args.check)
    tallies = [Tally(file) for file in args.format or generate.FORMATS]
    n = 0
    for folder in generate.make_all(args.out, args.n, args.seed):
        n += 1
        done = [tally.add(folder, check) for tally in tallies]
        if all(done) and not args.keep:
            shutil.rmtree(folder)
    print("%d models" % n)
    for tally in tallies:
        tally.report()
    sys.exit(1 if any(tally.counts["ours"] for tally in tallies) else 0)


if __name__ == "__main__":
    main()
