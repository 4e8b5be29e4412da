# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes what Keras tells of each golden model, and of those of this folder,
into summaries.json: name, parameters and output shapes of each layer, totals.

    python3 -m venv venv && venv/bin/pip install tensorflow-cpu tf_keras
    venv/bin/python summaries.py FOLDER_OF_GOLDEN_CASES
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tf_keras

HERE = os.path.dirname(os.path.abspath(__file__))


def count(weights):
    """How many numbers they hold."""
    return int(sum(np.prod(weight.shape) for weight in weights))


def load(path):
    """A model, by Keras 3 or, if that cannot, by Keras 2."""
    try:
        return keras.models.load_model(path, compile=False)
    except ValueError:
        return tf_keras.models.load_model(path, compile=False)


def flat(tensors):
    """A list of tensors from one, or from lists of lists."""
    if not isinstance(tensors, (list, tuple)):
        return [tensors]
    return [tensor for part in tensors for tensor in flat(part)]


def sources(layer):
    """Names of the layers that a layer of a functional model reads from."""
    names = []
    for node in layer._inbound_nodes:
        for tensor in flat(node.input_tensors):
            history = tensor._keras_history
            name = getattr(history, "operation",
                           getattr(history, "layer", None)).name
            if name not in names:
                names.append(name)
    return names


def describe_layer(layer, sequential):
    """Name, parameters, shapes, and what it is connected to."""
    about = {"name": layer.name, "params": layer.count_params(),
             "trainable": count(layer.trainable_weights),
             "shapes": [list(output.shape) for output in flat(layer.output)]}
    return about if sequential else about | {"connected_to": sources(layer)}


def describe(path):
    """What Keras tells of a model."""
    model = load(path)
    sequential = isinstance(model, (keras.Sequential, tf_keras.Sequential))
    return {"params": model.count_params(),
            "trainable": count(model.trainable_weights),
            "layers": [describe_layer(layer, sequential) for layer in model.layers
                       if type(layer).__name__ != "InputLayer"]}


def main():
    """Writes summaries.json."""
    summaries = {}
    for folder in (sys.argv[1], HERE):
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name, "model.h5")
            if os.path.exists(path):
                summaries[name] = describe(path)
    with open(os.path.join(HERE, "summaries.json"), "w",
              encoding="utf-8") as file:
        json.dump(summaries, file, indent=None, separators=(",", ":"))
        file.write("\n")


main()
