"""Layouts of a batch: packed, padding-free or padded, in few passes or many, the rows and their losses are the same."""

import json

import pytest
from models import byte_model
from students import ARGS, LONGER, ROWS, curve_of, losses_per_token, trained


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return byte_model(tmp_path_factory.mktemp("base"))


LAYOUTS = {"unpacked": {}, "padding-free": {"padding_free": True}, "packed": {"packing": True}}


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
