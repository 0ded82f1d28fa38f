"""Compile the simulator to machine code: ``make compile``.

The type annotations are all that the compiler (mypyc) needs; the sources stay as they are. It
translates them to C, which a C compiler turns into extension modules. Without a C compiler
nothing changes, and the toolkit runs as Python.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from o2c_sim.compiled import (
    CONTENTS,
    COPIES,
    PACKAGES,
    SOURCES,
    SWITCHED_OFF,
    folder,
    name_for,
    platform,
    sizes,
    usable,
)
from o2c_sim.file_lock import locked

INTERRUPTED = 130
_UNFINISHED = ".new-"
_POLL_SECONDS = 0.5
_EXTENSIONS = {".so", ".pyd"}
# For gcc and clang: nobody else calls the functions of the library, so calls within it need no
# detour, and small functions are put where they are called.
_FLAGS = "-fno-semantic-interposition -fvisibility=hidden -fno-plt"
_LENIENT = ["--config-file=", "--ignore-missing-imports"]
_PROBE = "#include <Python.h>\nPyMODINIT_FUNC PyInit_probe(void) { return NULL; }\n"
# The probe tells a missing compiler at once and not after the minute that mypyc takes.
_SETUP = """
from mypyc.build import mypycify
from setuptools import Extension, setup

setup(name="probe", ext_modules=[Extension("probe", ["probe.c"])], packages=[],
      script_args=["build_ext"])
setup(
    name="compiled",
    ext_modules=mypycify({options!r}, opt_level={opt_level!r}, debug_level="0"),
    packages=[],
    script_args=["build_ext", "--inplace"],
)
"""


class CompilationError(Exception):
    """The sources cannot be compiled; the message is that of the compiler."""


def modules(package: Path) -> list[str]:
    """Return the modules of a package that are compiled, as paths from the folder above it."""
    return [
        path.relative_to(package.parent).as_posix()
        for part in PACKAGES
        for path in sorted((package / part).glob("*.py"))
        if path.name != "__init__.py" and path.is_file()
    ]


def build(opt_level: str = "2") -> Path:
    """Compile the sources as they are now; return the folder of the compiled copy.

    All of it or nothing appears there. One build runs at a time; who had to wait for another one
    takes what that has made. Other copies for the same interpreter and machine are removed, and
    so is what builds that were killed have left.

    Parameters
    ----------
    opt_level
        Of the C compiler.

    Raises
    ------
    CompilationError
        If the sources or the C compiler are not in order, or something that is needed is missing.
    OSError
        If the folder cannot be written.
    """
    copies = SOURCES.parent / COPIES
    copies.mkdir(exist_ok=True)
    with _alone(copies / ".lock"):
        if usable(folder()):
            return folder()
        for left in copies.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
        # A compiler that is being ended may still write there.
        with tempfile.TemporaryDirectory(
            dir=copies, prefix=_UNFINISHED, ignore_cleanup_errors=True
        ) as name:
            copy = _made(Path(name), copies, opt_level)
        for other in copies.glob(f"*{platform()}"):
            if other != copy:
                shutil.rmtree(other, ignore_errors=True)
    return copy


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until no other build is under way, and keep others waiting."""
    with lock.open("a") as file:
        if not locked(file):
            print("Another build is under way; waiting for its end.", flush=True)
            while not locked(file):
                time.sleep(_POLL_SECONDS)
        yield


def _made(work: Path, copies: Path, opt_level: str) -> Path:
    """Compile in an empty folder and rename what comes of it into place."""
    package = work / SOURCES.name
    shutil.copytree(
        SOURCES,
        package,
        ignore=shutil.ignore_patterns("__pycache__", "*.so"),
        ignore_dangling_symlinks=True,
    )
    # Named after what is compiled, whatever becomes of the sources meanwhile.
    copy = copies / name_for(package)
    _compile(work, opt_level)
    _gather(package, work / copy.name)
    if copy.exists():
        shutil.rmtree(copy)
    (work / copy.name).rename(copy)
    return copy


def _compile(work: Path, opt_level: str) -> None:
    config = SOURCES.parent / "pyproject.toml"
    # An installed package has no settings beside it.
    checks = [f"--config-file={config}"] if config.is_file() else _LENIENT
    options = [*checks, *modules(work / SOURCES.name)]
    script = _SETUP.format(options=options, opt_level=opt_level)
    (work / "setup.py").write_text(script, encoding="utf-8")
    (work / "probe.c").write_text(_PROBE, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "setup.py"],
        cwd=work,
        env={**os.environ, **_compiler_flags()},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise CompilationError((done.stderr.strip() or done.stdout.strip())[-2_000:])


def _compiler_flags() -> dict[str, str]:
    if os.name != "posix":
        return {}
    return {"CFLAGS": f"{os.environ.get('CFLAGS', '')} {_FLAGS}".strip()}


def _gather(package: Path, copy: Path) -> None:
    """Move what was made into a folder: the extension modules and the library that they share.

    Nothing else, so that modules that are not compiled, and data, are found among the sources.
    """
    work = package.parent
    wanted = [path for path in work.iterdir() if path.suffix in _EXTENSIONS]
    for part in PACKAGES:
        wanted += [
            path
            for path in (package / part).iterdir()
            if path.suffix in _EXTENSIONS or path.name == "__init__.py"
        ]
    for path in wanted:
        new = copy / path.relative_to(work)
        new.parent.mkdir(parents=True, exist_ok=True)
        path.rename(new)
    (copy / CONTENTS).write_text(json.dumps(sizes(copy), indent=1), "utf-8")


def main(command_line: Sequence[str] | None = None) -> int:
    """Compile, unless it has been done for these sources.

    Returns
    -------
    int
        0; 1 if the sources as they are now are not compiled; 130 if it was interrupted.
    """
    if usable(folder()):
        print(f"The simulator is compiled already ({COPIES}/{folder().name}).")
        return 0
    many = len(modules(SOURCES))
    print(f"Compiling {many} modules of the simulator; this takes some minutes.", flush=True)
    began = time.monotonic()
    try:
        copy = build()
    except KeyboardInterrupt:
        print("Interrupted; nothing unfinished was left behind.", file=sys.stderr)
        return INTERRUPTED
    except (CompilationError, OSError) as fault:
        print(fault, file=sys.stderr)
        print(
            "The simulator could not be compiled; it runs as Python, with the same results in "
            "more time. Compiling needs mypy, setuptools, a C compiler (gcc or clang), the headers "
            f"of Python, and a folder {COPIES} that can be written.",
            file=sys.stderr,
        )
        return 1
    if copy != folder():
        print(
            "The sources have been changed meanwhile, so they run as Python: compile again.",
            file=sys.stderr,
        )
        return 1
    print(f"Compiled in {time.monotonic() - began:.0f} s; every o2c command uses it from now on.")
    if os.environ.get(SWITCHED_OFF):
        print(f"Not while {SWITCHED_OFF} is set, as it is here.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
