"""A finished experiment that is changed, and what its plans are made of."""

import re
from pathlib import Path

import yaml
from planning import planned


class Work:
    """A copy of the finished experiment, to be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def script(self, name: str) -> Path:
        return self.folder / "workflow" / "scripts" / name

    def change(self, change) -> None:
        path = self.folder / "mine.yaml"
        raw = yaml.safe_load(path.read_text())
        change(raw)
        path.write_text(yaml.safe_dump(raw))

    def plan(self) -> list[str]:
        """The jobs, but for those of the report, which follow whatever it shows."""
        return [job for job in self.whole_plan() if not job.startswith("report_")]

    def whole_plan(self) -> list[str]:
        return [
            named(job)
            for job in planned(self.folder, self.folder / "mine.yaml")
            if job not in ("all", "tables", "figures")
        ]


def named(job):
    """A job without the digest that a kept proof or screening is named by."""
    return re.sub(r"^(keep_proof \S+|keep_screening) [0-9a-f]{16}$", r"\1", job)


def cells(student, *mixtures, seed=1, stages=("answer", "mark")):
    return [
        f"{stage} {student} {mixture} {0 if mixture == 'untrained' else seed}"
        for mixture in mixtures
        for stage in stages
    ]


SMALL = ("untrained", "long", "short", "mix-long", "share-0.4", "large")
OF_SMALL = [
    "gap_table table1",
    "methods_table table3",
    "size_figure figure2",
    "variants_figure figure4",
    "sweep_figure figure6",
]
OF_MEDIUM = ["gap_table table1", "variants_figure figure4"]


def proven(*students, kept=False):
    """With ``kept``, proofs that let students be trained who never were."""
    found = [job for student in students for job in (f"encode students {student}", f"prove {student}")]
    return [*found, *(f"keep_proof {student}" for student in students if kept)]


def gathered(*students):
    return [f"{stage} {student}" for student in students for stage in ("judge", "score")]
