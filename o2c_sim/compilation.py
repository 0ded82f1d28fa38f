"""Compile the simulator to machine code: ``make compile``.

The type annotations are all that the compiler (mypyc) needs; the sources stay as they are. It
translates them to C, which a C compiler turns into extension modules. Without a C compiler
nothing changes, and the toolkit runs as Python.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from o2c_sim.compiled import COPIES, SOURCES, folder

# Where a run spends its time.
_PACKAGES = ("engine", "process", "ledger")
# For gcc and clang: nobody else calls the functions of the library, so calls within it need no
# detour, and small functions are put where they are called.
_FLAGS = "-fno-semantic-interposition -fvisibility=hidden -fno-plt"
_SETUP = """
from mypyc.build import mypycify
from setuptools import setup

setup(
    name="compiled",
    ext_modules=mypycify({options!r}, opt_level={opt_level!r}, debug_level="0"),
    packages=[],
)
"""


def modules() -> list[str]:
    """Return the modules that are compiled, as paths from the folder above the package."""
    return [
        path.relative_to(SOURCES.parent).as_posix()
        for package in _PACKAGES
        for path in sorted((SOURCES / package).glob("*.py"))
        if path.name != "__init__.py"
    ]


def compile_to(copy: Path, opt_level: str = "2") -> str | None:
    """Compile a copy of the package into a folder; return what went wrong, None if nothing did.

    Parameters
    ----------
    copy
        Where it goes; all of it or nothing appears there.
    opt_level
        Of the C compiler.
    """
    copy.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".new-") as name:
        work = Path(name)
        shutil.copytree(
            SOURCES, work / SOURCES.name, ignore=shutil.ignore_patterns("__pycache__", "*.so")
        )
        config = SOURCES.parent / "pyproject.toml"
        options = [f"--config-file={config}", *modules()]
        (work / "setup.py").write_text(_SETUP.format(options=options, opt_level=opt_level))
        done = subprocess.run(
            [sys.executable, "setup.py", "build_ext", "--inplace"],
            cwd=work,
            env={**os.environ, **_compiler_flags()},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            return (done.stderr.strip() or done.stdout.strip())[-2_000:]
        for left in ("build", "setup.py", ".mypy_cache"):
            path = work / left
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        # A temporary folder is its maker's alone.
        work.chmod(0o755)
        if copy.exists():
            shutil.rmtree(copy)
        work.rename(copy)
        # The context manager removes the folder by its name, so it must be there again.
        work.mkdir()
    return None


def _compiler_flags() -> dict[str, str]:
    if os.name != "posix":
        return {}
    return {"CFLAGS": f"{os.environ.get('CFLAGS', '')} {_FLAGS}".strip()}


def main(command_line: Sequence[str] | None = None) -> int:
    """Compile, unless it has been done for these sources; return 0, or 1 if it cannot be done."""
    copy = folder()
    if copy.is_dir():
        print(f"The simulator is compiled already ({COPIES}/{copy.name}).")
        return 0
    print(f"Compiling {len(modules())} modules of the simulator; this takes some minutes.")
    began = time.monotonic()
    fault = compile_to(copy)
    if fault is not None:
        print(fault, file=sys.stderr)
        print(
            "The simulator could not be compiled; it runs as Python, with the same results in "
            "more time. Compiling needs a C compiler (gcc or clang) and the headers of Python.",
            file=sys.stderr,
        )
        return 1
    for other in copy.parent.iterdir():
        if other != copy and not other.name.startswith("."):
            shutil.rmtree(other, ignore_errors=True)
    print(f"Compiled in {time.monotonic() - began:.0f} s; every o2c command uses it from now on.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
