"""Questions about the report and the archive."""

import hashlib
from typing import Any, NamedTuple

import yaml

from mixdistill.portable import without_places
from mixdistill.rulebook.evaluation import AboutEvaluation
from mixdistill.rulebook.places import Files, Wildcards
from mixdistill.rulebook.shown import CONFIG, AboutShown


class Table(NamedTuple):
    """The wildcards of a job that makes a table."""

    table: str


class AboutReport(AboutEvaluation, AboutShown):
    """What is said of the experiment as a whole."""

    def table_recipes(self, wildcards: Wildcards) -> dict[str, Any]:
        """How each table is made: its script, what this is given, and its files."""
        return {name: self.table_recipe(name) for name in self.experiment.tables}

    def table_recipe(self, table: str) -> dict[str, Any]:
        """How a table is made."""
        job = Table(table)
        kind = self.entry(job).kind
        given: dict[str, Any] = {"look": self.look(job)}
        match kind:
            case "training":
                given |= {"reports": self.reports(job), "kept": self.kept_counts(job), "cells": self.runs_of(job)}
            case "rank-shift":
                given |= {"shifts": self.shifts(job)}
            case _:
                given |= {"scores": self.scores(job)}
        if kind == "slices":
            given |= {"problems": self.tests}
        elif kind == "graders":
            given |= {"grades": self.grades(job)}
        elif kind == "judge-audit":
            given |= {"verdicts": self.verdicts(job), "judge": self.judge_title(job)}
        script = f"{kind.removesuffix('-audit').replace('-', '_')}_table"
        outputs = {ending: f"{self.results}/tables/{table}.{ending}" for ending in ("csv", "md", "html", "tex")}
        return {"script": script, "given": given, "outputs": outputs}

    def archived(self, wildcards: Wildcards) -> Files:
        """What the tables of an archive are made of."""
        found: dict[str, None] = {}
        for recipe in self.table_recipes(wildcards).values():
            for name, value in recipe["given"].items():
                if name in ("scores", "problems", "grades", "verdicts", "reports", "kept", "shifts"):
                    found |= dict.fromkeys([value] if isinstance(value, str) else value)
        return list(found)

    def about(self, wildcards: Wildcards) -> dict[str, Any]:
        """What the report says of the experiment."""
        used, plan = self.experiment, self.plan
        mixtures = {cell.mixture: plan.titled(cell.mixture) for cell in plan.cells()}
        return {
            "name": used.name,
            "note": used.note,
            "tables": {name: [entry.kind, entry.title] for name, entry in used.tables.items()},
            "figures": {name: entry.title for name, entry in used.figures.items()},
            "arms": ["/".join(map(str, cell)) for cell in plan.cells()],
            "students": {name: used.students[name].title or name for name in plan.by_student},
            "mixtures": mixtures,
            "benchmarks": {name: one.title for name, one in used.benchmarks.items()},
            "training": {name: plan.titled(name) for name in plan.mixed()},
            "sources": self.repositories(),
            "measured": [f"{self.results}/benchmarks", f"{self.results}/logs"],
            "config": yaml.safe_dump(
                without_places(used.model_dump(mode="json", exclude_unset=True)),
                sort_keys=False,
                allow_unicode=True,
                width=120,
            ),
        }

    def assets(self, wildcards: Wildcards) -> str:
        """A digest of what the report is built from beside code."""
        found = hashlib.sha256()
        for path in sorted(path for path in (CONFIG.parent / "workflow" / "report").glob("*/**/*") if path.is_file()):
            found.update(f"{path.name}\0".encode() + path.read_bytes())
        return found.hexdigest()[:16]
