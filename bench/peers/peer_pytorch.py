# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""PyTorch: LSTMCell for one step, LSTM for sequences, in inference_mode."""

import itertools

import torch

MODE = torch.inference_mode()
MODE.__enter__()  # for good: this process does nothing else


def set_lstm(module, arrays, suffix):
    """PyTorch's gates are i f g o, too; its kernels are transposed, and it has two biases."""
    kernel, recurrent, bias = (torch.from_numpy(array.copy()) for array in arrays)
    getattr(module, "weight_ih" + suffix).copy_(kernel.T)
    getattr(module, "weight_hh" + suffix).copy_(recurrent.T)
    getattr(module, "bias_ih" + suffix).copy_(bias)
    getattr(module, "bias_hh" + suffix).zero_()


def make_step(row, weights, x):
    cell = torch.nn.LSTMCell(row.features, row.units).eval()
    set_lstm(cell, weights[0], "")
    inputs = itertools.cycle([call[:, 0] for call in x])
    state = [torch.zeros(row.batch, row.units), torch.zeros(row.batch, row.units)]

    def run():
        state[:] = cell(next(inputs), state)
        return state[0]

    return run


def make_sequence(row, weights, x):
    lstm = torch.nn.LSTM(row.features, row.units, row.layers, batch_first=True).eval()
    for i in range(row.layers):
        set_lstm(lstm, weights[i], f"_l{i}")
    dense = None
    if row.dense:
        dense = torch.nn.Linear(row.units, row.dense).eval()
        dense.weight.copy_(torch.from_numpy(weights[-1][0].copy()).T)
        dense.bias.copy_(torch.from_numpy(weights[-1][1].copy()))

    def run():
        y = lstm(x[0])[0]
        if row.last:
            y = y[:, -1]
        return dense(y) if dense else y

    return run


def make(row, weights, inputs):
    torch.set_num_threads(row.threads)
    x = torch.from_numpy(inputs)
    run = (make_step if row.carry else make_sequence)(row, weights, x)
    return lambda: [run().numpy().copy() for _ in range(row.calls)], run
