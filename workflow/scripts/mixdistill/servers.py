"""OpenAI-compatible servers: whether a plan may ask its own, and a client that keeps its word to both sides.

It tells a server nothing of this machine, and takes no more from it than there is room for.
"""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mixdistill.permissions import divided, refused_server

if TYPE_CHECKING:
    from openai import OpenAI

LIMIT = 16 * 2**20
"""Bytes of an answer; a completion of a million tokens takes four to eight million."""


ASKING = {"generate": "teachers.{teacher}.endpoint", "judge": "judge.endpoint"}
"""Rules whose jobs may ask a server, and where an experiment names it."""


def not_allowed(jobs: Iterable[Any]) -> list[str]:
    """Return, in a line each, the servers that Snakemake's jobs would ask and the user's environment does not allow.

    Raises:
        UserError: the environment's own list is wrong.
    """
    found: dict[str, str | None] = {}
    for job in jobs:
        engine = job.params.get("engine") if job.rule.name in ASKING else None
        if engine and engine["name"] == "endpoint":
            key = ASKING[job.rule.name].format(**dict(job.wildcards.items()))
            if key not in found:
                found[key] = refused_server(engine["url"], engine["key"])
    return [f"{key}: {reason}" for key, reason in found.items() if reason]


class RefusedAnswer(Exception):
    """An answer that is not taken: too large, packed, or not what was asked for."""


def client(url: str, key: str, retries: int, timeout: float) -> "OpenAI":
    """Return a client for one server.

    Redirects are not followed: they would carry prompts, and headers, to a server that nobody allowed. OpenAI's client
    takes organization, project, headers and more from ``OPENAI_*`` variables, whatever server it talks to; here it sees
    none of them.

    Args:
        url: the address up to the version.
        key: what is sent as the key.
        retries: times that a request is sent again.
        timeout: seconds for one answer.
    """
    server, path = divided(url)
    with unseen("OPENAI_", "AZURE_OPENAI_"):
        import httpx2
        from openai import OpenAI

        class Bounded(httpx2.Client):
            """Reads answers up to a limit."""

            def send(self, request: httpx2.Request, **given: Any) -> httpx2.Response:
                """Send a request and read the whole answer.

                Raises:
                    RefusedAnswer: it is too large, or packed, which its size would be known of too late.
                    ReadTimeout: it is not there in time, however steadily it comes.
                """
                began, parts, size = time.monotonic(), [], 0
                response = super().send(request, **{**given, "stream": True})
                try:
                    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                        raise RefusedAnswer("answers in a packed form, though asked not to (Accept-Encoding)")
                    for piece in response.iter_raw():
                        parts.append(piece)
                        size += len(piece)
                        if size > LIMIT:
                            raise RefusedAnswer(f"answers with more than {LIMIT >> 20} MiB")
                        if time.monotonic() - began > timeout:
                            raise httpx2.ReadTimeout("the answer takes too long", request=request)
                finally:
                    response.close()
                status, headers = response.status_code, response.headers
                return httpx2.Response(status, headers=headers, content=b"".join(parts), request=request)

        bounded = Bounded(
            follow_redirects=False,
            timeout=timeout,
            headers={"Accept-Encoding": "identity"},
            limits=httpx2.Limits(max_connections=1024, max_keepalive_connections=100),
            trust_env=not server.here,  # a proxy's loopback is not this machine
        )
        return OpenAI(
            base_url=f"{server}{path}", api_key=key, max_retries=retries, timeout=timeout, http_client=bounded
        )


@contextmanager
def unseen(*prefixes: str) -> Iterator[None]:
    """Hide variables whose names begin so from what is called within."""
    hidden = {name: value for name, value in os.environ.items() if name.startswith(prefixes)}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)
