#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the cases of recurrent/ with real Keras, in the layout of ../golden:

    python3 -m venv venv && venv/bin/pip install keras tf_keras tensorflow-cpu safetensors h5py
    venv/bin/python generate.py [NAME...]

<case>/model.h5 is the whole model, <case>/io.safetensors what goes in (call<i>.x, call<i>.x1, ...), what comes out
(call<i>.y<k>) and the states afterwards (call<i>.state.<layer>.<k>), <case>/case.json says what it is about.
The cases are stored; the tests need no Keras."""
import json
import os
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import h5py
import keras
import numpy as np
import tf_keras
from safetensors.numpy import save_file
from tf_keras.src.layers.rnn.cudnn_gru import CuDNNGRU
from tf_keras.src.layers.rnn.cudnn_lstm import CuDNNLSTM

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recurrent")
CASES = {}


def case(f):
    CASES[f.__name__] = f
    return f


def numbers(seed, *shape):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


def masked(seed, *shape, value=0.0):
    """Sequences of which some steps are masked: the first, the last, some between, all."""
    x = numbers(seed, *shape)
    x[0, 0] = x[0, 3] = value
    x[1, -1] = x[1, -2] = value
    x[2, 1:4] = value
    x[3] = value
    return x


def set_weights(model, seed=0):
    rng = np.random.default_rng(seed + 1000)
    model.set_weights([rng.normal(0, 0.4, w.shape) for w in model.get_weights()])


def flatten(values):
    if isinstance(values, (list, tuple)):
        return [v for value in values for v in flatten(value)]
    return [np.asarray(values)]


def implicit_masks(path):
    """Keras 3 writes masks of a functional model as layers (NotEqual, Any, ...), which it cannot read from HDF5
    itself. Takes them out: a reader finds masks as Keras's layers do, which is what the case is about."""
    operations = ("NotEqual", "Any", "LogicalOr", "ExpandDims", "ZerosLike", "OnesLike", "BroadcastTo", "Where")
    with h5py.File(path, "r+") as f:
        config = json.loads(f.attrs["model_config"])
        layers = config["config"]["layers"]
        gone = {l["config"]["name"] for l in layers if l["class_name"] in operations}
        gone |= {l["config"]["name"] for l in layers if l["class_name"] == "Concatenate" and "dtype" not in l["config"]}
        kept = [l for l in layers if l["config"]["name"] not in gone]
        for layer in kept:
            for node in layer["inbound_nodes"]:
                node["kwargs"].pop("mask", None)
        config["config"]["layers"] = kept
        f.attrs["model_config"] = json.dumps(config)


def clear_states(layer):
    """Keras's own reset_state() fails over a stack of cells."""
    for state in keras.tree.flatten(layer.states):
        state.assign(np.zeros(state.shape))


def save(name, model, calls, states=None, reference=None):
    """calls: [(inputs, reset before)]; states: {slot's layer: function that gives the arrays}."""
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    io, meta, n = {}, [], 0
    for i, (inputs, reset) in enumerate(calls):
        inputs = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        if reset:
            for layer in model.layers:
                if getattr(layer, "stateful", False):
                    clear_states(layer)
        runner = reference or model
        outputs = flatten(runner(inputs if len(inputs) > 1 else inputs[0], training=False))
        for k, x in enumerate(inputs):
            io["call%d.x%s" % (i, k if k else "")] = x
        for k, y in enumerate(outputs):
            io["call%d.y%d" % (i, k)] = y
        for layer, get in (states or {}).items():
            for k, s in enumerate(get()):
                io["call%d.state.%s.%d" % (i, layer, k)] = np.asarray(s)
        meta.append({"reset_before": bool(reset)})
        n = len(outputs)
    save_file({k: np.ascontiguousarray(v, "float32") for k, v in io.items()}, os.path.join(folder, "io.safetensors"))
    os.chmod(os.path.join(folder, "io.safetensors"), 0o644)
    model.save(os.path.join(folder, "model.h5"))
    json.dump({"about": CASES[name].__doc__, "calls": meta, "outputs": n,
               "keras": (keras if isinstance(model, keras.Model) else tf_keras).__version__},
              open(os.path.join(folder, "case.json"), "w"), indent=1)
    return os.path.join(folder, "model.h5")


L, M, I = keras.layers, keras.Model, keras.Input
L2, M2, I2 = tf_keras.layers, tf_keras.Model, tf_keras.Input


# ---- Bidirectional ----

@case
def bidirectional_none_state(name):
    "merge_mode None, return_state, initial_state of both halves"
    x, s = I((6, 3)), [I((4,)) for _ in range(4)]
    y = L.Bidirectional(L.LSTM(4, return_sequences=True, return_state=True), merge_mode=None)(x, initial_state=s)
    m = M([x] + s, list(y))
    set_weights(m)
    save(name, m, [([numbers(1, 3, 6, 3)] + [numbers(2 + i, 3, 4) for i in range(4)], 0)])


@case
def bidirectional_custom_backward(name):
    "a backward layer of another class, and one whose forward half reads backwards"
    m = keras.Sequential([I((6, 3)),
                          L.Bidirectional(L.LSTM(4, return_sequences=True),
                                          backward_layer=L.GRU(4, return_sequences=True, go_backwards=True),
                                          merge_mode="sum"),
                          L.Bidirectional(L.GRU(2, return_sequences=True, go_backwards=True, name="first"),
                                          backward_layer=L.SimpleRNN(5, return_sequences=True, name="second"))])
    set_weights(m)
    save(name, m, [(numbers(1, 3, 6, 3), 0)])


@case
def bidirectional_stack(name):
    "Bidirectional over RNN over two cells"
    m = keras.Sequential([I((6, 3)),
                          L.Bidirectional(L.RNN([L.LSTMCell(4), L.GRUCell(2)], return_sequences=True)),
                          L.Bidirectional(L.RNN(L.SimpleRNNCell(3)), merge_mode="mul")])
    set_weights(m)
    save(name, m, [(numbers(1, 3, 6, 3), 0)])


@case
def bidirectional_stateful(name):
    "stateful: both halves carry their own state"
    b = L.Bidirectional(L.LSTM(4, stateful=True))
    m = keras.Sequential([I(batch_shape=(2, 5, 3)), b])
    set_weights(m)
    calls = [(numbers(i, 2, 5, 3), i == 3) for i in range(4)]
    save(name, m, calls, {b.forward_layer.name: lambda: [np.array(v) for v in b.forward_layer.states],
                          b.backward_layer.name: lambda: [np.array(v) for v in b.backward_layer.states]})


@case
def bidirectional_distributed(name):
    "Bidirectional within TimeDistributed"
    m = keras.Sequential([I((4, 6, 3)), L.TimeDistributed(L.Bidirectional(L.GRU(2)))])
    set_weights(m)
    save(name, m, [(numbers(1, 3, 4, 6, 3), 0)])


@case
def keras2_bidirectional_states(name):
    "Keras 2: states in and out, no backward_layer in the file"
    x, s = I2((6, 3)), [I2((4,)) for _ in range(2)]
    y = L2.Bidirectional(L2.GRU(4, return_sequences=True, return_state=True), merge_mode="ave")(x, initial_state=s)
    z = L2.Bidirectional(L2.LSTM(3, return_state=True, name="forward_own"), merge_mode=None)(y[0])
    m = M2([x] + s, list(y) + list(z))
    set_weights(m)
    save(name, m, [([numbers(1, 3, 6, 3)] + [numbers(2 + i, 3, 4) for i in range(2)], 0)])


@case
def keras2_custom_backward(name):
    "Keras 2: a backward layer of its own"
    m = tf_keras.Sequential([I2((6, 3)),
                             L2.Bidirectional(L2.LSTM(4), backward_layer=L2.LSTM(4, activation="relu", go_backwards=True))])
    set_weights(m)
    save(name, m, [(numbers(1, 3, 6, 3), 0)])


# ---- RNN over cells ----

@case
def rnn_stack_states(name):
    "RNN over three cells: return_sequences, return_state, initial_state"
    x, s = I((6, 3)), [I((n,)) for n in (4, 4, 2, 3)]
    y = L.RNN([L.LSTMCell(4), L.GRUCell(2, reset_after=False), L.SimpleRNNCell(3)], return_sequences=True,
              return_state=True)(x, initial_state=[[s[0], s[1]], s[2], s[3]])
    m = M([x] + s, flatten_tensors(y))
    set_weights(m)
    save(name, m, [([numbers(1, 3, 6, 3)] + [numbers(2 + i, 3, n) for i, n in enumerate((4, 4, 2, 3))], 0)])


def flatten_tensors(values):
    if isinstance(values, (list, tuple)):
        return [v for value in values for v in flatten_tensors(value)]
    return [values]


@case
def rnn_cells(name):
    "RNN over one cell of each kind, backwards as well, no bias"
    m = keras.Sequential([I((6, 3)), L.RNN(L.LSTMCell(4, use_bias=False), return_sequences=True),
                          L.RNN(L.GRUCell(5), return_sequences=True, go_backwards=True),
                          L.RNN(L.SimpleRNNCell(2, activation="relu"))])
    set_weights(m)
    save(name, m, [(numbers(1, 3, 6, 3), 0)])


@case
def rnn_backwards_masked(name):
    "a stack of cells that reads backwards over a mask, which Keras passes on unturned"
    m = keras.Sequential([I((6, 3)), L.Masking(),
                          L.RNN([L.LSTMCell(4), L.GRUCell(2)], go_backwards=True, return_sequences=True),
                          L.LSTM(3, return_sequences=True, go_backwards=True, zero_output_for_mask=True)])
    set_weights(m)
    save(name, m, [(masked(1, 4, 6, 3), 0)])


@case
def rnn_stateful(name):
    "a stateful stack of cells"
    r = L.RNN([L.LSTMCell(4, name="low"), L.GRUCell(2, name="high")], stateful=True, name="stack")
    m = keras.Sequential([I(batch_shape=(2, 5, 3)), r])
    set_weights(m)
    calls = [(numbers(i, 2, 5, 3), i == 3) for i in range(4)]
    save(name, m, calls, {"stack/low": lambda: [np.array(v) for v in r.states[0]],
                          "stack/high": lambda: [np.array(v) for v in flatten_tensors(r.states[1])]})


@case
def keras2_rnn_stack(name):
    "Keras 2: a stack of cells, and its states"
    x = I2((6, 3))
    y = L2.RNN([L2.GRUCell(4), L2.LSTMCell(2)], return_state=True)(x)
    m = M2(x, flatten_tensors(y))
    set_weights(m)
    save(name, m, [(numbers(1, 3, 6, 3), 0)])


# ---- masks ----

@case
def masked_bidirectional(name):
    "masks through Bidirectional, whose masked outputs are zero"
    m = keras.Sequential([I((6, 3)), L.Masking(), L.Bidirectional(L.LSTM(4, return_sequences=True)),
                          L.Bidirectional(L.RNN([L.GRUCell(3), L.GRUCell(2)], return_sequences=True)),
                          L.Bidirectional(L.GRU(3), merge_mode="ave")])
    set_weights(m)
    save(name, m, [(masked(1, 4, 6, 3), 0)])


@case
def masked_bidirectional_seq(name):
    "the masked steps of a Bidirectional's sequence"
    m = keras.Sequential([I((6, 3)), L.Masking(), L.Bidirectional(L.LSTM(4, return_sequences=True))])
    set_weights(m)
    save(name, m, [(masked(1, 4, 6, 3), 0)])


@case
def keras2_masked_bidirectional(name):
    "Keras 2: masked outputs of a Bidirectional are zero, though the file does not say so"
    m = tf_keras.Sequential([I2((6, 3)), L2.Masking(), L2.Bidirectional(L2.LSTM(4, return_sequences=True))])
    set_weights(m)
    save(name, m, [(masked(1, 4, 6, 3), 0)])


@case
def rnn_zero_output(name):
    "zero_output_for_mask over a stack of cells"
    m = keras.Sequential([I((6, 3)), L.Masking(),
                          L.RNN([L.LSTMCell(4), L.GRUCell(2)], return_sequences=True, zero_output_for_mask=True)])
    set_weights(m)
    save(name, m, [(masked(1, 4, 6, 3), 0)])


@case
def masking_value(name):
    "mask_value other than 0, zero_output_for_mask, Dropout and Dense pass the mask"
    m = keras.Sequential([I((6, 3)), L.Masking(mask_value=0.7), L.GRU(4, return_sequences=True, zero_output_for_mask=True),
                          L.Dropout(0.5), L.Dense(3), L.SimpleRNN(2, return_sequences=True)])
    set_weights(m)
    save(name, m, [(masked(1, 4, 6, 3, value=np.float32(0.7)), 0)])


@case
def masking_stopped(name):
    "layers that stop a mask: the GRU sees every step"
    m = keras.Sequential([I((6, 4)), L.Masking(), L.Reshape((6, 4)), L.GRU(3, return_sequences=True)])
    set_weights(m)
    save(name, m, [(masked(1, 4, 6, 4), 0)])


@case
def masking_alone(name):
    "what Masking itself gives"
    m = keras.Sequential([I((6, 3)), L.Masking(mask_value=0.25)])
    save(name, m, [(masked(1, 4, 6, 3, value=np.float32(0.25)), 0)])


def joins(layers, model, inputs):
    """Every layer that joins, over masks that differ, over one mask, and over none; its value and, through an RNN, its
    mask."""
    a, b, c = inputs((6, 3)), inputs((6, 3)), inputs((6, 3))
    p, q = layers.Masking()(a), layers.Masking()(b)
    outputs = []
    for k in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"):
        for pair in ((p, q), (p, c), (c, q), (p, p)):
            y = getattr(layers, k)()(list(pair))
            outputs += [y, layers.SimpleRNN(1, return_sequences=True)(y)]
    for k in ("Multiply", "Maximum", "Minimum", "Add", "Concatenate"):
        y = getattr(layers, k)()([p, q, layers.Masking()(c)])
        outputs += [y, layers.SimpleRNN(1, return_sequences=True)(y)]
    y = layers.Concatenate(axis=1)([p, q])
    outputs += [y, layers.SimpleRNN(1, return_sequences=True)(y)]
    if layers is L:
        y = layers.Concatenate(axis=1)([p, c])
        outputs += [y, layers.SimpleRNN(1, return_sequences=True)(y)]
    m = model([a, b, c], outputs)
    set_weights(m)
    return m


def join_inputs():
    x = [numbers(i, 2, 6, 3) for i in range(3)]
    x[0][0, (0, 2, 3)] = x[1][0, (2, 5)] = x[2][0, (2, 4)] = 0
    x[0][1, 3:] = x[1][1, 4:] = x[2][1, 0] = 0
    return x


@case
def mask_joins(name):
    "Keras 3: masks that meet in a layer are ored"
    implicit_masks(save(name, joins(L, M, I), [(join_inputs(), 0)]))


@case
def keras2_mask_joins(name):
    "Keras 2: masks that meet in a layer are anded"
    save(name, joins(L2, M2, I2), [(join_inputs(), 0)])


# ---- Embedding ----

@case
def embedding_mask(name):
    "mask_zero, indices that are no whole numbers, TimeDistributed passes the mask"
    m = keras.Sequential([I((6,)), L.Embedding(7, 3, mask_zero=True),
                          L.Bidirectional(L.LSTM(4, return_sequences=True), merge_mode="ave"),
                          L.TimeDistributed(L.Dense(3, activation="tanh")), L.GRU(2, return_sequences=True)])
    set_weights(m)
    x = np.array([[1, 2, 0, 6, 3, 0], [0, 0, 1.5, 2.999, 0.5, 6.5], [0, 0, 0, 0, 0, 0], [5, 4, 3, 2, 1, 1]], "float32")
    save(name, m, [(x, 0)])


@case
def embedding_open_steps(name):
    "steps left open"
    m = keras.Sequential([I((None,)), L.Embedding(7, 3), L.LSTM(4, return_sequences=True)])
    set_weights(m)
    save(name, m, [(np.array([[1, 2, 0, 6], [3, 4, 5, 0]], "float32"), 0), (np.array([[1, 2]], "float32"), 0)])


@case
def embedding_words(name):
    "words of sentences: a mask of two axes within TimeDistributed"
    m = keras.Sequential([I((3, 5)), L.Embedding(7, 3, mask_zero=True), L.TimeDistributed(L.LSTM(4))])
    set_weights(m)
    x = np.random.default_rng(1).integers(0, 7, (2, 3, 5)).astype("float32")
    x[0, 1] = 0
    x[1, 2, 2:] = 0
    save(name, m, [(x, 0)])


@case
def keras2_words(name):
    "Keras 2: words of sentences; a sentence counts if a word of it does"
    m = tf_keras.Sequential([I2((3, 5)), L2.Embedding(7, 3, mask_zero=True),
                             L2.TimeDistributed(L2.Bidirectional(L2.LSTM(2))), L2.GRU(4, return_sequences=True)])
    set_weights(m)
    x = np.random.default_rng(1).integers(0, 7, (2, 3, 5)).astype("float32")
    x[0, 1] = 0
    x[1, 2, 2:] = 0
    save(name, m, [(x, 0)])


# ---- cuDNN ----

@case
def keras2_cudnn(name):
    "CuDNNLSTM and CuDNNGRU; Keras's numbers are those of LSTM and GRU with the same weights"
    m = tf_keras.Sequential([I2((6, 3)), CuDNNLSTM(4, return_sequences=True),
                             CuDNNGRU(5, return_sequences=True, go_backwards=True), CuDNNLSTM(2)])
    set_weights(m)
    plain = tf_keras.Sequential([I2((6, 3)), L2.LSTM(4, return_sequences=True),
                                 L2.GRU(5, return_sequences=True, go_backwards=True), L2.LSTM(2)])
    with tempfile.TemporaryDirectory() as folder:
        m.save_weights(os.path.join(folder, "weights.h5"))
        plain.load_weights(os.path.join(folder, "weights.h5"))
    save(name, m, [(numbers(1, 3, 6, 3), 0)], reference=plain)


if __name__ == "__main__":
    for each in sys.argv[1:] or CASES:
        keras.utils.set_random_seed(0)
        keras.backend.clear_session()
        tf_keras.backend.clear_session()
        CASES[each](each)
        print(each)
