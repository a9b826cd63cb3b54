"""Tokens per second of the SFT job, against a bare PyTorch loop and against TRL as it comes.

``rows`` have ``problem`` and ``solution``, such as MATH's training set: their lengths decide. Weights are random.

(a) The loop of our job (``sft.py`` as a rule runs it, packed) against forward, backward and AdamW on the same packed
    batches and nothing else: tokens per second of the steps, at a width where one takes half a second or more.
(b) The same job against TRL's ``SFTTrainer`` with its defaults (padded batches of 8), same rows, same model: tokens of
    the rows per second, padding not counted.

On a CPU, seconds are CPU seconds, on one thread (OMP_NUM_THREADS=1). With a GPU: the shapes of Qwen2.5-0.5B, 1.5B and
3B in bfloat16, and the share of the GPU's peak that is used (MFU, with 6 FLOPs per parameter and token).
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPO / "workflow" / "scripts"), str(REPO / "tests")]

from mixdistill.errors import UserError  # noqa: E402
from mixdistill.jsonl import read  # noqa: E402
from mixdistill.templates import Template  # noqa: E402
from mixdistill.training import machine  # noqa: E402
from mixdistill.training.batches import epoch  # noqa: E402
from mixdistill.training.rows import prepared  # noqa: E402
from students import trained  # noqa: E402

PEAK = {"H100": 989e12, "H200": 989e12, "A100": 312e12}
"""Dense bfloat16 FLOPs per second, from NVIDIA's data sheets."""

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

SHAPES = {  # hidden, layers, heads, key and value heads, feed-forward, vocabulary
    "tiny": (256, 4, 4, 2, 768, None),
    "Qwen2.5-0.5B": (896, 24, 14, 2, 4864, 151_936),
    "Qwen2.5-1.5B": (1536, 28, 12, 2, 8960, 151_936),
    "Qwen2.5-3B": (2048, 36, 16, 2, 11_008, 151_936),
}


def model(folder: Path, shape: str, rows: list[dict[str, Any]]) -> Path:
    """Save a Qwen2 of a shape with random weights, and a BPE tokenizer trained on the rows."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, Qwen2Config

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    learner = trainers.BpeTrainer(vocab_size=4000, initial_alphabet=alphabet, show_progress=False)
    bpe.train_from_iterator((row["prompt"] + row["completion"] for row in rows), learner)
    specials = {"eos_token": "<|im_end|>", "pad_token": "<|pad|>", "additional_special_tokens": ["<|im_start|>"]}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, chat_template=TEMPLATE, **specials)
    hidden, layers, heads, shared_heads, inner, vocabulary = SHAPES[shape]
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=vocabulary or len(tokenizer),
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=shared_heads,
        intermediate_size=inner,
        max_position_embeddings=32_768,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@contextmanager
def timed_steps() -> Iterator[list[float]]:
    """Let TRL's trainer note the time at the beginning of each step, in the list that is yielded."""
    from trl import SFTTrainer

    noted: list[float] = []
    original = SFTTrainer.training_step

    def noting(self: Any, *given: Any, **more: Any) -> Any:
        noted.append(now())
        return original(self, *given, **more)

    SFTTrainer.training_step = noting
    yield noted
    SFTTrainer.training_step = original


def per_step(noted: list[float]) -> float:
    """Seconds of a step, the first two left out."""
    return (noted[-1] - noted[2]) / (len(noted) - 3)


def now() -> float:
    """Seconds; on a GPU when its work is done, on a CPU those of this process, since others may share the cores."""
    import torch

    if not torch.cuda.is_available():
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def ours(folder: Path, base: Path, rows: list[dict[str, Any]], length: int, dtype: str) -> tuple[float, int]:
    """Seconds per step of our job, and the number of steps."""
    import torch

    args = {"packing": True, "per_device_train_batch_size": 1, "num_train_epochs": 1, "learning_rate": 1e-5}
    gpus = int(torch.cuda.is_available())
    with timed_steps() as noted:
        trained(folder / "ours", base, args, rows=rows, max_length=length, dtype=dtype, gpus=gpus)
    return per_step(noted), len(noted)


def bare(base: Path, rows: list[dict[str, Any]], length: int, dtype: str) -> tuple[float, float, int]:
    """Seconds per step of a plain loop over the same sequences, tokens per step, and parameters."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base)
    packed = epoch(prepared(rows, Template(tokenizer), length, 0.0).training, 1, tokenizer.pad_token_id, length)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    attention = machine.attention(AutoConfig.from_pretrained(base), dtype)
    student = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, attn_implementation=attention).to(device)
    student.train()
    if device == "cuda":
        student.gradient_checkpointing_enable()
    optimizer = torch.optim.AdamW(student.parameters(), lr=1e-5, fused=True)
    noted = []
    for number in torch.randperm(len(packed), generator=torch.Generator().manual_seed(0)).tolist():
        noted.append(now())
        row = packed[number]
        positions = torch.cat([torch.arange(part) for part in row["seq_lengths"]])[None].to(device)
        ids, labels = (torch.tensor(row[name])[None].to(device) for name in ("input_ids", "labels"))
        labels[positions == 0] = -100
        with torch.autocast(device, torch.bfloat16, enabled=dtype == "bfloat16"):
            student(input_ids=ids, position_ids=positions, labels=labels, use_cache=False).loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    tokens = sum(len(row["input_ids"]) for row in packed) / len(packed)
    return per_step(noted), tokens, student.num_parameters()


def as_it_comes(folder: Path, base: Path, rows: list[dict[str, Any]], dtype: str) -> float:
    """Seconds that TRL needs per row with its defaults."""
    import torch
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    gpu = torch.cuda.is_available()
    cpu = {} if gpu else {"use_cpu": True, "bf16": dtype == "bfloat16", "gradient_checkpointing": False}
    chats = [
        {
            "prompt": [{"role": "user", "content": row["prompt"]}],
            "completion": [{"role": "assistant", "content": row["completion"]}],
        }
        for row in rows
    ]
    settings = SFTConfig(str(folder / "theirs"), num_train_epochs=1, report_to="none", save_strategy="no", **cpu)
    trainer = SFTTrainer(model=str(base), args=settings, train_dataset=Dataset.from_list(chats))
    with timed_steps() as noted:
        trainer.train()
    return per_step(noted) / settings.per_device_train_batch_size


def main() -> None:
    """Print a line for each shape."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="rows.jsonl[.gz]")
    parser.add_argument("rows", type=int, nargs="?", help="how many of them; by default 4000 on a GPU, 120 without")
    options = parser.parse_args()
    import torch

    gpu = torch.cuda.is_available()
    count = options.rows or (4000 if gpu else 120)
    found = [
        {"id": str(number), "prompt": row["problem"], "completion": row["solution"], "teacher": "gold"}
        for number, row in enumerate(read(options.data))
    ]
    every = max(1, len(found) // count)
    rows = found[::every][:count]
    length, dtype = (16_384, "bfloat16") if gpu else (2048, "float32")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for shape in list(SHAPES)[1:] if gpu else ["tiny"]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            base = model(folder / "base", shape, rows)
            plain, tokens, parameters = bare(base, rows, length, dtype)
            job, steps = ours(folder, base, rows, length, dtype)
            theirs = as_it_comes(folder, base, rows, dtype)
        print(
            f"{shape}: {len(rows)} rows, {steps} packed steps of {tokens:.0f} tokens, {parameters / 1e6:.0f}M weights"
        )
        per_row = tokens * steps / len(rows)
        print(f"(a) bare loop {tokens / plain:.0f} tokens/s ({plain:.2f} s a step), our job {tokens / job:.0f}")
        print(f"    ratio {plain / job:.2f}")
        print(f"(b) TRL as it comes {per_row / theirs:.0f} tokens/s, our job {tokens / job:.0f}")
        print(f"    ratio {tokens / job / (per_row / theirs):.2f}")
        for card, peak in PEAK.items():
            if gpu and card in torch.cuda.get_device_name():
                print(f"    MFU {6 * parameters * tokens / job / peak:.1%}")


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
