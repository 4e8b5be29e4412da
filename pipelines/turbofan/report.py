#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads the predictions of the turbofan pipeline: prints the engines most
likely to fail, compares with what Keras gives and what the model's authors
published, and draws them."""

import argparse
import csv
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
THRESHOLD = 0.5


class ReportError(Exception):
    """What the user should read in place of a report."""


class Predictions:
    """Predictions of one file: columns KEY, X, ..., OUTPUT, a row a window."""

    def __init__(self, path):
        header, rows = read_csv(path)
        if len(header) < 3:
            raise ReportError(
                f"{path}: {len(header)} columns ({', '.join(header)}); expected"
                " three or more: the key, a kept column (the cycle) and the"
                " output; set `key` and `keep` in the YAML")
        self.path = path
        self.key, self.x, self.output = header[0], header[1], header[-1]
        self.engines = {}
        self.n_windows = len(rows)
        for line, row in rows:
            value = number(path, line, self.output, row[-1])
            x = number(path, line, self.x, row[1])
            self.engines.setdefault(row[0], []).append((x, value))

    def last(self, engine):
        """The probability after the engine's last cycle."""
        return self.engines[engine][-1][1]

    def ranking(self):
        """Engines by falling probability after their last cycle; equal ones in
        the order of the file."""
        return sorted(self.engines, key=lambda engine: -self.last(engine))


def read_csv(path):
    """Header and [(line, cells)] of a CSV file; cells without outer blanks."""
    try:
        with open(path, newline="", encoding="utf-8-sig",
                  errors="replace") as file:
            reader = csv.reader(file)
            header = [cell.strip() for cell in next(reader, [])]
            rows = [(reader.line_num, [cell.strip() for cell in row])
                    for row in reader if row]
    except (OSError, csv.Error) as error:
        raise ReportError(f"{path}: {error}") from error
    if not header:
        raise ReportError(f"{path}: empty; expected a header and rows")
    for line, row in rows:
        if len(row) != len(header):
            raise ReportError(f"{path}:{line}: {len(row)} cells, but the header"
                              f" has {len(header)}")
    return header, rows


def number(path, line, column, text):
    """The number in a cell."""
    try:
        return float(text)
    except ValueError:
        raise ReportError(f"{path}:{line}: column {column}: '{text}' is no"
                          " number") from None


def rows_by_engine(path, columns=None):
    """({id: [cells of columns]}, columns) of an input file, or (None, None) if
    it has not all those columns. Columns None: all of the file."""
    header, rows = read_csv(path)
    columns = columns or header
    if not set(columns) <= set(header):
        return None, None
    at = [header.index(column) for column in columns]
    engines = {}
    for _, row in rows:
        cells = [as_number(row[i]) for i in at]
        engines.setdefault(row[header.index("id")], []).append(cells)
    return engines, columns


def as_number(text):
    """A cell as a number if it is one, so that 1 equals 1.0."""
    try:
        return float(text)
    except ValueError:
        return text


def known_engines(test_path):
    """Ids of the engines of the input that are, row by row, the published
    data's. Only of these do we know what should come out."""
    published, columns = rows_by_engine(os.path.join(HERE, "test.csv"))
    ours, _ = rows_by_engine(test_path, columns)
    if ours is None:
        return set()
    return {key for key, rows in ours.items() if published.get(key) == rows}


def expected_predictions():
    """{id: {cycle: probability}}: Keras's own output."""
    _, rows = read_csv(os.path.join(HERE, "expected_binary.csv"))
    expected = {}
    for _, (engine, cycle, value) in rows:
        expected.setdefault(engine, {})[float(cycle)] = float(value)
    return expected


def published_labels(expected):
    """{id: 0 or 1}: what the model's authors published, one label for the last
    window of each engine that has a window, in order of id."""
    _, rows = read_csv(os.path.join(HERE, "published_binary.csv"))
    engines = sorted(expected, key=int)
    if len(rows) != len(engines):
        raise ReportError(f"published_binary.csv: {len(rows)} labels for"
                          f" {len(engines)} engines")
    return {engine: int(row[0]) for engine, (_, row) in zip(engines, rows)}


def print_ranking(predictions, labels, count):
    """The engines most likely to fail, with the published label."""
    top = predictions.ranking()[:count]
    print(f"The {len(top)} engines most likely to fail within 30 cycles:")
    print()
    width = max([len(engine) for engine in top] + [6])
    print(f"  {'engine':>{width}}  {predictions.x:>6}  probability"
          "  published label")
    for engine in top:
        x, value = predictions.engines[engine][-1]
        label = labels.get(engine)
        words = {0: "0", 1: "1 (fails)", None: "none"}[label]
        print(f"  {engine:>{width}}  {x:>6g}  {value:>11.6f}  {words}")
    print()
    return top


def print_labels(predictions, labels, n_labels):
    """How many published labels the predictions agree with."""
    ours = [engine for engine in predictions.engines if engine in labels]
    if not ours:
        print("Published labels: not compared; they belong to the engines of"
              " the published test.csv, and this input holds others.")
        return
    agree = sum((predictions.last(engine) > THRESHOLD) == (labels[engine] == 1)
                for engine in ours)
    others = len(predictions.engines) - len(ours)
    print(f"Published labels: agrees with {agree} of {len(ours)}"
          f" (threshold {THRESHOLD:g})"
          + (f"; the other {n_labels - len(ours)} belong to engines that this"
             " input does not hold" if len(ours) < n_labels else "")
          + (f"; engines of this input without one: {others}" if others else "")
          + ".")


def print_difference(predictions, expected, known):
    """The largest difference to Keras's own output."""
    ours = {(engine, x): value for engine in known & set(expected)
            for x, value in predictions.engines.get(engine, [])}
    if not ours:
        return
    theirs = {(engine, x): value for engine in known & set(expected)
              for x, value in expected[engine].items()}
    if set(ours) != set(theirs):
        raise ReportError(
            f"{len(ours)} windows predicted, {len(theirs)} expected of these"
            f" engines; {len(set(theirs) - set(ours))} are missing")
    worst = max(sorted(ours), key=lambda at: abs(ours[at] - theirs[at]))
    print(f"Keras's own output: {len(ours)} windows compared, max |difference|"
          f" {abs(ours[worst] - theirs[worst]):.2g}"
          f" (engine {worst[0]}, {predictions.x} {worst[1]:g}).")


def draw(svg, predictions, engines, program):
    """Has gst-lstm plot draw the engines' probability over cycles."""
    command = [program, "plot", predictions.path, "-o", svg,
               "--key", predictions.key, "--x", predictions.x,
               "--columns", predictions.output, "--keys", ",".join(engines),
               "--threshold", f"{THRESHOLD:g}",
               "--title", "Engines most likely to fail within 30 cycles"]
    try:
        subprocess.run(command, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ReportError(f"{svg}: not drawn: {error}") from error


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("test", help="the CSV that went into the pipeline")
    parser.add_argument("predictions", help="the CSV that came out of it")
    parser.add_argument("--top", type=int, default=10,
                        help="how many engines to show (default: 10)")
    parser.add_argument("--seconds", type=float,
                        help="how long the pipeline took")
    parser.add_argument("--svg", help="where to draw them")
    parser.add_argument("--gst-lstm", default="gst-lstm",
                        help="the program that draws (default: gst-lstm)")
    return parser.parse_args()


def report(arguments):
    """Prints all of it, and draws if asked to."""
    predictions = Predictions(arguments.predictions)
    if predictions.n_windows == 0:
        raise ReportError(
            f"{arguments.predictions}: no predictions. No engine in"
            f" {arguments.test} has as many rows as a window has steps")
    expected = expected_predictions()
    known = known_engines(arguments.test)
    labels = published_labels(expected)
    n_labels = len(labels)
    labels = {key: label for key, label in labels.items() if key in known}
    top = print_ranking(predictions, labels, arguments.top)
    print_labels(predictions, labels, n_labels)
    print_difference(predictions, expected, known)
    if arguments.seconds is not None:
        print(f"Time: {arguments.seconds:.2f} s for {predictions.n_windows}"
              f" windows of {len(predictions.engines)} engines, start to end of"
              " gst-launch-1.0.")
    if arguments.svg:
        draw(arguments.svg, predictions, top, arguments.gst_lstm)


def main():
    try:
        report(parse_arguments())
    except ReportError as error:
        sys.exit(f"report.py: {error}")


if __name__ == "__main__":
    main()
