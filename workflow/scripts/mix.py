"""Mix teachers' completions by weight, one completion per problem that all teachers of the comparison solved."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write
from mixdistill.rejection import shortfalls
from mixdistill.seeds import seed_of


def in_order(ids: set[str], *names: str) -> list[str]:
    """The ids in an order that depends on the names and on nothing else."""
    return sorted(ids, key=lambda identity: (seed_of(*names, identity), identity))


def dealt(ids: Sequence[str], parts: dict[str, float]) -> dict[str, str]:
    """Give each problem to a teacher by weight.

    The parts take consecutive stretches of one fixed order, in the order of their names: of two teachers, a larger
    weight's problems contain a smaller weight's, so that sweeps are nested. Boundaries are rounded half up.
    """
    given, share, start = {}, 0.0, 0
    for teacher in sorted(parts):
        share += parts[teacher]
        end = int(len(ids) * share + 0.5 + 1e-9)
        given.update(dict.fromkeys(ids[start:end], teacher))
        start = end
    return given


def first_kept(path: Path) -> dict[str, str]:
    """The first right completion of each problem."""
    found: dict[str, str] = {}
    for row in counting.read(path, "id", "sample"):
        found.setdefault(row["id"], row["completion"])
    return found


def mixed(
    kept: dict[str, dict[str, str]],
    problems: dict[str, str],
    recipe: dict[str, Any],
    prompt: str,
    reasons: Sequence[str] = (),
) -> tuple[list[Row], int]:
    """The rows of a mixture in training order, and the number of problems that all teachers solved.

    Args:
        kept: teacher to problem to completion.
        problems: id to text.
        recipe: comparison, teachers, parts and rows.
        prompt: what the text of a problem is put into.
        reasons: why teachers solved few problems, for the case that these are too few.

    Raises:
        UserError: the teachers share no problems, or fewer than ``recipe["rows"]``.
    """
    comparison = recipe["comparison"]
    shared = set(problems).intersection(*kept.values())
    solved = ", ".join(f"{teacher} {len(found)}" for teacher, found in kept.items())
    why = "".join(f"; {reason}" for reason in reasons) or "; draw more samples of the same problems"
    wanted = recipe["rows"] or len(shared)
    if not shared:
        raise UserError(f"comparisons.{comparison}: no problem was solved by all its teachers (solved: {solved}){why}")
    if wanted > len(shared):
        raise UserError(
            f"comparisons.{comparison}.rows: {wanted} wanted, but only {len(shared)} problems were solved by all its "
            f"teachers (solved: {solved}); lower rows{why}"
        )
    chosen = in_order(shared, "rows", comparison)[:wanted]
    teacher_of = dealt(chosen, recipe["parts"])
    rows = [
        {
            "id": identity,
            "prompt": prompt.replace("{problem}", problems[identity]),
            "completion": kept[teacher_of[identity]][identity],
            "teacher": teacher_of[identity],
        }
        for identity in in_order(set(chosen), "training order", comparison)
    ]
    return rows, len(shared)


def main(problems: Path, kept: list[Path], mixture: Path, counts: Path, recipe: dict[str, Any], prompt: str) -> None:
    """Read kept completions, one file per teacher of the comparison, write a mixture in training order."""
    texts = {row["id"]: row["problem"] for row in counting.read(problems, "id")}
    completions = dict(zip(recipe["teachers"], map(first_kept, kept), strict=True))
    reasons = [line for path in kept for line in shortfalls(path.with_suffix(".counts.json"))]
    rows, shared = mixed(completions, texts, recipe, prompt, reasons)
    write(mixture, rows)
    parts = {teacher: sum(row["teacher"] == teacher for row in rows) for teacher in recipe["parts"]}
    counting.save(counts, len(rows), parts, shared=shared)


if __name__ == "__main__":
    run(main)
