# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm deploy: /status.json, and the page at / in a browser."""

import html.parser
import json
import os
import re
import shutil
import subprocess

import tap
from deployment import (Deployment, folder, slow_launch, write_config,
                        write_rows, write_yaml)
from tap import case, expect, expect_equal, expect_words

ODD = "no <img src=x onerror=alert(1)> & such"


def start():
    """Three pipelines: two run, one has failed."""
    place = folder()
    write_rows(os.path.join(place, "rows.csv"), 100000)
    write_config(os.path.join(place, "model.yaml"))
    path = write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1, "metrics": 0, "state": {"directory": "states"},
        "pipelines": {
            "stocks": {"launch": slow_launch(10000, "a.csv")},
            "failed_one": {"launch": f"filesrc location='{ODD}' ! fakesink",
                           "restart": "never"},
            "sound-1": {"launch": "audiotestsrc is-live=true ! fakesink"}}})
    deployment = Deployment(path)
    deployment.wait_said("failed_one: failed", "stocks: started")
    deployment.wait_for(
        lambda: len((status_of(deployment)["stocks"]["outputs"] or
                     {"samples": []})["samples"]) > 5, "samples")
    return deployment


def status_of(deployment):
    """What /status.json tells of each pipeline, by name."""
    status, headers, text = deployment.get("/status.json")
    expect_equal((status, headers["Content-Type"]), (200, "application/json"),
                 "answer")
    return {p["name"]: p for p in json.loads(text)["pipelines"]}


@case("/status.json: phases, rates, latencies, errors, outputs")
def _json():
    deployment = start()
    deployment.wait_for(lambda: status_of(deployment)["stocks"]["rate"] > 0,
                        "a rate")
    found = status_of(deployment)
    expect_equal(list(found), ["stocks", "failed_one", "sound-1"], "names")
    stocks, failed = found["stocks"], found["failed_one"]
    expect_equal(stocks["phase"], "running", "phase")
    expect(10 < stocks["rate"] < 101, "rate", stocks["rate"])
    expect(0 < stocks["latency_p50"] <= stocks["latency_p99"] < 10, stocks)
    expect(0 < stocks["processing_p50"] <= stocks["processing_p99"], stocks)
    expect_equal(stocks["models"][0]["precision"], "f32", "precision")
    expect_equal((failed["phase"], failed["outputs"], failed["rate"]),
                 ("failed", None, 0), "the failed one")
    expect_words(failed["last_error"], ODD)
    outputs = stocks["outputs"]
    expect_equal((outputs["count"], outputs["names"]), (1, ["next_close"]),
                 "outputs")
    times = [sample[0] for sample in outputs["samples"]]
    expect(all(0.05 < b - a for a, b in zip(times, times[1:])), "times", times)
    with open(os.path.join(os.path.dirname(deployment.log.name), "a.csv"),
              encoding="ascii") as file:
        rows = [float(line.split(",")[-1]) for line in
                file.read().split("\n")[1:-1]]
    near = [any(abs(row - value) <= 1e-4 * abs(row) for row in rows)
            for _, value in outputs["samples"][:-2]]
    expect(all(near), "samples that no row has:", outputs["samples"], rows)
    deployment.terminate(code=1)


class Text(html.parser.HTMLParser):
    """What a page shows, and its elements."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.shown, self.inside = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """An element begins."""
        self.tags.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag):
        """An element ends, and those in it that have no end."""
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        """Text."""
        if not {"script", "style"} & set(self.inside):
            self.shown.append(data)


def browse(url, *options):
    """The page in headless Chromium: what it prints, and what it logs."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser:
        raise tap.Skip("there is no chromium here")
    home = folder()
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu",
         "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
         "--disable-background-networking", "--disable-component-update",
         "--enable-logging=stderr", "--user-data-dir=" + home,
         "--virtual-time-budget=6000", *options, url],
        capture_output=True, text=True, timeout=120, check=False,
        env=dict(os.environ, HOME=home, LD_PRELOAD=""))
    expect(done.returncode == 0, "chromium:", done.stderr[-3000:])
    said = [line for line in done.stderr.split("\n") if "CONSOLE" in line]
    expect_equal(said, [], "console of the browser")
    return done.stdout


@case("the page in Chromium: every pipeline, its chart, and no HTML of others")
def _page():
    deployment = start()
    page = Text(browse(deployment.url(), "--dump-dom"))
    shown = re.sub(r"\s+", " ", " ".join(page.shown))
    expect_words(shown, "2 of 3 pipelines run", "stocks", "failed_one",
                 "sound-1", "Last error", ODD, "next_close", "Latency, 99 %")
    expect("does not answer" not in shown, shown)
    expect_equal([tag for tag, _ in page.tags if tag == "img"], [], "images")
    classes = [attrs.get("class") for tag, attrs in page.tags if tag == "li"]
    expect_equal(classes, ["card running", "card failed", "card running"],
                 "cards")
    lines = [attrs["d"] for tag, attrs in page.tags if tag == "path"
             and attrs.get("class") == "s0" and attrs.get("d") != "M0 4H24"]
    expect_equal(len(lines), 1, "lines")
    expect(re.fullmatch(r"M[-0-9.]+ [-0-9.]+h0\.01(L[-0-9.]+ [-0-9.]+)+",
                        lines[0]), "the line", lines[0])
    chart = [attrs for tag, attrs in page.tags if attrs.get("role") == "img"]
    expect(any(re.search(r"next_close -?\d", attrs.get("aria-label", ""))
               for attrs in chart), "label", chart)
    deployment.terminate(code=1)


@case("a screenshot as wide as a telephone is drawn")
def _screenshot():
    deployment = start()
    path = os.path.join(folder(), "page.png")
    browse(deployment.url(), "--window-size=412,900", "--screenshot=" + path)
    with open(path, "rb") as file:
        data = file.read()
    expect(data.startswith(b"\x89PNG") and len(data) > 10000, len(data), "bytes")
    kept = os.environ.get("LSTM_KEEP_SCREENSHOT")
    if kept:
        shutil.copy(path, kept)
    deployment.terminate(code=1)


@case("the page needs nothing but itself")
def _alone():
    deployment = start()
    _, headers, text = deployment.get("/")
    policy = headers["Content-Security-Policy"]
    expect_words(policy, "default-src 'none'", "script-src 'sha256-",
                 "style-src 'sha256-", "connect-src 'self'")
    expect("unsafe" not in policy, policy)
    addresses = re.findall(r'(?:src|href)="([^"]*)"', text)
    expect_equal(sorted(addresses), ["/healthz", "/metrics", "/readyz",
                                     "/status.json", "data:,"], "addresses")
    deployment.terminate(code=1)


tap.main()
