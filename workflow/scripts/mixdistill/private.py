"""A folder that its user alone may enter, on a machine that others use too.

Everybody may write to the temporary folder, so anything there may have been planted: a link, a folder or a file of
somebody else's under the name that is looked for. Here all is opened first and then looked at, relative to what was
opened before, so that nothing can be exchanged in between; nothing is followed, and nothing is ever cut.
"""

import os
import pwd
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from mixdistill.errors import UserError
from mixdistill.terminal import visible

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NAME = f"mixdistill-{os.getuid()}"
FILE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def folder(session: bool = False) -> int:
    """Open this user's folder and return its descriptor.

    Args:
        session: prefer XDG_RUNTIME_DIR, where nobody can plant anything. It is not the same for all of a user's
            sessions, and ends with the last of them: not for what all of the user's processes must agree on.

    Raises:
        UserError: what lies there is somebody else's, or others may enter it.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if session and runtime:
        with suppress(OSError):
            parent = os.open(runtime, FOLDER)
            try:
                if not fault(os.fstat(parent)):
                    return within(parent, Path(runtime, "mixdistill"))
            finally:
                os.close(parent)
    place = named(Path(tempfile.gettempdir()))
    parent = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return within(parent, place)
    finally:
        os.close(parent)


def named(place: Path) -> Path:
    """Return the path of this user's folder in a place: itself, where the place is that already (``kept``)."""
    return place if place.name == NAME else place / NAME


def kept(place: Path) -> Path:
    """Return the path of this user's folder in a place, made if it is not there, and the place too.

    A path says less than a descriptor: it must also be impossible that others put another folder there later, under the
    same name. So nobody but the system's owner and this user may rename anything on the way to it.

    Raises:
        UserError: it is not this user's alone, may be exchanged, or cannot be made.
    """
    path = named(place.absolute())
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = path.parent.resolve() / path.name
        for folder in path.parents:
            status = folder.stat()
            if status.st_uid not in trusted():
                raise refusal(path, f"lies in {folder}, which belongs to {user(status.st_uid)}")
            if status.st_mode & 0o022 and not status.st_mode & stat.S_ISVTX:
                raise refusal(path, f"lies in {folder}, where others may rename it")
        parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise refusal(path, f"cannot be made ({error.strerror})") from None
    try:
        opened = within(parent, path)
        try:
            if not os.access(".", os.W_OK | os.X_OK, dir_fd=opened):
                raise refusal(path, "cannot be written to")
        finally:
            os.close(opened)
    finally:
        os.close(parent)
    return path


def trusted() -> set[int]:
    """Return the users who may own what a private folder lies in: this one and root.

    A container that does not know the machine's root has another number for it.
    """
    known = Path("/proc/self/uid_map")
    whole = not known.exists() or known.read_text().split() == ["0", "0", str(2**32 - 1)]
    return {0, os.getuid()} | (set() if whole else {int(Path("/proc/sys/kernel/overflowuid").read_text())})


def within(parent: int, place: Path) -> int:
    """Open a folder in an open one, made if it is not there.

    Raises:
        UserError: it is not this user's alone.
    """
    try:
        with suppress(FileExistsError):
            os.mkdir(place.name, 0o700, dir_fd=parent)
        opened = os.open(place.name, FOLDER, dir_fd=parent)
    except OSError as error:
        found = None
        with suppress(OSError):
            found = fault(os.stat(place.name, dir_fd=parent, follow_symlinks=False))
        raise refusal(place, found or f"cannot be opened ({error.strerror})") from None
    if found := fault(os.fstat(opened)):
        os.close(opened)
        raise refusal(place, found)
    return opened


def fault(status: os.stat_result) -> str | None:
    """Return why a folder is not this user's alone; None if it is."""
    if stat.S_ISLNK(status.st_mode):
        return "is a link"
    if not stat.S_ISDIR(status.st_mode):
        return "is no folder"
    if status.st_uid != os.getuid():
        return f"belongs to {user(status.st_uid)}"
    if status.st_mode & 0o077:
        return "may be entered by others (chmod 700 ends that)"
    return None


def refusal(place: Path, reason: str) -> UserError:
    """Return the error for a place that cannot be used."""
    return UserError(
        f"{place} {reason}, so that nothing is put there: remove it, or set TMPDIR to a folder that only you may enter"
    )


def file(parent: int, name: str) -> int:
    """Open a file of a private folder for locks, made if it is not there; its content is left as it is.

    Raises:
        UserError: it is a link, or no plain file of this user's under this one name.
    """
    try:
        opened = os.open(name, FILE, 0o600, dir_fd=parent)
    except OSError as error:
        raise UserError(f"{name} in your mixdistill folder cannot be opened ({error.strerror}): remove it") from None
    status = os.fstat(opened)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid() or status.st_nlink != 1:
        os.close(opened)
        raise UserError(f"{name} in your mixdistill folder is not a plain file of yours alone: remove it")
    return opened


def closed(place: Path) -> Path:
    """Return a folder that others may not enter, made or closed; what they have put in before is removed.

    For what libraries write under names that can be guessed: they follow links.

    Raises:
        UserError: it is a link, or somebody else's.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        place.mkdir(0o700)
    try:
        opened, owner = os.open(place, FOLDER), owner_in(place)
    except OSError as error:
        reason = "is a link" if place.is_symlink() else f"cannot be written to ({error.strerror})"
        raise UserError(f"{place} {reason}, so that nothing is put there: remove it") from None
    try:
        if (theirs := os.fstat(opened).st_uid) != owner:
            raise UserError(f"{place} belongs to {user(theirs)}, so that nothing is put there: remove it")
        with suppress(PermissionError):  # a file system that keeps no modes
            os.fchmod(opened, 0o700)
    finally:
        os.close(opened)
    for path in place.iterdir():
        if not wholly(path, owner):
            print(visible(f"{path}: others have written there, so it is removed"))
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return place


def wholly(path: Path, owner: int) -> bool:
    """Tell whether a file, or a folder with all that is in it, belongs to one user."""
    return all(each.lstat().st_uid == owner for each in (path, *path.rglob("*")))


def owner_in(place: Path) -> int:
    """Return whom this user's files belong to in a folder: some file systems know one owner for all."""
    with tempfile.TemporaryFile(dir=place) as probe:
        return os.fstat(probe.fileno()).st_uid


def user(number: int) -> str:
    """Return the name of a user, or the number if there is no name."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
