# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-lstm deploy: whatever clients of its metrics do, streams go on with the
same bits, and others are answered."""

import os
import random
import socket
import threading
import time
import urllib.parse

import tap
from deployment import (Deployment, folder, read, run, slow_launch, write_config,
                        write_rows, write_yaml)
from prometheus import Metrics
from tap import case, expect, expect_equal

ROWS = 100000


def start(us=1000):
    """A deployment with a stream that lasts; its folder."""
    place = folder()
    write_rows(os.path.join(place, "rows.csv"), ROWS)
    write_config(os.path.join(place, "model.yaml"))
    path = write_yaml(os.path.join(place, "d.yaml"), {
        "version": 1, "metrics": 0,
        "pipelines": {"a": {"launch": slow_launch(us, "a.csv")}}})
    # AddressSanitizer keeps what was freed, 256 MiB of it
    options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"
    deployment = Deployment(path, env={"ASAN_OPTIONS": options.strip(":")})
    deployment.wait_for(lambda: deployment.get("/readyz")[0] == 200, "ready")
    return deployment, place


def address(deployment):
    """Where it listens."""
    parts = urllib.parse.urlsplit(deployment.url())
    return parts.hostname, parts.port


def frames(deployment):
    """How many it has counted."""
    return Metrics(deployment.get("/metrics")[2]).get(
        "frames_total", pipeline="a")


def connections(deployment):
    """How many sockets of TCP it has."""
    known = {line.split()[9] for line in
             read("/proc/net/tcp").decode().split("\n")[1:-1]}
    descriptors = f"/proc/{deployment.process.pid}/fd"
    found = 0
    for fd in os.listdir(descriptors):
        try:
            name = os.readlink(os.path.join(descriptors, fd))
        except FileNotFoundError:
            continue
        found += name.startswith("socket:") and name[8:-1] in known
    return found


def expect_well(deployment, place):
    """Frames go on, files are closed, and rows are those of a quiet run."""
    before = frames(deployment)
    deployment.wait_for(lambda: frames(deployment) > before, "more frames")
    deployment.wait_for(lambda: connections(deployment) == 1,
                        "all sockets but the one that listens to be closed")
    deployment.terminate()
    found = read(os.path.join(place, "a.csv"))
    n = found.count(b"\n") - 1
    write_rows(os.path.join(place, "rows.csv"), n)
    run(write_yaml(os.path.join(place, "whole.yaml"), {
        "version": 1, "pipelines": {
            "whole": {"launch": slow_launch(0, "whole.csv")}}}))
    expect(n > 100, "rows:", n)
    expect_equal(found == read(os.path.join(place, "whole.csv")), True, "bits")


def exchange(where, data, patience=20):
    """Sends bytes; all that comes back until the other end closes."""
    got = b""
    with socket.create_connection(where, timeout=patience) as client:
        try:
            client.sendall(data)
            while True:
                more = client.recv(65536)
                got += more
                if not more:
                    break
        except (ConnectionResetError, BrokenPipeError):
            pass
    return got


@case("200 clients at once: each gets a whole answer")
def _crowd():
    deployment, place = start()
    where, answers, ready = address(deployment), [], threading.Barrier(200)

    def client():
        ready.wait()
        for _ in range(5):
            try:
                answers.append(exchange(
                    where, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 60))
            except OSError as error:
                answers.append(str(error).encode())

    threads = [threading.Thread(target=client) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect_equal(len(answers), 1000, "answers")
    for answer in answers:
        head, _, body = answer.partition(b"\r\n\r\n")
        expect(head.startswith(b"HTTP/1.1 200 "), "answer", head)
        Metrics(body.decode())
    expect_well(deployment, place)


GARBAGE = [
    b"\r\n\r\n", b"\0" * 1000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\n\r\n", b"GET /metrics\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 500,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://%zz/ HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%00%ff%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /" + b"a" * 90000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=" +
    b",".join(b"%d-" % i for i in range(5000)) + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: y\r\n" % i for i in range(5000)) +
    b"\r\n",
]


@case("garbage: an error or nothing comes back, and others are served")
def _garbage():
    deployment, place = start()
    where = address(deployment)
    chance = random.Random(1)
    for i in range(100):
        GARBAGE.append(bytes(chance.randrange(256)
                             for _ in range(chance.randrange(1, 3000))) +
                       b"\r\n\r\n" * (i % 2))
    threads = []
    for data in GARBAGE:
        threads.append(threading.Thread(target=exchange, args=(where, data)))
        threads[-1].start()
        if len(threads) % 20 == 0:
            expect_equal(deployment.get("/healthz")[0], 200, "health")
    for thread in threads:
        thread.join()
    expect_well(deployment, place)


@case("headers and bodies without an end are cut off, and take no memory")
def _endless():
    deployment, place = start()
    where = address(deployment)

    def resident():
        text = read(f"/proc/{deployment.process.pid}/statm").decode()
        return int(text.split()[1]) * os.sysconf("SC_PAGESIZE")

    def flood(data):
        """How many bytes of 64 MiB are taken."""
        block, sent = b"x" * 65536, 0
        with socket.create_connection(where, timeout=20) as client:
            try:
                client.sendall(data)
                for _ in range(1024):
                    client.sendall(block)
                    sent += len(block)
            except (ConnectionResetError, BrokenPipeError):
                pass
        return sent

    before = resident()
    most = 0
    for _ in range(3):
        for data in (b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"GET /", b""):
            sent = flood(data)
            expect(sent < 32 << 20, "takes", sent, "bytes of", data)
        flood(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        most = max(most, resident())
    expect(most - before < 48 << 20, "grew by", most - before)
    expect_well(deployment, place)


@case("clients that say nothing, or little, or do not listen, are sent away")
def _slow():
    deployment, place = start(5000)
    where = address(deployment)
    begin = time.monotonic()
    silent = [socket.create_connection(where, timeout=40) for _ in range(20)]
    deaf = socket.create_connection(where, timeout=40)
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n")
    slow = socket.create_connection(where, timeout=40)

    def drip():
        try:
            for byte in b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 100:
                slow.sendall(bytes([byte]))
                time.sleep(0.3)
        except OSError:
            pass

    thread = threading.Thread(target=drip)
    thread.start()
    for client in [*silent, deaf, slow]:
        try:
            got = client.recv(1)
        except ConnectionResetError:
            got = b""
        expect(got == b"" or client is slow, "an answer to nothing:", got)
    expect(8 < time.monotonic() - begin < 30, "after",
           time.monotonic() - begin)
    thread.join()
    for client in [*silent, deaf, slow]:
        client.close()
    expect_well(deployment, place)


@case("more clients than there is room for: the newest are answered")
def _full():
    deployment, place = start()
    where = address(deployment)
    idle = [socket.create_connection(where, timeout=40) for _ in range(600)]
    begin = time.monotonic()
    for _ in range(20):
        expect_equal(deployment.get("/healthz")[0], 200, "health")
    expect(time.monotonic() - begin < 8, "answers wait for others")
    closed = 0
    for client in idle:
        client.setblocking(False)
        try:
            closed += client.recv(1) == b""
        except ConnectionResetError:
            closed += 1
        except BlockingIOError:
            pass
    expect(closed >= 600 - 256, "only", closed, "made room")
    for client in idle:
        client.close()
    expect_well(deployment, place)


tap.main()
