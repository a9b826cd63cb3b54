"""The loss curve, as a table and as a picture."""

import csv
from pathlib import Path
from typing import Any

COLUMNS = ("step", "epoch", "learning_rate", "loss", "grad_norm", "eval_loss")


def save_table(path: Path, history: list[dict[str, Any]]) -> None:
    """Write a row for each logged step, with what was measured at it.

    Args:
        path: a CSV file.
        history: Trainer's ``log_history``. ``loss`` is the mean over labelled tokens of the steps since the row
            before, in nats; ``eval_loss`` the mean over validation rows of the mean over a row's labelled tokens.
    """
    rows: dict[int, dict[str, Any]] = {}
    for entry in history:
        if "loss" in entry or "eval_loss" in entry:
            rows.setdefault(entry["step"], {}).update(entry)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[step] for step in sorted(rows))


def save_picture(path: Path, history: list[dict[str, Any]]) -> None:
    """Draw training and validation loss over steps, the same bytes for the same numbers."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "mixdistill"}):
        figure = Figure(figsize=(5, 3), layout="constrained")
        axes = figure.subplots()
        for name, label, style in (("loss", "training", "-"), ("eval_loss", "validation", "o-")):
            points = [(entry["step"], entry[name]) for entry in history if name in entry]
            if points:
                axes.plot(*zip(*points, strict=True), style, label=label, markersize=3)
        axes.set(xlabel="step", ylabel="loss per token (nats)")
        axes.legend(frameon=False)
        figure.savefig(path, metadata={"Date": None})
