#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compiles the kernels and their tests for arm64 and runs them, with the set
`neon`, in qemu. Prints TAP: the cases of all the test programs."""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILER = "aarch64-linux-gnu-gcc"
EMULATORS = ("qemu-aarch64-static", "qemu-aarch64")
CASE = re.compile(r"(not )?ok \d+ (.*)")


def find_tools():
    emulator = next(filter(None, map(shutil.which, EMULATORS)), None)
    if shutil.which(COMPILER) is None or emulator is None:
        print(f"1..0 # SKIP {COMPILER} or {EMULATORS[0]} is missing: apt-get"
              " install gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
              " qemu-user-static")
        sys.exit(0)
    return emulator


def glib_flags():
    """Of this machine's GLib: its headers are the same where numbers are of the
    same sizes."""
    return subprocess.run(["pkg-config", "--cflags", "glib-2.0"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.split()


def compile_all(sources, flags, scratch):
    """Returns the objects. Ends with what the compiler says if it fails."""
    def one(source):
        to = scratch / f"{source.resolve().parent.name}-{source.stem}.o"
        run = subprocess.run([COMPILER, *flags, "-c", source, "-o", to],
                             stderr=subprocess.PIPE, text=True, check=False)
        if run.returncode != 0:
            raise RuntimeError(run.stderr)
        return to

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(one, sources))


def run_test(command, first):
    """Prints its cases, numbered from first; returns how many there should be,
    and whether all went well."""
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                         env=os.environ | {"LSTM_CPU": "neon"}, check=False)
    planned, seen = 0, 0
    for line in run.stdout.splitlines():
        case = CASE.match(line)
        if line.startswith("1.."):
            planned = int(line[3:])
        elif case:
            print(f"{case[1] or ''}ok {first + seen} {case[2]}")
            seen += 1
        else:
            print(line)
    sys.stdout.flush()
    return max(planned, seen, 1), run.returncode == 0 and planned == seen > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scratch", type=pathlib.Path)
    parser.add_argument("sources", type=pathlib.Path, nargs="+",
                        help="of the kernels, and what they need")
    parser.add_argument("--flags", default="", help="to compile them with")
    arguments = parser.parse_args()
    emulator = find_tools()
    scratch = arguments.scratch
    scratch.mkdir(exist_ok=True)

    common = ["-std=gnu11", "-Wall", "-Wextra", "-Wno-unused-parameter",
              "-Werror", '-DG_LOG_DOMAIN="lstm"', f"-I{ROOT}/core",
              f"-I{ROOT}/tests", *glib_flags()]
    kernels = compile_all(
        arguments.sources,
        [*common, *arguments.flags.split(), "-DLSTM_SIMD_NEON"], scratch)
    tests = sorted((ROOT / "tests/kernels").glob("test-*.c"))
    objects = compile_all(tests, [*common, "-O2"], scratch)

    cases, good = 0, bool(tests)
    for test in objects:
        program = scratch / test.stem
        subprocess.run([COMPILER, "-static", test, *kernels, "-lm", "-o",
                        program], check=True)
        n, ok = run_test([emulator, program, "--tap"], cases + 1)
        cases, good = cases + n, good and ok
    print(f"1..{cases}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
