"""What tables and figures say of themselves: titles, what their intervals are over, what was left out."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mixdistill.arms import Arm
from mixdistill.errors import UserError
from mixdistill.names import UNTRAINED
from mixdistill.statistics import LEVEL


def basis(shown: Iterable[Arm]) -> str:
    """Say what the intervals are over; this belongs on the face of what shows them."""
    listed = list(shown)
    numbers = sorted({len(arm.seeds) for arm in listed if arm.mixture != UNTRAINED})
    made = f"{100 * LEVEL:.0f}% intervals"
    if not numbers:
        return f"{made} over problems"
    if numbers == [1]:
        return f"{made}; 1 seed: interval over problems only"
    if len(numbers) == 1:
        said = f"{made} over problems and {numbers[0]} seeds"
    else:
        said = f"{made} over problems and seeds ({numbers[0]} to {numbers[-1]} seeds, their noise taken together)"
    untrained = any(arm.mixture == UNTRAINED for arm in listed)
    return said + ("; untrained: over problems only" if untrained else "")


def left_out(scores: list[Path], look: dict[str, Any]) -> list[str]:
    """The footnote of a table on the clean subset: how many problems of each benchmark leak; none for other tables.

    Raises:
        UserError: all problems of a benchmark leak.
    """
    import pandas as pd

    if look["entry"].get("subset") != "clean":
        return []
    rows = pd.read_parquet(scores[0], columns=["benchmark", "id", "clean"]).drop_duplicates()
    said = []
    for benchmark, title in look["titles"]["benchmarks"].items():
        clean = rows.loc[rows["benchmark"] == benchmark, "clean"]
        if not clean.any():
            raise UserError(
                f"{scores[0]}: all {len(clean)} problems of {benchmark!r} leak into the training problems, so "
                "that none is clean; set subset: all for this table, or take the benchmark out"
            )
        said.append(f"{title} {len(clean) - clean.sum()} of {len(clean)}")
    return [f"Clean subset: left out are test problems that leak into the training problems ({', '.join(said)})."]


def mixture_title(look: dict[str, Any], mixture: str) -> str:
    """What a mixture is called on the face; ``untrained`` and unnamed ones are called by their names."""
    return str(look["titles"]["mixtures"].get(mixture, mixture))


def heading(entry: dict[str, Any]) -> str:
    """The title of a table or figure, with what it repeats of the paper."""
    title = str(entry["title"])
    return f"{title} (after {entry['paper']} of the paper)" if entry.get("paper") else title
