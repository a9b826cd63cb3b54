"""Fixtures of several test levels."""

import pytest
import yaml
from examples import example


@pytest.fixture(scope="session")
def completions_file(tmp_path_factory):
    """An experiment file whose teacher ``large`` is brought, with the file that it names."""
    folder = tmp_path_factory.mktemp("brought")
    (folder / "completions.jsonl").touch()
    raw = example()
    raw["teachers"]["large"]["completions"]["path"] = str(folder / "completions.jsonl")
    raw["mixtures"]["large"] = {"comparison": "all", "parts": {"large": 1}}
    raw["tables"]["table3"]["mixtures"].append("large")
    path = folder / "example.yaml"
    path.write_text(yaml.safe_dump(raw))
    return path
