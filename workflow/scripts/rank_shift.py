"""What fine-tuning changed in how a student writes: ranks, before it, of the tokens that it writes after it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write
from mixdistill.ranks import by_token, logits_in_float32, ranks
from mixdistill.seeds import seed_of
from mixdistill.templates import Template
from mixdistill.weights import located


def chosen(answers: Path, number: int) -> list[Row]:
    """So many of the answers, in an order that depends on nothing but their names; of each problem the first."""
    rows = [row for row in counting.read(answers, *counting.ANSWER) if row["sample"] == 0 and row["completion"].strip()]
    return sorted(rows, key=lambda row: seed_of("rank shift", row["benchmark"], row["id"]))[:number]


def visible(tokenizer: Any, token: int) -> str:
    """A token as text; one that is no whole character as the tokenizer writes it."""
    text = str(tokenizer.decode([token]))
    return str(tokenizer.convert_ids_to_tokens(token)) if "\ufffd" in text or not text else text


def main(
    problems: list[Path],
    answers: Path,
    base: Path,
    shifts: Path,
    counts: Path,
    benchmarks: dict[str, Any],
    number: int,
    engine: dict[str, Any],
    gpus: int = 0,
) -> None:
    """Write a row per token: how often the trained student wrote it, and its ranks under the student as it came.

    The answers are greedy, so that a token's rank under the trained student is 0 and its shift is the rank before.
    Answers are read as text: their tokens are those of the tokenizer, which may differ from those that were written.
    """
    import torch
    from tqdm import tqdm

    weights = located(base, [])
    tokenizer = weights.load_tokenizer()
    template = Template(tokenizer)
    texts = {
        (name, row["id"]): question["prompt"].replace("{problem}", row["problem"])
        for (name, question), path in zip(benchmarks.items(), problems, strict=True)
        for row in counting.read(path, "id")
    }
    rows = chosen(answers, number)
    if not rows:
        raise UserError(f"{answers}: no answers to look at; remove it and repeat the command, which makes it again")
    if gpus > 1:
        model = weights.load_base(engine["dtype"], device_map="auto")
    else:
        model = weights.load_base(engine["dtype"]).to("cuda" if torch.cuda.is_available() else "cpu")
    model.eval()
    as_written = 0

    def read() -> Iterator[tuple[list[int], list[int]]]:
        """Yield token ids and ranks of every answer."""
        nonlocal as_written
        for row in tqdm(rows, desc="answers", mininterval=10):
            ids = template.completion(row["completion"])[:-1]
            as_written += row["tokens"] is not None and 0 <= row["tokens"] - len(ids) <= 1
            yield ids, ranks(model, template.prompt(texts[row["benchmark"], row["id"]]), ids)

    with logits_in_float32(model):
        made = [{"token": visible(tokenizer, one["id"]), **one} for one in by_token(read())]
    write(shifts, made)
    positions = sum(one["count"] for one in made)
    counting.save(
        counts, len(made), {"tokens": len(made)}, answers=len(rows), positions=positions, as_written=as_written
    )


if __name__ == "__main__":
    run(main, warm=True)
