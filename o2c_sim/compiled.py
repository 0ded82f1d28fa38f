"""The simulator compiled to machine code: where it lies, and whether it is used.

``make compile`` makes extension modules of a part of the package (:mod:`o2c_sim.compilation`), in
a folder named after the SHA-256 of the sources and of the version of ``librt``, into which machine
code reaches. They give the same logs, bit for bit, in less time. As soon as a source file is
another one, its folder has another name, so that a copy that is out of date is never used; nor is
one that is damaged.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
# Where a run spends its time; these packages are compiled.
PACKAGES = ("engine", "process", "ledger")
COPIES = ".compiled"
# Name to size in bytes, of every file of a copy.
CONTENTS = "contents.json"
# Set to anything, it makes the simulator run from its sources.
SWITCHED_OFF = "O2C_NOT_COMPILED"


def folder() -> Path:
    """Return the folder in which the compiled copy of these sources lies, or would lie."""
    return SOURCES.parent / COPIES / name_for(SOURCES)


def name_for(sources: Path) -> str:
    """Return the name of the compiled copy of a package, whose folder is given."""
    whole = hashlib.sha256(_librt_version().encode())
    # Editors leave links that lead nowhere beside what they edit.
    for path in sorted(path for path in sources.rglob("*.py") if path.is_file()):
        whole.update(path.relative_to(sources).as_posix().encode() + b"\0")
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:16] + platform()


def _librt_version() -> str:
    try:
        return metadata.version("librt")
    except metadata.PackageNotFoundError:
        return ""


def platform() -> str:
    """Return interpreter and machine, to which machine code belongs, as modules are named."""
    return str(sysconfig.get_config_var("EXT_SUFFIX")).rpartition(".")[0]


def sizes(copy: Path) -> dict[str, int]:
    """Return each file below a folder with its size in bytes."""
    files = (path for path in sorted(copy.rglob("*")) if path.is_file())
    return {path.relative_to(copy).as_posix(): path.stat().st_size for path in files}


def usable(copy: Path) -> bool:
    """Return whether a compiled copy is there, whole, and can be loaded on this machine.

    It is loaded by that: its modules share one library, which they import by its name.
    """
    try:
        contents = dict(json.loads((copy / CONTENTS).read_text("utf-8")))
        if any((copy / name).stat().st_size != size for name, size in contents.items()):
            return False
    except (OSError, ValueError, TypeError):
        return False
    library = next(copy.glob("*__mypyc.*"), None)
    if library is None:
        return False
    sys.path.append(str(copy))
    try:
        importlib.import_module(library.name.partition(".")[0])
    except ImportError:
        # Made on a system that has other libraries, in a folder that both see.
        return False
    finally:
        sys.path.remove(str(copy))
    return True


def prefer(search_path: list[str]) -> None:
    """Let a package's modules be looked for in the compiled copy first, if there is one.

    Parameters
    ----------
    search_path
        ``__path__`` of the package; changed in place.
    """
    if os.environ.get(SWITCHED_OFF) or not (SOURCES.parent / COPIES).is_dir():
        return
    try:
        copy = folder()
    except OSError:
        # A source has gone between being listed and being read.
        return
    if usable(copy):
        search_path.insert(0, str(copy / SOURCES.name))


def in_use() -> bool:
    """Return whether the simulator runs compiled."""
    from o2c_sim.engine import environment

    return not str(environment.__file__).endswith(".py")
