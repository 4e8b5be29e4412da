# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads the text format of Prometheus, version 0.0.4, and takes nothing that
stands against it or against its rules for names and histograms."""

import re

from tap import expect, expect_equal

_LINE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')
_SUFFIXES = {"histogram": ("_bucket", "_sum", "_count")}


def _unescape(text):
    return re.sub(r"\\(.)", lambda m: "\n" if m.group(1) == "n" else m.group(1),
                  text)


def _labels(text, line):
    labels, at = {}, 0
    while at < len(text):
        match = _LABEL.match(text, at)
        expect(match, "labels of", line)
        expect(match.group(1) not in labels, "a label twice:", line)
        labels[match.group(1)] = _unescape(match.group(2))
        at = match.end()
    expect(not text.endswith(","), "a comma at the end:", line)
    return labels


class Metrics:
    """All samples: (name, labels as sorted pairs) -> value."""

    def __init__(self, text):
        self.types, self.helps, self.values = {}, {}, {}
        self._family = None
        expect(text.endswith("\n"), "the last line is not whole")
        for line in text[:-1].split("\n"):
            if line.startswith("# HELP "):
                self._begin(line)
            elif line.startswith("# TYPE "):
                self._type(line)
            else:
                self._sample(line)
        for name, kind in self.types.items():
            expect(kind != "counter" or name.endswith("_total"), name)
            if kind == "histogram":
                self._check_histogram(name)

    def _begin(self, line):
        _, _, name, text = line.split(" ", 3)
        expect(name not in self.helps, "a family stands in two places:", name)
        expect(text.strip() == text != "", "help of", name)
        self.helps[name] = text
        self._family = name

    def _type(self, line):
        _, _, name, kind = line.split(" ")
        expect_equal(name, self._family, "family of " + line)
        expect(kind in ("counter", "gauge", "histogram"), line)
        expect(name not in self.types, "two types:", line)
        self.types[name] = kind

    def _sample(self, line):
        match = _LINE.fullmatch(line)
        expect(match, "a line that is none:", repr(line))
        name, labels = match.group(1), _labels(match.group(3) or "", line)
        kind = self.types[self._family]
        names = [self._family + suffix for suffix in _SUFFIXES.get(kind, ("",))]
        expect(name in names, name, "stands among", self._family)
        key = (name, tuple(sorted(labels.items())))
        expect(key not in self.values, "twice:", line)
        self.values[key] = float(match.group(4))

    def _check_histogram(self, name):
        series = {}
        for (found, labels), value in self.values.items():
            if found == name + "_bucket":
                rest = tuple(pair for pair in labels if pair[0] != "le")
                series.setdefault(rest, []).append(
                    (float(dict(labels)["le"]), value))
        for rest, buckets in series.items():
            bounds = [bound for bound, _ in buckets]
            counts = [n for _, n in buckets]
            expect_equal(bounds, sorted(set(bounds)), "bounds of " + name)
            expect_equal(counts, sorted(counts), "buckets of " + name)
            expect_equal(bounds[-1], float("inf"), "the last bound of " + name)
            expect_equal(self.values[name + "_count", rest], counts[-1], name)
            expect((self.values[name + "_sum", rest] > 0) == (counts[-1] > 0),
                   "sum of", name)

    def get(self, name, **labels):
        """One value."""
        key = ("gst_lstm_" + name, tuple(sorted(labels.items())))
        expect(key in self.values, "there is no", key)
        return self.values[key]

    def find(self, name, **labels):
        """Labels of all samples that have these."""
        return [dict(pairs) for (found, pairs) in self.values
                if found == "gst_lstm_" + name
                and labels.items() <= dict(pairs).items()]
