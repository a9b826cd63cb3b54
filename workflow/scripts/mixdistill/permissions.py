"""What the user's environment allows an experiment, which may be a stranger's: folders to read, servers to talk to.

An experiment reads below the working directory, and below the folders that ``MIXDISTILL_FOLDERS`` names. It talks to
servers that ``MIXDISTILL_SERVERS`` names, with the keys that are named there with them, and without a key to servers on
this machine. The variables are set in the shell or by a profile of the user's, never by an experiment
(docs/security.md).
"""

import os
import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import NamedTuple

from mixdistill.errors import UserError

FOLDERS = "MIXDISTILL_FOLDERS"
"""Variable with the folders, separated by colons, that experiments may read besides the working directory."""

SERVERS = "MIXDISTILL_SERVERS"
"""Variable with the servers that experiments may talk to, separated by blanks: ``https://host[:port]``, or
``https://host[:port]=VARIABLE`` where the key in that variable may go there, and nowhere else."""

ADDRESS = re.compile(
    r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)\.?(?::([0-9]{1,5}))?(/[!-~]*)?", re.I | re.A
)
ENTRY = re.compile(r"([^=]+?)/?(?:=([A-Z][A-Z0-9_]*))?", re.A)
PORTS = {"http": 80, "https": 443}


def readable() -> list[Path]:
    """Return the real paths of all folders that an experiment may read."""
    named = [name for name in os.environ.get(FOLDERS, "").split(":") if name.strip()]
    return [Path(os.path.realpath(folder)) for folder in (".", *named)]


def may_read(path: Path) -> bool:
    """Return whether an experiment may read a path, links on the way to it resolved."""
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(folder) for folder in readable())


def refusal(path: Path) -> str:
    """Return the reason why an experiment may not read a path, with what would allow it."""
    real = Path(os.path.realpath(path))
    return (
        f"{path} lies outside the working directory (at {real}), and an experiment may not read there on its own "
        f"word: if you trust it with that folder, allow it: export {FOLDERS}={real.parent}"
    )


class Server(NamedTuple):
    """A server as browsers tell servers apart (an origin): two are the same if all three are."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        """Its address, without a port that goes without saying."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port != PORTS[self.scheme] else "")

    @property
    def here(self) -> bool:
        """Tell whether it is on this machine: by its literal address, or as localhost."""
        try:
            number = ip_address(self.host)
        except ValueError:
            return self.host == "localhost"
        return number == ip_address("::1") or number in ip_network("127.0.0.0/8")


def divided(url: str) -> tuple[Server, str]:
    """Return the server of a url, and the path there.

    Raises:
        ValueError: it is no plain address; says what one looks like.
    """
    found = ADDRESS.fullmatch(url)
    port = int(found[3] or PORTS[found[1].lower()]) if found else 0
    if not found or not 0 < port < 2**16:
        raise ValueError("must be like https://host:8000/v1, in ASCII and without user, password or query")
    host = found[2].lower()
    if host.startswith("["):
        try:
            host = str(ip_address(host[1:-1]))
        except ValueError:
            raise ValueError("there is no such IPv6 address") from None
    return Server(found[1].lower(), host, port), found[4] or ""


def servers() -> dict[Server, set[str]]:
    """Return the servers that experiments may talk to, with the variables of the keys that may go there.

    Raises:
        UserError: an entry is wrong. It is not repeated, since it may hold the key itself.
    """
    allowed: dict[Server, set[str]] = {}
    for number, entry in enumerate(os.environ.get(SERVERS, "").split(), 1):
        found = ENTRY.fullmatch(entry)
        try:
            server, path = divided(found[1] if found else "")
        except ValueError:
            path = "?"
        if not found or path:
            raise UserError(
                f"{SERVERS}: entry {number} must be https://host or https://host:port, with =VARIABLE behind it if "
                "the key in that variable may go there (the variable's name, not the key; no path)"
            )
        allowed.setdefault(server, set()).update([found[2]] if found[2] else [])
    return allowed


def refused_server(url: str, key: str | None) -> str | None:
    """Return the reason why an experiment may not talk to a server, with what would allow it; None if it may.

    Args:
        url: the address.
        key: the variable whose content would be sent as the key; None for none.

    Raises:
        UserError: the environment's own list is wrong.
    """
    try:
        server, _ = divided(url)
    except ValueError as error:
        return f"url {error}"
    keys = servers().get(server)
    if key and server.scheme == "http" and not server.here:
        return f"{server} would get the key in {key} in clear: give it as https://, or without a key"
    if key in (keys or ()) or (key is None and (server.here or keys is not None)):
        return None
    before = f"${SERVERS} " if os.environ.get(SERVERS, "").split() else ""
    remedy = f'export {SERVERS}="{before}{server}{f"={key}" if key else ""}"'
    if key:
        return f"no experiment sends the key in {key} to {server} on its own word: if it is that server's, {remedy}"
    clear = " and its network, where all can be read," if server.scheme == "http" else ""
    return f"no experiment sends prompts to {server} on its own word: if you trust that server{clear} {remedy}"
