# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm deploy: what is told at /metrics, /healthz and /readyz, and where."""

import collections
import csv
import os
import re
import signal
import socket
import time

import tap
from deployment import (Deployment, fetch, folder, read, run, slow_launch,
                        write, write_config, write_rows, write_yaml)
from prometheus import Metrics
from tap import case, expect, expect_equal, expect_words

ROWS = 300
LIVE = {"launch": "audiotestsrc is-live=true ! fakesink"}
# Takes all there is, and ends when somebody has fetched it: never.
WAIT = "appsink sync=false"
CAUSES = ["stream-start", "flush", "discont", "segment", "caps", "gap", "nan",
          "signal"]


def deployment_of(pipelines, place=None, **others):
    """One that runs, with metrics at any port."""
    place = place or set_up()
    content = {"version": 1, "metrics": 0, "pipelines": pipelines, **others}
    deployment = Deployment(write_yaml(os.path.join(place, "d.yaml"), content))
    deployment.wait_for(
        lambda: "yet to be started" not in deployment.get("/readyz")[2]
        or "stuck" in pipelines, "the first starts")
    return deployment


def set_up(n=ROWS):
    """A folder with rows and a model."""
    place = folder()
    write_rows(os.path.join(place, "rows.csv"), n)
    write_config(os.path.join(place, "model.yaml"))
    return place


def kill(deployment):
    """The end of one that does not drain."""
    deployment.signal(signal.SIGKILL)
    deployment.end(-signal.SIGKILL)


def metrics_of(deployment):
    """What it tells now."""
    status, headers, text = deployment.get("/metrics")
    expect_equal(status, 200, "status")
    expect_equal(headers["Content-Type"],
                 "text/plain; version=0.0.4; charset=utf-8", "type")
    return Metrics(text)


def wait_phase(deployment, name, phase):
    """Waits until it says that a pipeline is there; what it tells then."""
    deployment.wait_for(
        lambda: metrics_of(deployment).get(
            "pipeline_phase", pipeline=name, phase=phase) == 1,
        (name, phase))
    return metrics_of(deployment)


@case("after a known run: every number of frames, times and states")
def _known():
    before = time.time()
    deployment = deployment_of(
        {"live": LIVE, "a": {"launch": slow_launch(0, "a.csv")}},
        state={"directory": "states", "interval": 0.01})
    found = wait_phase(deployment, "a", "finished")
    for name in ("frames_total", "steps_total", "buffers_total",
                 "processing_seconds_count", "latency_seconds_count"):
        expect_equal(found.get(name, pipeline="a"), ROWS, name)
    for name in ("windows_total", "evictions_total", "bad_numbers_total",
                 "out_of_range_total", "pipeline_failures_total",
                 "pipeline_stalls_total", "pipeline_restarts_total",
                 "active_streams", "pipeline_up"):
        expect_equal(found.get(name, pipeline="a"), 0, name)
        if name != "pipeline_up":
            expect_equal(found.get(name, pipeline="live"), 0, name)
    expect_equal(found.get("pipeline_up", pipeline="live"), 1, "up")
    expect_equal(found.get("pipeline_starts_total", pipeline="a"), 1, "starts")
    expect_equal(sorted(labels["cause"] for labels in
                        found.find("resets_total", pipeline="a")),
                 sorted(CAUSES), "causes")
    for name in ("processing", "latency"):
        total = found.get(name + "_seconds_sum", pipeline="a")
        expect(ROWS * 1e-7 < total < 60, name, "took", total)
    expect(found.get("state_saves_total", pipeline="a") >= 1, "no state saved")
    saved = found.get("state_last_save_timestamp_seconds", pipeline="a")
    expect(before <= saved <= time.time(), "saved at", saved)
    expect_equal(found.find("state_last_save_timestamp_seconds",
                            pipeline="live"), [], "states of live")
    expect_equal(found.find("pipeline_last_error_info"), [], "errors")
    expect_equal(found.get("draining"), 0, "draining")
    started = found.values["process_start_time_seconds", ()]
    expect(before - 2 <= started <= time.time() + 2, "started at", started)
    version = found.find("build_info")[0]["version"]
    expect(re.fullmatch(r"\d+\.\d+\.\d+", version), "version", version)
    deployment.terminate()


@case("windows, steps, streams with a key; the model that runs")
def _windows():
    place = set_up()
    source = os.path.join(os.environ["EXAMPLES_DIR"], "turbofan")
    with open(os.path.join(source, "test.csv"), encoding="ascii") as file:
        lines = file.readlines()[:401]
    write(os.path.join(place, "engines.csv"), "".join(lines))
    cycles = collections.Counter(row["id"] for row in csv.DictReader(lines))
    windows = sum(max(n - 49, 0) for n in cycles.values())
    launch = (f"filesrc location=engines.csv ! csvdec config={source}/turbofan.yaml"
              f" ! lstm config={source}/turbofan.yaml ! csvenc ! {WAIT}")
    deployment = deployment_of({"live": LIVE, "engines": {"launch": launch}},
                               place)
    deployment.wait_for(lambda: metrics_of(deployment).get(
        "frames_total", pipeline="engines") == 400, "frames")
    found = metrics_of(deployment)
    expect_equal(found.get("windows_total", pipeline="engines"), windows,
                 "windows")
    expect_equal(found.get("steps_total", pipeline="engines"), windows * 50,
                 "steps")
    expect_equal(found.get("active_streams", pipeline="engines"), len(cycles),
                 "streams")
    kill(deployment)


@case("resets, streams and models of what runs")
def _running():
    place = set_up()
    rows = read(os.path.join(place, "rows.csv")).decode().split("\n")
    rows[5] = "4,nan,nan,nan,nan,nan"
    write(os.path.join(place, "rows.csv"), "\n".join(rows[:20] + [""]))
    launch = slow_launch(0, "a.csv").replace("! lstm", "! lstm on-nan=reset") \
        .replace("! filesink location=a.csv append=true buffer-mode=unbuffered",
                 "! " + WAIT)
    deployment = deployment_of({"a": {"launch": launch}}, place)
    deployment.wait_for(lambda: metrics_of(deployment).get(
        "bad_numbers_total", pipeline="a") == 1, "the bad row")
    found = metrics_of(deployment)
    expect_equal(found.get("resets_total", pipeline="a", cause="nan"), 1, "nan")
    expect_equal(found.get("active_streams", pipeline="a"), 1, "streams")
    model = found.find("model_info", pipeline="a")[0]
    expect_equal(model["lstm"], "0", "its number")
    expect_equal(model["precision"], "f32", "precision")
    expect(model["model"] and model["kernels"], "model", model)
    kill(deployment)


@case("failures: counts over restarts, the error, what is not ready")
def _failures():
    place = set_up()
    odd = 'no "such"\\ <b>file</b>'
    bad = f"filesrc location='{odd}' ! fakesink".replace("\\", "\\\\") \
        .replace('"', '\\"')
    again = slow_launch(0, "b.csv").replace(
        "! csvenc", "! identity error-after=11 ! csvenc")
    deployment = deployment_of({
        "live": LIVE, "bad": {"launch": bad, "restart": "never"},
        "again": {"launch": again, "restart": {
            "policy": "on-failure", "delay": 0.01, "max-delay": 0.01}}}, place)
    wait_phase(deployment, "bad", "failed")
    deployment.wait_for(lambda: metrics_of(deployment).get(
        "pipeline_restarts_total", pipeline="again") > 2, "restarts")
    found = metrics_of(deployment)
    runs = found.get("pipeline_starts_total", pipeline="again")
    expect_equal(found.get("pipeline_restarts_total", pipeline="again"),
                 runs - 1, "restarts")
    expect(runs - 1 <= found.get("pipeline_failures_total", pipeline="again")
           <= runs, "failures in", runs, "runs")
    frames = found.get("frames_total", pipeline="again")
    expect(10 * (runs - 1) <= frames <= 11 * runs, frames, "frames in", runs,
           "runs")
    error = found.find("pipeline_last_error_info", pipeline="bad")[0]["error"]
    expect(odd in error, "the error:", error)
    expect(len(error.encode()) <= 160, "as long as", len(error))
    at = found.get("pipeline_last_error_timestamp_seconds", pipeline="bad")
    expect(0 <= time.time() - at < 100, "failed at", at)
    status, _, text = deployment.get("/readyz")
    expect_equal(status, 503, "readiness")
    expect_words(text, "bad: failed for good: ", odd)
    expect("live" not in text, "live is ready:", text)
    expect_equal(deployment.get("/healthz")[::2], (200, "ok\n"), "health")
    deployment.terminate(code=1)


@case("ready when each has started once, and healthy while the loop turns")
def _health():
    place = set_up()
    fifo = os.path.join(place, "fifo")
    os.mkfifo(fifo)
    deployment = deployment_of({
        "live": LIVE, "stuck": {"launch": f"filesrc location={fifo} ! fakesink"}},
        place)
    # opening what nobody writes to holds the main thread up
    deployment.wait_said("live: started")
    status, _, text = deployment.get("/readyz")
    expect_equal(status, 503, "readiness")
    deployment.wait_for(lambda: deployment.get("/healthz")[0] == 503
                        and "main thread" in deployment.get("/healthz")[2],
                        "bad health")
    with open(fifo, "wb"):
        deployment.wait_for(lambda: deployment.get("/healthz")[0] == 200,
                            "good health")
        deployment.wait_for(lambda: deployment.get("/readyz")[::2] ==
                            (200, "ready\n"), "readiness")
    deployment.terminate()


@case("paths and methods: 404, 405, HEAD")
def _paths():
    deployment = deployment_of({"live": LIVE})
    deployment.wait_for(lambda: deployment.get("/readyz")[0] == 200, "ready")
    for path in ("/metrics/", "/x", "/../status", "/metricsx", "//"):
        status, _, text = deployment.get(path)
        expect_equal(status, 404, path)
        expect_words(text, "/metrics")
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "FOO"):
        status, headers, _ = deployment.get("/metrics", method, b"x" * 10000)
        expect_equal((status, headers["Allow"]), (405, "GET, HEAD"), method)
    status, headers, text = deployment.get("/metrics", "HEAD")
    expect_equal((status, text), (200, ""), "HEAD")
    expect(int(headers["Content-Length"]) > 1000, "length of HEAD")
    expect_equal(deployment.get("/metrics?a=b")[0], 200, "with a query")
    for path in ("/metrics", "/", "/x"):
        headers = deployment.get(path)[1]
        expect_words(headers["Content-Security-Policy"], "default-src 'none'")
        expect_equal(headers["X-Content-Type-Options"], "nosniff", path)
    deployment.terminate()


def refuse(metrics, *words):
    """Settings that are a fault."""
    path = write_yaml(os.path.join(folder(), "d.yaml"), {
        "version": 1, "metrics": metrics, "pipelines": {"live": LIVE}})
    for options in ([], ["--check"]):
        said = run(path, *options, code=1)
        expect_words(said, "d.yaml:", *words)
        expect("started" not in said, "something was started:", said)


@case("addresses that others reach are refused unless the file says so")
def _addresses():
    refuse({"address": "0.0.0.0"}, "address: found '0.0.0.0', which other",
           "add 'public: true'")
    refuse({"address": "::", "public": False}, "found '::'", "public: true")
    refuse({"address": "example.org"}, "expected an IP address")
    refuse({"address": "127.0.0.1", "public": "yes"}, "public: found",
           "true or false")
    refuse({"port": 65536}, "port: found")
    refuse({"ports": 1}, "unknown key 'ports'")
    refuse("localhost", "metrics: found")
    refuse({"address": "203.0.113.7", "public": True, "port": 1},
           "port 1 of 203.0.113.7 cannot be listened at")
    deployment = deployment_of({"live": LIVE}, metrics={
        "address": "0.0.0.0", "public": True, "port": 0})
    url = deployment.url().replace("0.0.0.0", "127.0.0.1")
    deployment.wait_for(lambda: fetch(url, "/readyz")[0] == 200, "readiness")
    deployment.terminate()


@case("a port that is taken is a fault, and --check finds it")
def _taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refuse(port, "metrics: port", "of 127.0.0.1 cannot be listened at",
               "in use", "choose another")
    # by the deployment of the same file, which --check is not to disturb
    place = set_up()
    write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1, "metrics": port, "pipelines": {"live": LIVE}})
    deployment = Deployment(os.path.join(place, "d.yaml"))
    deployment.wait_for(lambda: deployment.get("/readyz")[0] == 200, "ready")
    write(os.path.join(place, "c.yaml"), read(os.path.join(place, "d.yaml")))
    expect_words(run(os.path.join(place, "c.yaml"), "--check", code=1),
                 "in use")
    log = deployment.said()
    run(os.path.join(place, "d.yaml"), "--check")
    expect_equal(deployment.said(), log, "what it said of it")
    deployment.terminate()


@case("SIGHUP: metrics move, stay where they can only be, and end")
def _reload():
    place = set_up()
    path = os.path.join(place, "d.yaml")
    content = {"version": 1, "pipelines": {
        "live": LIVE, "a": {"launch": slow_launch(20000, "a.csv")}}}
    deployment = Deployment(write_yaml(path, content))
    deployment.wait_said("live: started", "a: started")

    def reload(metrics, *words):
        content["metrics"] = metrics
        if metrics is None:
            del content["metrics"]
        write_yaml(path, content)
        n = deployment.said().count("reads '")
        deployment.signal(signal.SIGHUP)
        deployment.wait_for(
            lambda: deployment.said().count("reads '") > n, "the reload")
        deployment.wait_said(*words)

    reload(0, "metrics and status at")
    first = deployment.url()
    deployment.wait_for(lambda: fetch(first, "/readyz")[0] == 200, "readiness")
    deployment.wait_for(
        lambda: metrics_of(deployment).get("frames_total", pipeline="a") > 0,
        "frames")
    deployment.wait_for(lambda: metrics_of(deployment).get(
        "latency_seconds_count", pipeline="a") > 0, "latencies")
    port = int(first.rsplit(":", 1)[1].strip("/"))
    reload({"port": port, "address": "0.0.0.0", "public": True},
           f"http://0.0.0.0:{port}/")
    deployment.wait_for(lambda: fetch(first, "/readyz")[0] == 200, "readiness")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        reload(taken.getsockname()[1], "cannot be listened at",
               "they are told where they were")
    deployment.wait_for(lambda: fetch(first, "/readyz")[0] == 200, "the old one")
    reload(None)
    try:
        fetch(first, "/readyz")
        expect(False, "it listens still")
    except ConnectionRefusedError:
        pass
    expect_equal(deployment.said().count(": started, run 1"), 2, "starts")
    deployment.terminate()


tap.main()
