#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the cases that random models have once shown to be wrong, made small: corners/k<major>-<name>, laid out as those
of generate.py, which says what is needed.

    corners.py OUT [NAME...]"""
import json
import os
import sys

import generate
import numpy as np
from maker import leaves, randomise

CORNERS = {}
ONLY_3 = ("state_and_mask_given", "halves_of_two_kinds", "distributed_state")
ONLY_HDF5 = ("not_trained",)


def corner(f):
    CORNERS[f.__name__] = f
    return f


class Words:
    """One Keras, in few letters."""

    def __init__(self, major):
        self.major = major
        self.keras = generate.library(major)
        self.layers = self.keras.layers

    def inputs(self, *shape, batch=None):
        if batch is None:
            return self.layers.Input(shape=shape)
        if self.major == 3:
            return self.layers.Input(batch_shape=(batch, *shape))
        return self.layers.Input(shape=shape, batch_size=batch)

    def sequential(self, shape, *layers, **kw):
        first = self.layers.Input(shape=shape) if self.major == 3 else self.layers.InputLayer(input_shape=shape)
        return self.keras.Sequential([first, *layers], **kw)

    def model(self, inputs, outputs, **kw):
        return self.keras.Model(inputs, outputs, **kw)


def numbers(seed, *shape, masked=False):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, shape).astype("float32")
    if masked:
        x[rng.random(shape[:-1]) < 0.3] = 0
    return x


def words(seed, *shape):
    return np.random.default_rng(seed).integers(0, 5, shape).astype("float32")


@corner
def distributed_masks(w):
    "TimeDistributed over models that mask steps of their own"
    L, x = w.layers, w.inputs(3, 5, 2)
    a = L.TimeDistributed(w.sequential((5, 2), L.Masking(), L.LSTM(3, return_sequences=True)))(x)
    b = L.TimeDistributed(w.sequential((5, 2), L.Masking(), L.LSTM(3, return_sequences=True),
                                       L.GlobalAveragePooling1D()))(x)
    return w.model(x, [a, L.GRU(2)(b)]), [[numbers(1, 4, 3, 5, 2, masked=True)]]


@corner
def distributed_words(w):
    "TimeDistributed over an Embedding and LSTM: words of sentences"
    L, x = w.layers, w.inputs(3, 5)
    inner = w.sequential((5,), L.Embedding(5, 3, mask_zero=True), L.LSTM(3))
    return w.model(x, L.LSTM(2)(L.TimeDistributed(inner)(x))), [[words(2, 4, 3, 5)]]


@corner
def distributed_graphs(w):
    "TimeDistributed over graphs: branches, states, models within; and over a TimeDistributed over a model"
    L, x = w.layers, w.inputs(2, 3, 5, 2)
    i = w.inputs(5, 2)
    a = L.Dense(3)(i)
    y, h, c = L.LSTM(3, return_sequences=True, return_state=True)(a)
    joined = L.Add()([a, y])
    own = w.sequential((5, 3), L.Conv1D(3, 2, padding="causal"), L.BatchNormalization(trainable=False))
    graph = w.model(i, L.LSTM(3)(own(joined), initial_state=[h, c]))
    return w.model(x, L.TimeDistributed(L.TimeDistributed(graph))(x)), [[numbers(3, 2, 2, 3, 5, 2)]]


@corner
def state_and_mask(w):
    "initial_state beside a mask, which Keras 3 then does not look at"
    L, x, s = w.layers, w.inputs(6), w.inputs(3)
    e = L.Embedding(5, 3, mask_zero=True)(x)
    a = L.GRU(3, return_sequences=True)(e, initial_state=[s])
    b = L.Bidirectional(L.GRU(3, return_sequences=True))(e, initial_state=[s, s])
    return w.model([x, s], [L.LSTM(2)(a), b]), [[words(4, 4, 6), numbers(5, 4, 3)]]


@corner
def state_and_mask_given(w):
    "the same with mask= in the call, which Keras 3 looks at"
    L, x, s = w.layers, w.inputs(6), w.inputs(3)
    embedding = L.Embedding(5, 3, mask_zero=True)
    a = L.GRU(3, return_sequences=True)(embedding(x), initial_state=[s], mask=embedding.compute_mask(x))
    return w.model([x, s], L.LSTM(2)(a)), [[words(6, 4, 6), numbers(7, 4, 3)]]


@corner
def calls_of_models(w):
    "a model called twice, outputs of either call in the middle and at the end"
    L, x, i = w.layers, w.inputs(4), w.inputs(4)
    inner = w.model(i, [L.Dense(4)(i), L.Dense(4)(i)], name="inner")
    a = inner(x)
    b = inner(a[1])
    j = w.inputs(4)
    single = w.model(j, L.Dense(4)(j), name="single")
    c = single(x)
    d = L.ReLU()(single(c))
    return w.model(x, [a[0], b[1], b[0], c, d]), [[numbers(8, 4, 4)]]


@corner
def not_trained(w):
    "what is not trained stands at the end of an HDF5 group, each Keras by rules of its own"
    L, no = w.layers, {"trainable": False}
    return w.sequential(
        (4, 3),
        w.sequential(
            (4, 3), L.Bidirectional(L.LSTM(2, return_sequences=True), **no),
            L.RNN(L.SimpleRNNCell(2), return_sequences=True, **no),
            L.RNN(L.SimpleRNNCell(2, **no), return_sequences=True),
            L.RNN(L.StackedRNNCells([L.SimpleRNNCell(2), L.SimpleRNNCell(2, **no)]), return_sequences=True),
            L.TimeDistributed(L.Dense(2), **no), L.TimeDistributed(L.Dense(2, **no)),
            w.sequential((4, 2), L.Dense(2), **({} if w.major == 2 else no)),
            L.LSTM(2, return_sequences=True, **no), L.BatchNormalization(), L.BatchNormalization(**no), L.Dense(2)),
        L.Bidirectional(L.GRU(2, return_sequences=True, **no),
                        backward_layer=L.GRU(2, return_sequences=True, go_backwards=True, name="other")),
        L.Bidirectional(L.RNN([L.GRUCell(2), L.GRUCell(2, **no)]))), [[numbers(9, 3, 4, 3)]]


@corner
def stateful_and_state(w):
    "a stateful layer that is given an initial_state: tf.keras prefers its own once it has one"
    L, x, s = w.layers, w.inputs(4, 2, batch=2), w.inputs(3, batch=2)
    y = L.SimpleRNN(3, stateful=True, return_sequences=True)(x, initial_state=[s])
    return w.model([x, s], L.GRU(3, stateful=True)(y, initial_state=[s])), [
        [numbers(10 + i, 2, 4, 2), numbers(20 + i, 2, 3)] for i in range(3)]


@corner
def stateful_twice(w):
    "a stateful layer over its own output"
    L, x = w.layers, w.inputs(4, 3, batch=2)
    layer = L.LSTM(3, stateful=True, return_sequences=True)
    return w.model(x, layer(layer(x))), [[numbers(30 + i, 2, 4, 3)] for i in range(2)]


@corner
def halves_of_two_kinds(w):
    "Bidirectional of a GRU and an LSTM: three states"
    L, x, s = w.layers, w.inputs(4, 2), w.inputs(3)
    y = L.Bidirectional(L.GRU(3, return_sequences=True, return_state=True),
                        backward_layer=L.LSTM(3, return_sequences=True, return_state=True, go_backwards=True),
                        merge_mode="ave")(x, initial_state=[s, s, s])
    return w.model([x, s], list(y)), [[numbers(40, 3, 4, 2), numbers(41, 3, 3)]]


@corner
def graph_behind_a_mask(w):
    "a graph that is called on what is masked"
    L, x, i = w.layers, w.inputs(6), w.inputs(6, 3)
    y = L.GRU(4, return_sequences=True, go_backwards=True)(i, initial_state=L.Dense(4)(L.GlobalAveragePooling1D()(i)))
    graph = w.model(i, [L.Bidirectional(L.LSTM(2))(y), L.SimpleRNN(2, zero_output_for_mask=True,
                                                                   return_sequences=True)(i)])
    return w.model(x, graph(L.Embedding(5, 3, mask_zero=True)(x))), [[words(50, 4, 6)]]


@corner
def order_of_calls(w):
    "a stateful layer that is called several times, and runs in another order than it was called in"
    L, x = w.layers, w.inputs(4, 3, batch=2)
    layer = L.GRU(3, stateful=True, return_sequences=True)
    side_by_side = [L.Dense(2)(layer(x)), L.Dense(2)(layer(x)), L.Dense(2)(layer(x))]
    late = layer(L.Dense(3)(L.Dense(3)(x)))
    early = L.Dense(3)(L.Dense(3)(L.Dense(3)(L.Dense(3)(layer(L.Dense(3)(x))))))
    return w.model(x, [late, *side_by_side, early]), [[numbers(60 + i, 2, 4, 3)] for i in range(3)]


@corner
def order_within_models(w):
    "a stateful layer that a model calls several times, and the model is called twice"
    L, x, i = w.layers, w.inputs(4, 3, batch=2), w.inputs(4, 3, batch=2)
    layer = L.LSTM(3, stateful=True, return_sequences=True)
    a = layer(i)
    inner = w.model(i, [L.Dense(2)(a), layer(i), layer(a)], name="inner")
    p, q, r = inner(x)
    return w.model(x, [L.Dense(1)(p), q, r, *inner(L.Dense(3)(L.Dense(3)(x)))]), [
        [numbers(70 + i, 2, 4, 3)] for i in range(3)]


@corner
def layer_in_two_models(w):
    "a layer of two models, whose .keras file Keras itself does not read"
    L, x, i, j = w.layers, w.inputs(4, 3), w.inputs(4, 3), w.inputs(4, 3)
    layer = L.GRU(3, return_sequences=True)
    return w.model(x, [w.model(i, L.Dense(3)(layer(i)))(x), w.model(j, layer(L.Dense(3)(j)))(x)]), [
        [numbers(75, 2, 4, 3)]]


@corner
def masks_of_several_shapes(w):
    "joined values whose shapes, and so whose masks, are not the same"
    L, x, y, z = w.layers, w.inputs(6), w.inputs(1), w.inputs(3)
    embedding = L.Embedding(5, 3, mask_zero=True)
    a, b = embedding(x), L.Embedding(5, 3, mask_zero=w.major == 3)(y)
    one = L.LSTM(1, return_sequences=True)(a)
    flat, plain = L.Masking()(z) if w.major == 3 else z, L.RepeatVector(6)(z)
    outputs = [kind()(pair) for kind in (L.Add, L.Multiply, L.Maximum, L.Minimum, L.Average)
               for pair in ([a, b], [b, a, b], [one, a], [flat, plain, a], [a, plain])]
    return w.model([x, y, z], [L.LSTM(2)(o) for o in outputs] + [outputs[2], outputs[7], outputs[11], outputs[13]]), [
        [words(80, 4, 6), words(81, 4, 1), numbers(82, 4, 3, masked=True)]]


@corner
def distributed_state(w):
    "stateful layers under TimeDistributed: the state goes from step to step, and on in the next call"
    L, x = w.layers, w.inputs(3, 4, 2, batch=2)
    i = w.inputs(4, 2, batch=2)
    y, h, c = L.LSTM(3, stateful=True, return_state=True, return_sequences=True)(i)
    graph = w.model(i, L.Bidirectional(L.SimpleRNN(2, stateful=True))(L.Add()([y, L.RepeatVector(4)(h)])))
    cells = L.RNN([L.GRUCell(2), L.LSTMCell(3)], stateful=True, go_backwards=True, return_sequences=True)
    return w.model(x, [L.TimeDistributed(graph)(x), L.TimeDistributed(cells)(L.Masking()(x))]), [
        [numbers(90 + i, 2, 3, 4, 2, masked=True)] for i in range(2)]


@corner
def axes_in_other_orders(w):
    "attention over the steps as tutorials make it; and layers that are the identity, or ReLU by another name"
    L, x, y = w.layers, w.inputs(4, 3), w.inputs(2, 3, 4)
    h = L.LSTM(5, return_sequences=True)(L.Identity()(x))
    a = L.Activation("softmax")(L.Flatten()(L.Dense(1, activation="tanh")(h)))
    attended = L.Multiply()([h, L.Permute((2, 1))(L.RepeatVector(5)(a))])
    outputs = [L.GRU(2)(attended), L.TimeDistributed(L.Permute((2, 1)))(y), L.Permute((3, 1, 2))(y),
               L.Permute((1, 3, 2))(y)]
    if w.major == 2:
        outputs.append(L.ThresholdedReLU(0.2)(h))
    return w.model([x, y], outputs), [[numbers(100, 2, 4, 3), numbers(101, 2, 2, 3, 4)]]


@corner
def axes_by_frames(w):
    "a Permute that leaves the steps where they are, frame by frame"
    L, x = w.layers, w.inputs(None, 3, 4)
    y = L.TimeDistributed(L.Flatten())(L.Permute((1, 3, 2))(x))
    return w.model(x, L.LSTM(3, return_sequences=True)(y)), [[numbers(102, 2, 5, 3, 4)]]


@corner
def masks_and_layers_without(w):
    "layers that lose masks in Keras 2 only"
    L, x = w.layers, w.inputs(6, 3)
    masked = L.Masking()(x)
    values = [L.Rescaling(0.5)(masked), L.Normalization(mean=0.2, variance=2.0, axis=None)(masked), L.Identity()(masked)]
    return w.model(x, [L.LSTM(2)(v) for v in values]), [[numbers(110, 4, 6, 3, masked=True)]]


@corner
def masks_and_unroll(w):
    "unrolled layers that read backwards and put zeros where a step is masked: Keras forgets to turn the mask round"
    L, x = w.layers, w.inputs(6)
    e = L.Embedding(5, 3, mask_zero=True)(x)
    kw = dict(return_sequences=True, unroll=True)
    zeros = dict(kw, go_backwards=True, zero_output_for_mask=True)
    state = L.LSTM(2, return_state=True, **zeros)(e)
    return w.model(x, [
        L.Bidirectional(L.LSTM(2, **kw))(e), L.Bidirectional(L.GRU(2, **kw), merge_mode="sum")(e),
        *state, L.RNN(L.SimpleRNNCell(3), **zeros)(e), L.RNN([L.GRUCell(2), L.LSTMCell(3)], **zeros)(e)]), [
            [words(111, 4, 6)]]


@corner
def words_of_one_step(w):
    "a sequence that has one step beside one that has more, and a vector, which has none"
    L, x, one, flat = w.layers, w.inputs(4, 3), w.inputs(1), w.inputs(1)
    y = L.GRU(3, return_sequences=True)(x)
    return w.model([x, one, flat], [y, L.GRU(4)(L.Embedding(5, 3)(one)), L.Dense(3)(flat)]), [
        [numbers(130, 3, 4, 3), words(131, 3, 1), numbers(132, 3, 1)]]


@corner
def named_as_halves(w):
    "a Bidirectional whose own name, and that of the model around it, begin like that of a half of it"
    L, x = w.layers, w.inputs(4, 3)
    kw = dict(return_sequences=True)
    y = L.Bidirectional(L.GRU(2, **kw), name="forward_",
                        backward_layer=L.GRU(2, go_backwards=True, name="other", **kw))(x)
    y = L.Bidirectional(L.LSTM(2, name="backward", **kw), name="backward_backward")(y)
    inner = w.sequential((4, 4), L.Bidirectional(L.GRU(3), name="backward_gru", backward_layer=L.GRU(
        3, go_backwards=True, name="further")), name="forward_model")
    return w.model(x, inner(y)), [[numbers(133, 3, 4, 3)]]


@corner
def distributed_statistics(w):
    "a Normalization that has learnt its statistics, under TimeDistributed"
    L, x = w.layers, w.inputs(3, 4)
    layer = L.Normalization()
    layer.adapt(numbers(120, 20, 4))
    return w.model(x, L.LSTM(2)(L.TimeDistributed(layer)(x))), [[numbers(121, 2, 3, 4)]]


def make(out, name, major):
    function = CORNERS[name]
    w = Words(major)
    w.keras.backend.clear_session()
    model, calls = function(w)
    randomise(model, np.random.default_rng(len(name)), 0.9)
    resets = [False] * len(calls)
    folder = os.path.join(out, "k%d-%s" % (major, name.replace("_", "-")))
    os.makedirs(folder, exist_ok=True)
    generate.save_io(generate.run(model, calls, resets), folder)
    about = {"about": function.__doc__, "calls": [{"reset_before": r} for r in resets],
             "outputs": len(leaves(model.outputs)), "keras": w.keras.__version__,
             "major": major, "not_written": generate.save(model, folder)}
    if name in ONLY_HDF5:
        os.remove(os.path.join(folder, "model.keras"))
    with open(os.path.join(folder, "case.json"), "w") as f:
        json.dump(about, f, indent=1)
    return folder


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in sys.argv[2:] or CORNERS:
        for major in (2, 3):
            if major == 3 or name not in ONLY_3:
                print(make(sys.argv[1], name, major))


if __name__ == "__main__":
    main()
