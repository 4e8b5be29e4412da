# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The worker of a peer that is called from Python, as its users call it. It speaks worker.h's protocol; what is timed
is the call, the loop around it included (some 30 ns)."""

import importlib
import os
import statistics
import sys
import time
import types

CHUNK_NS = 200e3


def parse(line):
    """The words of `prepare` as attributes, numbers as numbers."""
    words = dict(word.split("=", 1) for word in line.split())
    return types.SimpleNamespace(**{key: int(value) if value.isdigit() else value for key, value in words.items()})


def read_data(row):
    """rows.make_data()'s files: weights [[kernel, recurrent, bias]..., [kernel, bias]], input."""
    import numpy as np
    units = row.units
    flat = np.fromfile(os.path.join(row.folder, "weights.bin"), np.float32)
    shapes = [[(features, 4 * units), (units, 4 * units), (4 * units,)]
              for features in [row.features] + [units] * (row.layers - 1)]
    if row.dense:
        shapes.append([(units, row.dense), (row.dense,)])
    weights, at = [], 0
    for layer in shapes:
        arrays = []
        for shape in layer:
            size = int(np.prod(shape))
            arrays.append(flat[at:at + size].reshape(shape))
            at += size
        weights.append(arrays)
    inputs = np.fromfile(os.path.join(row.folder, "input.bin"), np.float32)
    return weights, inputs.reshape(row.calls, row.batch, row.steps, row.features)


def time_calls(run, n):
    start = time.perf_counter_ns()
    for _ in range(n):
        run()
    return (time.perf_counter_ns() - start) / n


def measure(run, seconds):
    end = time.perf_counter() + seconds
    n, ns = 1, min(time_calls(run, 1), time_calls(run, 1))
    while ns * n < CHUNK_NS:
        n = int(min(max(CHUNK_NS / ns, n + 1), 4 * n))
        ns = time_calls(run, n)
    chunks = []
    while not chunks or time.perf_counter() < end:
        chunks.append(time_calls(run, n))
    return min(chunks), statistics.median(chunks)


def prepare(peer, name, line):
    """What runs one call, once its outputs are written."""
    import numpy as np
    row = parse(line)
    weights, inputs = read_data(row)
    check, run = peer.make(row, weights, inputs)
    np.stack([np.asarray(output, np.float32).reshape(row.batch, -1) for output in check()]).tofile(
        os.path.join(row.folder, name + ".bin"))
    return run


def main():
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # frameworks that print do not speak the protocol
    name = sys.argv[1]
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    peer, run = importlib.import_module("peers.peer_" + name), None
    for line in sys.stdin:
        command, _, rest = line.strip().partition(" ")
        try:
            if command == "prepare":
                run = None
                run = prepare(peer, name, rest)
                answer = "ok"
            else:
                answer = "ns %.3f %.3f" % measure(run, float(rest))
        except Exception as error:  # of whatever kind a framework raises: the peer is left out, and the text says why
            answer = "no " + " ".join(f"{type(error).__name__}: {error}".split())[:300]
        print(answer, file=out, flush=True)


if __name__ == "__main__":
    main()
