# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures a row: the peers that agree with float64, and the machine's limits, in turns."""

import os
import shutil
import statistics
import subprocess
import time

from . import rows
from .install import say
from .workers import Refusal

# Threads of a peer that has just run may wait for more work; the next one's turn begins when they have given up.
PAUSE = 0.02


class Disagreement(Refusal):
    """A peer, or this library, computes something else."""


class Session:
    """What is the same for all rows. `seconds` is the length of a peer's turn."""

    def __init__(self, pool, python, library, folder, rounds, seconds):
        self.pool = pool
        self.python = python
        self.library = library
        self.folder = folder
        self.rounds = rounds
        self.seconds = seconds


def prepare_peer(session, row, peer, folder, expected):
    """(the worker, made ready for this row, {difference: the largest to float64, note: what it says of itself})"""
    spec = row.spec(folder)
    if peer == "onnxruntime":
        here = os.path.dirname(os.path.abspath(__file__))
        made = subprocess.run([session.python, os.path.join(here, "peer_onnx.py"), spec], capture_output=True, text=True,
                              check=False)
        if made.returncode:
            raise Refusal(made.stderr.strip().splitlines()[-1])
        spec += f" library={session.library}"
    worker = session.pool.get(peer, row.threads)
    note = worker.prepare(spec)
    return worker, {"difference": difference_to(row, peer, folder, expected), "note": note}


def difference_to(row, peer, folder, expected):
    import numpy as np
    given = np.fromfile(os.path.join(folder, f"{peer}.bin"), np.float32)
    if given.size != expected.size:
        raise Refusal(f"it gave {given.size} numbers, not {expected.size}")
    difference = float(np.abs(given.reshape(expected.shape) - expected).max())
    if not difference <= rows.TOLERANCE[row.precision]:
        raise Disagreement(f"it differs from float64 by {difference:.3g}: at most {rows.TOLERANCE[row.precision]:g} is"
                           " right")
    return difference


def prepare_row(session, row, peers, folder):
    """({peer: worker}, {peer: difference and note}, {peer: why it is left out}, [peers that disagree])"""
    weights, inputs = rows.make_data(row, folder)
    expected = rows.reference(row, weights, inputs).reshape(row.output_shape())
    workers, checks, refusals, disagree = {}, {}, {}, []
    for peer in peers:
        try:
            worker, checks[peer] = prepare_peer(session, row, peer, folder, expected)
            workers[peer] = worker
        except Refusal as refusal:
            refusals[peer] = str(refusal)
            disagree += [peer] if isinstance(refusal, Disagreement) else []
            say(f"{row.name}: {peer} is left out: {refusal}")
    return workers, checks, refusals, disagree


def run_rounds(session, row, workers):
    """{peer or part of the limit: [(least, median) ns of a round]}"""
    limits = session.pool.get("limits", row.threads)
    measures = rows.limit_measures(row)
    times = {name: [] for name in (*measures, *workers)}
    for _ in range(session.rounds):
        for name, spec in measures.items():
            limits.prepare(spec)
            times[name].append(limits.measure(session.seconds / 2))
        for peer, worker in workers.items():
            time.sleep(PAUSE)
            times[peer].append(worker.measure(session.seconds))
    return times


def summarise(row, times, checks, refusals, disagree):
    """Of each round the fastest chunk of calls counts, of the rounds the median."""
    middle = {name: statistics.median(least for least, _ in taken) for name, taken in times.items()}
    limit = rows.limit(row, middle)
    result = {"name": row.name, "title": row.title, "precision": row.precision, "threads": row.threads,
              "limit_ns": limit, "limit_parts": {name: middle[name] for name in rows.limit_measures(row)}, "peers": {},
              "left_out": refusals, "disagree": disagree}
    for peer in checks:
        result["peers"][peer] = {"ns": middle[peer], "ns_min": min(least for least, _ in times[peer]),
                                 "ns_median": statistics.median(median for _, median in times[peer]),
                                 "times_the_limit": middle[peer] / limit, **checks[peer],
                                 "rounds_ns": [least for least, _ in times[peer]]}
    return result


def measure_row(session, row, peers):
    folder = os.path.join(session.folder, row.name)
    try:
        workers, checks, refusals, disagree = prepare_row(session, row, peers, folder)
        times = run_rounds(session, row, workers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    result = summarise(row, times, checks, refusals, disagree)
    say(f"{row.name}: limit {result['limit_ns'] / 1e3:.3g} us; " + ", ".join(
        f"{peer} {taken['ns'] / 1e3:.3g} ({taken['times_the_limit']:.2f}x)" for peer, taken in result["peers"].items()))
    return result
