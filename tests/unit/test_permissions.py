"""What an experiment may: read below the working directory, talk to this machine, and what the environment names."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from mixdistill.errors import UserError
from mixdistill.permissions import FOLDERS, SERVERS, divided, may_read, refusal, refused_server
from mixdistill.servers import not_allowed


def test_the_working_directory_may_be_read(here):
    assert may_read(here / "data" / "rows.jsonl")


@pytest.mark.parametrize("path", ["../rows.jsonl", "data/../../rows.jsonl", "/etc/hostname", "../hereafter/x"])
def test_nothing_else_may(here, path):
    assert not may_read(here / path)


def test_a_link_that_leads_outside_may_not(here, tmp_path):
    (here / "data").symlink_to(tmp_path)
    assert not may_read(here / "data" / "rows.jsonl")


def test_a_link_to_itself_is_no_trouble(here):
    (here / "loop").symlink_to(here / "loop")
    assert may_read(here / "loop")


def test_folders_that_the_environment_names_may(here, tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDERS, f"/nowhere:{tmp_path / 'data'}")
    assert may_read(tmp_path / "data" / "rows.jsonl")
    assert not may_read(tmp_path / "rows.jsonl")


def test_the_reason_says_what_would_allow_it(here, tmp_path):
    reason = refusal(here / ".." / "data" / "rows.jsonl")
    assert f"export {FOLDERS}={tmp_path / 'data'}" in reason


@pytest.fixture
def allow(monkeypatch):
    monkeypatch.delenv(SERVERS, raising=False)
    return lambda text: monkeypatch.setenv(SERVERS, text)


@pytest.mark.parametrize(
    ("url", "server", "path"),
    [
        ("https://API.Example.com./v1", "https://api.example.com", "/v1"),
        ("HTTPS://api.example.com:443", "https://api.example.com", ""),
        ("https://api.example.com:8443/v1", "https://api.example.com:8443", "/v1"),
        ("http://[0:0::1]:80/v1", "http://[::1]", "/v1"),
        ("http://node_12:8000/", "http://node_12:8000", "/"),
    ],
)
def test_an_address_has_one_form(url, server, path):
    found, there = divided(url)
    assert (str(found), there) == (server, path)


@pytest.mark.parametrize(
    "url",
    [
        *("https://user@host/v1", "https://user:secret@host", "https://host?x", "https://host#x", "ftp://host", "host"),
        *("https://good.com\\.evil.com", "https://good.com%2eevil.com", "https://ho st", "https://", "https://.", ""),
        *(
            "https://host:0",
            "https://host:65536",
            "https://host:8O",
            "https://host:٨٠",
            "https://höst",
            "https://ａ.com",
        ),
        *("https://[fe80::1%25eth0]", "https://[::1", "https://[zz]", "https://[1:2]", "https://host\n", "//host"),
    ],
)
def test_what_readers_of_addresses_may_disagree_on_is_none(url):
    with pytest.raises(ValueError, match=r"must be like|no such IPv6"):
        divided(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "localhost", "LOCALHOST.", "[::1]"])
def test_without_a_key_this_machine_may_be_asked(allow, host):
    assert refused_server(f"http://{host}:8000/v1", None) is None
    assert "on its own word" in refused_server(f"http://{host}:8000/v1", "HF_TOKEN")


@pytest.mark.parametrize(
    "host",
    [
        *("127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.1.evil.com", "localhost.evil.com", "0.0.0.0"),
        *("[::ffff:127.0.0.1]", "[::]", "evil.com", "127.0.0.01", "localhost.localdomain"),
    ],
)
def test_nothing_else_counts_as_this_machine(allow, host):
    assert refused_server(f"http://{host}:8000/v1", None).startswith("no experiment sends prompts to http://")


def test_a_server_without_a_key_is_allowed_by_name(allow):
    allow("https://api.example.com http://node12:8000")
    assert refused_server("https://api.example.com/v1", None) is None
    assert refused_server("http://node12:8000/v1", None) is None
    for other in ("http://api.example.com", "https://api.example.com:8000", "https://example.com", "http://node12"):
        assert f'export {SERVERS}="${SERVERS} {other}"' in refused_server(f"{other}/v1", None)
    assert "in clear" in refused_server("http://node12:8000/v1", "EXAMPLE_KEY")


def test_a_key_goes_to_the_server_that_it_is_paired_with_and_to_no_other(allow):
    allow("https://api.example.com=EXAMPLE_KEY https://other.com=OTHER_KEY http://localhost:8000=LOCAL_KEY")
    assert refused_server("https://API.example.com:443/v1", "EXAMPLE_KEY") is None
    assert refused_server("https://api.example.com/v1", None) is None
    assert refused_server("http://localhost:8000/v1", "LOCAL_KEY") is None
    for url, key in [
        ("https://api.example.com/v1", "HF_TOKEN"),
        ("https://other.com/v1", "EXAMPLE_KEY"),
        ("https://api.example.com:8443/v1", "EXAMPLE_KEY"),
        ("http://localhost:8001/v1", "LOCAL_KEY"),
    ]:
        assert refused_server(url, key).startswith(f"no experiment sends the key in {key} to ")


def test_a_key_in_clear_is_refused_even_if_it_is_paired(allow):
    allow("http://node12:8000=EXAMPLE_KEY")
    assert "would get the key in EXAMPLE_KEY in clear" in refused_server("http://node12:8000/v1", "EXAMPLE_KEY")


def test_the_first_reason_says_what_would_allow_it(allow):
    assert refused_server("https://api.example.com/v1", "EXAMPLE_KEY").endswith(
        f'if it is that server\'s, export {SERVERS}="https://api.example.com=EXAMPLE_KEY"'
    )


@pytest.mark.parametrize(
    "entry", ["api.example.com", "https://h/v1", "https://h=sk-secret", "https://h/v1=KEY", "=KEY", "https://h=K=K"]
)
def test_a_wrong_entry_is_named_by_its_number_since_it_may_hold_the_key(allow, entry):
    allow(f"https://fine.com {entry}")
    with pytest.raises(UserError, match=rf"^{SERVERS}: entry 2 must be https://host") as caught:
        refused_server("https://fine.com/v1", None)
    assert "secret" not in str(caught.value)


def test_a_plan_names_each_server_once_and_asks_for_no_other_job(allow):
    def job(rule, url=None, **wildcards):
        engine = {"name": "endpoint", "url": url, "key": None} if url else {"name": "vllm"}
        return SimpleNamespace(rule=SimpleNamespace(name=rule), params={"engine": engine}, wildcards=wildcards)

    url = "https://api.example.com/v1"
    plan = [job("generate", url, teacher="one", shard=n) for n in "01"]
    plan += [job("judge", url), job("judge"), job("generate", "http://localhost/v1", teacher="two"), job("mix")]
    assert [line.partition(":")[0] for line in not_allowed(plan)] == ["teachers.one.endpoint", "judge.endpoint"]
    allow("https://api.example.com")
    assert not_allowed(plan) == []


def test_a_character_that_cannot_be_seen_is_named():
    assert refusal(Path("/x\u00a0y")) == (
        "'/x\\xa0y': no path that can be shown: it holds U+00A0, which cannot be seen: remove it"
    )
    assert refusal(Path("/" + "x" * 2000)).endswith("... is too long for a path, of 2001 characters: shorten it")
