# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm deploy --check, and what is no deployment: every fault is said, with
its place, and nothing runs; the JSON Schema says the same."""

import copy
import json
import os
import time

import tap
from deployment import (STOCKS, folder, read, run, write, write_config,
                        write_rows, write_yaml)
from schema import valid
from tap import case, expect, expect_equal, expect_words

LINE = "filesrc location=rows.csv ! fakesink"
GOOD = {"version": 1, "pipelines": {"a": {"launch": LINE}}}

with open(os.environ["DEPLOY_SCHEMA"], encoding="utf-8") as _file:
    SCHEMA = json.load(_file)


def set_up():
    """A folder with rows and a model."""
    place = folder()
    write_rows(os.path.join(place, "rows.csv"), 50)
    write_config(os.path.join(place, "model.yaml"))
    return place


def check(text, *words, place=None, code=1, count=None):
    """What --check says of a file."""
    place = place or set_up()
    before = sorted(os.listdir(place))
    path = write(os.path.join(place, "d.yaml"), text)
    said = run(path, "--check", code=code)
    expect_words(said, *words)
    if count is not None:
        expect_equal(said.count("\n"), count, "lines of\n" + said)
    os.remove(path)
    os.remove(path + ".log")
    expect_equal(sorted(os.listdir(place)), before, "files after --check")
    return said


@case("what is no YAML of ours, each with its place")
def _yaml():
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    check("version: 1\n" + bomb, "d.yaml:2:4: found an anchor (&)", count=1)
    check("version: 1\npipelines: *x\n", "d.yaml:2:12: found an alias (*)")
    check("a: " + "[" * 40 + "]" * 40, "nested more than 32 deep")
    check("version: 1\npipelines:\n\ta: 1\n", "d.yaml:3:1:", "by a tab")
    check("version: 1\n---\nversion: 1\n", "d.yaml:2:1: a second document")
    check("a: '" + "x" * (10 * 1024 * 1024) + "'", "is larger than")
    check("", "the file is empty")
    check("version: 1\nversion: 1\n", "d.yaml:2:1: duplicate key 'version'")
    check("[1, 2]\n", "d.yaml:1:1: found a list, expected a mapping")
    check("version: 2\nfoo: 1\n", "version: found 2, expected 1", count=1)


@case("every fault of a file is said, not the first only")
def _all():
    check("""version: 1
pipelins: {}
state: {directory: "", interval: never, dir: x}
restart: {policy: allways, delay: 5, max-delay: 1}
watchdog: -1
cpus: [0, -1, a]
log: {level: loud, format: xml}
drain: '10'
variables: {A: [1]}
models: {x: 3, b d: {}}
pipelines:
  a b: {launch: x}
  c: {launch: "fakesrc ! fakesink", sink: {}}
  d: {source: {location: [1]}, lstm: {use: y}}
  e: 7
""", "d.yaml:2:1: unknown key 'pipelins': did you mean 'pipelines'?",
          "d.yaml:3:20: directory: found", "d.yaml:3:34: interval: found 'never'",
          "d.yaml:3:41: state: unknown key 'dir'",
          "d.yaml:4:19: restart: unknown value 'allways': did you mean 'always'?",
          "restart: max-delay is 1 s and less than delay, 5 s",
          "d.yaml:5:11: watchdog: found -1, expected seconds from 0 to 86400",
          "d.yaml:6:11: cpus: found '-1'", "d.yaml:6:15: cpus: found 'a'",
          "d.yaml:7:14: level: unknown value 'loud'",
          "d.yaml:7:28: format: unknown value 'xml'",
          "d.yaml:8:8: drain: found the string '10'",
          "d.yaml:9:16: A: found a list", "d.yaml:10:13: x: found '3'",
          "models: found the name 'b d'", "pipelines: found the name 'a b'",
          "found both 'launch' and 'sink'", "location: found a list",
          "required key 'sink' is missing", "unknown model 'y'",
          "d.yaml:15:6: e: found '7', expected a mapping")


@case("variables that are not set, and references that are none")
def _variables():
    check("""version: 1
variables: {DATA: x}
pipelines:
  a: {launch: "filesrc location=${DATE} ! fakesink"}
  b: {launch: "filesrc location=${NOT_SET_ANYWHERE} ! lstm ${models.no} ! fakesink"}
  c: {launch: "fakesrc name=${ ! fakesink name=${a b} ! $$"}
""", "d.yaml:4:15: unknown variable 'DATE': did you mean 'DATA'?",
          "variable 'NOT_SET_ANYWHERE' is set neither under variables nor",
          "unknown model 'models.no'", "found the reference ' ! fakesink name=${a b'")


@case("elements and properties that are not there, with the nearest")
def _names():
    check("""version: 1
models: {m: {konfig: model.yaml}}
pipelines:
  a: {launch: "filesrc locatoin=rows.csv ! csvdek ! lstm modle=x ! fakesink"}
  b:
    source: {location: rows.csv, blocksiz: 3}
    lstm: {use: m}
    sink: {element: fakesinc, sync: true}
  c: {launch: "nosuchelementanywhere ! fakesink"}
""", "d.yaml:4:15: filesrc: unknown property 'locatoin': did you mean 'location'?",
          "d.yaml:4:15: unknown element 'csvdek': did you mean 'csvdec'?",
          "d.yaml:4:15: lstm: unknown property 'modle': did you mean 'model'?",
          "d.yaml:6:34: filesrc: unknown property 'blocksiz'",
          "d.yaml:2:14: lstm: unknown property 'konfig': did you mean 'config'?",
          "d.yaml:8:21: unknown element 'fakesinc': did you mean 'fakesink'?",
          "unknown element 'nosuchelementanywhere': install the plugin")


@case("values, links, models, columns and their number")
def _formats():
    place = set_up()
    write(os.path.join(place, "short.csv"), "n,open,high\n1,2,3\n")
    write(os.path.join(place, "bad.keras"), "no model")
    check(f"""version: 1
pipelines:
  value: {{launch: "filesrc location=rows.csv num-buffers=x ! fakesink"}}
  link: {{launch: "filesrc location=rows.csv ! csvdec ! csvdec ! fakesink"}}
  none: {{launch: "fakesrc ! lstm model=no.keras ! fakesink"}}
  bad: {{launch: "fakesrc ! lstm model=bad.keras ! fakesink"}}
  input: {{launch: "filesrc location=gone.csv ! csvdec ! fakesink"}}
  names: {{launch: "filesrc location=short.csv ! csvdec config=model.yaml ! lstm config=model.yaml ! fakesink"}}
  count: {{launch: "filesrc location=short.csv ! csvdec ! lstm model={STOCKS}/stocks.keras ! fakesink"}}
""", "value: could not set property", "link: could not link", "no.keras",
          "bad.keras", "gone.csv", "names: csvdec", "'low'", "count: ",
          place=place)


@case("a model of more channels than audioconvert takes")
def _trap():
    wide = os.path.join(os.environ["WIDE_DIR"], "model.h5")
    check(f"""version: 1
pipelines:
  a: {{launch: "audiotestsrc ! audioconvert ! lstm model={wide} ! fakesink"}}
  b: {{launch: "audiotestsrc ! audioconvert ! audioresample ! lstm model={wide} ! fakesink"}}
""", "a: audioconvert would get", "b: audioresample would get", "63 at most")


@case("outputs and the state directory that cannot be written")
def _files():
    place = set_up()
    os.mkdir(os.path.join(place, "out"))
    check("""version: 1
state: {directory: rows.csv/states}
pipelines:
  a: {launch: "fakesrc ! filesink location=gone/a.csv"}
  b: {launch: "fakesrc ! filesink location=out"}
  c: {launch: "fakesrc ! filesink location=rows.csv/x"}
  d: {launch: "fakesrc ! filesink"}
  e: {launch: "fakesrc ! filesink location=twice"}
  f: {launch: "fakesrc ! filesink location=out/../twice"}
  g: {launch: "fakesrc ! filesink location=/proc/none"}
""", "d.yaml:2:20: state: files cannot be made in 'rows.csv/states'",
          "a: 'gone/a.csv' cannot be written: No such file",
          "b: 'out' cannot be written: Is a directory",
          "c: 'rows.csv/x' cannot be written: Not a directory",
          "d: filesink has no location",
          "f: 'out/../twice' is written by pipeline 'e' as well",
          "g: '/proc/none' cannot be written", place=place)


@case("what may lose rows is noted, and is no fault")
def _notes():
    said = check("""version: 1
state: {directory: states}
pipelines:
  a: {launch: "filesrc location=rows.csv ! csvdec config=model.yaml ! lstm config=model.yaml ! csvenc ! filesink location=a"}
  b: {launch: "filesrc location=rows.csv ! csvdec config=model.yaml ! lstm config=model.yaml ! csvenc ! filesink location=b append=true"}
  c: {launch: "filesrc location=rows.csv ! csvdec config=model.yaml ! lstm config=model.yaml ! queue ! csvenc ! filesink location=c append=true buffer-mode=unbuffered"}
  d:
    source: {location: rows.csv}
    lstm: {config: model.yaml}
    sink: {location: d}
""", "note: ", "each start empties the output", "rows wait in the filesink",
                 "rows wait in the queue behind lstm", code=0)
    expect_equal(said.count("note: "), 3, "notes")


@case("without --check, a file with faults starts nothing")
def _start():
    place = set_up()
    path = write(os.path.join(place, "d.yaml"), f"""version: 1
pipelines:
  a: {{launch: "{LINE}"}}
  b: {{launch: "nosuchelement ! fakesink"}}
""")
    said = run(path, code=1)
    expect_words(said, "d.yaml:4:6: b: no element", "nosuchelement")
    expect("started" not in said, "something was started:", said)
    path = write(os.path.join(place, "e.yaml"), f"""version: 1
state: {{directory: rows.csv/states}}
pipelines: {{a: {{launch: "{LINE}"}}}}
""")
    expect_words(run(path, code=1), "e.yaml:2:20: state: the directory",
                 "cannot be made")


@case("the command line")
def _usage():
    place = set_up()
    path = write_yaml(os.path.join(place, "d.yaml"), GOOD)
    expect_words(run(path, "--chek", code=2), "--chek", "--help")
    expect_words(run(path, path, code=2), "expected one file, found 2")
    expect_words(run(os.path.join(place, "gone.yaml"), code=1), "gone.yaml")


# ---- the schema ----

CHANGES = [
    (["version"], 1.5), (["version"], "x"), (["version"], None),
    (["foo"], 1), (["pipelines"], {}), (["pipelines"], []),
    (["pipelines", "a b"], {"launch": LINE}),
    (["pipelines", "a", "foo"], 1), (["pipelines", "a", "launch"], ""),
    (["pipelines", "a", "launch"], [1]), (["pipelines", "a", "sink"], {}),
    (["pipelines", "a"], {"source": {}, "lstm": {}}),
    (["pipelines", "a"], {"source": {"location": "rows.csv"},
                          "lstm": {"element": "identity"}, "decode": "none", "encode": "identity",
                          "sink": {"element": "fakesink", "sync": True}}),
    (["pipelines", "a"], {"source": {"location": [1]}, "lstm": {}, "sink": {}}),
    (["pipelines", "a", "state"], False), (["pipelines", "a", "state"], True),
    (["pipelines", "a", "state"], {"interval": 1}),
    (["pipelines", "a", "state"], {"directory": "x"}),
    (["state"], {}), (["state"], {"directory": "s", "interval": 0.5}),
    (["state"], {"directory": "s", "interval": 0}), (["state"], False),
    (["restart"], "never"), (["restart"], "sometimes"), (["restart"], {}),
    (["restart"], {"policy": "always", "delay": 1, "max-delay": 2, "stable": 0}),
    (["restart"], {"delay": 0}), (["restart"], {"foo": 0}), (["restart"], 3),
    (["watchdog"], 0), (["watchdog"], 1e9), (["watchdog"], "1"),
    (["cpus"], [0, 1]), (["cpus"], []), (["cpus"], [0.5]), (["cpus"], [4096]),
    (["drain"], 2.5), (["drain"], -1), (["drain"], True),
    (["log"], {"level": "debug", "format": "json"}), (["log"], {"level": "x"}),
    (["log"], {"interval": 0}), (["log"], {"interval": -1}),
    (["log"], {"interval": "x"}), (["log"], {"format": "x"}), (["log"], []), (["log"], {"file": "x"}),
    (["variables"], {"A": 1, "b-c": "x"}), (["variables"], {"A": {}}),
    (["variables"], {"a b": 1}), (["variables"], 1),
    (["models"], {"m": {"config": "x", "max-streams": 3}}),
    (["models"], {"m": {"config": {}}}), (["models"], {"m": 1}),
    (["models"], {"-": {}}),
    (["metrics"], 65536), (["metrics"], -1), (["metrics"], "x"),
    (["metrics"], []), (["metrics"], {"port": "x"}), (["metrics"], {"foo": 1}),
    (["metrics"], {"port": 0, "address": "example.org", "public": True}),
    (["metrics"], {"port": 0, "address": "0.0.0.0"}),
    (["metrics"], {"port": 0, "address": "::", "public": False}),
    (["metrics"], {"port": 0, "address": "127.0.0.1", "public": "true"}),
]

# A build without libsoup refuses them all.
if os.environ["DEPLOY_HTTP"] == "yes":
    CHANGES += [
        (["metrics"], 0), (["metrics"], {"port": 0}),
        (["metrics"], {"port": 0, "public": False}),
        (["metrics"], {"port": 0, "address": "127.0.0.2"}),
        (["metrics"], {"port": 0, "address": "0.0.0.0", "public": True}),
    ]


@case("the JSON Schema and the parser agree")
def _schema():
    expect(valid(SCHEMA, SCHEMA, GOOD), "the schema refuses the example")
    place = set_up()
    counts = {True: 0, False: 0}
    for keys, value in CHANGES:
        content = copy.deepcopy(GOOD)
        at = content
        for key in keys[:-1]:
            at = at[key]
        at[keys[-1]] = value
        path = write_yaml(os.path.join(place, "d.yaml"), content)
        write(path + ".log", "")
        taken = valid(SCHEMA, SCHEMA, content)
        said = run(path, "--check", code=0 if taken else 1)
        expect(taken or "d.yaml:" in said, keys, value, "said:", said)
        counts[taken] += 1
    expect(counts[True] > 10 and counts[False] > 25, "one-sided:", counts)


@case("the examples of the documentation, and how long the check takes")
def _documentation():
    place = set_up()
    with open(os.environ["DEPLOY_DOC"], encoding="utf-8") as file:
        text = file.read().split("```yaml\n")[1].split("```")[0]
    write(os.path.join(place, "pumps.yaml"),
          read(os.path.join(place, "model.yaml")))
    for name in ("north", "south"):
        write_rows(os.path.join(place, name + ".csv"), 20)
    path = write(os.path.join(place, "d.yaml"), text)
    start = time.monotonic()
    run(path, "--check", env={"DATA": "."})
    print(f"# --check of two pipelines: {time.monotonic() - start:.2f} s")


tap.main()
