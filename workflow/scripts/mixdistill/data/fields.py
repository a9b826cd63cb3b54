"""The fields of a row under our names, each of the type that it must have."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from mixdistill.data.conversations import Exchange, exchange, is_conversation
from mixdistill.data.files import Entry
from mixdistill.data.matching import WHOLE, beginning, same_problem
from mixdistill.data.values import MISSING, is_finite, is_missing, is_number, shown, some
from mixdistill.errors import UserError
from mixdistill.jsonl import has_surrogate

Columns = str | list[str] | None
"""A field's name in the source; several, whose texts are joined; or none, for a field that is not to be read."""

CONVERSATIONS = ("messages", "conversations")
"""Where a problem or completion is looked for if a row has no field of that name."""
OURS = ("id", "problem", "answer", "completion", "level", "subject", "teacher", "finish_reason")
BESIDE = ("system", "history", "input")
"""Fields that would be lost if nobody read them."""

ABSENT = object()
LIST_AS_TEXT = re.compile(r"\s*\[\s*(?:\{\s*)?['\"].*\]\s*", re.DOTALL)


class Asked(NamedTuple):
    """What a row asks."""

    problem: str | None
    """The problem; None where the row has none."""
    system: str = ""
    """A system turn that is to stand before it."""

    @property
    def text(self) -> str:
        """Both, as one text."""
        return f"{self.system}\n\n{self.problem}" if self.system else self.problem or ""


class Fields:
    """Reads rows of a source whose fields have names of their own."""

    def __init__(self, names: Mapping[str, Columns], system: str = "refuse") -> None:
        """Take our name to the source's; ``system``: what becomes of system turns (refuse, drop or prepend)."""
        self.names = names
        self.system = system
        columns = [[each] if isinstance(each, str) else each or [] for each in names.values()]
        self.mapped = {column for each in columns for column in each}
        named = {*self.mapped, *OURS, *CONVERSATIONS, *BESIDE}
        self.wanted = {column.partition(".")[0] for column in named}
        """Columns that are looked at, up to the first dot of their names."""
        self.dropped = 0
        """System turns that were dropped, as wished."""

    def value(self, entry: Entry, name: str, required: bool = False) -> Any:
        """Return what a row has under our name; ``ABSENT`` if it has nothing and need not.

        Raises:
            UserError: it must have something, or a name in ``fields`` is not there; names what there is.
        """
        column = self.names.get(name, name)
        if isinstance(column, list):
            return self.joined(entry, name, column)
        found = ABSENT if column is None else inside(entry.row, column)
        if found is ABSENT and (required or column not in (None, name)):
            raise missing(entry, name, column or name)
        return found

    def joined(self, entry: Entry, name: str, columns: list[str]) -> str:
        """Return the texts of several columns, one below the other; empty ones are left out."""
        found = []
        for column in columns:
            value = inside(entry.row, column)
            if value is ABSENT:
                raise missing(entry, name, column)
            found.append("" if value is None else text(entry, name, column, value))
        return "\n".join(each for each in found if each.strip())

    def column(self, name: str) -> str:
        """Return the name that a field has in the source, for a message."""
        return str(self.names.get(name, name))

    def label(self, entry: Entry, name: str) -> str | None:
        """Return a text or number as text, 2.0 as 2; None where a row has none, or null."""
        value = self.value(entry, name)
        if value is ABSENT or is_missing(value):
            return None
        return number(value) if is_number(value) else text(entry, name, self.column(name), value)

    def identity(self, entry: Entry) -> str | None:
        """Return a row's id as text, 2.0 as 2; None where a row has none.

        Raises:
            UserError: it is null, empty, or neither text nor a number.
        """
        value = self.value(entry, "id")
        if value is ABSENT:
            return None
        if is_missing(value) or (isinstance(value, str) and not value.strip()):
            what = "null" if is_missing(value) else "empty"
            raise UserError(f"{entry.place}: its id is {what}; mend it, or do not read ids: fields: {{id: null}}")
        return number(value) if is_number(value) else text(entry, "id", self.column("id"), value).strip()

    def gold(self, entry: Entry) -> str:
        """Return a reference answer as the source spells it: a text, a number, or a list of these, joined by commas.

        Empty for a number that is none (NaN).

        Raises:
            UserError: it is null, infinite, a truth value or an object.
        """
        value = self.value(entry, "answer", required=True)
        return ", ".join(self.one_gold(entry, each) for each in (value if isinstance(value, list) else [value]))

    def one_gold(self, entry: Entry, value: Any) -> str:
        """Return one reference answer."""
        if value is None:
            raise UserError(f"{entry.place}: the reference answer is missing (null); mend it, or leave the row out")
        if is_missing(value):
            return ""
        if is_number(value) and is_finite(value):
            return str(value)
        return text(entry, "answer", self.column("answer"), value, "text or a number is")

    def asked(self, entry: Entry, required: bool = True) -> Asked:
        """Return the problem of a row: a text, or the user's turn of a conversation.

        Raises:
            UserError: there is none and ``required``, it is empty or no text, or a turn beside it would be lost.
        """
        value = self.talked(entry, "problem", required)
        turns = exchange(value, entry.place) if is_conversation(value) else None
        problem = turns.problem if turns else value
        if turns and problem is None:
            raise UserError(f"{entry.place}: its conversation has no turn of the user")
        system = self.beside(entry, (turns and turns.system) or "")
        if problem is ABSENT:
            if system and self.system == "prepend":
                raise UserError(f"{entry.place}: a system turn, and no problem that it could stand before")
            return Asked(None)
        if not text(entry, "problem", self.column("problem"), problem).strip():
            raise UserError(f"{entry.place}: the problem is empty")
        return Asked(problem, system)

    def completions(self, entry: Entry, asked: Asked) -> list[str]:
        """Return the completions of a row: a text, the assistant's turn of a conversation, or a list of either.

        Args:
            entry: the row.
            asked: its problem, which must be that of the conversations, too.

        Raises:
            UserError: one is no text, has turns beside it that would be lost, or answers another problem.
        """
        value = self.talked(entry, "completion", required=True)
        samples = value if isinstance(value, list) and not is_conversation(value) else [value]
        same = self.talked(entry, "problem", required=False) is value
        return [self.completion(entry, each, asked, same) for each in samples]

    def completion(self, entry: Entry, value: Any, asked: Asked, same: bool) -> str:
        """Return one completion; ``same``: the problem was read from the same conversation."""
        if not is_conversation(value):
            return text(entry, "completion", self.column("completion"), value)
        turns: Exchange = exchange(value, entry.place)
        if turns.completion is None:
            raise UserError(f"{entry.place}: its conversation has no turn of the assistant")
        if not same:
            self.agree(entry, turns, asked)
        return turns.completion

    def agree(self, entry: Entry, turns: Exchange, asked: Asked) -> None:
        """Raise UserError if a conversation is about another problem than its row, or has a system turn to be lost."""
        one, other = asked.problem, turns.problem
        if one and other and not (same_problem(one, other) or same_problem(other, one)):
            raise UserError(
                f"{entry.place}: its problem is {beginning(one)}, the conversation's {beginning(other)}; read both "
                "from the conversation, or mend the row"
            )
        if turns.system and self.system == "prepend":
            raise UserError(
                f"{entry.place}: its system turn cannot stand before a problem of another field; "
                "write system: drop, or read the problem from the conversation too"
            )
        self.kept_system(entry, turns.system or "")

    def finish_reasons(self, entry: Entry, number: int) -> list[str]:
        """Return why each of a row's completions ended: what the row says of all or of each, ``unknown`` elsewhere.

        Raises:
            UserError: there are more or fewer than completions.
        """
        value = self.value(entry, "finish_reason")
        found = value if isinstance(value, list) else [value] * number
        if len(found) != number:
            raise UserError(f"{entry.place}: {len(found)} finish reasons for {number} completions")
        return [
            "unknown"
            if each is ABSENT or is_missing(each)
            else text(entry, "finish_reason", self.column("finish_reason"), each)
            for each in found
        ]

    def talked(self, entry: Entry, name: str, required: bool) -> Any:
        """Return what a row has under our name, or its conversation if it has no such field and none is named."""
        if name not in self.names and inside(entry.row, name) is ABSENT:
            for column in CONVERSATIONS:
                if is_conversation(entry.row.get(column)):
                    return entry.row[column]
        return self.value(entry, name, required)

    def beside(self, entry: Entry, system: str) -> str:
        """Return the system turn of a row that is to be kept: its conversation's, or one in a column of its own.

        Alpaca's and ShareGPT's files have such columns, and earlier turns in ``history``.

        Raises:
            UserError: one would be lost.
        """
        row = entry.row
        if isinstance(row.get("history"), list) and row["history"] and "history" not in self.mapped:
            raise UserError(
                f"{entry.place}: earlier turns in field 'history' would be lost; cut the conversations to one exchange"
            )
        if "instruction" in self.mapped and "input" not in self.mapped and row.get("input"):
            raise UserError(
                f"{entry.place}: field 'input' would be lost ({shown(row['input'])}); join it to the instruction: "
                "fields: {problem: [instruction, input]}"
            )
        own = row.get("system") if "system" not in self.mapped else None
        own = text(entry, "system", "system", own) if own is not None else ""
        if system.strip() and own.strip() and system != own:
            raise UserError(f"{entry.place}: two system turns, one in field 'system' and one in the conversation")
        return self.kept_system(entry, system if system.strip() else own)

    def kept_system(self, entry: Entry, system: str) -> str:
        """Return a system turn that is to stand before the problem; empty if there is none, or it is dropped.

        Raises:
            UserError: nobody has said what is to become of it.
        """
        if not system.strip():
            return ""
        if self.system == "refuse":
            raise UserError(
                f"{entry.place}: a system turn ({system[:60]!r}), and prompts have none here; say in the source what "
                "becomes of it, system: drop or system: prepend (it stands before the problem)"
            )
        self.dropped += self.system == "drop"
        return system if self.system == "prepend" else ""


def missing(entry: Entry, name: str, column: str) -> UserError:
    """Return the error of a field that is not there."""
    return UserError(
        f"{entry.place}: no field {column!r} (it has {some(paths(entry.row))}); name it: fields: {{{name}: ...}}"
    )


def text(entry: Entry, name: str, column: str, value: Any, wanted: str = "text is") -> str:
    """Return a value that is text.

    Raises:
        UserError: it is something else, or the text of a list, as tables without types have it.
    """
    if not isinstance(value, str):
        ours = name in ("id", "level", "subject", "teacher", "finish_reason")
        fix = f"; mend it, or do not read it: fields: {{{name}: null}}" if ours else ""
        raise UserError(f"{entry.place}: field {column!r} is {shown(value)}, where {wanted} expected{fix}")
    if name in ("problem", "completion") and value.strip() in MISSING:
        raise UserError(
            f"{entry.place}: field {column!r} is {value.strip()!r}, as programs write a value that is missing; leave "
            "the row out"
        )
    if not value.isascii() and has_surrogate(value):
        raise UserError(f"{entry.place}: field {column!r} holds half of a character (a surrogate); mend it")
    if name in ("problem", "completion", "answer") and LIST_AS_TEXT.fullmatch(value):
        raise UserError(
            f"{entry.place}: field {column!r} is the text of a list ({value[:60]!r}); save it as JSON Lines or "
            "Parquet, which have lists"
        )
    return value


def number(value: Any) -> str:
    """Return a number as text, a whole one without decimals."""
    spelled = str(value)
    if whole := WHOLE.fullmatch(spelled):
        return whole[1]
    return str(int(value)) if is_finite(value) and value == int(value) and abs(value) < 2**53 else spelled


def inside(row: Any, column: str) -> Any:
    """Return what a row has under a name, which may be dotted for a field inside a struct; ``ABSENT`` if nothing."""
    if not isinstance(row, dict):
        return ABSENT
    if column in row:
        return row[column]
    parts = column.split(".")
    for length in range(len(parts) - 1, 0, -1):
        held = row.get(".".join(parts[:length]), ABSENT)
        if held is not ABSENT and (found := inside(held, ".".join(parts[length:]))) is not ABSENT:
            return found
    return ABSENT


def paths(row: Mapping[str, Any], depth: int = 2) -> list[str]:
    """Return the names of a row's fields, dotted for those of structs up to a depth."""
    return [
        path
        for name, value in row.items()
        for path in (
            [f"{name}.{each}" for each in paths(value, depth - 1)]
            if isinstance(value, dict) and value and depth
            else [name]
        )
    ]
