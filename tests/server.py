"""An OpenAI-compatible server on loopback that answers as it is told, and keeps what it was asked."""

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server(ThreadingHTTPServer):
    """Answers a prompt with itself, unless ``behaviour`` gives something else."""

    daemon_threads = True

    def __init__(self, behaviour: Any = None) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviour = behaviour or (lambda body, number: echo(body))
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.headers: list[dict[str, str]] = []
        self.together = self.most_together = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self.origin}/v1"

    @property
    def origin(self) -> str:
        """The same, as MIXDISTILL_SERVERS names it."""
        return f"http://127.0.0.1:{self.server_address[1]}"


def echo(body: dict[str, Any], **more: Any) -> tuple[int, dict[str, Any]]:
    """A completion that repeats the prompt."""
    message = {"role": "assistant", "content": body["messages"][0]["content"], **more.pop("message", {})}
    choice = {"index": 0, "message": message, "finish_reason": "stop", **more}
    usage = {"prompt_tokens": 1, "completion_tokens": len(str(message["content"])), "total_tokens": 2}
    answer = {"id": "1", "object": "chat.completion", "created": 0, "model": body["model"], "usage": usage}
    return 200, {**answer, "choices": [choice]}


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        """Answer as the server's behaviour says: (status, body[, headers]), or None to break the line off."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            number = len(self.server.asked)
            self.server.asked.append({**body, "path": self.path})
            self.server.keys.append(self.headers["Authorization"])
            self.server.headers.append(dict(self.headers))
            self.server.together += 1
            self.server.most_together = max(self.server.most_together, self.server.together)
        time.sleep(0.02)
        answer = self.server.behaviour(body, number)
        with self.server.lock:
            self.server.together -= 1
        if answer is None:
            self.close_connection = True
            return
        status, content, *more = answer
        text = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Retry-After-Ms": "1", **(more[0] if more else {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):  # who asked may have had enough
            self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(behaviour: Any = None) -> Iterator[Server]:
    """A server that runs as long as the block."""
    server = Server(behaviour)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def dripping(first: bytes, again: bytes, pause: float = 0.02, seconds: float = 10.0) -> Iterator[str]:
    """A server that never comes to an end: after ``first`` the same few bytes again and again; yields where it is."""

    class Dripping(socketserver.BaseRequestHandler):
        """One connection."""

        def handle(self) -> None:
            """Drip, but not for so long that a test which fails hangs."""
            end = time.monotonic() + seconds
            with suppress(OSError):
                self.request.recv(2**16)
                self.request.sendall(first)
                while time.monotonic() < end:
                    self.request.sendall(again)
                    time.sleep(pause)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Dripping) as server:
        server.daemon_threads, server.block_on_close = True, False
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
