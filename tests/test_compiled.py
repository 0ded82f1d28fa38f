"""The compiled simulator is used when it belongs to the sources, and gives the same logs."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from o2c_sim import compilation, compiled
from o2c_sim.process.stages import STAGES_THAT_TAKE_TIME, Stages

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a copy of the package's sources, which the modules take for their own."""
    sources = tmp_path / "o2c_sim"
    shutil.copytree(compiled.SOURCES, sources, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for module in (compiled, compilation):
        monkeypatch.setattr(module, "SOURCES", sources)
    monkeypatch.delenv(compiled.SWITCHED_OFF)
    return sources


def made(package: Path) -> Path:
    """Return an empty copy where the compiled one would lie."""
    copy = compiled.folder()
    (copy / package.name).mkdir(parents=True)
    return copy


def test_a_copy_of_these_sources_is_preferred(package, monkeypatch):
    """Its folder comes first in the search path of the package."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    copy, path = made(package), [str(package)]
    compiled.prefer(path)
    assert path == [str(copy / "o2c_sim"), str(package)]
    assert str(copy) in sys.path


@pytest.mark.parametrize("change", ["edited", "added", "removed", "renamed"])
def test_a_copy_of_other_sources_is_not(package, change):
    """Whatever is different: nobody simulates with yesterday's code."""
    made(package)
    engine, path = package / "engine", [str(package)]
    if change == "edited":
        (engine / "clock.py").write_text("")
    elif change == "added":
        (engine / "another.py").write_text("")
    elif change == "removed":
        (engine / "clock.py").unlink()
    else:
        (engine / "clock.py").rename(engine / "watch.py")
    compiled.prefer(path)
    assert path == [str(package)]


def test_it_can_be_switched_off(package, monkeypatch):
    """Then the sources run."""
    made(package)
    monkeypatch.setenv(compiled.SWITCHED_OFF, "1")
    path = [str(package)]
    compiled.prefer(path)
    assert path == [str(package)]


def test_without_a_copy_nothing_is_read(package, monkeypatch):
    """Who has not compiled pays nothing at the start."""
    monkeypatch.setattr(compiled, "folder", lambda: pytest.fail("the sources were read"))
    compiled.prefer(path := [str(package)])
    assert path == [str(package)]


def test_the_stages_that_take_time_are_the_generator_functions():
    """Compiled they look like any other function, so their names are written down."""
    own = {f.name for f in fields(Stages) if inspect.isgeneratorfunction(f.default)}
    assert own == STAGES_THAT_TAKE_TIME


def test_what_cannot_be_compiled_leaves_nothing_behind(package, capsys):
    """The message of the compiler, what it means, exit code 1, and no half a copy."""
    (package / "engine" / "clock.py").write_text("days: int =\n")
    assert compilation.main([]) == 1
    said = capsys.readouterr()
    assert "clock.py:1" in said.err
    assert "runs as Python, with the same results" in said.err
    assert list((package.parent / compiled.COPIES).iterdir()) == []


@pytest.mark.slow
def test_compiled_runs_give_the_same_bits(package):
    """Reference companies, a company that changes and each example of an extension."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    assert compilation.compile_to(compiled.folder(), "0") is None
    assert compilation.main([]) == 0
    shutil.copytree(ROOT / "docs", package.parent / "docs")
    (package.parent / "tests").mkdir()
    script = shutil.copy(ROOT / "tests" / "same_logs.py", package.parent / "tests")

    def run(**environment: str) -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, script],
            env={**os.environ, "PYTHONPATH": str(package.parent), **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        found: dict[str, object] = json.loads(done.stdout)
        return found

    fast, plain = run(), run(**{compiled.SWITCHED_OFF: "1"})
    assert (fast["compiled"], plain["compiled"]) == (True, False)
    assert fast["found"] == plain["found"]
