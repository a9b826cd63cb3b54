"""What the folder of a model or of a data set must hold, told from the names of its files alone."""

import re
from collections.abc import Collection
from fnmatch import fnmatch

TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt")
BESIDE_WEIGHTS = ("*.json", "*.jinja", "merges.txt", "README.md", *TOKENIZERS)
PLAIN_ROWS = ("*.parquet", "*.jsonl", "*.json", "*.ndjson", "*.csv", "*.tsv", "*.arrow")
ROWS = (*PLAIN_ROWS, *(f"{pattern}.{packed}" for pattern in PLAIN_ROWS for packed in ("gz", "zst")))
ABOUT_ROWS = ("dataset_infos.json", "dataset_dict.json", "state.json", "dataset_info.json", "README.md")
PICKLED = re.compile(r".*\.(bin|pt|pth|ckpt|pkl|h5|msgpack)")
LOADED = re.compile(r"(adapter_)?model(-(?P<part>\d+)-of-(?P<parts>\d+))?\.safetensors")
"""Weights that transformers and PEFT load; ``consolidated*.safetensors`` is the same once more in another layout."""


def wanted(kind: str, names: Collection[str]) -> list[str]:
    """The files of a repository that are of use here: no pickles, no code, nothing twice.

    Args:
        kind: ``model`` or ``dataset``.
        names: its files, with their folders.
    """
    if kind == "dataset":
        return sorted(name for name in names if matches(name.rpartition("/")[2], (*ROWS, *ABOUT_ROWS)))
    top = [name for name in names if "/" not in name]
    return sorted(name for name in top if LOADED.fullmatch(name) or matches(name, BESIDE_WEIGHTS))


def matches(name: str, patterns: Collection[str]) -> bool:
    """Tell whether a file's name is like one of the patterns."""
    return any(fnmatch(name, pattern) for pattern in patterns)


def is_adapter(names: Collection[str]) -> bool:
    """Tell whether these are the files of a PEFT adapter."""
    return "adapter_config.json" in names


def lacking(kind: str, names: Collection[str], adapter: bool = False) -> str | None:
    """What keeps files from being a model or a data set that can be used, and what to do; None if nothing does.

    Args:
        kind: ``model`` or ``dataset``.
        names: the files that there are.
        adapter: an adapter is welcome, too.
    """
    if kind == "dataset":
        return no_rows(names)
    if is_adapter(names) and not adapter:
        return "an adapter (adapter_config.json) where a whole model is needed: give its base as model, it as trained"
    if not {"config.json", "adapter_config.json"} & {*names}:
        return "not a Hugging Face model (no config.json, no adapter_config.json)"
    weights = [match for name in names if (match := LOADED.fullmatch(name))]
    if not weights:
        pickled = sorted(name for name in names if PICKLED.fullmatch(name))
        if pickled:
            return f"only pickled weights ({pickled[0]}), which are not loaded: take a revision with .safetensors"
        return "no weights (model.safetensors)"
    for match in weights:
        have = sum(other["parts"] == match["parts"] for other in weights)
        if match["parts"] and have != int(match["parts"]):
            return f"{have} of {int(match['parts'])} parts of its weights ({match[0]}, ...)"
    if not is_adapter(names) and not {*TOKENIZERS} & {*names}:
        return f"no tokenizer ({', '.join(TOKENIZERS[:3])})"
    return None


def no_rows(names: Collection[str]) -> str | None:
    """What is wrong with a data set that has no rows."""
    files = [name.rpartition("/")[2] for name in names]
    if any(matches(name, ROWS) and name not in ABOUT_ROWS for name in files):
        return None
    scripts = sorted(name for name in files if name.endswith(".py"))
    if scripts:
        return (
            f"only a loading script ({scripts[0]}), which is not run: take a commit of its branch refs/convert/parquet"
        )
    return "no rows (.parquet, .jsonl, .json, .csv)"
