"""Where the things of an experiment lie."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from mixdistill.config.engine import OwnEngine, in_force
from mixdistill.config.judge import Judge
from mixdistill.config.sources import DataSource, Source
from mixdistill.config.teaching import Teacher
from mixdistill.config.testing import Student
from mixdistill.digest import code_of
from mixdistill.hardware import EVERYWHERE, Hardware
from mixdistill.names import UNTRAINED
from mixdistill.plan import Plan

Wildcards = Any
Files = list[str]


class Places:
    """An experiment's plan, and its folders."""

    def __init__(self, plan: Plan, hardware: Hardware = EVERYWHERE) -> None:
        """Name the folders of an experiment's results; ``hardware`` is what its jobs run on."""
        self.plan, self.experiment, self.hardware = plan, plan.experiment, hardware
        self.found: dict[str, Files] = {}
        self.results = f"results/{self.experiment.name}"
        self.training_set = f"{self.results}/problems/{self.experiment.teaching.problems}.jsonl"
        self.training_problems = f"{self.results}/training/problems.jsonl"
        self.overlap = f"{self.results}/problems/overlap.json"
        self.screenings: dict[str | None, str] = {}
        self.kept_screening = self.kept(self.screening())
        imported = self.plan.imported()
        self.overlaps = [self.overlap, *(f"{self.results}/imported/{mixture}.overlap.json" for mixture in imported)]
        screenings = [self.screening(), *(self.screening(mixture) for mixture in imported)]
        self.overlap_of = dict(zip(screenings, self.overlaps, strict=True))
        self.unscreened = [screening for screening in screenings if not Path(self.kept(screening)).exists()]
        self.tests = [f"{self.results}/problems/{one.problems}.jsonl" for one in self.experiment.benchmarks.values()]
        self.asked = [name for name, teacher in self.experiment.teachers.items() if not teacher.completions]
        judge = self.experiment.judge
        self.judge_weights = self.files(judge.model) if judge and judge.model else []
        self.brought = [name for name in self.experiment.teachers if name not in self.asked]
        self.trained = [name for name, student in self.experiment.students.items() if student.model]
        self.logged = [name for name, student in self.experiment.students.items() if student.logs]
        self.answering = [name for name in self.experiment.students if name not in self.logged]
        self.proofs: dict[tuple[str, str], str] = {}
        apart = [name for name, mixture in self.experiment.mixtures.items() if mixture.sft.changes()]
        to_keep = {self.proof(student, mixture) for student in self.trained for mixture in (UNTRAINED, *apart)}
        self.unproven = sorted(Path(kept).stem for kept in to_keep if not Path(kept).exists())
        self.unfetched = [one for one in self.repositories() if not self.is_fetched(one)]

    def kept(self, screening: str) -> str:
        """Where a screening that decides what is taught is kept."""
        return f"{self.results}/training/{screening}.overlap.json"

    def screening(self, mixture: str | None = None) -> str:
        """The digest of what says which problems are taught; thresholds do if leaks are removed, benchmarks never.

        Of the training problems, or of a training set that exists already.
        """
        if mixture not in self.screenings:
            self.screenings[mixture] = digest(self.screened_by(mixture))
        return self.screenings[mixture]

    def screened_by(self, mixture: str | None) -> list[Any]:
        """What it is a digest of."""
        teaching, world = self.experiment.teaching, self.experiment.world.problems
        training = self.experiment.problems[teaching.problems]
        made = world[training.source.world] if training.source.world else None
        removing = teaching.leakage if teaching.leakage.policy == "remove" else None
        parts = [part and part.model_dump(mode="json") for part in (training, made, removing)]
        said = [teaching.problems, code_of("load_problems.py"), *parts]
        if mixture is None:
            return said
        ready = self.plan.ready[mixture].model_dump(mode="json", include={"rows", "fields"})
        return [*said, mixture, code_of("bring_mixture.py"), ready]

    def proof(self, student: str, mixture: str) -> str:
        """The proof that lets a student be trained on a mixture.

        Its name changes with what makes the model and with the settings that must suit it: not with a benchmark, nor
        with how the student is trained on another mixture, so that these train nothing again.
        """
        if (student, mixture) not in self.proofs:
            entry, world = self.experiment.students[student], self.experiment.world
            from_world = entry.model and entry.model.world
            made = [code_of("make_model.py"), world.model_dump(mode="json")] if from_world else None
            source = entry.model and entry.model.model_dump(mode="json")
            said = [source, entry.plain, self.experiment.teaching.prompt, self.suiting(student, mixture), made]
            self.proofs[student, mixture] = f"{self.results}/proofs/kept/{student}.{digest(said)}.json"
        return self.proofs[student, mixture]

    def suiting(self, student: str, mixture: str) -> dict[str, Any]:
        """The settings of a training that must suit the model."""
        settings = self.plan.settings(student, mixture)
        return {name: settings[name] for name in ("max_length", "lora")}

    def engine_of(self, user: Teacher | Student | Judge | None) -> dict[str, Any]:
        """What runs a model: the experiment's engine with what this one changes of it, or its endpoint."""
        if user is None:
            return in_force(self.experiment.engine, OwnEngine())
        if not isinstance(user, Student) and user.endpoint:
            return user.endpoint.settings()
        return in_force(self.experiment.engine, user.engine)

    def place(self, source: Source | None) -> str:
        """The file or folder of a source; for a source on the hub, the manifest of what was fetched."""
        if source is None:
            raise LookupError("a rule that needs a source was asked for something that has none")
        if source.world:
            kind, ending = ("problems", ".jsonl") if isinstance(source, DataSource) else ("models", "")
            return f"{self.results}/world/{kind}/{source.world}{ending}"
        if source.hub:
            return f"{self.results}/hub/{kind_of(source)}/{source.hub}@{source.revision}.json"
        return str(source.path)

    def files(self, source: Source | None) -> Files:
        """Return the place of a source and, of a folder of the user's, the files in it: Snakemake sees each change.

        A job takes the first of them, the place. Hidden files, such as a clone's ``.git``, are left out.
        """
        place = self.place(source)
        return [place, *self.listed(place)] if source and source.path else [place]

    def listed(self, place: str) -> Files:
        """Return the files in a folder, see ``listed``, looked for once: many jobs may need them."""
        if place not in self.found:
            self.found[place] = listed(place)
        return self.found[place]

    def repositories(self) -> list[dict[str, Any]]:
        """What tables and figures need from the hub: kind, name, commit, and whether it may be an adapter."""
        found: dict[tuple[str, ...], bool] = {}
        for source, adapter in self.plan.sources():
            if source.hub and source.revision:
                place = (kind_of(source), source.hub, source.revision)
                found[place] = found.get(place, True) and adapter
        names = ("kind", "repository", "revision")
        return [{**dict(zip(names, place, strict=True)), "adapter": adapter} for place, adapter in found.items()]

    def checked(self, repository: dict[str, Any]) -> str:
        """What was found in a repository before it was fetched."""
        return "{0}/hub/checked/{kind}/{repository}@{revision}.json".format(self.results, **repository)

    def is_fetched(self, repository: dict[str, Any]) -> bool:
        """Tell whether a repository's files are listed as fetched.

        Only what is not, ``check_hub`` looks at: with more among its output, one more repository would fetch all anew.
        """
        manifest = "{0}/hub/{kind}/{repository}@{revision}.json".format(self.results, **repository)
        return Path(manifest).exists() and Path(self.checked(repository)).exists()


def listed(place: str) -> Files:
    """Return the files in a folder and its folders that are not hidden; none for a file, or for what is not there."""
    found = []
    for folder, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [f"{folder}/{name}" for name in sorted(names) if not name.startswith(".")]
    return found


def kind_of(source: Source) -> str:
    """What a source is to the hub."""
    return "dataset" if isinstance(source, DataSource) else "model"


def digest(said: Any) -> str:
    """A short name of what JSON can say."""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
