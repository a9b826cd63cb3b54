"""A small valid experiment, as a user would write it, for tests to change."""

import copy
from typing import Any

import pytest
import yaml
from mixdistill.config.faults import experiment
from mixdistill.errors import UserError

TEXT = """
name: example
problems:
  train: {source: {world: train}}
  test: {source: {world: test}}
  hard: {source: {hub: owner/hard, revision: 0123456789abcdef0123456789abcdef01234567, split: test}, gold: boxed}
teaching: {problems: train, prompt: "Solve: {problem}"}
teachers:
  long: {model: {world: big}, parameters: 100, samples: 2, sampling: {temperature: 0.7, max_tokens: 40}}
  short: {model: {hub: owner/short, revision: 0123456789abcdef0123456789abcdef01234567}, parameters: 7.0e+9,
          sampling: {max_tokens: 40}}
  large: {completions: {path: README.md}}
comparisons:
  long-short: {teachers: [long, short], rows: 4}
  all: {teachers: [long, short, large]}
mixtures:
  long: {comparison: long-short, parts: {long: 1}}
  short: {comparison: long-short, parts: {short: 1}}
  mix-long: {comparison: long-short, parts: {long: 0.2, short: 0.8}}
sweeps:
  share: {title: share of long, comparison: long-short, of: long, against: short, weights: [0, 0.2, 0.4, 1]}
sft: {max_length: 64, args: {learning_rate: 1.0e-3}}
students:
  small: {model: {world: tiny}, parameters: 100, family: Qwen2}
  medium: {model: {world: big}, parameters: 300, family: Qwen2, sft: {args: {learning_rate: 2.0e-3}}}
  adapted: {model: {world: big}, parameters: 300, family: Llama, sft: {lora: {r: 4, lora_alpha: 8}}}
benchmarks:
  test: {title: Test, problems: test, prompt: "{problem}"}
  hard: {title: Hard, problems: hard, prompt: "{problem}"}
answering: {sampling: {max_tokens: 40}}
tables:
  table1: {kind: gap, title: Long, gap: {title: gap, first: long, second: short}, students: [small, medium]}
  table3: {kind: methods, title: Methods, students: [small], mixtures: [untrained, long, short, mix-long]}
figures:
  figure2: {kind: gap-by-size, title: Size, gap: {title: gap, first: long, second: short}, students: [small, adapted]}
  figure4:
    kind: variants
    title: Variants
    labels: [general, expert]
    variants: [{title: big, students: [small, medium]}]
    gaps: [{title: gap, first: long, second: short}]
  figure6: {kind: sweep, title: Sweep, student: small, sweeps: [share]}
world:
  problems:
    train: {levels: [gsm8k], split: train, rows: 8}
    test: {levels: [gsm8k], split: test, rows: 4}
  models:
    big: {architecture: {type: qwen2}, corpus: all, training: &brief {steps: 1, matrix_learning_rate: 0.1, learning_rate: 0.1}}
    tiny: {parent: big, corpus: all, training: *brief}
  corpora:
    all: {kinds: {facts: 1}, levels: {gsm8k: 1}, styles: {short: 1}}
"""


PARSED = yaml.safe_load(TEXT)


def example() -> dict[str, Any]:
    """A copy to change."""
    return copy.deepcopy(PARSED)


def changed(dotted: str, value: Any) -> dict[str, Any]:
    """The example with one key set, or with it removed if the value is ``...``; names in it hold no dots."""
    raw = example()
    *sections, last = dotted.split(".")
    here: Any = raw
    for key in sections:
        here = here[int(key)] if isinstance(here, list) else here.setdefault(key, {})
    if value is ...:
        del here[last]
    elif isinstance(here, list):
        here[int(last)] = value
    else:
        here[last] = value
    return raw


def faults(dotted: str, value: Any) -> list[str]:
    """The lines that refuse the example with one key changed; it names README.md, which must be there."""
    with pytest.raises(UserError) as caught:
        experiment(changed(dotted, value), "mine.yaml")
    return str(caught.value).splitlines()
