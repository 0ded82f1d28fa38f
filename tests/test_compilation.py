"""``make compile``: whole or not at all, one at a time, and with the same logs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from package_copy import ROOT, copied_package, made

from o2c_sim import compilation, compiled
from o2c_sim.file_lock import locked

# As fast as a compiler can be: what it makes are files of the right names.
QUICK_COMPILER = """
from pathlib import Path

for name in ("q__mypyc.so", "probe.so.txt", "o2c_sim/engine/clock.so", "o2c_sim/model/company.so"):
    Path(name).write_text("code")
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a copy of the package's sources, which the modules take for their own."""
    with copied_package(tmp_path, monkeypatch) as sources:
        yield sources


@pytest.fixture
def quick(monkeypatch):
    """Put files in the place of what takes minutes."""
    monkeypatch.setattr(compilation, "_SETUP", QUICK_COMPILER)


def left_in(package: Path) -> set[str]:
    """Return what lies beside the compiled copies."""
    found = {path.name for path in (package.parent / compiled.COPIES).iterdir()}
    return found - {".lock"}


def test_a_copy_holds_what_was_compiled_and_nothing_else(package, quick):
    """Data and modules that are not compiled are those of the sources, whoever edits them."""
    copy = compilation.build()
    names = {"q__mypyc.so", "o2c_sim/engine/clock.so"}
    names |= {f"o2c_sim/{part}/__init__.py" for part in ("engine", "process", "ledger")}
    contents = json.loads((copy / compiled.CONTENTS).read_text())
    assert set(contents) == names
    assert set(compiled.sizes(copy)) == names | {compiled.CONTENTS}
    assert left_in(package) == {copy.name}


def test_what_killed_builds_have_left_is_removed(package, quick):
    """And so are copies of other sources; those of another Python stay."""
    copies = package.parent / compiled.COPIES
    old, other = f"0123456789abcdef{compiled.platform()}", "0123456789abcdef.cpython-399-other"
    for name in (".new-abc", old, other):
        (copies / name / "o2c_sim").mkdir(parents=True)
        (copies / name / "o2c_sim" / "clock.so").write_text("code")
    copy = compilation.build()
    assert left_in(package) == {copy.name, other}


def test_builds_wait_for_each_other(package, quick, monkeypatch, capsys):
    """What the other one has left so far is not touched while it may still be at work."""
    copies = package.parent / compiled.COPIES
    unfinished = copies / ".new-abc"
    unfinished.mkdir(parents=True)
    other = (copies / ".lock").open("a")
    assert locked(other)

    def until_the_other_ends(seconds):
        assert unfinished.is_dir()
        other.close()

    monkeypatch.setattr(compilation.time, "sleep", until_the_other_ends)
    copy = compilation.build()
    assert capsys.readouterr().out == "Another build is under way; waiting for its end.\n"
    assert left_in(package) == {copy.name}


def test_who_has_waited_takes_what_the_other_has_made(package, monkeypatch):
    """The same sources are not compiled twice."""
    copies = package.parent / compiled.COPIES
    copies.mkdir()
    other = (copies / ".lock").open("a")
    assert locked(other)

    def until_the_other_ends(seconds):
        made(package)
        other.close()

    monkeypatch.setattr(compilation.time, "sleep", until_the_other_ends)
    monkeypatch.setattr(compilation, "_SETUP", "raise SystemExit('compiled twice')")
    assert compilation.build() == compiled.folder()


def test_what_is_compiled_already_is_not_compiled_again(package, monkeypatch, capsys):
    """Unless the copy is damaged."""
    copy = made(package)
    monkeypatch.setattr(compilation, "_SETUP", "raise SystemExit('compiled twice')")
    assert compilation.main([]) == 0
    assert copy.name in capsys.readouterr().out
    (copy / "made__mypyc.py").unlink()
    assert compilation.main([]) == 1
    assert "compiled twice" in capsys.readouterr().err


def test_sources_that_are_edited_meanwhile_run_as_python(package, monkeypatch, capsys):
    """The copy is that of the sources that were compiled, and is never taken for the others."""
    compiling = compilation._compile
    clock = package / "engine" / "clock.py"
    before, first = clock.read_text(), compiled.folder()

    def edited(work, opt_level):
        clock.write_text(f"{before}\nEDITED = 1\n")
        compiling(work, opt_level)

    monkeypatch.setattr(compilation, "_SETUP", QUICK_COMPILER)
    monkeypatch.setattr(compilation, "_compile", edited)
    assert compilation.main([]) == 1
    assert "changed meanwhile" in capsys.readouterr().err
    assert first.is_dir()
    assert not compiled.folder().exists()


def test_an_interrupted_build_leaves_nothing(package, monkeypatch, capsys):
    """Ctrl-C: one line, and the exit code of every other command."""

    def interrupted(work, opt_level):
        raise KeyboardInterrupt

    monkeypatch.setattr(compilation, "_compile", interrupted)
    assert compilation.main([]) == 130
    assert capsys.readouterr().err == "Interrupted; nothing unfinished was left behind.\n"
    assert left_in(package) == set()


def test_a_folder_that_cannot_be_written_is_said(package, capsys):
    """As in a checkout that is somebody else's; what is in the way here is a file."""
    (package.parent / compiled.COPIES).write_text("")
    assert compilation.main([]) == 1
    said = capsys.readouterr().err
    assert str(package.parent / compiled.COPIES) in said
    assert "can be written" in said


def test_a_missing_compiler_is_said_at_once(package, monkeypatch, capsys):
    """Before the minute that the translation to C takes."""
    monkeypatch.setenv("CC", "no-such-compiler")
    (package / "engine" / "clock.py").write_text("days: int =\n")
    assert compilation.main([]) == 1
    said = capsys.readouterr().err
    assert "no-such-compiler" in said
    assert "clock.py" not in said


def test_what_cannot_be_compiled_leaves_nothing_behind(package, capsys):
    """The message of the compiler, what it means, exit code 1, and no half a copy."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    (package / "engine" / "clock.py").write_text("days: int =\n")
    assert compilation.main([]) == 1
    said = capsys.readouterr()
    assert "clock.py:1" in said.err
    assert "runs as Python, with the same results" in said.err
    assert left_in(package) == set()


SMALL = {
    "engine/clock.py": "DAY = 86400.0\n\n\ndef days(s: float) -> float:\n    return s / DAY\n",
    "process/order.py": "from o2c_sim.engine.clock import days\n\n\n"
    "def age(s: float) -> float:\n    return days(s)\n",
}


@pytest.fixture
def small(tmp_path):
    """Return a folder, of no simple name, that holds a small package of the same form."""
    folder = tmp_path / "zwei Wörter {}" / "site-packages"
    package = folder / "o2c_sim"
    for part in ("engine", "process", "ledger"):
        (package / part).mkdir(parents=True)
        (package / part / "__init__.py").write_text("")
    for name, text in SMALL.items():
        (package / name).write_text(text)
    for name in ("compiled", "compilation", "file_lock"):
        shutil.copy(compiled.SOURCES / f"{name}.py", package)
    start = "from o2c_sim import compiled\n\ncompiled.prefer(__path__)\n"
    (package / "__init__.py").write_text(start)
    return folder


def started(folder: Path, *code: str) -> subprocess.Popen[str]:
    """Start Python with the small package."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    environment.pop(compiled.SWITCHED_OFF, None)
    return subprocess.Popen(
        [sys.executable, *code],
        env=environment,
        cwd=folder.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_builds_that_are_ended_and_builds_at_once(small, how):
    """Ended in the middle, then two at the same time: one compiles, both end well.

    A checkout has settings beside the package, an installation has none.
    """
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    if how == signal.SIGKILL:
        shutil.copy(ROOT / "pyproject.toml", small)
    build = ("-m", "o2c_sim.compilation")
    ended = started(small, *build)
    deadline = time.monotonic() + 60
    while not list(small.glob(".compiled/.new-*/setup.py")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    ended.send_signal(how)
    ended.communicate()
    assert ended.returncode == (130 if how == signal.SIGINT else -how)
    assert (list(small.glob(".compiled/.new-*")) == []) == (how == signal.SIGINT)

    said = [process.communicate() for process in [started(small, *build) for _ in range(2)]]
    assert [err for _, err in said] == ["", ""]
    assert sum("waiting for its end" in out for out, _ in said) == 1
    left = [path.name for path in small.glob(".compiled/*") if path.name != ".lock"]
    assert len(left) == 1
    ask = "from o2c_sim.process import order; print(order.__file__, order.age(172800.0))"
    out, _ = started(small, "-c", ask).communicate()
    assert left[0] in out
    assert out.endswith(" 2.0\n")


@pytest.mark.slow
def test_compiled_runs_give_the_same_bits(package):
    """Reference companies, a company that changes and each example of an extension."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    compilation.build("0")
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

    # What is not compiled is what stands in the checkout now.
    company = package / "model" / "reference" / "distributor.yaml"
    company.write_text(company.read_text("utf-8").replace("name: ", "name: Edited ", 1), "utf-8")
    ask = "import o2c_sim as o; print(o.load_company('distributor').name, o.compiled.in_use())"
    out, _ = started(package.parent, "-c", ask).communicate()
    assert out.startswith("Edited ")
    assert out.endswith(" True\n")

    # A file that it would not heed, and one that it cannot: both lead to the sources.
    for text, fault in (
        ("payment.pay_at = print", "payment.pay_at is replaced"),
        ("class Mine(Stages):\n    pass\nMine()", "inherit from compiled"),
    ):
        own = package.parent / "own.py"
        start = "from o2c_sim.process import payment\nfrom o2c_sim.extension import Stages\n"
        own.write_text(f"{start}def extend(stages):\n    return stages\n{text}\n")
        ask = "import sys, o2c_sim; o2c_sim.load_extension(sys.argv[1])"
        _, err = started(package.parent, "-c", ask, str(own)).communicate()
        assert fault in err
        assert "O2C_NOT_COMPILED=1" in err
