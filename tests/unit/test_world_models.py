"""The models and the tokenizer of the miniature world, made small enough to train in a second."""

import hashlib
from pathlib import Path
from random import Random
from typing import Any

import pytest
from make_model import main
from mixdistill.errors import UserError
from mixdistill.world.diaries import BENCHMARKS, draw
from mixdistill.world.styles import STYLES
from mixdistill.world.vocabulary import ASSISTANT, END, IDS, SIZE, SPARE, USER, encoded

SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "num_key_value_heads": 1,
    "intermediate_size": 32,
}
CORPUS = {"kinds": {"facts": 1.0, "questions": 1.0}, "levels": {"gsm8k": 1.0}, "styles": {"short": 1.0}}
TRAINING = {
    "steps": 3,
    "tokens_per_step": 300,
    "matrix_learning_rate": 0.02,
    "learning_rate": 0.006,
}


@pytest.fixture(scope="module", params=["qwen2", "llama"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of each type."""
    made = tmp_path_factory.mktemp("world") / request.param
    main(parent=[], model=made, architecture={"type": request.param, **SIZES}, corpus=CORPUS, training=TRAINING, seed=1)
    return made


def chats() -> list[tuple[str, str]]:
    """A problem and a solution of every style and level."""
    rng = Random(2)
    return [
        (diary.problem, style(diary, rng))
        for level in BENCHMARKS
        for style in STYLES.values()
        for diary in [draw(level, "dev", rng) for _ in range(5)]
    ]


def framed(problem: str, solution: str) -> list[int]:
    """The tokens a conversation must have."""
    return [IDS[USER], *encoded(problem), IDS[ASSISTANT], *encoded(solution), IDS[END]]


def messages(problem: str, solution: str) -> list[dict[str, str]]:
    """A conversation as chat templates take it."""
    return [{"role": "user", "content": problem}, {"role": "assistant", "content": solution}]


def test_every_tokenizer_class_gives_the_same_tokens_and_the_text_back(folder: Path) -> None:
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    for tokenizer in (AutoTokenizer.from_pretrained(folder), PreTrainedTokenizerFast.from_pretrained(folder)):
        assert (tokenizer.eos_token_id, tokenizer.unk_token_id) == (IDS[END], IDS["<unk>"])
        for problem, solution in chats():
            text = tokenizer.apply_chat_template(messages(problem, solution), tokenize=False)
            tokens = tokenizer(text)["input_ids"]
            assert tokens == framed(problem, solution)
            assert tokenizer.decode(tokens) == text
            assert tokenizer.decode(encoded(solution), skip_special_tokens=True) == solution


def test_the_chat_template_asks_for_an_answer_and_marks_it(folder: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    problem, solution = chats()[0]
    asked = tokenizer.apply_chat_template(
        messages(problem, solution)[:1], add_generation_prompt=True, return_dict=False
    )
    whole = tokenizer.apply_chat_template(
        messages(problem, solution), return_dict=True, return_assistant_tokens_mask=True
    )
    assert asked == framed(problem, solution)[: len(asked)]
    assert whole["input_ids"] == framed(problem, solution)
    assert whole["assistant_masks"] == [0] * len(asked) + [1] * (len(whole["input_ids"]) - len(asked))


def test_spare_words_are_tokens_of_their_own(folder: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    for word in SPARE:
        assert tokenizer(word)["input_ids"] == [IDS[word]]


def test_a_folder_loads_as_a_model_of_its_type_with_a_card(folder: Path) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder)
    assert model.config.model_type == folder.name
    assert model.config.vocab_size == SIZE >= len(IDS)
    assert model.generation_config.eos_token_id == IDS[END]
    assert "miniature world" in (folder / "README.md").read_text()


def test_a_child_continues_its_parent_and_the_same_seed_gives_the_same_bytes(folder: Path) -> None:
    children = [folder.parent / f"{folder.name}-{name}" / "child" for name in "abc"]
    for child, seed in zip(children, (1, 1, 2), strict=True):
        main(parent=[folder], model=child, architecture={}, corpus=CORPUS, training=TRAINING, seed=seed)
    first, second, third = (digests(child) for child in children)
    assert first == second
    assert first["model.safetensors"] != third["model.safetensors"] != digests(folder)["model.safetensors"]


def digests(folder: Path) -> dict[str, str]:
    """The contents of a folder in short."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def test_training_lowers_the_loss() -> None:
    from make_model import made
    from mixdistill.world.corpus import Recipe, example
    from mixdistill.world.training import Plan, train

    model: Any = made({"type": "qwen2", **SIZES}, 1)
    recipe = Recipe({"questions": 1.0}, {"gsm8k": 1.0}, {"short": 1.0})
    losses = train(model, lambda rng: example(recipe, rng), Plan(40, 400, 0.02, 0.006), Random(1))
    assert sum(losses[-5:]) < 0.7 * sum(losses[:5])


def test_two_parents_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="one parent at most"):
        main(
            parent=[tmp_path, tmp_path], model=tmp_path / "m", architecture={}, corpus=CORPUS, training=TRAINING, seed=1
        )


def test_an_unknown_style_is_told_in_one_line(tmp_path: Path) -> None:
    wrong = {**CORPUS, "styles": {"verbose": 1.0}}
    with pytest.raises(UserError, match=r"world\.corpora: styles: 'verbose' is unknown; choose from short, small"):
        main(
            parent=[],
            model=tmp_path / "m",
            architecture={"type": "qwen2", **SIZES},
            corpus=wrong,
            training=TRAINING,
            seed=1,
        )
