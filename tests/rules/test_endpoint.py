"""A teacher or judge behind an endpoint: what is sent, what is kept, and what becomes of refusals."""

import gzip
import json
import os
import time

import generate
import judge
import pytest
from mixdistill.engines import Completion, Request, Unit
from mixdistill.engines.endpoint import RETRIES, Endpoint
from mixdistill.errors import UserError
from mixdistill.generation import Generator, Part
from mixdistill.jsonl import read, write
from mixdistill.permissions import SERVERS
from server import dripping, echo, serving

SAMPLING = {"temperature": 0.5, "top_p": 0.9, "max_tokens": 50, "stop": ["END"]}
SECRET = "sk-very-secret"


def settings(server, **more):
    return {
        "name": "endpoint",
        "batch_size": None,
        "url": server and server.url,
        "model": "large",
        "key": None,
        "args": {},
        **more,
    }


def asked(count):
    return [Request(f"prompt {number}", 2**40 + number) for number in range(count)]


def completions(server, journal, requests, concurrency=4, **more):
    generator = Generator(None, settings(server, **more), journal, concurrency=concurrency)
    [made] = generator.completions([Part("test", requests, SAMPLING)])
    return list(made)


def test_requests_carry_all_that_decides_and_rows_come_back_in_order(tmp_path):
    with serving() as server:
        made = completions(server, tmp_path / "journal", asked(20), args={"reasoning_effort": "low"})
    assert [one.text for one in made] == [f"prompt {number}" for number in range(20)]
    sent = min(server.asked, key=lambda body: body["seed"])
    assert sent == {
        "path": "/v1/chat/completions",
        "model": "large",
        "messages": [{"role": "user", "content": "prompt 0"}],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 50,
        "stop": ["END"],
        "seed": 2**40 % 2**31,
        "reasoning_effort": "low",
    }
    assert {body["seed"] for body in server.asked} == {2**40 % 2**31 + number for number in range(20)}
    assert 1 < server.most_together <= 4


def test_what_is_done_is_not_asked_again(tmp_path, monkeypatch):
    with serving() as server:
        monkeypatch.setenv(SERVERS, f"{server.origin}=ANOTHER_NAME")
        first = completions(server, tmp_path / "journal", asked(5))
        assert completions(server, tmp_path / "journal", asked(8), concurrency=2)[:5] == first
        assert len(server.asked) == 8
        completions(server, tmp_path / "journal", asked(8), key="ANOTHER_NAME")
        assert len(server.asked) == 8
        with pytest.raises(UserError, match="ANOTHER_NAME is not set"):
            completions(server, tmp_path / "journal", asked(9), key="ANOTHER_NAME")


def busy(status):
    """Refuses every request twice, then answers."""
    seen: dict[str, int] = {}

    def behaviour(body, number):
        prompt = body["messages"][0]["content"]
        seen[prompt] = seen.get(prompt, 0) + 1
        if seen[prompt] > 2:
            return echo(body)
        return None if status is None else (status, {"error": {"message": "busy"}})

    return behaviour


@pytest.mark.parametrize("status", [429, 500, 503, None])
def test_a_busy_server_is_asked_again(tmp_path, status, monkeypatch):
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    with serving(busy(status)) as server:
        assert len(completions(server, tmp_path / "journal", asked(6))) == 6
    assert len(server.asked) == 18


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "refuses the key in EXAMPLE_KEY"),
        (404, "says 404: .*no such model"),
        (400, "says 400: .*no such model"),
    ],
)
def test_a_refusal_is_one_line_without_the_key(tmp_path, status, said, monkeypatch):
    monkeypatch.setenv("EXAMPLE_KEY", SECRET)
    refusing = serving(lambda *_: (status, {"error": {"message": f"no such model\nfor {SECRET}"}}))
    with refusing as server:
        monkeypatch.setenv(SERVERS, f"{server.origin}=EXAMPLE_KEY")
        with pytest.raises(UserError, match=said) as caught:
            completions(server, tmp_path / "journal", asked(50), key="EXAMPLE_KEY")
    assert str(caught.value).startswith(f"endpoint {server.url}, model large: ")
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(server.asked) <= 4
    assert set(server.keys) == {f"Bearer {SECRET}"}


def test_a_request_that_fails_for_good_stops_the_job_and_keeps_the_rest(tmp_path, monkeypatch):
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.01)

    def behaviour(body, number):
        return (500, {}) if body["messages"][0]["content"] == "prompt 7" else echo(body)

    with serving(behaviour) as server:
        with pytest.raises(UserError, match="says 500"):
            completions(server, tmp_path / "journal", asked(40))
        tries = sum(body["messages"][0]["content"] == "prompt 7" for body in server.asked)
        assert tries == RETRIES + 1
        kept = len((tmp_path / "journal").read_text().splitlines())
        assert kept == len(server.asked) - tries >= 7
        server.behaviour = lambda body, number: echo(body)
        assert len(completions(server, tmp_path / "journal", asked(40))) == 40
        assert len(server.asked) == 40 + tries


def test_an_unreachable_server_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("mixdistill.engines.endpoint.RETRIES", 0)
    with serving() as server:
        url = server.url
    with pytest.raises(UserError, match=f"endpoint {url}, model large: cannot be reached"):
        completions(server, tmp_path / "journal", asked(1))


def one(server, **more):
    unit = Unit("0", asked(1), SAMPLING)
    [(_, [completion])] = Endpoint(settings(server, **more), 1).complete([unit])
    return completion


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"finish_reason": "length"}, Completion("prompt 0", 8, "length")),
        ({"finish_reason": "content_filter", "message": {"content": None}}, Completion("", 4, "content_filter")),
        ({"message": {"content": "one END two"}}, Completion("one ", 11, "stop")),
        (
            {"message": {"content": "so 2", "reasoning_content": "1+1\n"}},
            Completion("<think>\n1+1\n</think>\n\nso 2", 4, "stop"),
        ),
        ({"message": {"content": "so 2", "reasoning": "1+1"}}, Completion("<think>\n1+1\n</think>\n\nso 2", 4, "stop")),
    ],
)
def test_answers_become_rows(more, expected):
    with serving(lambda body, _: echo(body, **more)) as server:
        assert one(server) == expected


@pytest.mark.parametrize(("missing", "said"), [("usage", "how many tokens"), ("choices", "without choices")])
def test_an_answer_that_lacks_something_is_refused(missing, said):
    def behaviour(body, number):
        status, answer = echo(body)
        answer[missing] = None
        return status, answer

    with serving(behaviour) as server, pytest.raises(UserError, match=said):
        one(server)


def test_nothing_of_the_environment_is_sent(monkeypatch):
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{name}", SECRET)
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"X-Company: {SECRET}\nAuthorization: {SECRET}")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    with serving() as server:
        one(server)
    assert SECRET not in str(server.headers)
    assert SECRET in os.environ["OPENAI_API_KEY"]


def test_a_server_is_told_nothing_of_this_machine():
    with serving() as server:
        one(server)
    [told] = server.headers
    assert told.pop("User-Agent") == "mixdistill"
    own = {"Host", "Connection", "Accept", "Accept-Encoding", "Authorization", "Content-Type", "Content-Length"}
    assert {name.title() for name in told} == own


def refused(server, said, **more):
    with pytest.raises(UserError, match=said) as caught:
        one(server, **more)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("allowed", ["", "https://api.example.com=EXAMPLE_KEY", "{}", "{}=OTHER_KEY"])
def test_a_key_is_sent_to_no_server_that_the_experiment_chose(monkeypatch, allowed):
    monkeypatch.setenv("EXAMPLE_KEY", SECRET)
    with serving() as server:
        monkeypatch.setenv(SERVERS, allowed.format(server.origin))
        refused(server, "no experiment sends the key in EXAMPLE_KEY to http://127.0.0.1:", key="EXAMPLE_KEY")
    assert server.asked == []


@pytest.mark.parametrize(
    "more",
    [
        {"message": {"content": f"You sent Bearer {SECRET}."}},
        {"message": {"content": "2", "reasoning": f"the headers are {SECRET}"}},
        {"finish_reason": SECRET},
    ],
)
def test_a_key_that_comes_back_in_an_answer_is_kept_nowhere(tmp_path, monkeypatch, more):
    monkeypatch.setenv("EXAMPLE_KEY", SECRET)
    with serving(lambda body, _: echo(body, **more)) as server:
        monkeypatch.setenv(SERVERS, f"{server.origin}=EXAMPLE_KEY")
        with pytest.raises(UserError, match="answers with the key in EXAMPLE_KEY, which is kept nowhere$") as caught:
            completions(server, tmp_path / "journal", asked(2), key="EXAMPLE_KEY")
    assert SECRET not in str(caught.value)
    assert SECRET.encode() not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_word_instead_of_a_key_may_stand_in_an_answer(monkeypatch):
    monkeypatch.setenv("EXAMPLE_KEY", "EMPTY")
    with serving(lambda body, _: echo(body, message={"content": "the set is EMPTY"})) as server:
        monkeypatch.setenv(SERVERS, f"{server.origin}=EXAMPLE_KEY")
        assert one(server, key="EXAMPLE_KEY").text == "the set is EMPTY"


@pytest.mark.parametrize("odd", [" ", "\n", "\x0c", "é"])
def test_a_key_that_cannot_be_sent_is_named_and_not_shown(monkeypatch, odd):
    monkeypatch.setenv("EXAMPLE_KEY", f"sk-very{odd}secret")
    with serving() as server:
        monkeypatch.setenv(SERVERS, f"{server.origin}=EXAMPLE_KEY")
        refused(server, "^endpoint.key: the key in the environment variable EXAMPLE_KEY has a blank", key="EXAMPLE_KEY")
    assert server.asked == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(monkeypatch, status):
    with serving() as other:
        monkeypatch.setenv("EXAMPLE_KEY", SECRET)
        location = {"Location": f"{other.url}/chat/completions"}
        with serving(lambda *_: (status, {}, location)) as server:
            monkeypatch.setenv(SERVERS, f"{server.origin}=EXAMPLE_KEY")
            refused(server, f"sends us on, which is not followed, to {other.url}", key="EXAMPLE_KEY")
    assert other.asked == []
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_answer_that_is_too_large_is_not_taken(monkeypatch, status):
    monkeypatch.setattr("mixdistill.servers.LIMIT", 2**20)
    with serving(lambda body, _: (status, echo(body, message={"content": "x" * 2**20})[1])) as server:
        refused(server, "answers with more than 1 MiB")
    assert len(server.asked) == 1


def test_a_packed_answer_is_not_unpacked():
    bomb = gzip.compress(b" " * 2**20)
    with serving(lambda *_: (200, bomb, {"Content-Encoding": "gzip"})) as server:
        refused(server, "in a packed form, though asked not to")
    assert server.headers[0]["Accept-Encoding"] == "identity"


HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DRIPS = {
    "early hints": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a header by bytes": (HEADERS + b"X-Long: ", b"x"),
    "headers without end": (HEADERS, b"X-Another: x\r\n"),
    "a body by bytes": (HEADERS + b"Content-Length: 1000000\r\n\r\n", b" "),
    "chunks of a byte": (HEADERS + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "silence": (b"", b""),
    "a handshake by bytes": (b"\x16\x03\x03\x3f\x00\x02\x00\x3e\x00", b"\x00"),
}


@pytest.mark.parametrize("drip", DRIPS)
def test_an_answer_that_comes_by_bytes_ends_in_time(monkeypatch, drip):
    monkeypatch.setattr("mixdistill.engines.endpoint.RETRIES", 0)
    monkeypatch.setattr("mixdistill.engines.endpoint.TIMEOUT", 0.3)
    began = time.monotonic()
    with dripping(*DRIPS[drip]) as place:
        scheme = "https" if drip == "a handshake by bytes" else "http"
        monkeypatch.setenv(SERVERS, f"{scheme}://{place}")
        refused(None, "cannot be reached: Request timed out. .ReadTimeout.", url=f"{scheme}://{place}/v1")
    assert time.monotonic() - began < 5


def test_a_request_has_an_end_with_all_that_is_sent_again(monkeypatch):
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    monkeypatch.setattr("mixdistill.engines.endpoint.TIMEOUT", 0.2)
    monkeypatch.setattr("mixdistill.engines.endpoint.PATIENCE", 0.5)
    began = time.monotonic()
    with dripping(*DRIPS["early hints"]) as place:
        refused(None, "has not answered in 0 min, asked again as often", url=f"http://{place}/v1")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "header",
    [
        {"Retry-After-Ms": "86400000"},
        {"Retry-After-Ms": "", "Retry-After": "86400"},
        {"Retry-After-Ms": "", "Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"},
    ],
)
def test_a_server_that_wants_to_be_asked_in_days_is_not_waited_for(header):
    with serving(lambda *_: (503, {}, header)) as server:
        refused(server, "says 503")
    assert len(server.asked) == 1


def test_who_ends_early_waits_for_no_answer():
    def behaviour(body, number):
        if body["messages"][0]["content"] != "prompt 0":
            time.sleep(5)
        return echo(body)

    with serving(behaviour) as server:
        units = Endpoint(settings(server), 3).complete(
            [Unit(str(n), [one], SAMPLING) for n, one in enumerate(asked(3))]
        )
        assert next(units)[0].key == "0"
        began = time.monotonic()
        units.close()
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"<html>busy</html>", "no JSON"),
        (b"[" * 10**5, "no JSON"),
        (b"[]", "without choices"),
        (b'{"choices": [7]}', "without choices"),
        (b'{"choices": [{}], "usage": {"completion_tokens": true}}', "how many tokens"),
        (b'{"choices": [{}], "usage": {"completion_tokens": -1}}', "how many tokens"),
        (b'{"choices": [{"message": null}], "usage": {"completion_tokens": 1}}', "without a message"),
        (b'{"choices": [{"message": {"content": [1]}}], "usage": {"completion_tokens": 1}}', "content that is no text"),
        (b'{"choices": [{"message": {}}], "usage": {"completion_tokens": 1}}', "in a word why a completion ended"),
    ],
)
def test_an_answer_of_another_kind_is_no_trace(answer, said):
    with serving(lambda *_: (200, answer)) as server:
        refused(server, said)


def test_a_teacher_behind_an_endpoint_writes_completions(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("EXAMPLE_KEY", SECRET)
    write(tmp_path / "problems.jsonl", [{"id": f"p/{n}", "problem": f"{n}?"} for n in range(6)])
    with serving() as server:
        monkeypatch.setenv(SERVERS, f"{server.origin}=EXAMPLE_KEY")
        generate.main(
            problems=tmp_path / "problems.jsonl",
            model=[],
            completions=tmp_path / "completions.jsonl",
            counts=tmp_path / "counts.json",
            teacher="hosted",
            shard=1,
            shards=2,
            prompt="Solve {problem}",
            sampling=SAMPLING,
            samples=2,
            engine=settings(server, key="EXAMPLE_KEY"),
            journal=tmp_path / "journal.jsonl",
            concurrency=3,
        )
        fingerprint = f"{server.url} large"
    rows = list(read(tmp_path / "completions.jsonl"))
    assert [(row["id"], row["sample"]) for row in rows] == [(f"p/{n}", k) for n in (1, 3, 5) for k in (0, 1)]
    assert rows[0] == {"id": "p/1", "sample": 0, "completion": "Solve 1?", "tokens": 8, "finish_reason": "stop"}
    assert json.loads((tmp_path / "counts.json").read_text())["model"] == fingerprint
    written = [path.read_text() for path in tmp_path.iterdir()]
    assert SECRET not in "".join([*written, *capfd.readouterr()])


def test_a_judge_behind_an_endpoint_is_asked(tmp_path):
    write(tmp_path / "problems.jsonl", [{"id": "p/0", "problem": "1+1", "answer": "2"}])
    mark = {"benchmark": "easy", "id": "p/0", "sample": 0, "gold": "2", "answer": "3", "outcome": "wrong"}
    write(tmp_path / "marks.jsonl", [mark])
    with serving(lambda body, _: echo(body, message={"content": "False."})) as server:
        judge.main(
            problems=[tmp_path / "problems.jsonl"],
            marks=[tmp_path / "marks.jsonl"],
            model=[],
            verdicts=tmp_path / "verdicts.jsonl",
            counts=tmp_path / "counts.json",
            benchmarks=["easy"],
            student="small",
            judge={"prompt": "{gold} {answer}", "sampling": SAMPLING, "accepted": 0, "controls": 0},
            engine=settings(server),
            journal=tmp_path / "journal.jsonl",
        )
    [row] = read(tmp_path / "verdicts.jsonl")
    assert (row["verdict"], row["reply"]) == ("false", "False.")
