"""The schema of places: files, hub repositories, and the miniature world's own products."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from mixdistill.config.base import Name, Strict
from mixdistill.names import UNPINNED

PART = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?"
REPOSITORY = re.compile(rf"{PART}/{PART}")


def a_repository(name: str) -> str:
    """A name that the hub itself takes (``huggingface_hub``'s ``validate_repo_id``), with an owner."""
    if not REPOSITORY.fullmatch(name) or "--" in name or ".." in name or name.endswith(".git"):
        raise ValueError(
            "must be owner/name, each of up to 96 letters, digits, dots, dashes and underscores, no dot or dash at an "
            "end, no '--', no '..' and no .git"
        )
    return name


class Source(Strict):
    """Where something comes from: exactly one of ``path``, ``hub`` and ``world``."""

    path: str | None = Field(None, min_length=1)
    """A local file or folder below the working directory, or below one that ``MIXDISTILL_FOLDERS`` allows; of data, a
    folder as hub data sets are."""
    hub: Annotated[str, AfterValidator(a_repository)] | None = None
    """A Hugging Face repository, ``owner/name``; needs ``revision``."""
    revision: str | None = Field(None, pattern=rf"^([0-9a-f]{{40}}|{UNPINNED})$")
    """The commit of the hub repository, 40 hex digits: a branch name would change under you. ``unpinned`` can be
    planned and not run; ``python workflow/scripts/pin.py --experiment FILE`` writes the newest commit in its place."""
    world: Name | None = None
    """An entry of ``world``: a model or problem set made by the miniature's own rules."""

    @model_validator(mode="after")
    def one_source(self) -> "Source":
        """Exactly one place, and a commit for the hub."""
        given = [key for key in ("path", "hub", "world") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of path, hub and world, not {' and '.join(given) or 'none'}")
        if (self.hub is None) != (self.revision is None):
            raise ValueError("hub and revision belong together: pin the commit (40 hex digits) of a hub repository")
        return self


class DataSource(Source):
    """A file of rows (JSON Lines, JSON, CSV, TSV, Parquet), a data set (hub or folder), or a set of the world."""

    subset: str | None = None
    """The data set's configuration, where it has several; a file has none."""
    split: str | None = None
    """The data set's split, by default ``train``; a file has none."""
    system: Literal["refuse", "drop", "prepend"] = "refuse"
    """What becomes of system turns in conversations, since prompts have none here: rows with one are refused, the turn
    is left out, or it stands before the problem."""

    @property
    def part(self) -> dict[str, str]:
        """What is read of the source, where the defaults do not say it."""
        return self.model_dump(include={"subset", "split", "system"}, exclude_none=True, exclude_defaults=True)


Columns = str | Annotated[list[str], Field(min_length=1)] | None
"""A field's name in the source, dotted for one inside a struct; several to be joined; or null: not read."""


def read_always(*names: str) -> AfterValidator:
    """Refuse null for fields that must be read."""

    def check(fields: dict[str, Columns]) -> dict[str, Columns]:
        for name in names:
            if name in fields and fields[name] is None:
                raise ValueError(f"{name}: null, but every row needs it; name the source's field")
        return fields

    return AfterValidator(check)


class ProblemSet(Strict):
    """Problems with their reference answers."""

    source: DataSource
    """Where the rows come from."""
    fields: Annotated[
        dict[Literal["id", "problem", "answer", "level", "subject"], Columns], read_always("problem", "answer")
    ] = {}
    """Our name to the source's, where they differ: ``{answer: solution}``. Dots lead into structs
    (``reward_model.ground_truth``), several columns are joined (``{problem: [Body, Question]}``), null is not read. A
    problem may be a conversation (``messages``, ``conversations``), of which it is the user's turn."""
    gold: Literal["plain", "boxed", "hashes"] = "plain"
    """Where the answer stands in its field: the whole field, its last ``\\boxed{}`` (MATH), after ``####`` (GSM8K)."""
    limit: int | None = Field(None, ge=1)
    """Only the first so many rows."""
