#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an LSTM costs here and in what else one could use, on this machine: this library through its C API, ONNX Runtime
(C), oneDNN (C), PyTorch, TensorFlow Lite and Keras. Each must first agree with float64 NumPy, or it is left out, and the
program ends with 1. Then they take turns, in rounds, one thread on one CPU (or two on two), and beside them the machine's
own limits are measured: how fast it reads memory that is as large as the weights, and how many multiply-adds it does.
Times are of one call in microseconds: of each round the fastest chunk of calls, of the rounds the median; and in brackets
how many times the limit that is.

It installs the peers: packages from PyPI into an environment of its own (--venv), and Debian's libdnnl-dev. What cannot
be installed is left out, with a message. The project must be built; nothing else should run on the machine."""

import argparse
import json
import os
import shutil
import sys
import tempfile

from peers import install, rows

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HERE = os.path.dirname(os.path.abspath(__file__))


def choose(parser, what, text, known):
    """Of `known`, those that `text` names; a name ending in * stands for all that begin so."""
    chosen = []
    for word in text.split(","):
        found = [name for name in known if name == word or (word.endswith("*") and name.startswith(word[:-1]))]
        if not found:
            parser.error(f"{what} {word}: there are {', '.join(known)}")
        chosen += found
    return [name for name in known if name in chosen]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [row.name for row in rows.all_rows()]
    parser.add_argument("--build", default=os.path.join(ROOT, "build"), help="where the project is built (default: build"
                        " in the source tree)")
    parser.add_argument("--venv", help="environment for the peers (default: compare-venv in --build)")
    parser.add_argument("--no-install", action="store_true", help="use what is there, install nothing")
    parser.add_argument("--only", metavar="PEER,...", help="of " + ", ".join(rows.F32))
    parser.add_argument("--rows", metavar="ROW,...", help="such as step-64, int8-*; --list names them")
    parser.add_argument("--list", action="store_true", help="name the rows, and end")
    parser.add_argument("--quick", action="store_true", help="two short rounds: to see that it works")
    parser.add_argument("--rounds", type=int, help="rounds (default: 7)")
    parser.add_argument("--seconds", type=float, help="length of a peer's turn in a round (default: 0.3)")
    parser.add_argument("--json", metavar="FILE", help="write every figure, too")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables there (default: stdout)")
    parser.add_argument("--svg", metavar="FILE", help="draw the figures")
    parser.add_argument("--from", metavar="FILE", dest="source", help="measure nothing, take a --json file")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(f"{row.name:18}{row.title}" for row in rows.all_rows()))
        sys.exit()
    arguments.only = choose(parser, "peer", arguments.only, rows.F32) if arguments.only else list(rows.F32)
    arguments.rows = choose(parser, "row", arguments.rows, names) if arguments.rows else names
    arguments.rounds = arguments.rounds or (2 if arguments.quick else 7)
    arguments.seconds = arguments.seconds or (0.05 if arguments.quick else 0.3)
    arguments.venv = os.path.abspath(arguments.venv or os.path.join(arguments.build, "compare-venv"))
    if arguments.rounds < 1 or not 0 < arguments.seconds <= 60:
        parser.error("--rounds must be 1 or more, --seconds more than 0 and at most 60")
    return arguments


def use_python(python):
    """Starts again in the environment's Python, which has NumPy."""
    if os.path.realpath(sys.prefix) != os.path.realpath(os.path.dirname(os.path.dirname(python))):
        os.execv(python, [python, os.path.abspath(__file__), *sys.argv[1:]])


def run_all(arguments, python):
    from peers import machine, measure, workers
    work = tempfile.mkdtemp(prefix="lstm-compare-")
    peers = list(dict.fromkeys(["gst-lstm", *arguments.only]))
    commands, missing = install.commands(python, arguments.build, work, peers, not arguments.no_install)
    for peer, why in missing.items():
        install.say(f"{peer} is left out: {why}")
    library = install.onnxruntime_library(python) if "onnxruntime" in commands else None
    pool = workers.Pool(commands, sorted(os.sched_getaffinity(0)), work)
    session = measure.Session(pool, python, library, work, arguments.rounds, arguments.seconds)
    results = []
    try:
        for row in rows.all_rows():
            if row.name in arguments.rows and row.threads <= len(pool.cpus):
                chosen = [peer for peer in row.peers if peer in commands and peer in arguments.only]
                results.append(measure.measure_row(session, row, chosen))
    finally:
        pool.stop()
        shutil.rmtree(work, ignore_errors=True)
    return {"machine": machine.describe(), "rounds": arguments.rounds, "seconds": arguments.seconds,
            "versions": install.versions(python, commands), "left_out": missing, "rows": results}


def main():
    arguments = parse_arguments()
    python = install.make_venv(arguments.venv, not arguments.no_install)
    use_python(python)
    if arguments.source:
        with open(arguments.source, encoding="utf-8") as file:
            results = json.load(file)
    else:
        results = run_all(arguments, python)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    from peers import report
    text = report.markdown(results)
    if arguments.markdown:
        with open(arguments.markdown, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text)
    if arguments.svg:
        report.draw(results, arguments.svg)
    wrong = [f"{peer} in {row['name']}" for row in results["rows"] for peer in row["disagree"]]
    if wrong:
        sys.exit(f"not the numbers of float64: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
