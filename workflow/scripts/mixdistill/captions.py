"""What tables and figures say of themselves: titles, what their intervals are over, what was left out."""

from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from mixdistill.arms import Arm, leaked
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
    leaking = Counter(benchmark for benchmark, _ in leaked(scores, look))
    rows = pd.read_parquet(scores[0], columns=["benchmark", "id"]).drop_duplicates()
    said = []
    for benchmark, title in look["titles"]["benchmarks"].items():
        problems = int((rows["benchmark"] == benchmark).sum())
        if leaking[benchmark] == problems:
            raise UserError(
                f"{scores[0]}: all {problems} problems of {benchmark!r} leak into what an arm of this table was "
                "taught, so that none is clean; set subset: all for this table, or take the benchmark out"
            )
        said.append(f"{title} {leaking[benchmark]} of {problems}")
    return [
        "Clean subset: left out, for all arms alike, are test problems that leak into what any arm of this table was "
        f"taught ({', '.join(said)})."
    ]


def footnotes(scores: list[Path], look: dict[str, Any]) -> list[str]:
    """Return the footnotes of what shows scores: problems without a reference answer, arms not on equal terms."""
    lacking = without_gold(scores[0], look["titles"]["benchmarks"], leaked(scores, look))
    return [*lacking, *look.get("footnotes", [])]


def without_gold(scores: Path, benchmarks: dict[str, str], without: Collection[tuple[str, str]]) -> list[str]:
    """Return a sentence on the problems that no answer can be right to, if there are any; they count as wrong.

    ``without``: benchmark and id of the problems that are left out.
    """
    import pandas as pd

    def problems(**filters: Any) -> pd.DataFrame:
        rows = pd.read_parquet(scores, columns=["benchmark", "id"], **filters).drop_duplicates().astype(str)
        return rows[~pd.MultiIndex.from_frame(rows).isin(without)] if without else rows

    lacking = problems(filters=[("outcome", "==", "no gold")])
    if lacking.empty:
        return []
    numbers, totals = (frame["benchmark"].value_counts() for frame in (lacking, problems()))
    said = [f"{title} {numbers[name]} of {totals[name]}" for name, title in benchmarks.items() if name in numbers]
    return [f"No usable reference answer: every answer to these problems counts as wrong ({', '.join(said)})."]


def mixture_title(look: dict[str, Any], mixture: str) -> str:
    """What a mixture is called on the face; ``untrained`` and unnamed ones are called by their names."""
    return str(look["titles"]["mixtures"].get(mixture, mixture))


def heading(entry: dict[str, Any]) -> str:
    """The title of a table or figure, with what it repeats of the paper."""
    title = str(entry["title"])
    return f"{title} (after {entry['paper']} of the paper)" if entry.get("paper") else title
