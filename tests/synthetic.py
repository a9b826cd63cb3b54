"""Made-up scores with known truths, and what the config would say of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

BENCHMARKS = {"math": ("MATH", 300), "gsm8k": ("GSM8K", 200), "amc": ("AMC 2023", 40)}
"""Name to title and number of problems."""
NOTE = "Miniature world: tiny models on generated problems; shows that the method runs, is no evidence for the paper."


def frame(
    student: str,
    chances: Mapping[str, float],
    seeds: Mapping[str, list[int]] | Sequence[int] = (1, 2, 3),
    sizes: Mapping[str, int] | None = None,
    samples: int = 1,
) -> pd.DataFrame:
    """Scores of a student: a chance of being right per mixture; problems differ in difficulty."""
    sizes = sizes or {name: size for name, (_, size) in BENCHMARKS.items()}
    parts = []
    for mixture, chance in chances.items():
        given = seeds[mixture] if isinstance(seeds, Mapping) else seeds
        listed = [0] if mixture == "untrained" else given
        for benchmark, size in sizes.items():
            difficulty = np.random.default_rng(len(benchmark)).uniform(-0.25, 0.25, size)
            for seed in listed:
                rng = np.random.default_rng([seed, *mixture.encode(), *student.encode()])
                shift = rng.normal(0, 0.015)
                for sample in range(samples):
                    right = rng.random(size) < np.clip(chance + shift + difficulty, 0, 1)
                    parts.append(
                        pd.DataFrame(
                            {
                                "student": student,
                                "mixture": mixture,
                                "seed": seed,
                                "benchmark": benchmark,
                                "id": [f"{benchmark}-{index}" for index in range(size)],
                                "sample": sample,
                                "gold": "1",
                                "answer": ["1" if one else None for one in right],
                                "rule": "miniature",
                                "outcome": "ok",
                                "accepted": right,
                                "judged": pd.array([None] * size, dtype="boolean"),
                                "correct": right,
                                "tokens": 12,
                                "finish_reason": "stop",
                            }
                        )
                    )
    return pd.concat(parts, ignore_index=True)


LACKING = "No usable reference answer: every answer to these problems counts as wrong (MATH 2 of 300)."


def lacking(rows: pd.DataFrame) -> pd.DataFrame:
    """Scores with two problems that have no reference answer: every table and figure of them says ``LACKING``."""
    rows.loc[rows["id"].isin(["math-7", "math-9"]), "outcome"] = "no gold"
    return rows


def save(folder: Path, frames: Mapping[str, pd.DataFrame]) -> list[Path]:
    """Write a file per student."""
    folder.mkdir(parents=True, exist_ok=True)
    for student, rows in frames.items():
        rows.to_parquet(folder / f"{student}.parquet")
    return [folder / f"{student}.parquet" for student in frames]


def look(entry: dict[str, Any], students: Mapping[str, tuple[str, str, float]], **more: Any) -> dict[str, Any]:
    """What ``look`` of rules/common.smk says; students are name to title, family and parameters."""
    return {
        "entry": {"title": "A title", "paper": None, **entry},
        "note": NOTE,
        "same_as": {"untrained": "untrained"},
        "sweeps": {},
        "titles": {
            "students": {name: title for name, (title, _, _) in students.items()},
            "mixtures": {
                "long": "Long CoT",
                "short": "Short CoT",
                "large": "Large teacher",
                "small": "Small teacher",
                "mix_long": "Mix-Long",
            },
            "benchmarks": {name: title for name, (title, _) in BENCHMARKS.items()},
            "sweeps": {"long_sweep": "Long CoT in short", "large_sweep": "Large teacher in small"},
        },
        "families": {name: family for name, (_, family, _) in students.items()},
        "parameters": {name: parameters for name, (_, _, parameters) in students.items()},
        "footnotes": [],
        **more,
    }
