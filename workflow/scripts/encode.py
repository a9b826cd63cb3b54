"""Write the token ids in which a model will be asked, as its engine makes them, and compare other readings of them.

The model's tensors are checked here too, since this is what runs first for every model.
"""

from importlib import import_module
from pathlib import Path

from mixdistill.engines.chat import Chat
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.generation import installed
from mixdistill.jsonl import write_json
from mixdistill.proof.probes import COMPLETIONS, probes
from mixdistill.proof.readings import as_written, by_transformers, by_vllm, same
from mixdistill.templates import Template
from mixdistill.terminal import visible
from mixdistill.weights import located

FROM_CLASS = (
    "a local copy of the model with tokenizer_class PreTrainedTokenizerFast in its tokenizer_config.json is read alike"
)
FROM_TEMPLATE = "mend tokenizer or chat template in a local copy of the model"


def declared(template: Template, reader: str, plain: bool) -> str:
    """How the model reads prompts, in words.

    Raises:
        UserError: that is otherwise than the experiment says.
    """
    if template.tokenizer.chat_template is None:
        if not plain:
            raise UserError(
                f"{reader}: the model has no chat template; name one that has, or let it read prompts as plain text, "
                "as base models may: plain: true"
            )
        return "plain text"
    if plain:
        raise UserError(f"{reader}.plain: true, but the model has a chat template; leave the key out")
    return "chat template"


def main(
    model: Path, trained: list[Path], encoding: Path, reader: str, prompts: dict[str, str], plain: bool, engine: str
) -> None:
    """Write the encoding of a model's prompts and of completions; no weights are loaded.

    ``trained`` are the models that were trained on it elsewhere, or adapters; ``reader`` is the model's key in the
    experiment, ``prompts`` are all that it will be asked by.
    """
    installed(engine)
    weights = located(model, [])
    weights.check()
    for one in trained:
        located(model, [one]).check()
    chat, folder = Chat(weights), Path(weights.base)
    template, tokenizer = chat.template, chat.tokenizer
    template.probe()
    reads = declared(template, reader, plain)
    asked = probes(prompts)
    texts = [probe.text for probe in asked]
    fed = template.prompts(texts)
    written = {name: template.completion(text) for name, text in COMPLETIONS.items()}
    others = {"transformers' apply_chat_template": (by_transformers(template, texts), FROM_TEMPLATE)}
    bare = as_written(folder)
    if bare is not None:
        others["tokenizer.json as it is written"] = (bare.prompts(texts), FROM_CLASS)
    packages = ["transformers", "tokenizers"]
    if engine == "vllm":
        packages.append("vllm")
        others["vLLM's own chat"] = (by_vllm(folder, texts), FROM_CLASS)
    for other, (read, remedy) in others.items():
        for probe, ours, theirs in zip(asked, fed, read, strict=True):
            same(f"{reader}: {probe.name}", (engine, ours), (other, theirs), tokenizer, remedy)
    if bare is not None:
        for name, text in COMPLETIONS.items():
            there = ("tokenizer.json as it is written", bare.completion(text))
            same(f"{reader}: the completion {name!r}", (engine, written[name]), there, tokenizer, FROM_CLASS)
    write_json(
        encoding,
        {
            "reader": reader,
            "model": weights.fingerprint(),
            "engine": engine,
            "versions": {name: import_module(name).__version__ for name in packages},
            "tokenizer": type(tokenizer).__name__,
            "template": template.digest(),
            "reads": reads,
            "end": template.end,
            "stops": sorted(chat.ends),
            "agrees": list(others),
            "prompts": [{**probe._asdict(), "ids": ids} for probe, ids in zip(asked, fed, strict=True)],
            "completions": written,
        },
    )
    print(
        visible(
            f"{reader}: {reads}, {len(asked)} prompts and {len(written)} completions agree with {', '.join(others)}"
        )
    )


if __name__ == "__main__":
    run(main, warm=True)
