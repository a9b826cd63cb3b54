"""Whole runs of a cut-down miniature: its experiment, and what is compared of two runs."""

import hashlib

import yaml
from planning import REPO

COMPARED = (
    "problems",
    "report",
    "shifts",
    "training",
    "completions",
    "kept",
    "mixtures",
    "models",
    "answers",
    "marks",
    "verdicts",
    "scores",
    "tables",
    "figures",
)


def cut_down():
    """The miniature with two students that are hardly pretrained, two teachers, and a tenth of the problems."""
    raw = yaml.safe_load((REPO / "config" / "miniature.yaml").read_text())
    raw["name"] = "small"
    raw["comparisons"]["long-short"]["rows"] = 24
    raw["seeds"] = [1]
    raw["students"]["qwen-tiny"]["seeds"] = [1, 2]
    raw["tables"] = {
        "table1": {**raw["tables"]["table1"], "students": ["qwen-tiny"]},
        "table3": {
            **raw["tables"]["table3"],
            "students": ["llama-small"],
            "mixtures": ["untrained", "long", "mix-long"],
        },
        "judge": {**raw["tables"]["judge"], "students": ["qwen-tiny"], "mixtures": ["long", "short"]},
    }
    raw["figures"] = {"figure2": {**raw["figures"]["figure2"], "students": ["qwen-tiny"]}}
    raw["sweeps"] = {}
    del raw["answering"]["again"]
    for model in ("qwen-tiny", "llama-small", "judge"):
        raw["world"]["models"][model]["training"]["steps"] = 100
    for problems in raw["world"]["problems"].values():
        problems["rows"] = 120 if problems["split"] == "train" else 10
        if problems["split"] == "train":
            problems["levels"] = ["gsm8k"]
    return raw


def hardly_anything(name, batch, saved_every):
    """One student, one mixture, and stages of some seconds each."""
    raw = cut_down()
    raw["name"] = name
    raw["engine"]["batch_size"] = batch
    raw["tables"] = {"judge": {**raw["tables"]["judge"], "mixtures": ["long"]}}
    raw["figures"] = {}
    raw["students"]["qwen-tiny"]["seeds"] = [1]
    raw["teachers"]["long"]["samples"] = 4
    raw["sft"]["args"] |= {"num_train_epochs": 40, "save_strategy": "steps", "save_steps": saved_every}
    raw["answering"] = {"samples": 4, "sampling": {"max_tokens": 64, "temperature": 0.7}}
    return raw


def digests(folder):
    """Every file that a run made, by name, but for logs, timings and Snakemake's own marks."""
    (results,) = (folder / "results").iterdir()
    files = [path for stage in COMPARED for path in sorted((results / stage).rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.name != ".snakemake_timestamp"
    }
