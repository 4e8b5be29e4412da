#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The turbofan job, start to finish, in Keras with TensorFlow and in the
gst-lstm pipeline: read test.csv, scale, run the model on all 8,255 sliding
windows, write predictions.csv. Both take the same model file and give the same
numbers, which is checked in every round. Rounds are interleaved; the table
holds the medians."""

import argparse
import csv
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
TURBOFAN = os.path.join(ROOT, "pipelines", "turbofan")
KERAS_JOB = os.path.join(HERE, "turbofan_keras.py")
TOLERANCE = 2e-5

VENV = """\
Keras needs an environment with TensorFlow from PyPI (about 1.5 GB on disk):

  python3 -m venv /tmp/keras
  /tmp/keras/bin/pip install tensorflow-cpu h5py
  python3 bench/turbofan.py --python /tmp/keras/bin/python

and the pipeline must be built (sh pipelines/turbofan/run.sh does it)."""


def measure(command, env):
    """Runs a command; (wall seconds, CPU seconds, peak resident MB)."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL,
                                 stdout=log, stderr=log)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            log.seek(0)
            sys.exit(f"{command[0]} failed ({child.returncode}):\n"
                     + log.read().decode(errors="replace")[-4000:])
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def largest_difference(path):
    """To Keras's output as kept beside the data. Ends the program if a window
    is missing or the difference is too large: then it was another job."""
    expected = os.path.join(TURBOFAN, "expected_binary.csv")
    with open(path, newline="", encoding="ascii") as ours, \
            open(expected, newline="", encoding="ascii") as theirs:
        pairs = list(zip(list(csv.reader(ours))[1:],
                         list(csv.reader(theirs))[1:], strict=True))
    for our, their in pairs:
        if our[:2] != their[:2]:
            sys.exit(f"{path}: window {our[:2]} where {their[:2]} belongs")
    worst = max(abs(float(our[2]) - float(their[2])) for our, their in pairs)
    if not worst <= TOLERANCE:
        sys.exit(f"{path}: differs by {worst:.3g} from Keras's output; at most"
                 f" {TOLERANCE:g} is expected")
    return worst


def jobs(arguments, work):
    """{name: (command, environment, output)}."""
    config = f"config={os.path.join(TURBOFAN, 'turbofan.yaml')}"
    test = os.path.join(TURBOFAN, "test.csv")
    outputs = {name: os.path.join(work, name + ".csv")
               for name in ("keras", "gst-lstm")}
    gst = dict(os.environ, GST_REGISTRY=os.path.join(work, "registry.bin"),
               GST_PLUGIN_PATH=os.path.join(arguments.build, "plugin"))
    keras = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="2", KERAS_HOME=work)
    return {
        "keras": (
            [arguments.python, KERAS_JOB, "--batch-size",
             str(arguments.batch_size), TURBOFAN, outputs["keras"]],
            keras, outputs["keras"]),
        "gst-lstm": (
            ["gst-launch-1.0", "filesrc", f"location={test}", "!", "csvdec",
             config, "!", "lstm", config, "!", "csvenc", "!", "filesink",
             f"location={outputs['gst-lstm']}"],
            gst, outputs["gst-lstm"]),
    }


def run_rounds(all_jobs, rounds):
    """{name: [(wall, cpu, rss)]}, {name: largest difference}. A first round,
    not counted, fills caches and GStreamer's registry."""
    figures = {name: [] for name in all_jobs}
    differences = {}
    for i in range(rounds + 1):
        for name, (command, env, output) in all_jobs.items():
            if os.path.exists(output):
                os.unlink(output)
            taken = measure(command, env)
            differences[name] = largest_difference(output)
            if i > 0:
                figures[name].append(taken)
            print(f"round {i or 'zero'}: {name}: {taken[0]:.2f} s",
                  file=sys.stderr)
    return figures, differences


def print_table(figures, differences):
    columns = ("wall s", "CPU s", "peak RSS MB")
    print(f"\n{'':<10}" + "".join(f"{column:>26}" for column in columns)
          + f"{'max |difference|':>18}")
    medians = {}
    for name, taken in figures.items():
        medians[name] = [statistics.median(values) for values in zip(*taken)]
        cells = [f"{median:.2f} ({min(values):.2f}-{max(values):.2f})"
                 for median, values in zip(medians[name], zip(*taken))]
        print(f"{name:<10}" + "".join(f"{cell:>26}" for cell in cells)
              + f"{differences[name]:>18.2g}")
    ratios = [keras / ours for keras, ours in
              zip(medians["keras"], medians["gst-lstm"])]
    print(f"{'ratio':<10}" + "".join(f"{ratio:>25.1f}x" for ratio in ratios))
    rounds = len(figures["keras"])
    print(f"\nMedian (least-most) of {rounds} interleaved rounds,"
          f" {os.cpu_count()} CPUs; peak RSS of the largest process.")


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=VENV,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable,
                        help="a Python that has TensorFlow (default: this one)")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"),
                        help="build directory (default: build in the source"
                        " tree)")
    parser.add_argument("--rounds", type=int, default=5,
                        help="rounds that count (default: 5)")
    parser.add_argument("--batch-size", type=int, default=1024,
                        help="windows that Keras predicts at a time (default:"
                        " 1024; Keras's own default is 32)")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be 1 or more")
    plugin = os.path.join(arguments.build, "plugin", "libgstlstm.so")
    if not os.path.exists(plugin):
        parser.error(f"{plugin}: not there; build it first, or say --build")
    found = subprocess.run([arguments.python, "-c", "import tensorflow, h5py"],
                           capture_output=True, check=False)
    if found.returncode != 0:
        parser.error(f"{arguments.python} has no tensorflow or no h5py.\n{VENV}")
    return arguments


def main():
    arguments = parse_arguments()
    work = tempfile.mkdtemp(prefix="lstm-bench-")
    try:
        figures, differences = run_rounds(jobs(arguments, work),
                                          arguments.rounds)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print_table(figures, differences)


if __name__ == "__main__":
    main()
