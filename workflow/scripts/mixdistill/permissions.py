"""What the user's environment allows an experiment, which may be a stranger's: folders to read, servers, its size.

An experiment reads below the working directory, and below the folders that ``MIXDISTILL_FOLDERS`` names. It talks to
servers that ``MIXDISTILL_SERVERS`` names, with the keys that are named there with them, and without a key to servers on
this machine. It is no larger than limits, which ``MIXDISTILL_LIMITS`` multiplies. The variables are set in the shell or
by a profile of the user's, never by an experiment (docs/security.md).
"""

import math
import os
import re
import shlex
from collections.abc import Iterator
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

KEY = re.compile("[!-~]+")
"""A key or token as a header can have it. Libraries show any other in the trace that they end with."""

LIMITS = "MIXDISTILL_LIMITS"
"""Variable with a number by which all limits of experiments are multiplied."""


def named() -> list[str]:
    """Return all folders that an experiment may read, as the user names them."""
    return [".", *(name for name in os.environ.get(FOLDERS, "").split(":") if name.strip())]


def readable() -> list[Path]:
    """Return the real paths of all folders that an experiment may read."""
    return [Path(os.path.realpath(folder)) for folder in named()]


def spelled() -> Iterator[Path]:
    """Yield these folders as paths begin that are meant to lie in them, links unresolved and resolved."""
    yield from map(absolute, named())
    shell = Path(os.environ.get("PWD", ""))  # the working directory as the user came there
    if shell.is_absolute() and shell.is_dir() and shell.samefile(Path.cwd()):
        yield absolute(shell)
    yield from readable()


def absolute(path: str | Path) -> Path:
    """Return an absolute path without ``..``; nothing is looked at on the disk."""
    return Path(os.path.normpath(Path.cwd() / path))


def may_read(path: Path) -> bool:
    """Return whether an experiment may read a path, links on the way to it resolved.

    A path that is spelled as one outside is not even looked at: to do so may mount a disk of somebody else's.
    """
    if not any(absolute(path).is_relative_to(folder) for folder in spelled()):
        return False
    try:
        real = Path(os.path.realpath(path))
    except (OSError, ValueError):  # no path at all: null characters, halves of characters
        return False
    return any(real.is_relative_to(folder) for folder in readable())


def refusal(path: Path) -> str:
    """Return the reason why an experiment may not read a path, with what would allow it."""
    said = str(path)
    unseen = next((character for character in said if not character.isprintable()), None)
    if unseen is not None:
        return (
            f"{said[:60]!r}: no path that can be shown: it holds U+{ord(unseen):04X}, which cannot be seen: remove it"
        )
    if len(said) > 1000:
        return f"{said[:60]!r}... is too long for a path, of {len(said)} characters: shorten it"
    place, leads = absolute(path), ""
    if any(place.is_relative_to(folder) for folder in spelled()):
        place = Path(os.path.realpath(path))
        leads = f" (a link leads to {place})"
    folder = shlex.quote(str(place if place.parent == Path("/") else place.parent))
    before = f"${FOLDERS}:" if os.environ.get(FOLDERS) else ""
    return (
        f"{said} lies outside the working directory{leads}, and an experiment may not read there on its own word: if "
        f"you trust it with that folder, allow it: export {FOLDERS}={before}{folder}"
    )


def limit(usual: int) -> int:
    """Return a limit of experiments, larger or smaller than usual as the environment says.

    Raises:
        UserError: the variable holds no number.
    """
    given = os.environ.get(LIMITS, "1")
    try:
        factor = float(given)
    except ValueError:
        factor = math.nan
    if not 0 < factor < 1e6:
        raise UserError(f"{LIMITS}: must be a number by which limits are multiplied, as in {LIMITS}=10 (got {given!r})")
    return int(usual * factor)


def lifted(usual: int) -> str:
    """Return how to lift a limit, to end a message."""
    return f"the limit is {limit(usual):,}; if you trust the experiment, lift it: export {LIMITS}=10"


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
