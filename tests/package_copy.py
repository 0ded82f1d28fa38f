"""A copy of the simulator's sources, which the modules that compile it take for their own."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from o2c_sim import compilation, compiled

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def copied_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield the copy, beside the project's settings; forget afterwards what was loaded of it."""
    sources = folder / "o2c_sim"
    shutil.copytree(compiled.SOURCES, sources, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for module in (compiled, compilation):
        monkeypatch.setattr(module, "SOURCES", sources)
    monkeypatch.delenv(compiled.SWITCHED_OFF)
    yield sources
    for name in [name for name in sys.modules if name.endswith("__mypyc")]:
        if str(sys.modules[name].__file__).startswith(str(folder)):
            del sys.modules[name]


def made(package: Path) -> Path:
    """Return a copy that can be used, where the compiled one would lie; its library is Python."""
    copy = compiled.folder()
    (copy / package.name).mkdir(parents=True)
    (copy / "made__mypyc.py").write_text("made = True\n")
    (copy / compiled.CONTENTS).write_text(json.dumps(compiled.sizes(copy)))
    return copy
