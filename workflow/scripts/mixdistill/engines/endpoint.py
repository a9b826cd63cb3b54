"""An OpenAI-compatible endpoint as engine: somebody else's model, asked over HTTP, several requests at a time.

A server gets the prompts, and the key that the user's environment pairs with it (``mixdistill.permissions``); nothing
else of the environment. Its answers are anybody's text: their size has a limit, and nothing is taken for granted.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TYPE_CHECKING, Any

from mixdistill.engines import Completion, Request, Unit
from mixdistill.errors import UserError
from mixdistill.permissions import KEY, refused_server
from mixdistill.servers import RefusedAnswer, client

if TYPE_CHECKING:
    from openai import AsyncOpenAI

RETRIES = 8
"""Times that a request is sent again after 408, 409, 429, 5xx, a timeout or a broken line; the client waits between
them, longer each time, at most 8 s, or as long as the server says, at most two minutes: who says more is not asked
again."""

TIMEOUT = 3600.0
"""Seconds for one answer, from connecting to its last byte: a long chain of thought is not streamed."""

PATIENCE = 2 * TIMEOUT
"""Seconds for one request, with all that is sent again."""

SECRET = 8
"""Characters of a key from which on it is a secret, and not a word like ``EMPTY`` that a local server wants."""


class Endpoint:
    """A line to a server."""

    def __init__(self, settings: dict[str, Any], concurrency: int) -> None:
        """Take the key from the environment.

        Args:
            settings: url, model, key (the name of an environment variable, or None), args (more of the request's body).
            concurrency: requests that are under way at a time.

        Raises:
            UserError: the user's environment does not allow this server, or not with this key, or has no such variable.
        """
        if refused := refused_server(settings["url"], settings["key"]):
            raise UserError(f"endpoint: {refused}")
        self.settings, self.concurrency = settings, max(1, concurrency)
        name = settings["key"]
        self.secret = os.environ.get(name, "") if name else "none"
        if not self.secret:
            raise UserError(f"endpoint.key: the environment variable {name} is not set; it must hold the key")
        if not KEY.fullmatch(self.secret):
            raise UserError(
                f"endpoint.key: the key in the environment variable {name} has a blank, a line break or another "
                "character that no key has: set it again without"
            )

    def complete(self, units: Iterable[Unit]) -> Iterator[tuple[Unit, list[Completion]]]:
        """Complete the requests of all units; yield each unit when it is done.

        Raises:
            UserError: a request was refused, or failed after all retries; what was under way with it is yielded first.
        """
        from anyio.from_thread import start_blocking_portal

        line = client(self.settings["url"], self.secret, RETRIES, TIMEOUT)
        waiting = iter(units)
        running: dict[Future[list[Completion]], Unit] = {}
        failure: BaseException | None = None
        with start_blocking_portal() as portal:  # who ends this early, also by a signal, waits for no answer
            while True:
                while failure is None and len(running) < self.concurrency:
                    unit = next(waiting, None)
                    if unit is None:
                        break
                    running[portal.start_task_soon(self.unit, line, unit)] = unit
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    unit = running.pop(future)
                    if error := future.exception():
                        failure = failure or error
                    else:
                        yield unit, future.result()
            portal.call(line.close)
        if failure:
            raise failure

    async def unit(self, line: "AsyncOpenAI", unit: Unit) -> list[Completion]:
        """Complete the requests of a unit."""
        return [await self.asked(line, request, unit.sampling) for request in unit.requests]

    async def asked(self, line: "AsyncOpenAI", request: Request, sampling: dict[str, Any]) -> Completion:
        """Send one request."""
        from anyio import fail_after
        from openai import APIError, APIStatusError

        url, model = self.settings["url"], self.settings["model"]
        body: dict[str, Any] = {name: sampling[name] for name in ("temperature", "top_p", "max_tokens")}
        if sampling["stop"]:
            body["stop"] = sampling["stop"]
        try:
            with fail_after(PATIENCE):
                answer = await line.chat.completions.with_raw_response.create(
                    model=model,
                    messages=[{"role": "user", "content": request.prompt}],
                    seed=request.seed % 2**31,  # several servers take no more
                    extra_body=self.settings["args"],
                    **body,
                )
            return self.without_key(completion(answer.content, sampling["stop"]))
        except APIStatusError as error:
            if error.response.has_redirect_location:
                there = self.clean(error.response.headers["Location"])
                reason = f"sends us on, which is not followed, to {there}: give that as the url if you trust it"
            elif error.status_code == 401:
                reason = f"refuses the key in {self.settings['key']}" if self.settings["key"] else "wants a key"
            else:
                reason = f"says {error.status_code}: {self.clean(error.message)}"
        except APIError as error:
            reason = f"cannot be reached: {self.clean(error.message)} ({type(error.__cause__).__name__})"
        except RefusedAnswer as error:
            reason = str(error)
        except TimeoutError:
            reason = f"has not answered in {PATIENCE / 60:.0f} min, asked again as often as there was time for"
        raise UserError(f"endpoint {url}, model {model}: {reason}")

    def without_key(self, made: Completion) -> Completion:
        """Return a completion that does not hold the key: a server that says what it was sent is not taken at its word.

        Raises:
            RefusedAnswer: it does.
        """
        if self.settings["key"] and len(self.secret) >= SECRET and self.secret in f"{made.text}\n{made.finish_reason}":
            raise RefusedAnswer(f"answers with the key in {self.settings['key']}, which is kept nowhere")
        return made

    def clean(self, message: str) -> str:
        """A server's message on one line and of bearable length, without the key."""
        return " ".join(message.replace(self.secret, "***").split())[:300]


def completion(content: bytes, stops: list[str]) -> Completion:
    """Text, tokens and reason of ending of an answer.

    Thoughts that a server gives apart (``reasoning_content``, or ``reasoning``) are put where the models themselves
    write them, in front of the answer between ``<think>`` and ``</think>``.

    Raises:
        RefusedAnswer: it is no chat completion, has no choice, or does not say how many tokens it has.
    """
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        raise RefusedAnswer("answers something that is no JSON") from None
    choice = part(part(answer, "choices", list, "answers without choices"), 0, dict, "answers without choices")
    usage = part(answer, "usage", dict, UNCOUNTED)
    tokens = part(usage, "completion_tokens", int, UNCOUNTED)
    if not 0 <= tokens < 2**53:
        raise RefusedAnswer(UNCOUNTED)
    message = part(choice, "message", dict, "answers without a message")
    text, apart = (text_of(message, *names) for names in (("content",), ("reasoning_content", "reasoning")))
    cut = min((text.index(stop) for stop in stops if stop in text), default=None)
    whole = f"<think>\n{apart.strip()}\n</think>\n\n{text[:cut]}" if apart else text[:cut]
    reason = part(choice, "finish_reason", str, UNREASONED)
    if not re.fullmatch(r"[\w.-]{1,64}", reason, re.A):
        raise RefusedAnswer(UNREASONED)
    return Completion(whole, tokens, reason)


UNCOUNTED = "does not say how many tokens a completion has (usage)"
UNREASONED = "does not say in a word why a completion ended (finish_reason)"


def part(of: Any, key: str | int, kind: type, otherwise: str) -> Any:
    """Return an entry of a dictionary or list if it is what it should be.

    Raises:
        RefusedAnswer: it is not.
    """
    try:
        found = of[key]
    except (LookupError, TypeError):
        found = None
    if not isinstance(found, kind) or isinstance(found, bool):
        raise RefusedAnswer(otherwise)
    return found


def text_of(message: dict[str, Any], *names: str) -> str:
    """Return the first text of these names that a message has; empty if it has none.

    Raises:
        RefusedAnswer: something else stands there.
    """
    found = next((message[name] for name in names if message.get(name)), "")
    if not isinstance(found, str):
        raise RefusedAnswer(f"answers with {names[0]} that is no text")
    return found
