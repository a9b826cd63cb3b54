"""Layouts of a batch: packed, padding-free or padded, in few passes or many, the rows and their losses are the same."""

import json

import pytest
from mixdistill.training import machine
from models import byte_model
from students import ARGS, ROWS, curve_of, trained


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return byte_model(tmp_path_factory.mktemp("base"))


LAYOUTS = {"unpacked": {}, "padding-free": {"padding_free": True}, "packed": {"packing": True}}
LONGER = [{**row, "completion": "so " * (int(row["id"]) % 5) + row["completion"]} for row in ROWS]


def losses_per_token(folder, base, monkeypatch, args, attention):
    """Text of a row to the loss of each of its labelled tokens, of a model that does not learn, in TRL's own batches."""
    import torch
    import trl

    found, original = {}, trl.SFTTrainer.compute_loss

    def watching(self, model, inputs, *given, **more):
        with torch.no_grad():
            logits = model(**{name: inputs[name] for name in inputs if name != "labels"}, use_cache=False).logits
        positions = inputs.get("position_ids", torch.arange(logits.shape[1]).expand(logits.shape[:2]))
        for ids, labels, scores, position in zip(inputs["input_ids"], inputs["labels"], logits, positions, strict=True):
            starts = (position == 0).nonzero().flatten().tolist()
            for begin, end in zip(starts, [*starts[1:], len(ids)], strict=True):
                wanted = labels[begin + 1 : end]
                loss = torch.nn.functional.cross_entropy(scores[begin : end - 1], wanted, reduction="none")
                found[self.processing_class.decode(ids[begin:end]).replace("<|pad|>", "")] = loss[wanted != -100]
        return original(self, model, inputs, *given, **more)

    monkeypatch.setattr(trl.SFTTrainer, "compute_loss", watching)
    monkeypatch.setattr(machine, "attention", lambda config, dtype: attention)
    trained(folder, base, {**ARGS, "learning_rate": 0.0, "num_train_epochs": 1, **args}, rows=LONGER)
    return {text: losses.numpy() for text, losses in found.items() if len(losses)}


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("layout", ["padding-free", "packed"])
def test_rows_of_one_sequence_do_not_see_each_other(tmp_path, base, monkeypatch, layout, attention):
    apart = losses_per_token(tmp_path / "apart", base, monkeypatch, {}, attention)
    together = losses_per_token(tmp_path / "together", base, monkeypatch, LAYOUTS[layout], attention)
    assert set(apart) == set(together)
    assert len(apart) == 24
    for row, losses in apart.items():
        assert losses == pytest.approx(together[row], abs=1e-5)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_rows_per_pass_change_nothing_but_rounding(tmp_path, base, layout):
    args = {**ARGS, **LAYOUTS[layout], "num_train_epochs": 1}
    curves = [
        curve_of(
            trained(
                tmp_path / str(at_once),
                base,
                {**args, "per_device_train_batch_size": at_once},
                rows=ROWS[:-1],
                batch_size=6,
                max_length=256,
            )
        )
        for at_once in (1, 6)
    ]
    assert len(curves[0]) == len(curves[1]) == (1 if layout == "packed" else 4)
    for one, other in zip(*curves, strict=True):
        assert one == pytest.approx(other, rel=1e-4)


def test_validation_rows_teach_nothing_and_are_evaluated_whatever_the_layout(tmp_path, base):
    args = {**ARGS, "learning_rate": 0.0}
    curves = {}
    for layout, changes in LAYOUTS.items():
        model = trained(tmp_path / layout, base, {**args, **changes}, rows=LONGER, validation=0.2)
        report = json.loads((model / "training.json").read_text())
        assert (report["training rows"], report["validation rows"]) == (19, 5)
        curves[layout] = [row["eval_loss"] for row in curve_of(model) if "eval_loss" in row]
        assert "validation" in (model / "loss.svg").read_text()
    assert len(curves["unpacked"]) == 2
    assert curves["packed"] == pytest.approx(curves["unpacked"], abs=1e-5)
    assert curves["padding-free"] == pytest.approx(curves["unpacked"], abs=1e-5)
