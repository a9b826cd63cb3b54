"""Where the libraries of a job keep what they compile, cache, or write for a while: in folders of this user's alone.

Left to themselves they trust places where others can write. PyTorch runs a header that it finds compiled in
``/tmp/torchinductor_<user>``, whatever its own variable says; DeepSpeed builds in ``/tmp/torch_extensions``; vLLM opens
its sockets and compiles its allocator in the temporary folder; and where ``HOME`` is ``/tmp``, as in many containers,
all caches of the home lie there too. So the temporary folder itself is a private one, and so is the place of all
caches. Both stay when a job ends: what was compiled is not compiled again.
"""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from mixdistill import private
from mixdistill.errors import UserError

LONGEST = 64
"""Bytes of the temporary folder's path: a socket's path has 107, and vLLM's and multiprocessing's own part up to 37."""

KEPT_IN = {
    "TORCHINDUCTOR_CACHE_DIR": "torchinductor",
    "TORCH_EXTENSIONS_DIR": "torch_extensions",
    "TRITON_HOME": "triton",
    "CUDA_CACHE_PATH": "cuda",
    "FLASHINFER_WORKSPACE_BASE": "flashinfer",
    "VLLM_CACHE_ROOT": "vllm",
    "NUMBA_CACHE_DIR": "numba",
    "MPLCONFIGDIR": "matplotlib",
}
"""Variable to its folder in the private cache, of libraries that would take another place than ``XDG_CACHE_HOME``, or
may be told one by a user, whose word holds."""


def keep_private() -> None:
    """Let this process, and all that it starts, write to private folders; files from the hub stay where they are.

    Raises:
        UserError: there is no place for one; says why not in the usual one.
    """
    usual = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))  # noqa: PTH111 (may have no home)
    temporary = usable([Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), usual], LONGEST)  # noqa: S108
    cache = usable([usual, temporary])
    os.environ.setdefault("HF_HOME", str(usual / "huggingface"))
    os.environ.update(TMPDIR=str(temporary), XDG_CACHE_HOME=str(cache))
    tempfile.tempdir = str(temporary)
    for name, folder in KEPT_IN.items():
        os.environ.setdefault(name, str(cache / folder))


def usable(places: Iterable[Path], longest: int = 4096) -> Path:
    """Return a folder of this user's alone in the first of these places that can have one.

    Raises:
        UserError: none can; says why not the first.
    """
    reasons: list[UserError] = []
    for place in places:
        try:
            found = private.kept(place)
        except UserError as error:
            reasons.append(error)
        else:
            if len(os.fsencode(found)) <= longest:
                return found
            reasons.append(UserError(f"{found} is too long for the paths of sockets: set TMPDIR to a shorter one"))
    raise reasons[0]
