"""Questions about problems, teachers and mixtures."""

from typing import Any

from mixdistill.rulebook.places import Files, Places, Wildcards


class AboutTeaching(Places):
    """The miniature world, problems, teachers, mixtures."""

    def world_parent(self, wildcards: Wildcards) -> Files:
        """The folder of the model that a world model continues from, as a list."""
        parent = self.experiment.world.models[wildcards.model].parent
        return [f"{self.results}/world/models/{parent}"] if parent else []

    def world_corpus(self, wildcards: Wildcards) -> dict[str, Any]:
        """What a world model reads."""
        world = self.experiment.world
        return world.corpora[world.models[wildcards.model].corpus].model_dump()

    def set_source(self, wildcards: Wildcards) -> Files:
        """The file of a problem set; see ``files``."""
        return self.files(self.experiment.problems[wildcards.set].source)

    def set_part(self, wildcards: Wildcards) -> dict[str, str]:
        """Which part of a data set a problem set is."""
        return self.experiment.problems[wildcards.set].source.part

    def prompt(self, wildcards: Wildcards) -> str:
        """What teachers see and students are trained on; a function, since its braces are no wildcards."""
        return self.experiment.teaching.prompt

    def teacher_weights(self, wildcards: Wildcards) -> Files:
        """The folder of a teacher's model, as a list: empty for a teacher behind an endpoint."""
        teacher = self.experiment.teachers[wildcards.teacher]
        return [] if teacher.endpoint else self.files(teacher.model)

    def completions_source(self, wildcards: Wildcards) -> Files:
        """The file of completions that exist already; see ``files``."""
        return self.files(self.experiment.teachers[wildcards.teacher].completions)

    def completions_part(self, wildcards: Wildcards) -> dict[str, str]:
        """Which part of a data set the completions are."""
        completions = self.experiment.teachers[wildcards.teacher].completions
        return completions.part if completions else {}

    def shards(self, wildcards: Wildcards) -> Files:
        """All completions of a teacher."""
        teacher = wildcards.teacher
        count = 1 if teacher in self.brought else self.experiment.teachers[teacher].shards
        return [f"{self.results}/completions/{teacher}/{shard}.jsonl" for shard in range(count)]

    def teachers_policy(self, wildcards: Wildcards) -> str:
        """What counts as the final answer of a teacher's completion."""
        return self.experiment.teachers[wildcards.teacher].answer or self.experiment.teaching.answer

    def arms(self, wildcards: Wildcards) -> Files:
        """Kept completions of every teacher of a mixture's comparison: they decide which problems the arms share."""
        teachers = self.experiment.comparisons[self.plan.recipes[wildcards.mixture].comparison].teachers
        return [f"{self.results}/kept/{teacher}.jsonl" for teacher in teachers]

    def rows_source(self, wildcards: Wildcards) -> Files:
        """The file of a training set that exists already; see ``files``."""
        return self.files(self.plan.ready[wildcards.mixture].rows)

    def rows_part(self, wildcards: Wildcards) -> dict[str, str]:
        """Which part of a data set a training set is."""
        rows = self.plan.ready[wildcards.mixture].rows
        return rows.part if rows else {}

    def screened(self, wildcards: Wildcards) -> str:
        """The screening that is kept under a digest."""
        return self.overlap_of[wildcards.screening]

    def kept_of(self, wildcards: Wildcards) -> str:
        """The kept screening that decides what is taught of a training set that exists already."""
        return self.kept(self.screening(wildcards.mixture))

    def recipe(self, wildcards: Wildcards) -> dict[str, Any]:
        """Comparison, teachers, parts and rows of a mixture."""
        made = self.plan.recipes[wildcards.mixture]
        entry = self.experiment.comparisons[made.comparison]
        shared = {"comparison": made.comparison, "teachers": entry.teachers, "rows": entry.rows}
        return {**shared, "parts": dict(made.parts)}
