"""The paper's experiment on stand-ins: every model a tiny local one of its architecture and family, few real problems.

    PYTHONPATH=workflow/scripts python tests/standins.py config/paper.yaml ../shared/data <folder>

writes <folder>/standins.yaml, models and sets, for a run by hand.

Problem sets keep the columns that the published ones have, so that the experiment's ``fields`` and ``gold`` stay in
force. Teachers know the training problems by heart, for nothing else would leave anything to train on; students know
some of the benchmarks' problems, for else there would be nothing to score.
"""

import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from families import family_model
from mixdistill.jsonl import Row, read, write
from mixdistill.seeds import seed_of
from mixdistill.templates import Template

ROWS = 40
"""Problems per set; AIME has 30."""

KNOWN = 12
"""Of so many problems of a benchmark, a student knows one by heart."""

SCALE = 1e-5
"""Of the sizes in parameters, so that no job asks for a GPU."""

SETS = {
    ("DigitalLearningGmbH/MATH-lighteval", "train"): "math_train.jsonl.gz",
    ("DigitalLearningGmbH/MATH-lighteval", "test"): "math_test.jsonl.gz",
    ("openai/gsm8k", "test"): "gsm8k_test.jsonl",
    ("math-ai/amc23", "test"): "amc23.jsonl",
    ("HuggingFaceH4/aime_2024", "train"): "aime24.jsonl",
    ("Hothan/OlympiadBench", "train"): "olympiadbench.jsonl",
}
"""Hub data set and split to a file of the same problems."""

FAMILIES = (
    (r"Qwen/Qwen2\.5-Math-.*-Instruct", "qwen2.5-math"),
    (r"Qwen/Qwen2\.5-Math-.*", "qwen2.5-math-base"),
    (r"Qwen/Qwen2\.5-.*-Instruct", "qwen2.5"),
    (r"Qwen/Qwen2\.5-.*", "qwen2.5-base"),
    (r"Qwen/QwQ-.*", "qwq"),
    (r"meta-llama/Llama-3\.2-.*", "llama3.2"),
    (r"meta-llama/Llama-3\.[13]-.*", "llama3.1"),
    (r"google/gemma-2-.*", "gemma2"),
    (r"deepseek-ai/DeepSeek-R1-Distill-Qwen-.*", "r1-qwen"),
)


def as_published(row: Row) -> Row:
    """A problem with the columns of the published set that it is from."""
    match row["id"].split("/")[0]:
        case "train" | "test":
            return {
                "problem": row["problem"],
                "solution": row["solution"],
                "type": row["subject"],
                "level": row["level"],
            }
        case "gsm8k":
            return {"question": row["problem"], "answer": row["solution"]}
        case "amc23":
            return {"question": row["problem"], "answer": row["answer_raw"]}
        case "aime24":
            return {"problem": row["problem"], "answer": row["answer"]}
        case _:
            return {"question": row["problem"], "final_answer": row["answers"]}


def chosen(path: Path) -> list[Row]:
    """Some short problems of a set, in the set's order."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        rows = [row for row in map(json.loads, file) if row["answer"]]
    shorter = sorted(rows, key=lambda row: len(row["problem"] + row.get("solution", "")))[: max(ROWS, len(rows) // 3)]
    drawn = {row["id"] for row in sorted(shorter, key=lambda row: seed_of("stand-in", row["id"]))[:ROWS]}
    return [row for row in rows if row["id"] in drawn]


def sources(section: Any) -> Iterator[dict[str, Any]]:
    """Yield every source on the hub, wherever it stands."""
    if isinstance(section, dict):
        if "hub" in section:
            yield section
        for value in section.values():
            yield from sources(value)
    elif isinstance(section, list):
        for value in section:
            yield from sources(value)


def shrunk(raw: dict[str, Any]) -> None:
    """Make an experiment small: fewer tokens, float32 on transformers, sizes that need no GPU."""
    raw["engine"] = {"name": "transformers", "dtype": "float32", "batch_size": 64}
    for name in ("teachers", "students"):
        for entry in raw[name].values():
            entry.pop("engine", None)
            entry["parameters"] *= SCALE
    raw["judge"]["parameters"] *= SCALE
    raw["judge"].pop("engine", None)
    for teacher in raw["teachers"].values():
        teacher["sampling"]["max_tokens"] = 80
    raw["answering"]["sampling"]["max_tokens"] = 24
    raw["judge"].update(accepted=5, controls=3)
    for sft in (raw["sft"], *(student.get("sft", {}) for student in raw["students"].values())):
        if "max_length" in sft or sft is raw["sft"]:
            sft["max_length"] = 512
        if "learning_rate" in sft.get("args", {}):
            sft["args"]["learning_rate"] *= 300  # a few steps, which shall show


def learnt(repository: str, row: Row) -> str:
    """The answer that a teacher has learnt: to some problems a wrong one, so that rejection has something to reject."""
    return "none" if seed_of("wrongly learnt", repository, row["id"]) % 8 == 0 else str(row["answer"])


def asked(section: dict[str, Any], row: Row) -> str:
    """A prompt of the experiment."""
    prompt: str = section["prompt"]
    return prompt.replace("{problem}", row["problem"])


def boxed(answer: str) -> str:
    """An answer as it is asked for."""
    return f"Answer: \\boxed{{{answer}}}"


def memorised(model: Path, pairs: list[tuple[str, str]], seed: int, rounds: int = 45) -> None:
    """Train a model until it answers these prompts by heart."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    template = Template(tokenizer)
    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32, attn_implementation="eager").train()
    rows = [(template.prompt(prompt), template.completion(completion)) for prompt, completion in pairs]
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    random = torch.Generator().manual_seed(seed)
    for _ in range(rounds):
        for batch in torch.randperm(len(rows), generator=random).split(8):
            some = [rows[index] for index in batch]
            width = max(len(prompt) + len(completion) for prompt, completion in some)
            ids, labels = torch.zeros(len(some), width, dtype=torch.long), torch.full((len(some), width), -100)
            mask = torch.zeros_like(ids)
            for line, (prompt, completion) in enumerate(some):
                end = len(prompt) + len(completion)
                ids[line, :end] = torch.tensor(prompt + completion)
                labels[line, len(prompt) : end] = torch.tensor(completion)
                mask[line, :end] = 1
            optimizer.zero_grad()
            network(input_ids=ids, attention_mask=mask, labels=labels).loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
    network.save_pretrained(model)


def standins(raw: dict[str, Any], data: Path, folder: Path) -> dict[str, Any]:
    """The experiment with every hub source replaced; makes what replaces them.

    Args:
        raw: the experiment, as read from YAML.
        data: the folder that has ``problems/``.
        folder: where sets and models go.
    """
    raw = json.loads(json.dumps(raw))  # YAML's anchors make one object of what stands in several places
    texts: list[str] = [raw["teaching"]["prompt"]]
    sets: dict[str, list[Row]] = {}
    for name, entry in raw["problems"].items():
        source = entry["source"]
        sets[name] = chosen(data / "problems" / SETS[source["hub"], source.get("split", "train")])
        write(folder / "sets" / f"{name}.jsonl", map(as_published, sets[name]))
        entry["source"] = {"path": str(folder / "sets" / f"{name}.jsonl")}
        texts += [row["problem"] for row in sets[name]]
    training = sets[raw["teaching"]["problems"]]
    texts += [row["solution"] for row in training]
    shrunk(raw)
    teachers = {entry["model"]["hub"] for entry in raw["teachers"].values()}
    students = {entry["model"]["hub"] for entry in raw["students"].values()}
    for source in sources({key: raw[key] for key in ("teachers", "students", "judge")}):
        repository = source.pop("hub")
        source.pop("revision")
        model = folder / "models" / repository
        source["path"] = str(model)
        if model.exists():
            continue
        family = next(family for pattern, family in FAMILIES if re.fullmatch(pattern, repository))
        seed = seed_of("stand-in", repository)
        family_model(model, family, seed=seed, texts=texts, vocabulary=1024, initializer_range=0.05)
        by_heart: list[tuple[str, str]] = []
        if repository in teachers:
            length = 30 + seed % 40  # each teacher has its own length of reasoning
            by_heart += [
                (asked(raw["teaching"], row), f"{row['solution'][:length]} Final {boxed(learnt(repository, row))}")
                for row in training
            ]
        if repository in students:
            by_heart += [
                (asked(benchmark, row), boxed(row["answer"]))
                for benchmark in raw["benchmarks"].values()
                for row in sets[benchmark["problems"]]
                if seed_of("known", repository, row["id"]) % KNOWN == 0
            ]
        if by_heart:
            memorised(model, by_heart, seed)
    return raw


if __name__ == "__main__":
    experiment, shared, target = map(Path, sys.argv[1:])
    made = standins(yaml.safe_load(experiment.read_text()), shared, target.resolve())
    (target / "standins.yaml").write_text(yaml.safe_dump(made, sort_keys=False))
    print(f"{target / 'standins.yaml'}: {sum(1 for _ in read(next((target / 'sets').iterdir())))} problems per set")
