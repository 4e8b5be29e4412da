#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Picks cases to store from those that try.py --keep left behind: few and small ones that together have every class, option
and way to join layers that the others have.

    pick.py FROM TO N"""
import collections
import json
import os
import shutil
import sys
import zipfile

SILENT = ("name", "dtype", "initializer", "regularizer", "constraint", "seed", "module", "registered_name",
          "build_config", "build_input_shape", "data_format", "sparse", "ragged", "optional", "autocast", "cache_output",
          "ragged", "supports_jit", "time_major")
NUMBERS = ("strides", "dilation_rate", "groups", "axis", "shared_axes", "implementation", "max_value", "threshold")


def config_of(folder):
    with zipfile.ZipFile(os.path.join(folder, "model.keras")) as z:
        return json.loads(z.read("config.json"))


def option_facts(name, key, value):
    if key.endswith(SILENT) or key == "layers":
        return
    if isinstance(value, dict) and "class_name" in value:
        yield "%s.%s=%s" % (name, key, value["class_name"])
    elif value is None or isinstance(value, (bool, str)) or key in NUMBERS:
        yield "%s.%s=%s" % (name, key, value)


def graph_facts(name, layer):
    nodes = layer.get("inbound_nodes", [])
    text = json.dumps(nodes)
    if len(nodes) > 1:
        yield "shared " + name
    if "initial_state" in text:
        yield "initial_state " + name
    if '"mask"' in text:
        yield "mask given to " + name


def facts(value, within):
    """What there is in a config: classes, options, what stands within what."""
    if isinstance(value, list):
        for item in value:
            yield from facts(item, within)
    if not isinstance(value, dict):
        return
    if "class_name" not in value or not isinstance(value.get("config"), dict):
        for item in value.values():
            yield from facts(item, within)
        return
    name = value["class_name"]
    if name.startswith("__"):
        return
    yield name
    yield "%s in %s" % (name, within)
    yield from graph_facts(name, value)
    for key, option in value["config"].items():
        yield from option_facts(name, key, option)
        if isinstance(option, (dict, list)) and key not in ("input_layers", "output_layers"):
            yield from facts(option, name)


def case_facts(folder):
    with open(os.path.join(folder, "case.json")) as f:
        about = json.load(f)
    config = config_of(folder)
    found = set(facts(config, "a file"))
    found |= {"Keras %d: %s" % (about["major"], f) for f in found if "." not in f and " " not in f}
    text = json.dumps(config)
    masked = '"mask_zero": true' in text or "Masking" in found
    found |= {"a mask and " + f for f in found if masked and "." not in f and " " not in f}
    found |= {"%d outputs" % min(about["outputs"], 3), "%d calls" % len(about["calls"]),
              "%d inputs" % min(text.count('"class_name": "InputLayer"'), 3), "open steps %s" % ("[null, null," in text)}
    return found


def size_of(folder):
    return sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder))


def pick(folders, n):
    have, chosen = collections.Counter(), []
    rest = {folder: case_facts(folder) for folder in folders}
    while rest and len(chosen) < n:
        def worth(folder):
            return sum(0.2 ** have[f] for f in rest[folder]) / (20000 + size_of(folder))
        best = max(sorted(rest), key=worth)
        have.update(rest.pop(best))
        chosen.append(best)
    missing = set().union(*rest.values()) - set(have) if rest else set()
    return chosen, missing


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    folders = [os.path.join(sys.argv[1], name) for name in sorted(os.listdir(sys.argv[1]))]
    whole = [f for f in folders if all(os.path.exists(os.path.join(f, m)) for m in ("model.h5", "model.keras"))]
    chosen, missing = pick(whole, int(sys.argv[3]))
    for folder in chosen:
        shutil.copytree(folder, os.path.join(sys.argv[2], os.path.basename(folder)), dirs_exist_ok=True)
    print("%d of %d cases, %d bytes; not in them: %s" % (
        len(chosen), len(whole), sum(map(size_of, chosen)), ", ".join(sorted(missing)) or "nothing"))


if __name__ == "__main__":
    main()
