#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What many live pipelines in one gst-lstm deploy cost, and how late their outputs are:

    python3 bench/deploy.py

Each pipeline takes frames from UDP, runs the model on them, sends its outputs by UDP, and saves its state every 5 s. This
program sends a frame to each of them --rate times a second, evenly spread, as float32 in a datagram of its own. A frame's
latency is the time from just before it is sent to when the kernel gets the output that it gave (SO_TIMESTAMPNS), both on
this machine. One pipeline runs by itself first, then all of them with `identity` in place of `lstm`, which is what GStreamer
costs, then all of them. A frame without an output ends it with 1."""

import argparse
import array
import json
import os
import random
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
SO_TIMESTAMPNS = 35
TICK = 0.02   # seconds from one look for outputs to the next
PATIENCE = 60


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"), help="where the project is built (default: build)")
    parser.add_argument("--config", default=os.path.join(ROOT, "pipelines/stocks/stocks.yaml"),
                        help="YAML file of the model (default: that of pipelines/stocks)")
    parser.add_argument("--pipelines", type=int, default=50, metavar="N", help="(default: 50)")
    parser.add_argument("--rate", type=int, default=100, metavar="N", help="frames a second (default: 100)")
    parser.add_argument("--seconds", type=float, default=20, metavar="S", help="to measure (default: 20)")
    parser.add_argument("--processors", type=int, default=2, metavar="N", help="for all of it, this program too (default: 2)")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    return parser.parse_args()


def count_features(config):
    """How many names the YAML file has under `features`."""
    with open(config, encoding="utf-8") as file:
        text = re.sub(r"#.*", "", file.read())
    found = re.search(r"^features:\s*\[([^]]*)\]", text, re.M)
    if found:
        return len(found.group(1).split(","))
    found = re.search(r"^features:\s*\n((?:\s*-\s*\S+\s*\n)+)", text, re.M)
    if not found:
        sys.exit(f"{config}: found no list `features`")
    return found.group(1).count("-")


class Line:
    """One pipeline's two ends: where frames go, and where outputs come."""

    def __init__(self, features):
        self.sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sink.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.sink.bind(("127.0.0.1", 0))
        self.sink.setblocking(False)
        self.reserved = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.reserved.bind(("127.0.0.1", 0))
        self.port = self.reserved.getsockname()[1]
        self.frames = [array.array("f", (random.random() for _ in range(features))).tobytes() for _ in range(64)]
        self.sent = array.array("q")
        self.come = array.array("q")

    def launch(self, element, features, rate):
        """The pipeline, as gst-launch-1.0 takes it."""
        kind = "F32LE" if sys.byteorder == "little" else "F32BE"
        mask = ",channel-mask=(bitmask)0" if features > 2 else ""
        return (f"udpsrc address=127.0.0.1 port={self.port} caps=audio/x-raw,format={kind},layout=interleaved,"
                f"rate={rate},channels={features}{mask} ! {element} !"
                f" udpsink host=127.0.0.1 port={self.sink.getsockname()[1]} sync=false async=false")

    def send(self, sender):
        """The next frame."""
        frame = self.frames[len(self.sent) % len(self.frames)]
        self.sent.append(time.clock_gettime_ns(time.CLOCK_REALTIME))
        sender.sendto(frame, ("127.0.0.1", self.port))

    def receive(self):
        """All outputs that have come, with the kernel's time for each."""
        while True:
            try:
                _, (extra,), _, _ = self.sink.recvmsg(65536, 256)
            except BlockingIOError:
                return
            seconds, nanoseconds = struct.unpack("qq", extra[2][:16])
            self.come.append(seconds * 1000000000 + nanoseconds)


class Deployment:
    """gst-lstm deploy with a pipeline for each line."""

    def __init__(self, options, lines, element, features):
        self.place = tempfile.mkdtemp(prefix="lstm-bench-")
        config = {"version": 1, "state": {"directory": "states", "interval": 5}, "pipelines": {
            f"p{i}": {"launch": line.launch(element, features, options.rate)} for i, line in enumerate(lines)}}
        with open(os.path.join(self.place, "d.yaml"), "w", encoding="utf-8") as file:
            json.dump(config, file, indent=1)
        for line in lines:
            line.reserved.close()
        environment = dict(os.environ, GST_PLUGIN_PATH=os.path.join(options.build, "plugin"),
                           GST_REGISTRY=os.path.join(self.place, "registry.bin"))
        self.log = open(os.path.join(self.place, "log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen([os.path.join(options.build, "tools", "gst-lstm"), "deploy", "d.yaml"],
                                        cwd=self.place, env=environment, stderr=self.log)
        deadline = time.monotonic() + PATIENCE
        while self.said().count(": started") < len(lines):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.end()
                sys.exit(f"The deployment did not start:\n{self.said()}")
            time.sleep(0.05)
        time.sleep(1)

    def said(self):
        """Its log."""
        with open(self.log.name, encoding="utf-8") as file:
            return file.read()

    def cpu(self):
        """Seconds of processor time so far."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """KiB that it alone occupies, and its share of what others have too."""
        with open(f"/proc/{self.process.pid}/smaps_rollup", encoding="ascii") as file:
            return int(re.search(r"^Pss:\s+(\d+) kB", file.read(), re.M).group(1))

    def end(self):
        """Ends it."""
        self.process.terminate()
        if self.process.wait(PATIENCE) != 0:
            print(self.said()[-2000:], file=sys.stderr)
        self.log.close()
        shutil.rmtree(self.place)


def pace(lines, rate, seconds):
    """Sends a frame to each line, rate times a second."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    n = int(seconds * rate) * len(lines)
    start = looked = time.monotonic()
    for i in range(n):
        due = start + i / (rate * len(lines))
        now = time.monotonic()
        if now - looked > TICK:
            looked = now
            for line in lines:
                line.receive()
        while (now := time.monotonic()) < due:
            time.sleep(due - now)
        lines[i % len(lines)].send(sender)
    sender.close()
    time.sleep(1)
    for line in lines:
        line.receive()


def percentile(values, share):
    """Of sorted values."""
    return values[min(len(values) - 1, int(len(values) * share))]


def measure(options, n, element, features):
    """Figures of n pipelines."""
    lines = [Line(features) for _ in range(n)]
    deployment = Deployment(options, lines, element, features)
    try:
        pace(lines, options.rate, max(1, 100 / options.rate))
        history = [len(line.sent) - len(line.come) for line in lines]  # frames of the first window
        warm = len(lines[0].sent)
        cpu, ours = deployment.cpu(), time.process_time()
        start = time.monotonic()
        pace(lines, options.rate, options.seconds)
        took = time.monotonic() - start
        cpu, ours = deployment.cpu() - cpu, time.process_time() - ours
        memory = deployment.memory()
    finally:
        deployment.end()
    lost = sum(len(line.sent) - len(line.come) - h for line, h in zip(lines, history))
    if lost or any(len(line.come) == 0 for line in lines):
        sys.exit(f"{element}: {lost} frames of {sum(len(line.sent) for line in lines)} gave no output")
    latency = sorted((come - sent) / 1000 for line, h in zip(lines, history)
                     for sent, come in zip(line.sent[warm:], line.come[warm - h:]))
    for line in lines:
        line.sink.close()
    return {"pipelines": n, "element": element.split()[0], "frames": len(latency),
            "p50_us": percentile(latency, 0.5), "p99_us": percentile(latency, 0.99),
            "p99.9_us": percentile(latency, 0.999), "max_us": latency[-1], "cpu_percent": 100 * cpu / took,
            "sender_cpu_percent": 100 * ours / took, "pss_kib": memory}


def main():
    options = parse_arguments()
    random.seed(1)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:options.processors])
    features = count_features(options.config)
    element = f"lstm config={os.path.abspath(options.config)}"
    print(f"{os.path.relpath(options.config)}: {features} features, {options.rate} frames a second each, "
          f"{options.seconds:g} s, {len(os.sched_getaffinity(0))} processors")
    print("pipelines           latency p50      p99    p99.9      max us    processor: all    of each    sender     memory")
    results = []
    for n, what in ((1, element), (options.pipelines, "identity"), (options.pipelines, element)):
        r = measure(options, n, what, features)
        results.append(r)
        print(f"{n:5} {r['element']:<10} {r['p50_us']:15.0f} {r['p99_us']:8.0f} {r['p99.9_us']:8.0f} {r['max_us']:8.0f}"
              f"    {r['cpu_percent']:12.1f} % {r['cpu_percent'] / n:8.2f} % {r['sender_cpu_percent']:7.1f} %"
              f" {r['pss_kib'] / 1024:7.1f} MiB", flush=True)
    one, bare, many = results
    if many["pipelines"] > 1:
        print(f"A further pipeline takes {(many['pss_kib'] - one['pss_kib']) / (many['pipelines'] - 1):.0f} KiB; `lstm` of each "
              f"takes {(many['cpu_percent'] - bare['cpu_percent']) / many['pipelines']:.2f} % of a processor.")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
