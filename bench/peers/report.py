# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The figures as Markdown tables and as a drawing."""

from . import rows

NAMES = {"gst-lstm": "gst-lstm", "tflite": "TensorFlow Lite (invoke alone)", "onednn": "oneDNN (C)",
         "onnxruntime": "ONNX Runtime (C)", "pytorch": "PyTorch", "keras": "Keras, TensorFlow (tf.function)"}
COLOURS = {"gst-lstm": "#c1121f", "tflite": "#e08e00", "onednn": "#1d4e89", "onnxruntime": "#2a9d8f",
           "pytorch": "#7b2cbf", "keras": "#6c757d"}
SECTIONS = (("step-", "One step a call, input and state of H, float32"),
            ("bf16-", "The same with bf16 weights"), ("int8-", "The same with int8 weights"))


def number(value):
    """Three digits, without an exponent."""
    return f"{value:#.3g}".rstrip(".") if value < 1000 else f"{value:.0f}"


def cell(taken):
    return f"{number(taken['ns'] / 1e3)} ({number(taken['times_the_limit'])}x)" if taken else "-"


def table(head, lines):
    yield "| | " + " | ".join(head) + " |"
    yield "| --- " * (len(head) + 1) + "|"
    for line in lines:
        yield "| " + " | ".join(line) + " |"


def peers_of(found):
    return [peer for peer in rows.F32 if any(peer in row["peers"] for row in found)]


def by_size(found):
    lines = [["limit"] + [number(row["limit_ns"] / 1e3) for row in found]]
    lines += [[NAMES[peer]] + [cell(row["peers"].get(peer)) for row in found] for peer in peers_of(found)]
    yield from table([row["title"] for row in found], lines)


def by_row(found):
    peers = peers_of(found)
    lines = [[row["title"], number(row["limit_ns"] / 1e3)] + [cell(row["peers"].get(peer)) for peer in peers]
             for row in found]
    yield from table(["limit"] + [NAMES[peer] for peer in peers], lines)


def differences(found):
    """The largest to float64 of each peer, over rows."""
    parts = []
    for peer in peers_of(found):
        worst = max(row["peers"][peer]["difference"] for row in found if peer in row["peers"])
        parts.append(f"{NAMES[peer]} {worst:.1g}")
    return ", ".join(parts)


def refusals(found):
    """What peers said of rows that they do not run."""
    return sorted({f"{NAMES[peer]} ({why})" for row in found for peer, why in row["left_out"].items()})


def versions(results):
    """Of this library the commit and the kernel sets."""
    notes = {row["peers"]["gst-lstm"]["note"] for row in results["rows"] if "gst-lstm" in row["peers"]}
    for peer, version in results["versions"].items():
        yield " ".join([NAMES[peer], version] + (sorted(notes) if peer == "gst-lstm" else []))


def about(results):
    machine = results["machine"]
    yield (f"{machine['cpu']}, {machine['cpus']} CPUs ({machine['caches']}; {' '.join(machine['flags'])}), Linux"
           f" {machine['kernel']}, load {machine['load']} at the start. {', '.join(versions(results))}.")
    yield ""
    yield (f"Microseconds a call, in brackets how many times the limit: of each of {results['rounds']} rounds, in which all"
           f" take turns of {results['seconds']:g} s, the fastest chunk of calls; of the rounds the median. One thread on"
           " one CPU, where nothing else is said. The limit is what the machine itself needs, measured in the same rounds:"
           " to read the weights once a step, or for the multiply-adds, whichever is more.")
    if results["left_out"]:
        yield ""
        yield "Left out: " + "; ".join(f"{NAMES[peer]} ({why})" for peer, why in results["left_out"].items()) + "."


def markdown(results):
    lines = list(about(results))
    rest = [row for row in results["rows"] if not row["name"].startswith(tuple(prefix for prefix, _ in SECTIONS))]
    sections = [(title, [row for row in results["rows"] if row["name"].startswith(prefix)], by_size)
                for prefix, title in SECTIONS]
    sections.append(("Sequences, and streams side by side, float32", rest, by_row))
    for title, found, form in sections:
        if found and peers_of(found):
            lines += ["", f"**{title}**", "", *form(found), "", f"Largest difference to float64: {differences(found)}."]
            lines += ["Left out: " + "; ".join(refusals(found)) + "."] if refusals(found) else []
    return "\n".join(lines) + "\n"


def points_of(found, peer):
    """[(number of the row, times the limit)]"""
    return [(i, row["peers"][peer]["times_the_limit"]) for i, row in enumerate(found) if peer in row["peers"]]


def draw_sizes(axes, found):
    for peer in peers_of(found):
        axes.plot(*zip(*points_of(found, peer)), marker="o", color=COLOURS[peer], label=NAMES[peer],
                  linewidth=3 if peer == "gst-lstm" else 1.5)
    axes.set_xticks(range(len(found)), [row["title"].removeprefix("H=") for row in found])
    axes.set_xlabel("H")
    axes.set_title("One step a call, float32, batch 1", fontsize=10)
    finish(axes, axes.yaxis)


def draw_rows(axes, found):
    peers = peers_of(found)
    width = 0.8 / max(len(peers), 1)
    for k, peer in enumerate(peers):
        points = points_of(found, peer)
        axes.barh([i - 0.4 + (k + 0.5) * width for i, _ in points], [value for _, value in points], width,
                  color=COLOURS[peer], label=NAMES[peer])
    axes.set_yticks(range(len(found)), [row["title"] for row in found], fontsize=8)
    axes.invert_yaxis()
    axes.set_title("Sequences, and streams side by side, float32", fontsize=10)
    finish(axes, axes.xaxis)


def finish(axes, axis):
    """Times from 1, the limit, up, each tenfold marked."""
    upright = axis is axes.yaxis
    (axes.set_yscale if upright else axes.set_xscale)("log")
    (axes.set_ylim(bottom=0.8) if upright else axes.set_xlim(left=0.8))
    (axes.axhline if upright else axes.axvline)(1, color="black", linewidth=1)
    axes.grid(axis="y" if upright else "x", linewidth=0.3)
    axis.set_major_formatter(lambda value, _: f"{value:g}x")
    axis.set_label_text("times the limit of the machine")


def draw(results, path):
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "gst-lstm", "svg.fonttype": "none", "font.family": "sans-serif"})
    from matplotlib import pyplot
    steps = [row for row in results["rows"] if row["name"].startswith("step-")]
    rest = [row for row in results["rows"] if not row["name"].startswith(tuple(prefix for prefix, _ in SECTIONS))]
    panels = [(draw_one, found) for draw_one, found in ((draw_sizes, steps), (draw_rows, rest)) if peers_of(found)]
    if not panels:
        return
    figure, all_axes = pyplot.subplots(len(panels), 1, figsize=(9, 4.5 * len(panels)), squeeze=False,
                                      height_ratios=[1, 1.3][:len(panels)])
    for axes, (draw_one, found) in zip(all_axes[:, 0], panels):
        draw_one(axes, found)
    all_axes[0, 0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
