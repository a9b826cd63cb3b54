"""Questions about tables and figures."""

from pathlib import Path
from typing import Any

import yaml

from mixdistill import printed
from mixdistill.config.faults import experiment
from mixdistill.config.outputs import GapTable, OfStyle, SizeFigure, VariantsFigure
from mixdistill.escaping import rst_throughout
from mixdistill.plan import Entry, Plan
from mixdistill.rulebook.places import Files, Places, Wildcards
from mixdistill.terms import apart

CONFIG = Path(__file__).resolve().parents[4] / "config"


class AboutShown(Places):
    """What tables and figures are made of."""

    def entry(self, wildcards: Wildcards) -> Entry:
        """The table or figure that a job makes."""
        if hasattr(wildcards, "table"):
            return self.experiment.tables[wildcards.table]
        return self.experiment.figures[wildcards.figure]

    def targets(self) -> Files:
        """Return the files that users ask for by name: tables, figures, scores and the report."""
        tables = [f"{self.results}/tables/{name}.md" for name in self.experiment.tables]
        figures = [f"{self.results}/figures/{name}.pdf" for name in self.experiment.figures]
        scores = [f"{self.results}/scores/{student}.parquet" for student in self.experiment.students]
        return [*tables, *figures, *scores, f"{self.results}/report.html"]

    def scores(self, wildcards: Wildcards) -> Files:
        """Scores that a table or figure is made of."""
        entry = self.entry(wildcards)
        students = dict.fromkeys([*self.plan.students(entry), *(student for student, _ in self.again(entry))])
        return [f"{self.results}/scores/{student}.parquet" for student in students]

    def again(self, entry: Entry) -> list[tuple[str, str]]:
        """Students and mixtures that answered twice, for what shows the noise floor."""
        shows = isinstance(entry, GapTable | SizeFigure | VariantsFigure)
        return self.plan.asked_again() if shows else []

    def grades(self, wildcards: Wildcards) -> Files:
        """Grades that a table of graders is made of."""
        return [f"{self.results}/grades/{student}.parquet" for student in self.plan.students(self.entry(wildcards))]

    def verdicts(self, wildcards: Wildcards) -> Files:
        """Verdicts that a table is made of."""
        return [f"{self.results}/verdicts/{student}.jsonl" for student in self.plan.students(self.entry(wildcards))]

    def shifts(self, wildcards: Wildcards) -> str:
        """The rank shifts that a table or figure shows."""
        entry = self.entry(wildcards)
        assert isinstance(entry, OfStyle)
        ((student, mixture),) = self.plan.pulled(entry)
        return f"{self.results}/shifts/{student}/{mixture}/{self.first_seed(student, mixture)}-{entry.answers}.jsonl"

    def first_seed(self, student: str, mixture: str) -> int:
        """The first seed of an arm."""
        return next(cell.seed for cell in self.plan.cells(student) if cell.mixture == mixture)

    def exemplary(self, wildcards: Wildcards) -> Files:
        """The answers among which an example is chosen."""
        pairs = self.plan.pulled(self.entry(wildcards))
        return [f"{self.results}/answers/{one}/{arm}/{self.first_seed(one, arm)}.jsonl" for one, arm in pairs]

    def reports(self, wildcards: Wildcards) -> Files:
        """What is known of the trainings of a table, of those that are made here."""
        return [
            f"{self.results}/training/{student}/{mixture}/{seed}.json"
            for student, mixture, seed in self.runs_of(wildcards)
        ]

    def runs_of(self, wildcards: Wildcards) -> list[list[Any]]:
        """Student, mixture and seed of each of these trainings, in the same order."""
        wanted = set(self.plan.pulled(self.entry(wildcards)))
        return [list(cell) for cell in self.plan.runs() if (cell.student, cell.mixture) in wanted]

    def kept_counts(self, wildcards: Wildcards) -> Files:
        """Counts of the rejection of every teacher whose completions these trainings depend on."""
        mixtures = dict.fromkeys(mixture for _, mixture, _ in self.runs_of(wildcards))
        comparisons = [self.plan.recipes[mixture].comparison for mixture in mixtures if mixture in self.plan.recipes]
        teachers = dict.fromkeys(name for one in comparisons for name in self.experiment.comparisons[one].teachers)
        return [f"{self.results}/kept/{teacher}.counts.json" for teacher in teachers]

    def look(self, wildcards: Wildcards) -> dict[str, Any]:
        """What the table or figure of a job says of itself."""
        return self.look_of(self.entry(wildcards))

    def look_of(self, entry: Entry) -> dict[str, Any]:
        """What a table or figure says of itself: its entry, names resolved, titles, notes.

        ``rst`` has what captions in Snakemake's report quote, escaped.
        """
        used = self.experiment
        students = {name: used.students[name] for name in self.plan.students(entry)}
        mixtures = {mixture for _, mixture in self.plan.asked(entry)}
        made = {
            "entry": entry.model_dump(mode="json"),
            "note": used.note,
            "footnotes": apart(self.plan, entry),
            "same_as": {name: self.plan.same_as.get(name, name) for name in sorted(mixtures)},
            "sweeps": {
                name: {str(weight): mixture for weight, mixture in self.plan.on_sweep(name).items()}
                for name in getattr(entry, "sweeps", [])
            },
            "titles": {
                "students": {name: student.title or name for name, student in students.items()},
                "mixtures": {name: used.mixtures[name].title or name for name in sorted(mixtures & set(used.mixtures))},
                "benchmarks": {name: benchmark.title for name, benchmark in used.benchmarks.items()},
                "sweeps": {name: used.sweeps[name].title for name in getattr(entry, "sweeps", [])},
            },
            "again": [list(arm) for arm in self.again(entry)],
            "printed": self.printed(entry, set(students), mixtures),
            "families": {name: student.family for name, student in students.items()},
            "parameters": {name: student.parameters for name, student in students.items()},
        }
        quoted = {name: made[name] for name in ("entry", "note", "footnotes", "sweeps", "titles")}
        if entry.kind == "judge-audit":
            quoted["judge"] = self.judge_title(None)
        return {**made, "rst": rst_throughout(quoted)}

    def judge_title(self, wildcards: Wildcards) -> str:
        """What the judge is called in tables."""
        judge = self.experiment.judge
        if judge is None or judge.title:
            return str(judge and judge.title)
        if judge.endpoint:
            return judge.endpoint.model
        if judge.model and judge.model.path:
            return Path(judge.model.path).name  # tables leave this machine
        return str(judge.model and (judge.model.hub or judge.model.world))

    def printed(self, entry: Entry, students: set[str], mixtures: set[str]) -> dict[str, Any] | None:
        """What was printed of students and mixtures, if the table or figure repeats something that was."""
        given = self.experiment.printed
        if given is None or not entry.paper:
            return None
        rows = printed.read(Path(given.numbers) if given.numbers else CONFIG / "printed.csv")
        return {
            "numbers": [row for row in rows if row["student"] in students and row["mixture"] in mixtures],
            "apart": given.apart,
            "benchmarks": sorted({row["benchmark"] for row in rows} - {printed.AVERAGE}),
        }

    def of_paper(self, wildcards: Wildcards) -> dict[str, Any]:
        """What the paper's tables and figures say of themselves, of those whose numbers are printed."""
        path = CONFIG / "paper.yaml"
        paper = AboutShown(Plan(experiment(yaml.safe_load(path.read_text()), str(path))))
        tables, figures = ("table1", "table2", "table3"), ("figure2", "figure3")
        looks = {name: paper.look_of(paper.plan.entries()[name]) for name in (*tables, *figures)}
        return {name: {**look, "note": "", "footnotes": [], "again": []} for name, look in looks.items()}

    def of_kind(self, kind: str, section: str | None = None) -> list[str]:
        """The names of the tables or figures of a kind; ``section`` tells which, where both have it."""
        among = getattr(self.experiment, section) if section else self.plan.entries()
        return [name for name, entry in among.items() if entry.kind == kind]
