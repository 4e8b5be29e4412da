# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small extract of the turbofan data, and what can be done to it."""

import os

import launch


def _lines():
    with open(os.path.join(launch.TURBOFAN, "test.csv"), encoding="ascii") as f:
        return f.read().splitlines()


LINES = _lines()
HEADER = LINES[0].split(",")


def rows_of(*engines):
    """The rows of these engines, as lists of cells."""
    rows = [line.split(",") for line in LINES[1:]]
    return [row for row in rows if row[0] in engines]


def text_of(rows, header=tuple(HEADER), newline="\n"):
    """CSV of a header and rows."""
    lines = [",".join(header)] + [",".join(row) for row in rows]
    return newline.join(lines) + newline


def without_column(rows, name):
    """(header, rows) without one column."""
    at = HEADER.index(name)
    return (HEADER[:at] + HEADER[at + 1:],
            [row[:at] + row[at + 1:] for row in rows])


def with_cell(rows, row, name, text):
    """The rows with one cell changed; row counts from 0."""
    changed = [list(cells) for cells in rows]
    changed[row][HEADER.index(name)] = text
    return changed


# Engine 2 has 49 cycles, one less than a window; 3 and 4 are cut to 60 and 55.
SHORT = rows_of("2")
LONG = rows_of("4")[:55]
ROWS = SHORT + rows_of("3")[:60] + LONG
N_WINDOWS = (60 - 49) + (55 - 49)


def config_with(name, *changes):
    """Writes a copy of turbofan.yaml in the own directory, with absolute paths
    and with (old, new) replaced in its text; returns its path."""
    with open(launch.CONFIG, encoding="utf-8") as file:
        text = file.read()
    for old, new in changes:
        if old not in text:
            raise ValueError(f"turbofan.yaml does not say '{old}'")
        text = text.replace(old, new)
    for file_name in ("binary_model.h5", "scaler.json"):
        absolute = os.path.join(launch.TURBOFAN, file_name)
        text = text.replace(f" {file_name}", f' "{absolute}"')
    return launch.write(name, text)
