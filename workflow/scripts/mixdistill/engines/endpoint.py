"""An OpenAI-compatible endpoint as engine: somebody else's model, asked over HTTP, several requests at a time."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from mixdistill.engines import Completion, Request, Unit
from mixdistill.errors import UserError

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

RETRIES = 8
"""Times that a request is sent again after 408, 409, 429, 5xx, a timeout or a broken line; the client waits between
them, longer each time or as long as the server says, at most 8 s by its own choice."""

TIMEOUT = 3600.0
"""Seconds for one answer: a long chain of thought is not streamed."""


class Endpoint:
    """A line to a server."""

    def __init__(self, settings: dict[str, Any], concurrency: int) -> None:
        """Take the key from the environment.

        Args:
            settings: url, model, key (the name of an environment variable, or None), args (more of the request's body).
            concurrency: requests that are under way at a time.

        Raises:
            UserError: there is no such variable.
        """
        from openai import OpenAI

        self.settings, self.concurrency = settings, max(1, concurrency)
        name = settings["key"]
        self.secret = os.environ.get(name, "") if name else "none"
        if not self.secret:
            raise UserError(f"endpoint.key: the environment variable {name} is not set; it must hold the key")
        self.client = OpenAI(base_url=settings["url"], api_key=self.secret, max_retries=RETRIES, timeout=TIMEOUT)

    def complete(self, units: Iterable[Unit]) -> Iterator[tuple[Unit, list[Completion]]]:
        """Complete the requests of all units; yield each unit when it is done.

        Raises:
            UserError: a request was refused, or failed after all retries; what was under way with it is yielded first.
        """
        waiting = iter(units)
        running: dict[Future[list[Completion]], Unit] = {}
        failure: BaseException | None = None
        with ThreadPoolExecutor(self.concurrency) as pool:
            while True:
                while failure is None and len(running) < self.concurrency:
                    unit = next(waiting, None)
                    if unit is None:
                        break
                    running[pool.submit(self.unit, unit)] = unit
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    unit = running.pop(future)
                    if error := future.exception():
                        failure = failure or error
                    else:
                        yield unit, future.result()
        if failure:
            raise failure

    def unit(self, unit: Unit) -> list[Completion]:
        """Complete the requests of a unit."""
        return [self.asked(request, unit.sampling) for request in unit.requests]

    def asked(self, request: Request, sampling: dict[str, Any]) -> Completion:
        """Send one request."""
        from openai import APIError, APIStatusError

        url, model = self.settings["url"], self.settings["model"]
        body: dict[str, Any] = {name: sampling[name] for name in ("temperature", "top_p", "max_tokens")}
        if sampling["stop"]:
            body["stop"] = sampling["stop"]
        try:
            answer = self.client.chat.completions.create(
                model=model,
                messages=[{"role": "user", "content": request.prompt}],
                seed=request.seed % 2**31,  # several servers take no more
                extra_body=self.settings["args"],
                **body,
            )
            return completion(answer, sampling["stop"])
        except APIStatusError as error:
            if error.status_code == 401:
                reason = f"refuses the key in {self.settings['key']}" if self.settings["key"] else "wants a key"
            else:
                reason = f"says {error.status_code}: {self.clean(error.message)}"
        except APIError as error:
            reason = f"cannot be reached: {self.clean(error.message)} ({type(error.__cause__).__name__})"
        except MalformedAnswer as error:
            reason = str(error)
        raise UserError(f"endpoint {url}, model {model}: {reason}")

    def clean(self, message: str) -> str:
        """A server's message on one line and of bearable length, without the key."""
        return " ".join(message.replace(self.secret, "***").split())[:300]


class MalformedAnswer(Exception):
    """An answer that lacks what a row needs."""


def completion(answer: "ChatCompletion", stops: list[str]) -> Completion:
    """Text, tokens and reason of ending of an answer.

    Thoughts that a server gives apart (``reasoning_content``, or ``reasoning``) are put where the models themselves
    write them, in front of the answer between ``<think>`` and ``</think>``.

    Raises:
        MalformedAnswer: it has no choice, or does not say how many tokens it has.
    """
    if not answer.choices:
        raise MalformedAnswer("answers without choices")
    if answer.usage is None:
        raise MalformedAnswer("does not say how many tokens a completion has (usage)")
    choice = answer.choices[0]
    text = choice.message.content or ""
    cut = min((text.index(stop) for stop in stops if stop in text), default=None)
    apart = choice.message.model_extra or {}
    thoughts = apart.get("reasoning_content") or apart.get("reasoning")
    whole = f"<think>\n{thoughts.strip()}\n</think>\n\n{text[:cut]}" if thoughts else text[:cut]
    return Completion(whole, answer.usage.completion_tokens, choice.finish_reason)
