"""The compiled simulator is used when it belongs to the sources and is whole."""

from __future__ import annotations

import inspect
import json
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from package_copy import copied_package, made

from o2c_sim import compiled
from o2c_sim.process.stages import STAGES_THAT_TAKE_TIME, Stages


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a copy of the package's sources, which the module takes for its own."""
    with copied_package(tmp_path, monkeypatch) as sources:
        yield sources


def test_a_copy_of_these_sources_is_preferred(package):
    """Its folder comes first in the search path of the package; that of all modules stays."""
    copy, path, all_modules = made(package), [str(package)], list(sys.path)
    compiled.prefer(path)
    assert path == [str(copy / "o2c_sim"), str(package)]
    assert sys.path == all_modules


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


def test_a_copy_for_another_python_is_not(package, monkeypatch):
    """Machine code belongs to an interpreter and a machine."""
    made(package)
    monkeypatch.setattr(compiled.sysconfig, "get_config_var", lambda name: ".cpython-399-other.so")
    compiled.prefer(path := [str(package)])
    assert path == [str(package)]


def test_a_copy_for_another_librt_is_not(package, monkeypatch):
    """Machine code reaches into it, and would fail at the first import of one that is different."""
    made(package)
    monkeypatch.setattr(compiled.metadata, "version", lambda name: "399.0")
    compiled.prefer(path := [str(package)])
    assert path == [str(package)]


def damage(copy: Path, what: str) -> None:
    """Do to a copy what disks, people and other systems do."""
    library, contents = copy / "made__mypyc.py", copy / compiled.CONTENTS
    if what == "library gone":
        library.unlink()
    elif what == "library cut short":
        library.write_text("made")
    elif what == "library of another system":
        library.write_text("raise ImportError('a symbol is missing')\n")
        contents.write_text(json.dumps({library.name: library.stat().st_size}))
    elif what == "no library was made":
        library.unlink()
        contents.write_text("{}")
    elif what == "contents gone":
        contents.unlink()
    else:
        contents.write_text(what)


@pytest.mark.parametrize(
    "what",
    [
        "library gone",
        "library cut short",
        "library of another system",
        "no library was made",
        "contents gone",
        "",
        "[1]",
        "\0",
        '{"made__mypyc.py": "12"}',
    ],
)
def test_a_damaged_copy_is_not(package, what):
    """A disk that was full, a folder that was tidied: the sources run, and no command fails."""
    damage(made(package), what)
    compiled.prefer(path := [str(package)])
    assert path == [str(package)]


def test_what_editors_leave_beside_the_sources_hinders_nothing(package):
    """Emacs marks a file that is being edited by a link that leads nowhere."""
    copy = made(package)
    (package / "engine" / ".#clock.py").symlink_to("somebody@somewhere.1234")
    compiled.prefer(path := [str(package)])
    assert path == [str(copy / "o2c_sim"), str(package)]


def test_a_source_that_goes_while_it_is_read_hinders_nothing(package, monkeypatch):
    """Version control replaces files while a command starts."""
    made(package)

    def gone(self):
        raise FileNotFoundError(self)

    monkeypatch.setattr(Path, "read_bytes", gone)
    compiled.prefer(path := [str(package)])
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
