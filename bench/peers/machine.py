# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Says on what machine the figures were made, and how busy it was."""

import os
import platform
import re


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def caches():
    """`L1d 48K, L2 2048K, L3 107520K`, as CPU 0 sees them."""
    found = []
    for i in range(8):
        folder = f"/sys/devices/system/cpu/cpu0/cache/index{i}/"
        kind = {"Data": "d", "Unified": ""}.get(read(folder + "type"))
        if kind is not None:
            found.append(f"L{read(folder + 'level')}{kind} {read(folder + 'size')}")
    return ", ".join(found)


def describe():
    cpuinfo = read("/proc/cpuinfo")
    name = re.search(r"^model name\s*:\s*(.*)$", cpuinfo, re.MULTILINE)
    flags = re.search(r"^flags\s*:\s*(.*)$", cpuinfo, re.MULTILINE)
    known = ("avx2", "fma", "avx512f", "avx512_bf16", "avx512_vnni", "amx_tile")
    return {"cpu": name.group(1) if name else platform.machine(), "cpus": len(os.sched_getaffinity(0)),
            "caches": caches(), "flags": [flag for flag in known if flags and flag in flags.group(1).split()],
            "kernel": platform.release(), "load": round(os.getloadavg()[0], 1)}
