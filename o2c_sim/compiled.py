"""The simulator compiled to machine code: where it lies, and whether it is used.

``make compile`` puts a compiled copy of the package beside it (:mod:`o2c_sim.compilation`), in a
folder named after the SHA-256 of the sources. The copy gives the same logs, bit for bit, in less
time. As soon as a source file is another one, its folder has another name, so that a copy that is
out of date is never used.
"""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
COPIES = ".compiled"
# Set to anything, it makes the simulator run from its sources.
SWITCHED_OFF = "O2C_NOT_COMPILED"


def folder() -> Path:
    """Return the folder in which the compiled copy of these sources lies, or would lie.

    The name also holds the interpreter and the machine, as machine code belongs to both.
    """
    whole = hashlib.sha256(str(sysconfig.get_config_var("EXT_SUFFIX")).encode())
    for path in sorted(SOURCES.rglob("*.py")):
        whole.update(path.relative_to(SOURCES).as_posix().encode() + b"\0")
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return SOURCES.parent / COPIES / whole.hexdigest()[:16]


def prefer(search_path: list[str]) -> None:
    """Let a package's modules be looked for in the compiled copy first, if there is one.

    Parameters
    ----------
    search_path
        ``__path__`` of the package; changed in place.
    """
    if os.environ.get(SWITCHED_OFF) or not (SOURCES.parent / COPIES).is_dir():
        return
    copy = folder()
    if (copy / SOURCES.name).is_dir():
        search_path.insert(0, str(copy / SOURCES.name))
        # The modules of the copy share one library, which they import by its name.
        sys.path.append(str(copy))


def in_use() -> bool:
    """Return whether the simulator runs compiled."""
    from o2c_sim.engine import environment

    return not str(environment.__file__).endswith(".py")
