"""The fields of a row under our names, each of the type that it must have."""

import math
from collections.abc import Mapping
from typing import Any

from mixdistill.data.conversations import Exchange, exchange, is_conversation
from mixdistill.data.files import Entry, shown
from mixdistill.errors import UserError

Columns = str | list[str] | None
"""A field's name in the source; several, whose texts are joined; or none, for a field that is not to be read."""

CONVERSATIONS = ("messages", "conversations")
"""Where a problem or completion is looked for if a row has no field of that name."""

ABSENT = object()


class Fields:
    """Reads rows of a source whose fields have names of their own."""

    def __init__(self, names: Mapping[str, Columns], system: str = "refuse") -> None:
        """Take our name to the source's; ``system``: what becomes of system turns (refuse, drop or prepend)."""
        self.names = names
        self.system = system
        self.mapped = {
            column for each in names.values() for column in ([each] if isinstance(each, str) else each or [])
        }
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
            raise self.missing(entry, name, column or name)
        return found

    def missing(self, entry: Entry, name: str, column: str) -> UserError:
        """Return the error of a field that is not there."""
        there = ", ".join(paths(entry.row))
        return UserError(f"{entry.place}: no field {column!r} (it has {there}); name it: fields: {{{name}: ...}}")

    def joined(self, entry: Entry, name: str, columns: list[str]) -> str:
        """Return the texts of several columns, one below the other; empty ones are left out."""
        found = []
        for column in columns:
            value = inside(entry.row, column)
            if value is ABSENT:
                raise self.missing(entry, name, column)
            found.append("" if value is None else self.a_text(entry, column, value))
        return "\n".join(each for each in found if each.strip())

    def a_text(self, entry: Entry, column: Columns, value: Any) -> str:
        """Return a value that is text; raise UserError for anything else."""
        if not isinstance(value, str):
            raise UserError(f"{entry.place}: field {column!r} is {shown(value)}, where text is expected")
        return value

    def label(self, entry: Entry, name: str) -> str | None:
        """Return a text or number as text; None where a row has none, or null."""
        value = self.value(entry, name)
        if value is ABSENT or empty(value):
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        return self.a_text(entry, self.names.get(name, name), value)

    def identity(self, entry: Entry) -> str | None:
        """Return a row's id as text, 2.0 as 2; None where a row has none.

        Raises:
            UserError: it is null, empty, or neither text nor a number.
        """
        value = self.value(entry, "id")
        if value is ABSENT:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if empty(value) or value == "":
            what = "null" if empty(value) else "empty"
            raise UserError(f"{entry.place}: its id is {what}; mend it, or do not read ids: fields: {{id: null}}")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        return self.a_text(entry, self.names.get("id", "id"), value)

    def gold(self, entry: Entry) -> str:
        """Return a reference answer as the source spells it: a text, a number, or a list of these, joined by commas.

        Empty for a number that is none (NaN).

        Raises:
            UserError: it is null, a truth value or an object.
        """
        value = self.value(entry, "answer", required=True)
        return ", ".join(self.one_gold(entry, each) for each in (value if isinstance(value, list) else [value]))

    def one_gold(self, entry: Entry, value: Any) -> str:
        """Return one reference answer."""
        if value is None:
            raise UserError(f"{entry.place}: the reference answer is missing (null); mend it, or leave the row out")
        if empty(value):
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float) and type(value).__name__ != "Decimal":
            column = self.names.get("answer", "answer")
            raise UserError(f"{entry.place}: field {column!r} is {shown(value)}, where text or a number is expected")
        return str(value)

    def problem(self, entry: Entry, required: bool = True) -> str | None:
        """Return the problem: a text, or the user's turn of a conversation; None where a row has none and need not.

        Raises:
            UserError: it is empty or no text, or has turns beside it that would be lost.
        """
        value = self.talked(entry, "problem", required)
        if value is ABSENT:
            return None
        if is_conversation(value):
            turns = exchange(value, entry.place)
            if turns.problem is None:
                raise UserError(f"{entry.place}: its conversation has no turn of the user")
            text = self.with_system(entry, turns.system, turns.problem)
        else:
            text = self.a_text(entry, self.names.get("problem", "problem"), value)
            text = self.with_system(entry, self.beside(entry), text)
        if not text.strip():
            raise UserError(f"{entry.place}: the problem is empty")
        return text

    def completions(self, entry: Entry) -> list[str]:
        """Return the completions of a row: a text, the assistant's turn of a conversation, or a list of either.

        Raises:
            UserError: one is no text, or has turns beside it that would be lost.
        """
        value = self.talked(entry, "completion", required=True)
        samples = value if isinstance(value, list) and not is_conversation(value) else [value]
        return [self.one_completion(entry, each) for each in samples]

    def one_completion(self, entry: Entry, value: Any) -> str:
        """Return one completion."""
        if not is_conversation(value):
            return self.a_text(entry, self.names.get("completion", "completion"), value)
        turns: Exchange = exchange(value, entry.place)
        if turns.completion is None:
            raise UserError(f"{entry.place}: its conversation has no turn of the assistant")
        if turns.system and self.talked(entry, "problem", required=False) is not value:
            if self.system == "prepend":
                raise UserError(
                    f"{entry.place}: its system turn cannot stand before a problem of another field; "
                    "write system: drop, or read the problem from the conversation too"
                )
            self.with_system(entry, turns.system, "")
        return turns.completion

    def talked(self, entry: Entry, name: str, required: bool) -> Any:
        """Return what a row has under our name, or its conversation if it has no such field and none is named."""
        if name not in self.names and inside(entry.row, name) is ABSENT:
            for column in CONVERSATIONS:
                if is_conversation(entry.row.get(column)):
                    return entry.row[column]
        return self.value(entry, name, required)

    def beside(self, entry: Entry) -> str | None:
        """Return the system turn of a row that has it in a column of its own, as Alpaca's and ShareGPT's files do.

        Raises:
            UserError: there are earlier turns in ``history``, or it is no text.
        """
        if "history" not in self.mapped and entry.row.get("history"):
            raise UserError(
                f"{entry.place}: earlier turns in field 'history' would be lost; cut the conversations to one exchange"
            )
        system = None if "system" in self.mapped else entry.row.get("system")
        return None if system is None else self.a_text(entry, "system", system)

    def with_system(self, entry: Entry, system: str | None, problem: str) -> str:
        """Return the problem with what becomes of a system turn.

        Raises:
            UserError: nobody has said what is to become of it.
        """
        if not (system and system.strip()):
            return problem
        if self.system == "prepend":
            return f"{system}\n\n{problem}"
        if self.system == "drop":
            self.dropped += 1
            return problem
        raise UserError(
            f"{entry.place}: a system turn ({system[:60]!r}), and prompts have none here; say in the source what "
            "becomes of it, system: drop or system: prepend (it stands before the problem)"
        )


def empty(value: Any) -> bool:
    """Return whether a value is null, or the number (NaN) that tables have for it."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def inside(row: Any, column: str) -> Any:
    """Return what a row has under a name, which may be dotted for a field inside a struct; ``ABSENT`` if nothing."""
    while isinstance(row, dict):
        if column in row:
            return row[column]
        head, _, column = column.partition(".")
        if not column:
            break
        row = row.get(head)
    return ABSENT


def paths(row: Mapping[str, Any]) -> list[str]:
    """Return the names of a row's fields, dotted for those of structs."""
    return [
        path
        for name, value in row.items()
        for path in ([f"{name}.{each}" for each in paths(value)] if isinstance(value, dict) and value else [name])
    ]
