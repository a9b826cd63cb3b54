"""OpenAI-compatible servers: whether a plan may ask its own, and a client that keeps its word to both sides.

It tells a server nothing of this machine, and takes no more from it than there is room for.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mixdistill.permissions import divided, refused_server

if TYPE_CHECKING:
    from httpx2 import Response
    from openai import AsyncOpenAI

LIMIT = 16 * 2**20
"""Bytes of an answer; a completion of a million tokens takes four to eight million."""

TOLD = {b"host", b"connection", b"accept", b"accept-encoding", b"authorization", b"content-type", b"content-length"}
"""Headers that a server gets; OpenAI's client would add the system, its processor and the versions of all."""

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


def client(url: str, key: str, retries: int, timeout: float) -> "AsyncOpenAI":
    """Return a client for one server.

    Redirects are not followed: they would carry prompts, and headers, to a server that nobody allowed. OpenAI's client
    takes organization, project, headers and more from ``OPENAI_*`` variables, whatever server it talks to; here it sees
    none of them.

    Args:
        url: the address up to the version.
        key: what is sent as the key.
        retries: times that a request is sent again.
        timeout: seconds for one answer, from connecting to its last byte.
    """
    server, path = divided(url)
    with unseen("OPENAI_", "AZURE_OPENAI_"):
        import anyio
        import httpx2
        from openai import AsyncOpenAI

        class Bounded(httpx2.AsyncClient):
            """Says no more than it must, and reads answers up to a limit of time and size."""

            async def send(self, request: httpx2.Request, **given: Any) -> httpx2.Response:
                """Send a request and read the whole answer.

                The timeouts of httpx2 are for a read each, and a server can have any number of them: of bytes, of
                headers, of interim answers (103). Here one clock runs over all.

                Raises:
                    RefusedAnswer: it is too large, or packed, which its size would be known of too late.
                    ReadTimeout: it is not there in time, however steadily it comes.
                """
                told = [(name, value) for name, value in request.headers.raw if name.lower() in TOLD]
                sent = httpx2.Request(
                    request.method,
                    request.url,
                    headers=[*told, (b"User-Agent", b"mixdistill")],
                    stream=request.stream,
                    extensions=request.extensions,
                )
                try:
                    with anyio.fail_after(timeout):
                        response = await super().send(sent, **{**given, "stream": True})
                        try:
                            content = await whole(response)
                        finally:
                            await response.aclose()
                except TimeoutError:
                    raise httpx2.ReadTimeout("the answer takes too long", request=request) from None
                return httpx2.Response(response.status_code, headers=response.headers, content=content, request=request)

        bounded = Bounded(
            follow_redirects=False,
            timeout=timeout,
            headers={"Accept-Encoding": "identity"},
            limits=httpx2.Limits(max_connections=1024, max_keepalive_connections=100),
            trust_env=not server.here,  # a proxy's loopback is not this machine
        )
        return AsyncOpenAI(
            base_url=f"{server}{path}", api_key=key, max_retries=retries, timeout=timeout, http_client=bounded
        )


async def whole(response: "Response") -> bytes:
    """Read an answer.

    Raises:
        RefusedAnswer: it is packed, or too large.
    """
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RefusedAnswer("answers in a packed form, though asked not to (Accept-Encoding)")
    content = bytearray()  # a list of pieces takes forty times their size if each is a byte
    async for piece in response.aiter_raw():
        content += piece
        if len(content) > LIMIT:
            raise RefusedAnswer(f"answers with more than {LIMIT >> 20} MiB")
    return bytes(content)


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
