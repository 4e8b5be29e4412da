# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm deploy: pipelines start, end, are started again and go on."""

import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import time

import tap
from deployment import (Deployment, STOCKS, folder, read, run, slow_launch,
                        write, write_config, write_rows, write_yaml)
from tap import case, expect, expect_equal, expect_words

ROWS = 400


def set_up(n=ROWS):
    """A folder with rows and a model."""
    place = folder()
    write_rows(os.path.join(place, "rows.csv"), n)
    write_config(os.path.join(place, "model.yaml"))
    return place


def reference(place):
    """The outputs of a run without a break."""
    path = write_yaml(os.path.join(place, "whole.yaml"), {
        "version": 1, "pipelines": {
            "whole": {"launch": slow_launch(0, "whole.csv")}}})
    run(path)
    return read(os.path.join(place, "whole.csv"))


@case("the short form: blocks, a shared model, variables, the environment")
def _short():
    place = set_up()
    path = write(os.path.join(place, "d.yaml"), """
version: 1
variables:
  OUT: ${LSTM_TEST_OUT:-no}
  ROWS: rows
models:
  stocks: {config: model.yaml, on-nan: hold}
pipelines:
  blocks:
    source: {location: "${ROWS}.csv"}
    lstm: {use: stocks}
    sink: {location: "${OUT}-a b.csv"}
  line:
    launch: >-
      filesrc location=${ROWS}.csv ! csvdec config=model.yaml !
      lstm ${models.stocks} ! csvenc ! filesink location=${OUT}-line.csv
""")
    said = run(path, env={"LSTM_TEST_OUT": "yes"})
    whole = reference(place)
    expect_equal(whole.count(b"\n"), ROWS + 1, "rows")
    expect_equal(read(os.path.join(place, "yes-a b.csv")), whole, "blocks")
    expect_equal(read(os.path.join(place, "yes-line.csv")), whole, "line")
    expect_words(said, f"blocks: finished after {ROWS} frames")


@case("SIGTERM: streams end between rows, and the next start goes on")
def _drain():
    place = set_up()
    whole = reference(place)
    path = write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1, "state": {"directory": "new/states"},
        "pipelines": {name: {"launch": slow_launch(2000, name + ".csv")}
                      for name in ("a", "b")}})
    output = os.path.join(place, "a.csv")
    runs = 0
    while read(output) != whole or read(os.path.join(place, "b.csv")) != whole:
        before = len(read(output))
        deployment = Deployment(path)
        deployment.wait_for(
            lambda size=before: len(read(output)) > size or
            deployment.process.poll() is not None, "rows")
        time.sleep(0.1)
        said = deployment.terminate() if deployment.process.poll() is None \
            else deployment.end()
        expect(whole.startswith(read(output)), "rows of a.csv", said)
        runs += 1
        expect(runs < 100, "does not come to its end:", said)
    expect(runs > 2, f"the {runs} runs saw no break")
    expect_equal(sorted(os.listdir(os.path.join(place, "new", "states"))),
                 ["a.state", "b.state"], "state files")


@case("a second SIGTERM stops at once")
def _second():
    place = set_up()
    path = write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1, "drain": 50,
        "pipelines": {"slow": {"launch": slow_launch(5000000, "a.csv")}}})
    deployment = Deployment(path)
    deployment.wait_said("started")
    time.sleep(0.3)
    deployment.signal(signal.SIGTERM)
    deployment.wait_said("ends all streams")
    time.sleep(0.3)
    start = time.monotonic()
    said = deployment.terminate(code=1)
    expect(time.monotonic() - start < 3, "took too long")
    expect_words(said, "a second signal")


@case("a stream that does not end in time is stopped, and that is a failure")
def _late():
    place = set_up()
    path = write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1, "drain": 0.5, "pipelines": {"slow": {
            "launch": slow_launch(1500000, "a.csv")}}})
    deployment = Deployment(path)
    deployment.wait_said("started")
    time.sleep(0.3)
    expect_words(deployment.terminate(code=1), "did not end in the time")


@case("a pipeline that fails in a loop: the delay doubles, others run on")
def _backoff():
    place = set_up()
    path = write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1,
        "restart": {"policy": "on-failure", "delay": 0.1, "max-delay": 0.4},
        "pipelines": {
            "bad": {"launch": "filesrc location=rows.csv ! identity"
                              " error-after=1 ! fakesink"},
            "good": {"launch": slow_launch(5000, "a.csv")}}})
    said = run_until(path, "good: finished", "short run 5")
    delays = re.findall(r"bad: starts again in ([0-9.]+) s", said)
    expect_equal(delays[:5], ["0.1", "0.2", "0.4", "0.4", "0.4"], "delays")
    expect_equal(read(os.path.join(place, "a.csv")), reference(place),
                 "what the good one wrote")


def run_until(path, *words):
    """Runs until it has said this; what it said."""
    deployment = Deployment(path)
    deployment.wait_said(*words)
    return deployment.terminate()


@case("never, and always")
def _policies():
    place = set_up()
    bad = {"launch": "filesrc location=rows.csv ! identity error-after=1 !"
                     " fakesink"}
    path = write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1, "restart": "never", "pipelines": {"bad": bad}})
    expect_words(run(path, code=1), "bad: failed after 0 frames")
    path = write_yaml(os.path.join(place, "e.yaml"), {
        "version": 1, "pipelines": {"again": {
            "launch": "filesrc location=rows.csv ! fakesink",
            "restart": {"policy": "always", "delay": 0.01}}}})
    expect_words(run_until(path, "again: started, run 3"), "short run 2")


@case("the watchdog starts a pipeline again that has no frames")
def _watchdog():
    place = set_up()
    path = write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1, "watchdog": 0.5, "restart": {"delay": 0.01},
        "pipelines": {"silent": {
            "launch": "appsrc ! fakesink async=false"}}})
    said = run_until(path, "run 2")
    expect_words(said, "silent: no frame for 0.5 s")


@case("an output that ends within a row: the row is written again")
def _torn():
    place = set_up()
    whole = reference(place)
    path = write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1, "state": {"directory": "states"},
        "pipelines": {"a": {"launch": slow_launch(0, "a.csv")}}})
    header = whole.index(b"\n") + 1
    write(os.path.join(place, "a.csv"), whole[:header] + b"0,1234")
    expect_words(run(path), "'a.csv' ended within a row", "6 bytes")
    expect_equal(read(os.path.join(place, "a.csv")), whole, "output")


@case("the log as JSON lines, and its level")
def _log():
    place = set_up()
    content = {"version": 1, "log": {"format": "json"}, "pipelines": {
        "a": {"launch": "filesrc location=rows.csv ! fakesink"}}}
    path = write_yaml(os.path.join(place, "d.yaml"), content)
    lines = [json.loads(line) for line in run(path).splitlines()]
    expect_equal([(line["level"], line["pipeline"], line["message"])
                  for line in lines],
                 [("info", "a", "started, run 1"),
                  ("info", "a", "finished after 0 frames")], "lines")
    expect(all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
                            line["time"]) for line in lines), "times", lines)
    content["log"] = {"level": "warning"}
    write_yaml(path, content)
    os.remove(path + ".log")
    expect_equal(run(path), "", "log")


@case("processors: threads stay on those that were asked for")
def _cpus():
    place = set_up()
    path = write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1, "cpus": [0], "pipelines": {
            "a": {"launch": "audiotestsrc is-live=true ! fakesink"}}})
    deployment = Deployment(path)
    deployment.wait_said("started")

    def affinities():
        tasks = f"/proc/{deployment.process.pid}/task"
        found = {}
        for task in os.listdir(tasks):
            name = read(os.path.join(tasks, task, "comm")).decode().strip()
            found[name] = os.sched_getaffinity(int(task))
        return found

    deployment.wait_for(
        lambda: any(name.startswith("audiotestsrc") and cpus == {0}
                    for name, cpus in affinities().items()), "affinity")
    deployment.terminate()


@case("systemd: READY, STATUS, WATCHDOG, RELOADING, STOPPING")
def _notify():
    place = set_up()
    path = write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1, "pipelines": {
            "a": {"launch": "audiotestsrc is-live=true ! fakesink"}}})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        address = os.path.join(place, "notify")
        notified.bind(address)
        notified.settimeout(30)
        deployment = Deployment(path, env={"NOTIFY_SOCKET": address,
                                           "WATCHDOG_USEC": "200000"})
        for wanted, number in (("READY=1", None),
                               ("STATUS=1 of 1 pipelines run", None),
                               ("WATCHDOG=1", signal.SIGHUP),
                               ("RELOADING=1\nMONOTONIC_USEC=", None),
                               ("READY=1", signal.SIGTERM),
                               ("STOPPING=1", None)):
            seen = []
            while not any(wanted in text for text in seen):
                seen.append(notified.recv(4096).decode())
                expect(len(seen) < 100, "no", wanted, "in", seen)
            if number:
                deployment.signal(number)
        deployment.end()


@case("SIGHUP: what changed starts anew, what did not goes on")
def _reload():
    place = set_up()
    live = "audiotestsrc is-live=true ! fakesink name={}"
    content = {"version": 1, "pipelines": {
        name: {"launch": live.format(name)} for name in ("same", "other", "gone")}}
    path = write_yaml(os.path.join(place, "d.yaml"), content)
    deployment = Deployment(path)
    deployment.wait_said("same: started", "other: started", "gone: started")
    del content["pipelines"]["gone"]
    content["pipelines"]["other"]["launch"] = live.format("x")
    content["pipelines"]["new"] = {"launch": live.format("y")}
    write_yaml(path, content)
    deployment.signal(signal.SIGHUP)
    deployment.wait_said("new: started", "gone: finished", "other: finished")
    deployment.wait_for(
        lambda: deployment.said().count("other: started") == 2, "the other")
    write(path, "version: 1\npipelines: {a: 1}\n")
    deployment.signal(signal.SIGHUP)
    deployment.wait_said("d.yaml:2:16: a: found '1', expected a mapping",
                         "what runs goes on")
    said = deployment.terminate()
    expect_equal(said.count("same: started"), 1, "starts of what is the same")


@case("the unit file is one that systemd takes, and is hardened")
def _unit():
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        raise tap.Skip("there is no systemd-analyze here")
    place = folder()
    unit = read(os.environ["DEPLOY_UNIT"]).decode()
    expect("@" not in unit.split("ExecStart=")[1].split()[0], "not configured")
    started = re.search("^ExecStart=([^ ]*/gst-lstm) ", unit, re.M).group(1)
    path = write(os.path.join(place, "gst-lstm@x.service"),
                 unit.replace(started, os.environ["GST_LSTM"]))
    found = subprocess.run([analyze, "verify", "--man=no", path], text=True,
                           capture_output=True, check=False)
    expect(found.returncode == 0 and found.stderr == "", found.stderr)
    write(path, unit.replace(started, "/nowhere/gst-lstm"))
    found = subprocess.run([analyze, "verify", "--man=no", path], text=True,
                           capture_output=True, check=False)
    expect(found.returncode != 0, "a program that is not there was taken")


@case("SIGHUP: a model that changed takes over, and the state is kept")
def _model():
    place = set_up()
    config = read(os.path.join(place, "model.yaml")).decode()
    model = os.path.join(place, "model.keras")
    shutil.copy(os.path.join(STOCKS, "stocks.keras"), model)
    write(os.path.join(place, "model.yaml"),
          config.replace(f"{STOCKS}/stocks.keras", "model.keras"))
    shutil.copy(model, os.path.join(place, "other.keras"))
    content = {"version": 1, "pipelines": {
        "file": {"launch": slow_launch(5000, "a.csv")},
        "path": {"launch": slow_launch(5000, "b.csv").replace(
            "! lstm", "! lstm model=model.keras")}}}
    path = write_yaml(os.path.join(place, "d.yaml"), content)
    deployment = Deployment(path)
    deployment.wait_for(lambda: len(read(os.path.join(place, "b.csv"))) > 100,
                        "rows")
    os.replace(os.path.join(place, "other.keras"), model)
    deployment.signal(signal.SIGHUP)
    deployment.wait_said("file: lstm", "path: lstm", "runs the model")
    deployment.wait_for(
        lambda: deployment.said().count("states are kept, 0 begin anew") == 2,
        "both models")
    shutil.copy(model, os.path.join(place, "other.keras"))
    content["pipelines"]["path"]["launch"] = \
        content["pipelines"]["path"]["launch"].replace(
            "model=model.keras", "model=other.keras")
    write_yaml(path, content)
    deployment.signal(signal.SIGHUP)
    deployment.wait_said("path: has another model", "'other.keras' now")
    said = deployment.end()
    whole = reference(place)
    for name in ("a.csv", "b.csv"):
        expect_equal(read(os.path.join(place, name)), whole, name)
    expect_equal(said.count("started, run"), 2, "starts")


PACE = r"(\d+) frames, ([0-9.]+)/s, ([0-9.]+) x real time, p99 [0-9.]+ us"


def paced(n_rate, names):
    """Two pipelines of a row in 8 ms, rows n_rate a second by their times."""
    return {name: {"launch": slow_launch(8000, name + ".csv").replace(
        "max-frames=1", f"max-frames=1 rate={n_rate}/1")} for name in names}


def expect_pace(lines, n_rate):
    """Frames a second, and of them so many are a second of the stream."""
    expect(all(0 < float(rate) < 200 for _, rate, _ in lines), "rates:", lines)
    for _, rate, speed in lines:
        expect(abs(float(rate) / n_rate - float(speed)) <=
               0.15 * float(rate) / n_rate + 0.1, "times real time:", lines)
    counts = [int(count) for count, _, _ in lines]
    expect(counts == sorted(counts) and counts[0] < counts[-1], counts)


@case("on a terminal, one live line a pipeline")
def _live():
    place = set_up()
    path = write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1, "pipelines": paced(10, ("one", "two"))})
    ours, theirs = pty.openpty()
    shown = b""
    with subprocess.Popen([os.environ["GST_LSTM"], "deploy", path],
                          stderr=theirs, env=dict(os.environ, LC_ALL="C")):
        os.close(theirs)
        while True:
            try:
                got = os.read(ours, 4096)
            except OSError:
                break
            shown += got
            if not got:
                break
    os.close(ours)
    text = shown.decode()
    live = re.findall(r"(one|two): running, " + PACE + r"\r\n", text)
    expect(len(live) >= 4 and {line[0] for line in live} == {"one", "two"},
           "live lines:", text)
    expect("\033[2A\033[J" in text, "lines are not renewed:", text)
    for name in ("one", "two"):
        expect_pace([line[1:] for line in live if line[0] == name], 10)


@case("in a log, a line now and then, as text and as JSON")
def _log_lines():
    place = set_up()
    content = {"version": 1, "log": {"interval": 1},
               "pipelines": paced(10, ("one",))}
    path = write_yaml(os.path.join(place, "d.yaml"), content)
    said = run(path)
    lines = re.findall(r"^\S+Z info one: running, " + PACE + "$", said, re.M)
    expect(len(lines) >= 2, "lines:", said)
    expect_pace(lines, 10)
    expect("\033" not in said and "\r" not in said, said)
    os.remove(path + ".log")
    content["log"] = {"interval": 0}
    write_yaml(path, content)
    expect("frames," not in run(path), "lines with interval 0")
    os.remove(path + ".log")
    content["log"] = {"interval": 1, "format": "json"}
    write_yaml(path, content)
    lines = [json.loads(line) for line in run(path).splitlines()]
    found = [re.fullmatch("running, " + PACE, line["message"])
             for line in lines if line["message"].startswith("running")]
    expect(len(found) >= 2 and all(found), lines)
    expect_pace([match.groups() for match in found], 10)


@case("times real time of frames without times: by their rate")
def _no_times():
    place = set_up()
    frames = write(os.path.join(place, "frames.raw"), bytes(5 * 4 * ROWS))
    line = (f"filesrc location={frames} blocksize=20 ! audio/x-raw,format=F32LE,"
            "layout=interleaved,channels=5,rate=10 ! identity sleep-time=8000 !"
            " lstm model=model.keras ! fakesink")
    shutil.copy(os.path.join(STOCKS, "stocks.keras"), place + "/model.keras")
    path = write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1, "log": {"interval": 1},
        "pipelines": {"raw": {"launch": line}}})
    lines = re.findall("raw: running, " + PACE, run(path))
    expect(len(lines) >= 2, "lines")
    expect_pace(lines, 10)


tap.main()
