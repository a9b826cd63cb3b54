"""Asking the hub what a repository holds, and its refusals in plain words. Only the jobs that go online use this."""

import errno
import logging
import re
import time
from collections.abc import Callable, Iterable
from json import JSONDecodeError
from pathlib import Path
from typing import Any, TypeVar

from mixdistill import limits
from mixdistill.errors import UserError
from mixdistill.inside import MOST_FILES, leads_away
from mixdistill.permissions import KEY

Result = TypeVar("Result")

LOGIN = "log in with `hf auth login`, or set HF_TOKEN"
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
NO_ENTRY = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)
PAUSES = (1, 5)
"""Seconds between attempts to ask, after errors that may pass; fetching has more patience."""
TIMEOUT = 20
"""Seconds that the hub may take to answer."""


class Damaged(Exception):
    """A file arrived with other content than the hub announced."""


class Refused(Exception):
    """The hub says of a repository what cannot be so."""


def hush() -> None:
    """Let the library tell nothing secret: no warnings, which show addresses that may be signed, and no odd token.

    Raises:
        UserError: the token has a character that no header has, so that it would be shown where it is refused.
    """
    from huggingface_hub.utils import logging as theirs

    theirs.set_verbosity(logging.ERROR)
    if not KEY.fullmatch(token() or "none"):
        raise UserError(
            "the hub's token (HF_TOKEN, or that of `hf auth login`) has a blank or a character that no token has: copy "
            "it again"
        )


def token() -> str | None:
    """The user's token for the hub; None if there is none, or none to be had."""
    from huggingface_hub import get_token

    try:
        return get_token()
    except Exception:  # the library may ask a server for it
        return None


def page(kind: str, repository: str) -> str:
    """Where a repository is seen by a person."""
    return f"https://huggingface.co/{'datasets/' if kind == 'dataset' else ''}{repository}"


def listed(kind: str, repository: str, revision: str) -> dict[str, int]:
    """Name to size in bytes of a repository's files at a commit.

    A commit never changes: if the cache has its list, nobody is asked. Without the hub, what the cache has of the
    commit is listed, as older versions of ``huggingface_hub`` left it, without the list.
    """
    from huggingface_hub import HfApi, get_cached_repo_tree, snapshot_download
    from huggingface_hub.errors import CachedRepoTreeNotFoundError, HfHubHTTPError, LocalEntryNotFoundError

    try:
        cached = get_cached_repo_tree(repository, repo_type=kind, revision=revision)
        return unique((entry.path, entry.size) for entry in cached)
    except CachedRepoTreeNotFoundError:
        pass
    try:
        ask = HfApi().dataset_info if kind == "dataset" else HfApi().model_info
        about = ask(repository, revision=revision, files_metadata=True, timeout=TIMEOUT)
        return unique((file.rfilename, file.size) for file in about.siblings or [])
    except (HfHubHTTPError, Refused):
        raise
    except Exception as error:  # no network, in one of the many ways of having none
        try:
            left = snapshot_download(repository, repo_type=kind, revision=revision, local_files_only=True)
        except LocalEntryNotFoundError:
            raise error from None
        files = [path for path in Path(left).rglob("*") if path.is_file()]
        return {path.relative_to(left).as_posix(): path.stat().st_size for path in files}


def unique(files: Iterable[tuple[Any, Any]]) -> dict[str, int]:
    """Return name to size of files.

    Raises:
        Refused: a name is no text, or stands there twice.
    """
    found: dict[str, int] = {}
    for name, size in files:
        if not isinstance(name, str) or name in found:
            raise Refused(f"the hub lists {str(name)[:120]!r} {'twice' if name in found else 'as a file'}; {NOT_THERE}")
        found[name] = size
    return found


def refuse_unfit(files: dict[str, int]) -> None:
    """Raise Refused if files that are to be fetched are too many, lie elsewhere, or have no size in bytes."""
    if len(files) > MOST_FILES or sum(map(len, files)) > limits.ABOUT // 2:
        raise Refused(
            f"{len(files):,} files, or their names, are too many: {MOST_FILES:,}, with "
            f"{limits.in_units(limits.ABOUT // 2)} characters, are the limit; bring a folder with those needed"
        )
    for name, size in files.items():
        if leads_away(name):
            raise Refused(f"the hub lists a file {name[:120]!r}, which is not in its repository; {NOT_THERE}")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise Refused(f"the hub gives {name[:120]!r} {str(size)[:60]!r} for its bytes; {NOT_THERE}")


NOT_THERE = "nothing of it is fetched: take another commit or repository"


def missing(kind: str, repository: str, revision: str, names: Iterable[str]) -> list[str]:
    """Those of the files that the cache has not."""
    from huggingface_hub import try_to_load_from_cache

    def cached(name: str) -> bool:
        return isinstance(try_to_load_from_cache(repository, name, revision=revision, repo_type=kind), str)

    return [name for name in names if not cached(name)]


def to_fetch(kind: str, repository: str, revision: str, names: Iterable[str]) -> int:
    """Bytes of the files that are still to be fetched; asks the hub for leave to read what is missing, if anything."""
    from huggingface_hub import snapshot_download

    rest = escaped(missing(kind, repository, revision, names))
    if not rest:
        return 0
    plan = snapshot_download(repository, repo_type=kind, revision=revision, allow_patterns=rest, dry_run=True)
    return sum(file.file_size or 0 for file in plan if file.will_download)


def escaped(names: Iterable[str]) -> list[str]:
    """Names of files as patterns that match these alone."""
    return [name.replace("[", "[[]").replace("*", "[*]").replace("?", "[?]") for name in names]


def cause(error: BaseException) -> BaseException:
    """What is behind an error of ``huggingface_hub``, which says of any trouble that a file is not in the cache."""
    from huggingface_hub.errors import DryRunError, LocalEntryNotFoundError

    while isinstance(error, DryRunError | LocalEntryNotFoundError) and error.__cause__:
        error = error.__cause__
    return error


def patiently(attempt: Callable[[], Result], pauses: Iterable[float]) -> Result:
    """Call until it goes well; between calls are these numbers of seconds, after errors that may pass."""
    for pause in pauses:
        try:
            return attempt()
        except Exception as error:
            if not passing(error):
                raise
            print(f"{type(cause(error)).__name__}: once more in {pause} s", flush=True)
            time.sleep(pause)
    return attempt()


def passing(error: BaseException) -> bool:
    """Tell whether the same request may go well a little later."""
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    error = cause(error)
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in (408, 429) or error.response.status_code >= 500
    if isinstance(error, OfflineModeIsEnabled | Refused):
        return False
    if isinstance(error, ValueError | TypeError) and not isinstance(error, OSError | JSONDecodeError):
        return False
    return not (isinstance(error, OSError) and error.errno in (*NO_SPACE, *NO_ENTRY))


def refusal(error: BaseException, kind: str, repository: str, revision: str) -> str:
    """What an error means, and what to do. Addresses are left out: they may be signed."""
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    error, here = cause(error), page(kind, repository)
    match error:
        case Damaged() | Refused():
            return str(error)
        case GatedRepoError() if token() is None:
            return f"gated, and there is no token: accept its licence at {here}, then {LOGIN}"
        case GatedRepoError():
            return f"gated, and your account has no access: accept its licence at {here}"
        case RepositoryNotFoundError():
            return f"no such {kind} on the hub, or a private one: check its name; if it is private, {LOGIN}"
        case RevisionNotFoundError():
            return f"no such revision: take a commit from {here}/commits/main"
        case HfHubHTTPError() if error.response.status_code in (401, 403):
            return f"your token may not read it ({error.response.status_code}): {LOGIN}"
        case HfHubHTTPError():
            return f"the hub answers {error.response.status_code}"
        case OfflineModeIsEnabled():
            return "not in the cache, and HF_HUB_OFFLINE is set: unset it, or fill the cache elsewhere"
        case OSError() if error.errno in NO_SPACE:
            return f"the disk of the cache is full: free some space, or set HF_HOME to a folder that has it ({here})"
        case OSError() if error.errno in NO_ENTRY:
            return f"the cache cannot be written ({error.strerror}: {error.filename}): set HF_HOME to a folder of yours"
    return f"no answer from the hub ({without_secrets(error)}): go online, or fill the cache elsewhere"


def not_taken(error: BaseException) -> str:
    """What an error means that a repository was to be written to, and what to do."""
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    match error:
        case HfHubHTTPError() if error.response.status_code in (401, 403):
            return (
                f"your token may not write to it ({error.response.status_code}): give it the right to, at "
                "https://huggingface.co/settings/tokens, or name an owner that it may write for (publish.owner)"
            )
        case HfHubHTTPError():
            return f"the hub answers {error.response.status_code}; the same command tries again"
        case OfflineModeIsEnabled():
            return "nothing is sent, since HF_HUB_OFFLINE is set: unset it"
    return f"the hub has not taken it ({without_secrets(error)}); the same command tries again"


def without_secrets(error: BaseException) -> str:
    """An error's kind and the first line that it has, without addresses, which may be signed, and without the token."""
    text = str(error).partition("\n")[0]
    if secret := token():
        text = text.replace(secret, "***")
    return f"{type(error).__name__}: " + re.sub(r"\S*://\S*", "(an address)", text)[:300]
