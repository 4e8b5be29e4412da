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
  case.json              {"about", "calls": [{"reset_before"}], "outputs", "keras", "seed", "index", "scale"}"""
import json
import os
import sys
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
warnings.filterwarnings("ignore")
import keras
import numpy as np
import tensorflow as tf
import tf_keras
from safetensors.numpy import save_file

from graphs import random_model
from maker import Maker, Unfit, leaves, randomise

ATTEMPTS = 40
LARGEST = 50.0
FORMATS = ("model.h5", "model.keras")
tf.get_logger().setLevel("ERROR")


def seeded(major, seed, *more):
    return np.random.default_rng([major, seed, *more])


def library(major):
    return keras if major == 3 else tf_keras


def build(major, seed, index, why=None):
    """The model of these numbers: attempts, each the next of its own seed, until one is possible."""
    for attempt in range(ATTEMPTS):
        library(major).backend.clear_session()
        rng = seeded(major, seed, index, attempt)
        m = Maker(library(major), rng, batch=int(rng.integers(1, 4)) if rng.random() < 0.35 else None)
        try:
            model, words = random_model(m)
            return (model, *plan_calls(m, model, words))
        except (Unfit, ValueError, TypeError, AttributeError, NotImplementedError, tf.errors.OpError) as e:
            if why is not None:
                why.append("%s: %s" % (type(e).__name__, str(e).strip().split("\n")[0][:150]))
    raise Unfit("no model after %d attempts" % ATTEMPTS)


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
    for layer in all_layers(model):
        if hasattr(layer, "cell") and getattr(layer, "stateful", False):
            (layer.reset_state if hasattr(layer, "reset_state") else layer.reset_states)()


def states_of(model):
    """Layer name and its states, of stateful layers that stand in the model itself, and halves of Bidirectional."""
    for layer in model.layers:
        halves = [layer.forward_layer, layer.backward_layer] if hasattr(layer, "forward_layer") else [layer]
        for half in halves:
            flat = not hasattr(getattr(half, "cell", None), "cells")
            if hasattr(half, "cell") and half.stateful and flat and half.states is not None:
                yield half.name, leaves(half.states)


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


def run_scaled(model, major, seed, index, calls, resets):
    """With weights as large as they can be for moderate numbers."""
    for scale in (0.9, 0.6, 0.3, 0.1):
        randomise(model, seeded(major, seed, index, 1000), scale)
        reset(model)
        io = run(model, calls, resets)
        if is_moderate(io):
            return io, scale
    raise Unfit("its numbers grow")


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


def make(out, major, seed, index, why=None):
    """One case: its name, or None where no moderate model came of it."""
    name = "k%d-%d-%d" % (major, seed, index)
    folder = os.path.join(out, name)
    try:
        model, calls, resets = build(major, seed, index, why)
        io, scale = run_scaled(model, major, seed, index, calls, resets)
    except Unfit as e:
        if why is not None:
            why.append(str(e))
        return None
    os.makedirs(folder, exist_ok=True)
    save_file({k: np.ascontiguousarray(v, dtype="float32") for k, v in io.items()},
              os.path.join(folder, "io.safetensors"))
    about = {"about": describe(model), "calls": [{"reset_before": r} for r in resets],
             "outputs": len(leaves(model.outputs)), "keras": library(major).__version__, "seed": seed, "index": index,
             "major": major, "scale": scale, "not_written": save(model, folder)}
    with open(os.path.join(folder, "case.json"), "w") as f:
        json.dump(about, f, indent=1)
    return name


def make_all(out, n, seed, why=None):
    """Two models of Keras 3 for each of Keras 2."""
    for i in range(n):
        name = make(out, 2 if i % 3 == 2 else 3, seed, i, why)
        if name is not None:
            yield name


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    why = []
    names = list(make_all(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), why))
    print("%d models" % len(names))
    if len(sys.argv) > 4:
        for reason in sorted(set(why)):
            print("%5d  %s" % (why.count(reason), reason))


if __name__ == "__main__":
    main()
