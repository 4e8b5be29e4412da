# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random recurrent layers: plain ones, cells under RNN, both under Bidirectional."""
from maker import Unfit

CLASSES = ["LSTM", "LSTM", "GRU", "GRU", "SimpleRNN"]
N_STATES = {"LSTM": 2, "GRU": 1, "SimpleRNN": 1}


def cell_options(m, kind):
    kw = m.options(activation=(0.4, m.activation), use_bias=(0.25, lambda: False))
    if kind != "SimpleRNN":
        kw.update(m.options(recurrent_activation=(0.3, m.activation)))
    if kind == "GRU":
        kw.update(m.options(reset_after=(0.4, lambda: False)))
    if kind == "LSTM":
        kw.update(m.options(unit_forget_bias=(0.1, lambda: False)))
    kw.update(m.options(dropout=(0.1, lambda: 0.2), recurrent_dropout=(0.1, lambda: 0.1)))
    if m.major == 2 and kind != "SimpleRNN":
        kw.update(m.options(implementation=(0.2, lambda: 1)))
    kw.update(m.idle_weights("kernel", "recurrent", "bias"))
    return kw


def sequence_options(m, shape, sequences):
    kw = m.options(go_backwards=(0.25, lambda: True), zero_output_for_mask=(0.2, lambda: True))
    if shape[1] is not None:
        kw.update(m.options(unroll=(0.1, lambda: True)))
    kw["return_sequences"] = m.chance(0.55) if sequences is None else sequences
    return kw


def is_stateful(m):
    return m.batch is not None and not m.wrapped and m.chance(0.5)


def plain(m, shape, kind=None, units=None, **kw):
    kind = kind or m.pick(CLASSES)
    layer = getattr(m.layers, kind)(units or m.units(), **cell_options(m, kind), **kw)
    return layer, [layer.units] * N_STATES[kind]


def cell(m, kind, units=None):
    return getattr(m.layers, kind + "Cell")(units or m.units(), **cell_options(m, kind))


def over_cells(m, shape, kind=None, units=None, **kw):
    """RNN over one cell, over StackedRNNCells, or over a list, which is the same."""
    n = 1 if units or m.chance(0.4) else m.number(1, 3)
    kinds = [kind or m.pick(CLASSES) for _ in range(n)]
    cells = [cell(m, k, units) for k in kinds]
    if n == 1 and m.chance(0.8):
        over = cells[0]
    elif m.chance(0.7):
        over = m.layers.StackedRNNCells(cells)
    else:
        over = cells
    states = [c.units for c, k in zip(cells, kinds) for _ in range(N_STATES[k])]
    return m.layers.RNN(over, **kw), states if n == 1 else None


def forward(m, shape, sequences=None, state=False, **fixed):
    """A layer that is no Bidirectional, and the units of its states (None: they are no flat list)."""
    kw = sequence_options(m, shape, sequences)
    kw["return_state"] = state
    kw["stateful"] = is_stateful(m)
    kw.update(fixed)
    if not any(kw.get(k) for k in ("return_state", "stateful")):
        kw = {k: v for k, v in kw.items() if v or k == "return_sequences"}
    make = plain if m.chance(0.75) else over_cells
    return make(m, shape, **kw, **m.common())


def backward_like(m, shape, layer, merge_mode):
    """A backward half of its own: the same sequence options, its own class, and units if they need not agree."""
    equal = merge_mode not in ("concat", None)
    units = leaf_units(layer) if equal else None
    if equal and units is None:
        raise Unfit("a stack has no single number of units")
    kw = dict(return_sequences=layer.return_sequences, return_state=layer.return_state, stateful=layer.stateful,
              go_backwards=not layer.go_backwards)
    return plain(m, shape, units=units, **kw)


def leaf_units(layer):
    cells = getattr(layer.cell, "cells", [layer.cell]) if hasattr(layer, "cell") else [layer]
    return getattr(cells[-1], "units", None)


def bidirectional(m, shape, sequences=None, state=False, several=True):
    merge = m.pick(["concat", "concat", "sum", "mul", "ave"] + ([None] if several else []))
    layer, states = forward(m, shape, sequences, state)
    kw = {}
    if m.chance(0.25):
        kw["backward_layer"], other = backward_like(m, shape, layer, merge)
        states = None if states is None else states + other
    elif states is not None:
        states = states * 2
    return m.layers.Bidirectional(layer, merge_mode=merge, **kw, **m.common()), states


def recurrent(m, shape, sequences=None, state=False, several=False):
    """Any of them, and the units of the states that it takes, in order (None: they are no flat list)."""
    if len(shape) != 3 or shape[2] is None:
        raise Unfit("%r is no sequence" % (shape,))
    if m.chance(0.3):
        return bidirectional(m, shape, sequences, state, several)
    return forward(m, shape, sequences, state)
