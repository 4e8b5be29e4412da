# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rows of the comparison: what is computed, by whom, with which numbers, what it must come to, and what is the
least time that a machine could take."""

import dataclasses
import os

SIZES = (8, 20, 32, 64, 128, 256, 512, 1024)
WIDE = (128, 256, 512, 1024)
BYTES = {"f32": 4, "bf16": 2, "int8": 1}
# To float64, over all outputs. Narrow weights are no error of a peer: their difference is reported.
TOLERANCE = {"f32": 2e-5, "bf16": 5e-2, "int8": 3e-1}
F32 = ("gst-lstm", "tflite", "onednn", "onnxruntime", "pytorch", "keras")
SEQUENCES = tuple(peer for peer in F32 if peer != "tflite")


@dataclasses.dataclass(frozen=True)
class Row:
    """`layers` LSTM layers of `units`, then Dense(`dense`) if that is not 0; input [batch, steps, features]. `last`: the
    last layer gives its last output alone. `carry`: the state goes from call to call; else each call begins with zeros.
    `calls`: how many calls are checked."""
    name: str
    title: str
    units: int
    features: int
    peers: tuple
    layers: int = 1
    dense: int = 0
    batch: int = 1
    steps: int = 1
    last: bool = False
    carry: bool = True
    calls: int = 4
    threads: int = 1
    precision: str = "f32"

    def layer_features(self):
        return [self.features] + [self.units] * (self.layers - 1)

    def spec(self, folder):
        """What a worker is told."""
        keys = ("units", "features", "layers", "dense", "batch", "steps", "last", "carry", "calls", "threads", "precision")
        values = {key: getattr(self, key) for key in keys}
        words = [f"{key}={int(value) if isinstance(value, bool) else value}" for key, value in values.items()]
        return " ".join(words + [f"folder={folder}"])

    def output_shape(self):
        return (self.calls, self.batch, 1 if self.last else self.steps, self.dense or self.units)


def one_step(name, precision, sizes, peers):
    return [Row(f"{name}-{size}", f"H={size}", size, size, peers, precision=precision) for size in sizes]


def all_rows():
    rows = one_step("step", "f32", SIZES, F32)
    rows += one_step("int8", "int8", WIDE, ("gst-lstm", "tflite", "onednn", "onnxruntime"))
    rows += one_step("bf16", "bf16", WIDE, ("gst-lstm", "onednn"))
    rows.append(Row("window", "(32, 25, 1) → LSTM(20), last", 20, 1, SEQUENCES, batch=32, steps=25, last=True, carry=False,
                    calls=1))
    for threads in (1, 2):
        rows.append(Row(f"stack-{threads}", f"(30, 30, 7) → 3 x LSTM(512) → Dense(1), {threads} thread{'s'[:threads - 1]}",
                        512, 7, SEQUENCES, layers=3, dense=1, batch=30, steps=30, last=True, carry=False, calls=1,
                        threads=threads))
    rows.append(Row("block", "100 steps in one call, 128 → 128, batch 1", 128, 128, SEQUENCES, steps=100, carry=False,
                    calls=1))
    for size in (128, 512):
        for streams in (4, 16, 64, 256):
            rows.append(Row(f"streams-{streams}-{size}", f"{streams} streams, one step, H={size}", size, size, SEQUENCES,
                            batch=streams))
    return rows


def make_data(row, folder):
    """weights.bin: of each layer kernel [features, 4 units] (gates i f c o), recurrent kernel [units, 4 units], bias;
    then of Dense kernel and bias. input.bin: [calls, batch, steps, features]. All float32, row by row."""
    import numpy as np
    os.makedirs(folder, exist_ok=True)
    random = np.random.default_rng(20)
    units, weights = row.units, []
    for features in row.layer_features():
        weights.append([random.uniform(-1, 1, shape) / np.sqrt(shape[0]) for shape in ((features, 4 * units),
                                                                                        (units, 4 * units))]
                       + [random.uniform(-0.5, 0.5, 4 * units)])
    if row.dense:
        weights.append([random.uniform(-1, 1, (units, row.dense)) / np.sqrt(units), random.uniform(-0.5, 0.5, row.dense)])
    weights = [[array.astype(np.float32) for array in layer] for layer in weights]
    inputs = random.uniform(-1, 1, (row.calls, row.batch, row.steps, row.features)).astype(np.float32)
    np.concatenate([array.ravel() for layer in weights for array in layer]).tofile(os.path.join(folder, "weights.bin"))
    inputs.tofile(os.path.join(folder, "input.bin"))
    return weights, inputs


def reference(row, weights, inputs):
    """The row in float64: [calls, batch, steps or 1, units or dense]."""
    import numpy as np

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    states = [[np.zeros((row.batch, row.units)) for _ in range(2)] for _ in range(row.layers)]
    outputs = []
    for call in inputs.astype(np.float64):
        sequence = call
        for layer in range(row.layers):
            kernel, recurrent, bias = (array.astype(np.float64) for array in weights[layer])
            h, c = states[layer]
            given = []
            for t in range(row.steps):
                i, f, g, o = np.split(sequence[:, t] @ kernel + h @ recurrent + bias, 4, axis=1)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                h = sigmoid(o) * np.tanh(c)
                given.append(h)
            states[layer] = [h, c]
            sequence = np.stack(given, axis=1)
        if row.last:
            sequence = sequence[:, -1:]
        if row.dense:
            kernel, bias = weights[row.layers]
            sequence = sequence @ kernel.astype(np.float64) + bias
        outputs.append(sequence)
    return np.stack(outputs)


def limit_parts(row):
    """The least work of a call, as [(bytes read in one pass, passes, FLOPs of a pass)]: weights are read once for all
    steps where they meet the inputs, and once a step where they meet the state. One step reads both in one pass."""
    size, rows = BYTES[row.precision], row.batch * row.steps
    parts = []
    for features in row.layer_features():
        inputs, states = 4 * row.units * features, 4 * row.units * row.units
        if row.steps == 1:
            parts.append(((inputs + states) * size, 1, 2 * (inputs + states) * row.batch))
        else:
            parts.append((inputs * size, 1, 2 * inputs * rows))
            parts.append((states * size, row.steps, 2 * states * row.batch))
    if row.dense:
        outputs = row.units * row.dense
        parts.append((outputs * size, 1, 2 * outputs * (row.batch if row.last else rows)))
    return parts


def limit_measures(row):
    """What to measure of the machine for this row: {name: spec of the limits worker}."""
    measures = {"fma": f"kind=fma threads={row.threads}"}
    for size in {part[0] for part in limit_parts(row)}:
        measures[f"read-{size}"] = f"kind=read bytes={size} threads={row.threads}"
    return measures


def limit(row, measured):
    """Nanoseconds, from `measured`: {name: ns}; fma is ns a FLOP, read-N ns a pass over N bytes. Narrow formats have
    faster instructions than f32's: one step is bound by reading."""
    total = 0
    for size, passes, flops in limit_parts(row):
        least = measured[f"read-{size}"]
        if row.precision == "f32":
            least = max(least, flops * measured["fma"])
        total += passes * least
    return total
