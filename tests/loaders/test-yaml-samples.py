# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/model-yaml.schema.json holds for what gst-lstm convert writes and for the models of the documentation, and not for
models that the parser refuses."""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import jsonschema
import tap
import yaml
from tap import case, expect

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
with open(os.path.join(ROOT, "docs", "model-yaml.schema.json"), encoding="utf-8") as schema_file:
    SCHEMA = json.load(schema_file)
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def fragments():
    """Whole models of the documentation, and lists of layers, which get a model around them."""
    for name in ("README.md", os.path.join("docs", "model-yaml.md")):
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            for text in re.findall(r"```yaml\n(.*?)```", file.read(), re.S):
                if text.startswith("version:") and "model:" in text:
                    yield name, yaml.safe_load(text)
                elif text.lstrip().startswith("- "):
                    yield name, {"version": 1, "model": {"keras": 3, "layers": yaml.safe_load(text)}}


@case("the schema is one")
def _schema():
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@case("models of the documentation")
def _documentation():
    found = 0
    for name, model in fragments():
        found += 1
        for error in VALIDATOR.iter_errors(model):
            expect(False, name, error.message[:400], model)
    expect(found >= 4, "found", found)


@case("models that are converted")
def _converted():
    done = 0
    with tempfile.TemporaryDirectory(prefix="lstm-samples-") as folder:
        for path in sorted(glob.glob(os.path.join(ROOT, "tests", "golden", "*", "model.h5"))
                           + glob.glob(os.path.join(ROOT, "tests", "models", "layers", "*", "model.h5"))
                           + glob.glob(os.path.join(ROOT, "tests", "models", "keras-files", "*", "model.keras"))):
            out = os.path.join(folder, "out.yaml")
            subprocess.run([os.environ["GST_LSTM"], "convert", "--force", path, out], check=True,
                           stderr=subprocess.DEVNULL)
            with open(out, encoding="utf-8") as file:
                model = yaml.safe_load(file)
            for error in VALIDATOR.iter_errors(model):
                expect(False, path, error.message[:400])
            done += 1
    expect(done >= 180, "converted", done)


@case("what the parser refuses")
def _refused():
    for layer in ({"LSTMM": {"units": 2}}, {"LSTM": {"unitz": 2}}, {"LSTM": {}}, {"Dense": {"units": "many"}},
                  {"Dense": {"units": 2, "activation": "softmix"}}, {"Dense": {"units": 2}, "LSTM": {"units": 2}}, "Dense",
                  {"Dense": [2]}, {"call": {"units": 2}}, {"Sequential": {"layers": []}}, {"LSTM": {"units": 2, "inputs": []}}):
        model = {"version": 1, "model": {"keras": 3, "layers": [layer]}}
        expect(not VALIDATOR.is_valid(model), "it takes", layer)
    for model in ({"version": 2}, {"version": 1, "model": {"keras": 4, "layers": ["Flatten"]}}, {"version": 1, "model": {"keras": 3}}):
        expect(not VALIDATOR.is_valid(model), "it takes", model)


tap.main()
