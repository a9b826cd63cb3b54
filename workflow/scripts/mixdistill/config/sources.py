"""The schema of places: files, hub repositories, and the miniature world's own products."""

from typing import Literal

from pydantic import Field, model_validator

from mixdistill.config.base import Name, Strict
from mixdistill.names import UNPINNED


class Source(Strict):
    """Where something comes from: exactly one of ``path``, ``hub`` and ``world``."""

    path: str | None = None
    """A local file or folder, relative to the working directory; of data, a folder as hub data sets are."""
    hub: str | None = Field(None, pattern=r"^[\w.-]+/[\w.-]+$")
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
    """A file of rows (``.jsonl``, ``.jsonl.gz`` or ``.parquet``), a data set (hub or folder), or a set of the world."""

    subset: str | None = None
    """The data set's configuration, where it has several; a file has none."""
    split: str = "train"
    """The data set's split; a file has none."""

    @property
    def part(self) -> dict[str, str]:
        """Subset and split of a data set; empty for a file, which has no parts."""
        if self.world or str(self.path).endswith((".jsonl", ".jsonl.gz", ".parquet")):
            return {}
        return self.model_dump(include={"subset", "split"}, exclude_none=True)


class ProblemSet(Strict):
    """Problems with their reference answers."""

    source: DataSource
    """Where the rows come from."""
    fields: dict[Literal["id", "problem", "answer", "level", "subject"], str] = {}
    """Our name to the source's name, where they differ: ``{answer: solution}``."""
    gold: Literal["plain", "boxed", "hashes"] = "plain"
    """Where the answer stands in its field: the whole field, its last ``\\boxed{}`` (MATH), after ``####`` (GSM8K)."""
    limit: int | None = Field(None, ge=1)
    """Only the first so many rows."""
