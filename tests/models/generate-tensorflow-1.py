#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the cases in tensorflow-1/ with NumPy in float64, from the published equations of TensorFlow 1's cells (the docs of
tf.nn.rnn_cell and tf.nn.dynamic_rnn; for GRUCell Cho et al., arXiv:1406.1078):

    python3 -m venv venv && venv/bin/pip install numpy safetensors
    venv/bin/python generate-tensorflow-1.py [OUT]

A case is a folder as in tests/golden: model.yaml with weights.safetensors, in which variables have TensorFlow's names;
io.safetensors with call<i>.x, call<i>.x1 (lengths) and call<i>.y<k>; case.json."""
import json
import os
import sys
import zlib

import numpy as np
from safetensors.numpy import save_file

OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "tensorflow-1")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


ACTIVATIONS = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0)}


class Cell:
    """options: as in the YAML."""

    def __init__(self, kind, num_units, **options):
        self.kind, self.units, self.options = kind, num_units, options
        self.act = ACTIVATIONS[options.get("activation", "tanh")]
        self.scope = {"BasicLSTMCell": "basic_lstm_cell", "LSTMCell": "lstm_cell", "BasicRNNCell": "basic_rnn_cell",
                      "GRUCell": "gru_cell"}[kind]
        self.n_states = 2 if "LSTM" in kind else 1

    def make_weights(self, features, rng, prefix):
        rows = features + self.units
        shapes = {"": 4 if "LSTM" in self.kind else 1} if self.kind != "GRUCell" else {"gates/": 2, "candidate/": 1}
        self.w = {}
        for part, gates in shapes.items():
            self.w[part + "kernel"] = rng.normal(0, 0.5, (rows, gates * self.units)).astype("float32")
            self.w[part + "bias"] = rng.normal(0, 0.5, gates * self.units).astype("float32")
        return {prefix + self.scope + "/" + name: value for name, value in self.w.items()}

    def dense(self, part, x, h):
        return np.concatenate([x, h], 1) @ self.w[part + "kernel"].astype("float64") + self.w[part + "bias"]

    def step(self, x, state):
        """state: [h] or [h, c]; the output is the new state's h."""
        h = state[0]
        if "LSTM" in self.kind:
            i, j, f, o = np.split(self.dense("", x, h), 4, axis=1)
            c = sigmoid(f + self.options.get("forget_bias", 1.0)) * state[1] + sigmoid(i) * self.act(j)
            return [sigmoid(o) * self.act(c), c]
        if self.kind == "BasicRNNCell":
            return [self.act(self.dense("", x, h))]
        r, u = np.split(sigmoid(self.dense("gates/", x, h)), 2, axis=1)
        return [u * h + (1 - u) * self.act(self.dense("candidate/", x, r * h))]

    def yaml(self):
        return "{%s: {%s}}" % (self.kind, ", ".join(["num_units: %d" % self.units] +
                                                    ["%s: %s" % kv for kv in self.options.items()]))


def dynamic_rnn(cells, x, lengths):
    """What tf.nn.dynamic_rnn does: outputs [batch, steps, units], and the last states."""
    batch, steps, _ = x.shape
    states = [[np.zeros((batch, cell.units)) for _ in range(cell.n_states)] for cell in cells]
    outputs = np.zeros((batch, steps, cells[-1].units))
    for t in range(steps):
        running = (t < lengths)[:, None]
        value = x[:, t]
        for k, cell in enumerate(cells):
            new = cell.step(value, states[k])
            value = new[0]
            states[k] = [np.where(running, a, b) for a, b in zip(new, states[k])]
        outputs[:, t] = np.where(running, value, 0)
    return outputs, [state for of_cell in states for state in of_cell]


def save(name, about, cells, features, lengths=None, stack=False, state=False, last=False, dense=0):
    """lengths: of the sequences of each call, or None for sequences that are not cut; dense: units of a layer on top."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    folder = os.path.join(OUT, name)
    os.makedirs(folder, exist_ok=True)
    weights, n = {}, features
    for i, cell in enumerate(cells):
        weights.update(cell.make_weights(n, rng, "rnn/" + ("multi_rnn_cell/cell_%d/" % i if stack else "")))
        n = cell.units
    if dense:
        weights["dense/kernel"] = rng.normal(0, 0.5, (n, dense)).astype("float32")
        weights["dense/bias"] = rng.normal(0, 0.5, dense).astype("float32")
    save_file(weights, os.path.join(folder, "weights.safetensors"))
    io, calls = {}, lengths or [[6] * 3, [4] * 2]
    for i, of_call in enumerate(calls):
        x = rng.uniform(-1, 1, (len(of_call), max(max(of_call), 1), features)).astype("float32")
        y, states = dynamic_rnn(cells, x.astype("float64"), np.array(of_call))
        if last:
            y = states[-cells[-1].n_states]
        if dense:
            y = y @ weights["dense/kernel"].astype("float64") + weights["dense/bias"]
        io["call%d.x" % i] = x
        if lengths is not None:
            io["call%d.x1" % i] = np.array(of_call, "float32")[:, None]
        for k, value in enumerate([y] + (states if state else [])):
            io["call%d.y%d" % (i, k)] = np.ascontiguousarray(value.astype("float32"))
    save_file(io, os.path.join(folder, "io.safetensors"))
    with open(os.path.join(folder, "case.json"), "w") as file:
        json.dump({"about": about, "calls": [{"reset_before": False} for _ in calls],
                   "outputs": 1 + (len(states) if state else 0)}, file, indent=1)
        file.write("\n")
    cell = "{MultiRNNCell: {cells: [%s]}}" % ", ".join(c.yaml() for c in cells) if stack else cells[0].yaml()
    with open(os.path.join(folder, "model.yaml"), "w") as file:
        file.write("version: 1\nmodel:\n  keras: 2\n  weights: weights.safetensors\n  input:\n"
                   "    - {name: x, shape: [null, %d]}\n" % features)
        if lengths is not None:
            file.write("    - {name: lengths, shape: [1]}\n")
        file.write("  layers:\n    - dynamic_rnn:\n        name: rnn\n        cell: %s\n" % cell)
        if lengths is not None:
            file.write("        inputs: [x, lengths]\n")
        if state:
            file.write("        return_state: true\n")
        if last:
            file.write("        return_sequences: false\n")
        if dense:
            file.write("    - Dense: {units: %d, name: dense}\n" % dense)
    print(name, {k: v.shape for k, v in io.items() if k.startswith("call0")})


def main():
    lengths = [[5, 3, 0, 1], [2, 2], [0, 7]]
    save("basic_lstm", "BasicLSTMCell", [Cell("BasicLSTMCell", 5)], 3)
    save("basic_lstm_bias", "BasicLSTMCell, another forget_bias and activation, lengths, state",
         [Cell("BasicLSTMCell", 17, forget_bias=0.25, activation="relu")], 4, lengths, state=True)
    save("basic_lstm_last", "BasicLSTMCell, the last step before the length, then Dense",
         [Cell("BasicLSTMCell", 6)], 2, [[5, 3, 1], [4, 7]], last=True, dense=3)
    save("lstm", "LSTMCell", [Cell("LSTMCell", 4, use_peepholes="false", forget_bias=-0.5)], 3, lengths, state=True)
    save("basic_rnn", "BasicRNNCell", [Cell("BasicRNNCell", 7)], 3, lengths, state=True)
    save("gru", "GRUCell", [Cell("GRUCell", 5)], 3)
    save("gru_lengths", "GRUCell with lengths", [Cell("GRUCell", 9)], 2, lengths, state=True)
    save("stack", "MultiRNNCell of two BasicLSTMCells, then Dense",
         [Cell("BasicLSTMCell", 5), Cell("BasicLSTMCell", 4)], 3, stack=True, dense=2)
    save("stack_mixed", "MultiRNNCell of four kinds, lengths, all states",
         [Cell("GRUCell", 5), Cell("BasicLSTMCell", 3), Cell("LSTMCell", 6), Cell("BasicRNNCell", 4)], 3, lengths,
         stack=True, state=True)
    save("stack_of_one", "MultiRNNCell of one cell", [Cell("GRUCell", 3)], 2, stack=True)


if __name__ == "__main__":
    main()
