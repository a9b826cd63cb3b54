"""Write what is generated: config/README.md and config/schema.json, and the names of TRL's and vLLM's arguments."""

import dataclasses
import json
import types
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from mixdistill.config import engine_arguments, sft_arguments
from mixdistill.config.schema import Experiment
from mixdistill.entry import run
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

REPO = Path(__file__).resolve().parents[2]

INTRODUCTION = """# The experiment file

Generated from `workflow/scripts/mixdistill/config/` by `python workflow/scripts/document_config.py`; a test keeps it
in step. [schema.json](schema.json) is the same for editors: the first line of `miniature.yaml` names it, so that an
editor with YAML support completes keys and marks mistakes while you type.

`miniature.yaml` is in force unless another file is given: `snakemake --configfile config/mine.yaml` *replaces* it.
`--config key=value` changes single top-level keys on top, as in `--config name=trial 'seeds=[1,2,3]'`.
All faults of a file are reported at once, before anything runs.

What is not here depends on the machine and lives in `profiles/`: cores, GPUs, memory, run time, partitions.
"""


def sections(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    """Yield a section and those below it, each once, in the order in which they are met."""
    if model not in seen:
        seen.add(model)
        yield model
        for field in model.model_fields.values():
            for below in models_in(field.annotation):
                yield from sections(below, seen)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the sections an annotation mentions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)


def in_words(annotation: Any) -> str:
    """A type as a reader of YAML would say it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return in_words(inner[0])
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(in_words(item) for item in inner if item is not type(None)))
    if origin is Literal:
        return " or ".join(f"`{item}`" for item in inner)
    if origin is list:
        return f"list of {in_words(inner[0])}"
    if origin is dict:
        return f"{'name' if get_origin(inner[0]) is Annotated else in_words(inner[0])}: {in_words(inner[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return {str: "text", int: "whole number", float: "number", bool: "true or false", Any: "any"}[annotation]


def standard(field: Any) -> str:
    """A field's default, or that it has none."""
    if field.default is PydanticUndefined and field.default_factory is None:
        return "**required**"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "as below" if type(value).model_fields else ""
    return "" if value is None else f"`{json.dumps(value)}`"


def table(model: type[BaseModel]) -> Iterator[str]:
    """Lines of the reference of one section."""
    name = "The whole file" if model is Experiment else model.__name__
    yield from ("", f"## {name}", "", " ".join((model.__doc__ or "").split()), "")
    yield from ("| key | value | default | meaning |", "| --- | --- | --- | --- |")
    for key, field in model.model_fields.items():
        meaning = " ".join((field.description or "").replace("``", "`").split()).replace("|", "\\|")
        yield f"| `{key}` | {in_words(field.annotation)} | {standard(field)} | {meaning} |"


def reference() -> str:
    """The whole of config/README.md."""
    lines = [line for model in sections(Experiment, set()) for line in table(model)]
    for owner, ours in (("TRL", sft_arguments.OURS), ("vLLM", engine_arguments.OURS)):
        lines += ["", f"## Arguments of {owner} that the workflow sets itself", "", "| argument | instead |"]
        lines += ["| --- | --- |", *(f"| `{name}` | {why} |" for name, why in sorted(ours.items()))]
    return INTRODUCTION + "\n".join(lines) + "\n"


PLAIN = {"int": "int", "float": "float", "bool": "bool", "str": "str"}


def vllm_arguments() -> dict[str, str]:
    """Names and plain types of the arguments of vLLM's EngineArgs."""
    from vllm.engine.arg_utils import EngineArgs

    found = {}
    fields = [field for field in dataclasses.fields(EngineArgs) if not field.name.startswith("_")]
    for field in sorted(fields, key=lambda field: field.name):
        inner = [one for one in get_args(field.type) or (field.type,) if one is not type(None)]
        found[field.name] = PLAIN.get(getattr(inner[0], "__name__", ""), "any") if len(inner) == 1 else "any"
    return found


def arguments() -> dict[str, str]:
    """Names and plain types of the arguments of TRL's SFTConfig."""
    from trl import SFTConfig

    return {
        field.name: PLAIN.get(getattr(field.type, "__name__", str(field.type)), "any")
        for field in sorted(dataclasses.fields(SFTConfig), key=lambda field: field.name)
    }


def main(
    page: Path = REPO / "config" / "README.md",
    schema: Path = REPO / "config" / "schema.json",
    sft: Path = sft_arguments.FILE,
    engine: Path = engine_arguments.FILE,
) -> None:
    """Write the files; names of arguments are those of what is installed: vLLM where there is vLLM, else TRL."""
    from importlib.metadata import version

    page.write_text(reference(), encoding="utf-8")
    schema.write_text(json.dumps(Experiment.model_json_schema(), indent=2) + "\n", encoding="utf-8")
    if find_spec("vllm"):
        import vllm

        stored = {"vllm": vllm.__version__.partition("+")[0], "arguments": vllm_arguments()}
        engine.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    else:
        stored = {"trl": version("trl"), "arguments": arguments()}
        sft.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
