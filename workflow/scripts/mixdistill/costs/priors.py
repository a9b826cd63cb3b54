"""What is assumed before anything was measured, each with its source. More of any of these means more time."""

import re
from typing import NamedTuple

from mixdistill.costs.bounds import Bounds


class Prior(NamedTuple):
    """One assumption."""

    what: str
    value: Bounds
    source: str


LONG = Prior(
    "tokens of a long chain of thought on a MATH problem",
    Bounds(1100, 2000, 4000),
    "kept ones have 4,153 bytes with the problem (22,356,471 bytes in 5,383 rows, card of "
    "UWNSL/MATH_training_split_long_cot), about 1,350 tokens at 2.9 bytes; rejected ones are longer: our choice",
)
SHORT = Prior(
    "tokens of a short chain of thought on a MATH problem",
    Bounds(300, 420, 650),
    "1,316 bytes with the problem, by the 1:4 mix (10,137,019 bytes in 5,383 rows, card of "
    "UWNSL/Mix-Long_long_0.2_short_0.8)",
)
TINY = Prior(
    "tokens of a completion of a model that needs no GPU, as a share of max_tokens",
    Bounds(0.15, 0.35, 1),
    "the miniature",
)
KEPT_OF_ASKED = Prior(
    "length of a kept completion, as a share of all of its teacher's",
    Bounds(0.6, 0.8, 1),
    "our choice: wrong completions are longer",
)
PROBLEM = Prior(
    "tokens of a prompt", Bounds(70, 120, 250), "MATH's problems have 210 bytes on average; prompt and template on top"
)
JUDGED = Prior(
    "tokens of a question to the judge", Bounds(120, 250, 500), "problem, reference and answer in a template"
)
SOLVED = Prior(
    "share of the problems that all teachers of a comparison solve",
    Bounds(0.45, 0.65, 0.85),
    "5,383 and 4,539 of MATH's 7,500 (paper, section 3.1)",
)
REJECTED = Prior(
    "share of answers that the judge is asked about",
    Bounds(0.15, 0.4, 0.7),
    "printed averages of the five benchmarks lie between 15 and 73 (paper, Tables 1 and 2)",
)
CUT_LONG = Prior(
    "share of answers that run to max_tokens, student of long chains of thought",
    Bounds(0.02, 0.08, 0.3),
    "our choice: small students loop; no source gives a number",
)
CUT_SHORT = Prior("the same, student of short ones", Bounds(0.002, 0.015, 0.08), "our choice")
UNKNOWN_SET = Prior("rows of a problem set of unknown size", Bounds(100, 1000, 10000), "our choice: load it to know")
HARDER = Prior(
    "length of answers on a set of unknown difficulty, relative to MATH", Bounds(0.6, 1.2, 2.5), "our choice"
)
PADDED = Prior("rows padded to the longest of a batch: tokens computed per token", Bounds(1, 1.25, 1.8), "our choice")

DECODING = Prior(
    "decoding: time over that of the memory's and the arithmetic's peak",
    Bounds(1.1, 1.5, 4),
    "between TensorRT-LLM's tables and untuned vLLM (docs/cost.md)",
)
CACHE = Prior(
    "key-value cache of a model of 1B parameters, bytes per token; grows with parameters to the 0.6",
    Bounds(12e3, 30e3, 75e3),
    "fitted to the configurations of Qwen2.5, Llama 3 and Gemma 2: 12 kB (0.5B) to 377 kB (27B)",
)
TRAINING = Prior(
    "training: time over that of the arithmetic's peak (1 over the utilisation)",
    Bounds(1.4, 2.7, 8),
    "llm-foundry, 8 GPUs: 35-46 % (H100), 60-64 % (A100); TRL with small batches stays behind: our choice",
)
LOADING = Prior("seconds to read or write a gigabyte on a shared disk", Bounds(0.2, 0.7, 3), "our choice")
FETCHING = Prior("seconds to fetch a gigabyte from the hub", Bounds(1, 10, 60), "our choice: 1 Gbit/s likely")
SERVED = Prior("seconds per token of one request to an endpoint", Bounds(0.005, 0.02, 0.1), "our choice")

SPREAD_OF_LENGTHS = Prior(
    "longest completion of a batch, relative to the mean", Bounds(1.5, 3, 8), "our choice, at most max_tokens"
)

STATED = [value for value in list(globals().values()) if isinstance(value, Prior)]

ROWS = {
    "digitallearninggmbh/math-lighteval": {"train": 7500, "test": 5000},
    "huggingfaceh4/math-500": {"test": 500},
    "openai/gsm8k": {"train": 7473, "test": 1319},
    "math-ai/amc23": {"test": 40},
    "huggingfaceh4/aime_2024": {"train": 30},
    "math-ai/aime24": {"test": 30},
    "maxwell-jia/aime_2024": {"train": 30},
    "hothan/olympiadbench": {"train": 674},
    "math-ai/olympiadbench": {"test": 674},
}
"""Rows of well-known problem sets on the hub, by split (their cards; ``config/revisions.csv``)."""

RELATIVE_LENGTH = {"gsm8k": 0.6, "math": 1.0, "amc": 1.7, "olympiad": 1.8, "aime": 2.5}
"""Length of answers to a benchmark relative to MATH, by a part of its name. Our choice; MATH's levels 1 and 5 differ
by 3.7 in the length of their written solutions."""

REASONERS = re.compile(r"long|qwq|r1\b|reason|think", re.IGNORECASE)
"""Names, titles and repositories of teachers that write long chains of thought."""


class Plain(NamedTuple):
    """Seconds of a job without a language model, beside its start."""

    once: Bounds
    per_row: Bounds


PLAIN = {
    "mark": Plain(Bounds(0.05, 0.2, 10), Bounds(0.0001, 0.001, 0.02)),
    "reject": Plain(Bounds(0.05, 0.2, 10), Bounds(0.0001, 0.001, 0.02)),
    "regrade": Plain(Bounds(0.5, 2, 20), Bounds(0.001, 0.005, 0.03)),
    "make_model": Plain(Bounds(0.5, 1, 10), Bounds(0.006, 0.018, 0.06)),
}
"""By rule; rows of ``make_model`` are training steps. From the miniature and ``benchmarks/grading.py``."""

OTHER = Plain(Bounds(0.08, 0.8, 30), Bounds(0, 0, 0))
"""Any other job: joins, tables, figures, checks."""
