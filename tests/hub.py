"""A hub on loopback, for ``HF_ENDPOINT``: what ``huggingface_hub`` 2.4 asks for, and the ways in which it is refused."""

import hashlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_" + "secret" * 5
LARGE = (".safetensors", ".parquet", ".bin", ".pth")
"""Files that the hub keeps apart: asked for, it leads to another host."""

ABOUT = re.compile(r"/api/(?P<kind>model|dataset)s/(?P<name>[^/]+/[^/]+)/(?P<what>revision|tree)/(?P<commit>\w+)")
FILE = re.compile(r"/(?P<kind>datasets/)?(?P<name>[^/]+/[^/]+)/resolve/(?P<commit>\w+)/(?P<path>.+)")
STORED = re.compile(r"/stored/(?P<digest>\w+)")


class Hub:
    """Repositories, and what was asked of them."""

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, bytes]] = {}
        """``model/owner/name`` or ``dataset/owner/name`` to the files of its one commit."""
        self.gated: set[str] = set()
        """Repositories whose files only ``TOKEN`` opens."""
        self.failures: Counter[str] = Counter()
        """Names of files to how often they are answered by 503."""
        self.cuts: Counter[str] = Counter()
        """Names of files to how often the connection ends in the middle of them."""
        self.spoiled: Counter[str] = Counter()
        """Names of files to how often they are sent with other content of the same length."""
        self.held: set[str] = set()
        """Names of files that are not sent before they are taken out of this."""
        self.asked: list[str] = []
        """Method, path and range of every request."""
        self.tokens_stored: list[str | None] = []
        """Tokens that the other host was shown."""
        self.endpoint = ""

    def add(self, place: str, files: dict[str, bytes] | Path) -> None:
        """Put files, or those of a folder, into a repository."""
        if isinstance(files, Path):
            files = {path.name: path.read_bytes() for path in files.iterdir()}
        self.repositories[place] = files

    def environment(self, folder: Path, token: str | None = None) -> dict[str, str]:
        """Variables of a process that knows this hub alone, with a cache in a folder."""
        told = {"HF_ENDPOINT": self.endpoint, "HF_HOME": str(folder), "NO_PROXY": "127.0.0.1,localhost"}
        return {**told, **({"HF_TOKEN": token} if token else {})}

    def downloads(self) -> list[str]:
        """Names of the files whose content was asked for, in order of their names."""
        names = {hashlib.sha256(content).hexdigest(): name for name, content in self.files()}
        paths = [line.split()[1] for line in self.asked if line.startswith("GET") and "/api/" not in line]
        return sorted(names.get(Path(path).name, Path(path).name) for path in paths)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield the name and content of every file."""
        for files in self.repositories.values():
            yield from files.items()


class Handler(BaseHTTPRequestHandler):
    """Answers as the hub does."""

    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Be silent."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.hub.asked.append(f"POST {self.path}")
        self.send(403, b"", {"X-Error-Message": "Forbidden"})

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.hub.asked.append(f"{self.command} {path} {self.headers.get('Range', '')}".strip())
        if about := ABOUT.fullmatch(path):
            self.tell(about)
        elif stored := STORED.fullmatch(path):
            self.hub.tokens_stored.append(self.headers.get("Authorization"))
            contents = {hashlib.sha256(content).hexdigest(): (name, content) for name, content in self.hub.files()}
            self.give(*contents[stored["digest"]])
        elif file := FILE.fullmatch(path):
            self.resolve(file)
        else:
            self.refuse(404, "RepoNotFound")

    def files_of(self, asked: re.Match[str], kind: str, gate: bool) -> dict[str, bytes] | None:
        """The files of a repository; None if the request was refused."""
        place = f"{kind}/{asked['name']}"
        if place not in self.hub.repositories:
            self.refuse(404, "RepoNotFound")
        elif gate and place in self.hub.gated and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.refuse(403 if "Authorization" in self.headers else 401, "GatedRepo")
        elif asked["commit"] not in (COMMIT, "main"):
            self.refuse(404, "RevisionNotFound")
        else:
            return self.hub.repositories[place]
        return None

    def tell(self, asked: re.Match[str]) -> None:
        """What a repository holds, in one of two forms."""
        files = self.files_of(asked, asked["kind"], gate=False)
        if files is None:
            return
        if asked["what"] == "revision":
            siblings = [{"rfilename": name, "size": len(content)} for name, content in files.items()]
            self.send(200, json.dumps({"id": asked["name"], "sha": COMMIT, "siblings": siblings}).encode())
            return
        tree = []
        for name, content in files.items():
            entry = {"type": "file", "path": name, "size": len(content), "oid": git_digest(content)}
            if name.endswith(LARGE):
                digest = hashlib.sha256(content).hexdigest()
                entry["lfs"] = {"oid": digest, "size": len(content), "pointerSize": 130}
            tree.append(entry)
        self.send(200, json.dumps(tree).encode())

    def resolve(self, asked: re.Match[str]) -> None:
        """A file, or the way to it."""
        files = self.files_of(asked, "dataset" if asked["kind"] else "model", gate=True)
        if files is None:
            return
        name = asked["path"]
        if name not in files:
            self.refuse(404, "EntryNotFound")
        elif name.endswith(LARGE):
            digest = hashlib.sha256(files[name]).hexdigest()
            there = f"{self.hub.endpoint.replace('127.0.0.1', 'localhost')}/stored/{digest}"
            linked = {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(files[name])), "Location": there}
            self.send(302, b"", {"X-Repo-Commit": COMMIT, **linked})
        else:
            self.give(name, files[name], {"X-Repo-Commit": COMMIT, "ETag": f'"{git_digest(files[name])}"'})

    def give(self, name: str, content: bytes, headers: dict[str, str] | None = None) -> None:
        """Send a file or the rest of it, or what goes wrong on its way."""
        if self.taken(self.hub.failures, name):
            self.send(503, b"")
            return
        while self.command == "GET" and name in self.hub.held:
            time.sleep(0.05)
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        if self.command == "GET" and self.taken(self.hub.spoiled, name):
            content = bytes(len(content))
        if self.command == "GET" and self.taken(self.hub.cuts, name):
            self.send(
                200, content[start : start + (len(content) - start) // 2], headers, announced=len(content) - start
            )
            self.close_connection = True
            return
        self.send(206 if start else 200, content[start:], headers)

    def taken(self, left: Counter[str], name: str) -> bool:
        """Tell whether a fault is due, which it is a number of times."""
        left[name] -= 1
        return left[name] >= 0

    def refuse(self, status: int, code: str) -> None:
        """An error in the hub's words."""
        self.send(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code})

    def send(
        self, status: int, content: bytes, headers: dict[str, str] | None = None, announced: int | None = None
    ) -> None:
        """Send an answer; ``announced`` is a length to claim instead of its own."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) if announced is None else announced))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)


def git_digest(content: bytes) -> str:
    """The name that git gives to a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub that answers while the block runs."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": hub}))
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
