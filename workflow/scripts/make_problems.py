"""Generate a problem set of the miniature world."""

from collections.abc import Iterator
from pathlib import Path

from mixdistill.entry import run
from mixdistill.jsonl import Row, write
from mixdistill.world.diaries import distinct


def rows_of(levels: list[str], rows: int, split: str, seed: int) -> Iterator[Row]:
    """Yield problems with their answers, the levels taking turns."""
    name = f"mini-{levels[0]}" if len(levels) == 1 else "mini"
    for number, (level, diary) in enumerate(distinct(levels, split, rows, seed)):
        identity = f"{name}/{split}/{number}"
        yield {"id": identity, "problem": diary.problem, "answer": str(diary.answer), "level": level}


def main(problems: Path, levels: list[str], rows: int, split: str, seed: int) -> None:
    """Write ``rows`` different problems of one level or several, none of which is in another split."""
    count = write(problems, rows_of(levels, rows, split, seed))
    print(f"{problems}: {count} problems of {', '.join(levels)}, split {split}, seed {seed}")


if __name__ == "__main__":
    run(main)
