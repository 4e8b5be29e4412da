#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes random models with real Keras, 3 (k3-...) and 2 (k2-..., tf_keras), and what they compute:

    python3 -m venv venv && venv/bin/pip install keras tf_keras tensorflow-cpu safetensors h5py
    venv/bin/python generate.py OUT N SEED

Model i of a seed is always the same one. A case is a folder OUT/k<major>-<seed>-<i>, laid out as those of ../golden:
  model.h5, model.keras  the model, where Keras can write it
  io.safetensors         call<i>.x, call<i>.x1, ...: inputs; call<i>.y<k>: outputs; call<i>.state.<layer>.<j>: states of
                         stateful layers after the call
  case.json              {"about", "calls": [{"reset_before"}], "outputs", "keras", and what it was made from}"""
import json
import os
import sys
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
warnings.filterwarnings("ignore")
import absl.logging
import keras
import numpy as np
import tensorflow as tf
import tf_keras
from safetensors.numpy import save_file

import policies
from graphs import random_model
from maker import Maker, Unfit, leaves, randomise

ATTEMPTS = 40
POLICY_CHANCE = 0.12
LARGEST = 20.0
FORMATS = ("model.h5", "model.keras")
tf.get_logger().setLevel("ERROR")
absl.logging.set_verbosity(absl.logging.ERROR)


def seeded(major, seed, *more):
    return np.random.default_rng([major, seed, *more])


def library(major):
    return keras if major == 3 else tf_keras


def start(major, seed, index, number):
    rng = seeded(major, seed, index, number)
    return Maker(library(major), rng, batch=int(rng.integers(1, 4)) if rng.random() < 0.35 else None)


def attempt(major, seed, index, number, dtype="float32", scale=None):
    """One try at a model: it, its calls, what they gave and the scale of its weights."""
    library(major).backend.clear_session()
    m = start(major, seed, index, number)
    model, words = random_model(m)
    calls, resets = plan_calls(m, model, words)
    for s in (0.9, 0.6, 0.3, 0.1) if scale is None else (scale,):
        randomise(model, seeded(major, seed, index, number, 1), s)
        reset(model)
        io = run(model, calls, resets, dtype)
        if is_moderate(io) and has_finite_states(model):
            check_worth(model, io)
            return model, io, {"calls": [{"reset_before": r} for r in resets], "attempt": number, "scale": s}
    raise Unfit("its numbers grow")


def build(major, seed, index, why=None):
    """The model of these numbers: attempts, each of a seed of its own, until one is fit."""
    for number in range(ATTEMPTS):
        try:
            return attempt(major, seed, index, number)
        except Exception as e:  # Keras's ways to refuse a model are many
            if why is not None:
                why.append("%s: %s" % (type(e).__name__, str(e).strip().split("\n")[0][:150]))
    return None


def is_stateful(model):
    return any(getattr(layer, "stateful", False) for layer in all_layers(model) if hasattr(layer, "cell"))


def all_layers(model):
    return list(model._flatten_layers())


def plan_calls(m, model, words):
    """For each call its inputs, drawn as the model was."""
    calls, rng = [], m.rng
    steps = m.number(1, 8)
    for _ in range(m.number(1, 3)):
        batch = m.batch or m.number(1, 4)
        if not is_stateful(model):
            steps = m.number(1, 8)
        calls.append([draw(m, tuple(x.shape), n, batch, steps) for x, n in zip(model.inputs, words)])
    return calls, [bool(i and rng.random() < 0.3) for i in range(len(calls))]


def draw(m, shape, tokens, batch, steps):
    """An input; some of its steps hold what a Masking layer looks for."""
    size = (batch, *[steps if n is None else int(n) for n in shape[1:]])
    if tokens is not None:
        return m.rng.integers(0, tokens, size).astype("float32")
    x = m.rng.uniform(-1, 1, size).astype("float32")
    values = m.mask_values or ([0.0] if m.chance(0.15) else [])
    if values and len(size) >= 3:
        hidden = m.rng.random(size[:-1]) < m.pick([0.2, 0.5, 0.8])
        if m.chance(0.4):
            hidden = np.sort(hidden, axis=-1)
        x[hidden] = m.pick(values)
    return x


def reset(model):
    """Keras 3's own reset_state() fails over a stack of cells."""
    for layer in all_layers(model):
        if hasattr(layer, "cell") and getattr(layer, "stateful", False):
            for state in leaves(layer.states):
                if state is not None:
                    state.assign(np.zeros(state.shape))


def halves(layer):
    """The recurrent layers that a layer is, by name; a half of a Bidirectional always has its prefix."""
    if not hasattr(layer, "forward_layer"):
        return [(layer.name, layer)]
    return [(half.name if half.name.startswith(prefix) else prefix + half.name, half)
            for prefix, half in (("forward_", layer.forward_layer), ("backward_", layer.backward_layer))]


def states_of(model):
    """Name and states of stateful layers that stand in the model itself, where they are a flat list."""
    for name, layer in [pair for layer in model.layers for pair in halves(layer)]:
        flat = not hasattr(getattr(layer, "cell", None), "cells")
        if hasattr(layer, "cell") and layer.stateful and flat and layer.states is not None:
            yield name, leaves(layer.states)


def run(model, calls, resets, dtype="float32"):
    """Tensors by name of all calls, as they are stored."""
    io = {}
    for i, (inputs, again) in enumerate(zip(calls, resets)):
        if again:
            reset(model)
        xs = [np.asarray(x, dtype) for x in inputs]
        ys = leaves(model(xs if len(xs) > 1 else xs[0], training=False))
        io.update({"call%d.x%s" % (i, k or ""): x for k, x in enumerate(xs)})
        io.update({"call%d.y%d" % (i, k): np.asarray(y) for k, y in enumerate(ys)})
        for name, states in states_of(model):
            io.update({"call%d.state.%s.%d" % (i, name, j): np.asarray(s) for j, s in enumerate(states)})
    return io


def is_moderate(io):
    return all(np.isfinite(v).all() and np.abs(v).max(initial=0) < LARGEST for v in io.values())


def has_finite_states(model):
    """Of layers within models, too: where activations such as soft_shrink make 0 of NaN, no output shows it."""
    return all(np.isfinite(np.asarray(state)).all() for layer in all_layers(model)
               if hasattr(layer, "cell") and getattr(layer, "stateful", False)
               for state in leaves(layer.states) if state is not None)


def check_worth(model, io):
    """A model has weights, and no output that is one number throughout, or none: AveragePooling1D gives no steps of fewer
    than its pool_size, which are an error to us."""
    if not model.weights:
        raise Unfit("no weights")
    for name, y in io.items():
        if y.size == 0:
            raise Unfit("an output is empty")
        if name.startswith("call0.y") and np.ptp(y) < 1e-3:
            raise Unfit("an output is one number")


def save(model, folder):
    """The formats that Keras could not write, with its reason."""
    failed = {}
    for name in FORMATS:
        try:
            model.save(os.path.join(folder, name))
        except Exception as e:
            failed[name] = "%s: %s" % (type(e).__name__, str(e).strip().split("\n")[0][:200])
            if os.path.exists(os.path.join(folder, name)):
                os.remove(os.path.join(folder, name))
    return failed


def describe(layer):
    inner = [layer] if not hasattr(layer, "layers") else layer.layers
    return " ".join(describe(l) if l is not layer and hasattr(l, "layers") else type(l).__name__ for l in inner
                    if type(l).__name__ != "InputLayer")


def save_io(io, folder):
    save_file({k: np.ascontiguousarray(v, dtype="float32") for k, v in io.items()},
              os.path.join(folder, "io.safetensors"))


def with_policy(model, io, about, major, seed, index):
    """Now and then the same model under a dtype policy, what that computes in float32, and the policy's name."""
    rng = seeded(major, seed, index, 3)
    if rng.random() >= POLICY_CHANCE:
        return model, io, {}
    name = str(rng.choice(policies.LOSSY + policies.EXACT))
    calls = [[v for k, v in sorted(io.items()) if k.startswith("call%d.x" % i)] for i in range(len(about["calls"]))]
    library(major).backend.clear_session()  # which gives the twin's layers the same names
    try:
        with policies.under(library(major), major, name):
            twin = random_model(start(major, seed, index, about["attempt"]))[0]
    except Exception:  # TensorFlow has not every operation in every type
        return model, io, {}
    policies.share_weights(model, twin)
    reset(model)
    return twin, run(model, calls, [c["reset_before"] for c in about["calls"]]), {"policy": name}


def make(out, major, seed, index, why=None):
    """One case: its folder, or None where no fit model came of it."""
    folder = os.path.join(out, "k%d-%d-%d" % (major, seed, index))
    made = build(major, seed, index, why)
    if made is None:
        return None
    model, io, about = made
    model, io, policy = with_policy(model, io, about, major, seed, index)
    os.makedirs(folder, exist_ok=True)
    save_io(io, folder)
    about = {"about": describe(model), "outputs": len(leaves(model.outputs)), "keras": library(major).__version__,
             "major": major, "seed": seed, "index": index, **about, **policy, "not_written": save(model, folder)}
    with open(os.path.join(folder, "case.json"), "w") as f:
        json.dump(about, f, indent=1)
    return folder


def make_all(out, n, seed, why=None):
    """Two models of Keras 3 for each of Keras 2."""
    for i in range(n):
        folder = make(out, 2 if i % 3 == 2 else 3, seed, i, why)
        if folder is not None:
            yield folder


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    why = []
    folders = list(make_all(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), why))
    print("%d models" % len(folders))
    if len(sys.argv) > 4:
        for reason in sorted(set(why)):
            print("%5d  %s" % (why.count(reason), reason))


if __name__ == "__main__":
    main()
