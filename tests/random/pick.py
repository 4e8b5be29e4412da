#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Picks cases to store from those that try.py --keep left behind: few and small ones that together have as many classes,
options and ways to join layers as N cases in BYTES can have. What Keras stores in .keras files is deflated.

    pick.py FROM... TO N BYTES"""
import collections
import io
import json
import os
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


def deflated(path):
    """A zip file with the same members, compressed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for member in old.infolist():
            new.writestr(zipfile.ZipInfo(member.filename), old.read(member), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def contents(folder):
    """Of each file of a case."""
    files = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith(".keras"):
            files[name] = deflated(path)
        else:
            with open(path, "rb") as f:
                files[name] = f.read()
    return files


def size_of(folder):
    return sum(map(len, contents(folder).values()))


def affordable(rest, sizes, left, n):
    """Those that leave enough for the n - 1 smallest."""
    least = sum(sorted(sizes[f] for f in rest)[:n - 1])
    return [f for f in rest if sizes[f] + least <= left]


def pick(folders, n, left):
    have, chosen = collections.Counter(), []
    rest = {folder: case_facts(folder) for folder in folders}
    sizes = {folder: size_of(folder) for folder in folders}
    while len(chosen) < n:
        fit = affordable(rest, sizes, left, n - len(chosen))
        if not fit:
            break
        best = max(sorted(fit), key=lambda f: sum(0.2 ** have[fact] for fact in rest[f]) / (100000 + sizes[f]))
        have.update(rest.pop(best))
        left -= sizes[best]
        chosen.append(best)
    return chosen, set(have), set().union(*rest.values()) - set(have)


def store(folder, to):
    os.makedirs(to)
    for name, data in contents(folder).items():
        with open(os.path.join(to, name), "wb") as f:
            f.write(data)


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    *sources, to, n, size = sys.argv[1:]
    folders = [os.path.join(source, name) for source in sources for name in sorted(os.listdir(source))]
    whole = [f for f in folders if all(os.path.exists(os.path.join(f, m)) for m in ("model.h5", "model.keras"))]
    chosen, have, missing = pick(whole, int(n), int(size))
    for folder in chosen:
        store(folder, os.path.join(to, os.path.basename(folder)))
    print("%d of %d cases, %d bytes, %d facts; not in them: %s" % (
        len(chosen), len(whole), sum(map(size_of, chosen)), len(have), ", ".join(sorted(missing)) or "nothing"))


if __name__ == "__main__":
    main()
