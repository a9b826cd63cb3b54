"""Whether arms that a table or figure compares are on equal terms: the same problems, the same training settings."""

import json
from collections.abc import Iterator
from typing import Any

from mixdistill.config.outputs import (
    EndingsTable,
    ExampleFigure,
    GradersTable,
    JudgeTable,
    MethodsTable,
    OfGap,
    OfStyle,
    OnSubset,
    SamplesTable,
    SweepFigure,
    TrainingTable,
    VariantsFigure,
)
from mixdistill.names import UNTRAINED
from mixdistill.plan import Entry, Plan
from mixdistill.terminal import visible


def warnings(plan: Plan) -> list[str]:
    """What keeps compared arms from being on equal terms, each with the tables and figures that it concerns."""
    said: dict[str, list[str]] = {}
    for name, entry in plan.entries().items():
        for sentence in apart(plan, entry):
            said.setdefault(sentence, []).append(name)
    return [visible(f"{', '.join(names)}: {sentence}") for sentence, names in said.items()]


def apart(plan: Plan, entry: Entry) -> list[str]:
    """What keeps arms that a table or figure compares from being on equal terms, a sentence each."""
    match entry:
        case MethodsTable() | SamplesTable() | ExampleFigure():
            compared = [entry.mixtures]
        case OfGap():
            compared = [[entry.gap.first, entry.gap.second]]
        case VariantsFigure() | GradersTable():
            compared = [[gap.first, gap.second] for gap in entry.gaps]
        case SweepFigure() | JudgeTable() | EndingsTable() | TrainingTable() | OfStyle():
            compared = []  # within one comparison, compared with the rule, or not compared
    students, found = plan.students(entry), []
    for mixtures in compared:
        arms = [mixture for mixture in mixtures if mixture != UNTRAINED]
        found += [*taught_apart(plan, arms), *trained_apart(plan, students, arms), *elsewhere(plan, students, arms)]
    if isinstance(entry, OnSubset) and entry.subset == "clean":
        found += unknown(plan, entry)
    return list(dict.fromkeys(found))


def taught_apart(plan: Plan, mixtures: list[str]) -> Iterator[str]:
    """Yield a sentence on mixtures whose problems differ, and one on those of which nobody here can tell."""
    brought = [mixture for mixture in mixtures if plan.same_as[mixture] in plan.ready]
    if brought:
        yield f"Training sets that exist already ({', '.join(brought)}): their problems may differ."
    used: dict[str, list[str]] = {}
    for mixture in mixtures:
        if mixture not in brought:
            used.setdefault(plan.recipes[plan.same_as[mixture]].comparison, []).append(mixture)
    if len(used) > 1:
        groups = "; ".join(f"{name}: {', '.join(members)}" for name, members in used.items())
        yield f"Different training problems: arms of one comparison share theirs ({groups})."


def trained_apart(plan: Plan, students: list[str], mixtures: list[str]) -> Iterator[str]:
    """Yield a sentence on mixtures that students are trained on with different settings, of those trained here."""
    runs = {(cell.student, cell.mixture) for cell in plan.runs()}
    said: dict[str, list[str]] = {}
    for student in students:
        here = [name for name in mixtures if (student, plan.same_as[name]) in runs]
        settings = {name: flat(plan.settings(student, plan.same_as[name])) for name in here}
        keys = dict.fromkeys(key for one in settings.values() for key in one)
        differing = [key for key in keys if len({one.get(key, "default") for one in settings.values()}) > 1]
        arms: dict[str, list[str]] = {}
        for name, one in settings.items():
            arms.setdefault(", ".join(f"{key} {one.get(key, 'default')}" for key in differing), []).append(name)
        if differing:
            said.setdefault("; ".join(f"{', '.join(arms[how])}: {how}" for how in arms), []).append(student)
    for groups, whose in said.items():
        of = "" if len(whose) == len(students) else f" of {', '.join(whose)}"
        yield f"Different training settings{of}: arms of one comparison share theirs ({groups})."


def elsewhere(plan: Plan, students: list[str], mixtures: list[str]) -> Iterator[str]:
    """Yield a sentence on models that were trained elsewhere."""
    said: dict[str, list[str]] = {}
    for student in students:
        given = plan.trained(student)
        arms = [name for name in mixtures if plan.same_as[name] in given]
        if arms:
            said.setdefault(", ".join(arms), []).append(student)
    if said:
        groups = "; ".join(f"{', '.join(whose)}: {arms}" for arms, whose in said.items())
        yield f"Trained elsewhere: their settings may differ ({groups})."


def unknown(plan: Plan, entry: Entry) -> Iterator[str]:
    """Yield a sentence on arms of which nobody here can tell what they were taught."""
    arms: dict[str, list[str]] = {}
    for student, mixture in plan.asked(entry):
        if mixture != UNTRAINED and plan.same_as[mixture] not in plan.known(student):
            arms.setdefault(student, []).append(mixture)
    if arms:
        groups = "; ".join(f"{student}: {', '.join(mixtures)}" for student, mixtures in arms.items())
        yield (
            f"Trained elsewhere on rows that are not known here ({groups}): the clean subset takes them for taught "
            "every training problem, and cannot know what else they were taught."
        )


def flat(settings: dict[str, Any]) -> dict[str, str]:
    """Training settings as text, TRL's arguments among ours; how a batch is divided is no setting of its own."""
    args = dict(settings["args"])
    at_once = args.pop("per_device_train_batch_size", 8) * args.pop("gradient_accumulation_steps", 1)
    made = {**settings, "batch_size": settings["batch_size"] or at_once, **args}
    return {key: json.dumps(value) for key, value in made.items() if key != "args"}
