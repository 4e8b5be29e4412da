#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether clients of gst-lstm deploy's metrics cost its streams anything:

    python3 bench/deploy_http.py --build build

runs --pipelines of the stocks model, each at 100 frames a second, and takes the histogram of their latency
(gst_lstm_latency_seconds) over --seconds each: alone, with so many --clients that ask for /metrics all the time, with as many that say
nothing, and alone again. The clients are processes of their own, at a low priority (nice 19), so that it is the server's work that is
seen; on few processors they take time from the streams all the same. Percentiles are straight between the histogram's bounds, which are powers of two. `asked` is how many answers there were a second."""
import argparse
import json
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STOCKS = os.path.join(ROOT, "pipelines", "stocks")
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"


def write_deployment(folder, n):
    with open(os.path.join(STOCKS, "goog.csv"), encoding="ascii") as file:
        header, *rows = file.read().split()
    with open(os.path.join(folder, "rows.csv"), "w", encoding="ascii") as file:
        file.write("\n".join([header] + rows * 100) + "\n")
    config = os.path.join(STOCKS, "stocks.yaml")
    launch = ("filesrc location=rows.csv ! csvdec config=%s max-frames=1 ! identity sleep-time=9900 ! lstm config=%s"
              " ! csvenc ! filesink location=%s.csv buffer-mode=unbuffered")
    pipelines = {"p%d" % i: {"launch": launch % (config, config, "p%d" % i)} for i in range(n)}
    path = os.path.join(folder, "d.yaml")
    with open(path, "w", encoding="ascii") as file:
        json.dump({"version": 1, "metrics": 0, "pipelines": pipelines}, file)
    return path


def start(args, folder):
    log = os.path.join(folder, "log")
    environment = dict(os.environ, GST_PLUGIN_PATH_1_0=os.path.join(os.path.abspath(args.build), "plugin"))
    with open(log, "w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [os.path.join(args.build, "tools", "gst-lstm"), "deploy", write_deployment(folder, args.pipelines)],
            stderr=file, env=environment)
    while True:
        time.sleep(0.1)
        with open(log, encoding="utf-8") as file:
            url = re.search(r"status at (http://\S+)", file.read())
        if url:
            return process, url.group(1)


def take(url):
    """The histogram of all pipelines: {bound: how many are below}."""
    with urllib.request.urlopen(url + "metrics") as answer:
        text = answer.read().decode()
    found = {}
    for bound, n in re.findall(r'latency_seconds_bucket\{.*le="([^"]+)"\} (\d+)', text):
        found[float(bound)] = found.get(float(bound), 0) + int(n)
    return found


def percentile(before, after, percent):
    """As Prometheus's histogram_quantile() has it: straight between two bounds."""
    counts = sorted((bound, after[bound] - before[bound]) for bound in after)
    wanted, low, seen = counts[-1][1] * percent / 100, 0, 0
    for bound, n in counts:
        if n >= wanted and n > seen:
            return low + (bound - low) * (wanted - seen) / (n - seen) if bound < float("inf") else low
        low, seen = bound, n
    return float("nan")


def ask(where, asked, end):
    while not end.is_set():
        try:
            with socket.create_connection(where, timeout=30) as client:
                client.sendall(REQUEST)
                while client.recv(65536):
                    pass
            with asked.get_lock():
                asked.value += 1
        except OSError:
            pass


def stay(where, asked, end):
    while not end.is_set():
        try:
            with socket.create_connection(where, timeout=1) as client:
                while not end.is_set() and client.recv(1):
                    pass
        except OSError:
            pass


def start_clients(function, n, url):
    """In 4 processes, a thread for each client."""
    parts = urllib.parse.urlsplit(url)
    asked, end = multiprocessing.Value("q", 0), multiprocessing.Event()

    def work(share):
        import threading
        os.nice(19)
        threads = [threading.Thread(target=function, args=((parts.hostname, parts.port), asked, end))
                   for _ in range(share)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    processes = [multiprocessing.Process(target=work, args=(n // 4,)) for _ in range(4)]
    for process in processes:
        process.start()
    return processes, asked, end


def measure(args, url, title, function=None):
    if function:
        processes, asked, end = start_clients(function, args.clients, url)
        time.sleep(1)
        first = asked.value
    before, begin = take(url), time.monotonic()
    time.sleep(args.seconds)
    after, seconds = take(url), time.monotonic() - begin
    rate = (asked.value - first) / seconds if function else 0
    if function:
        end.set()
        for process in processes:
            process.join()
    print("%-34s %7d %9.0f %9.0f %9.0f %9.0f" % (
        title, after[float("inf")] - before[float("inf")],
        *(percentile(before, after, p) * 1e6 for p in (50, 99, 99.9)), rate), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--pipelines", type=int, default=8)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        process, url = start(args, folder)
        time.sleep(2)
        print("%-34s %7s %9s %9s %9s %9s" % ("", "frames", "p50, us", "p99, us", "p99.9, us", "asked/s"))
        measure(args, url, "alone")
        measure(args, url, "%d clients ask all the time" % args.clients, ask)
        measure(args, url, "%d clients say nothing" % args.clients, stay)
        measure(args, url, "alone")
        process.send_signal(signal.SIGTERM)
        process.wait()


if __name__ == "__main__":
    main()
