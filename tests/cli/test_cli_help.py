"""The help: complete, quick, and every example in it works."""

import subprocess
import sys

import pytest
from command_line import FEW, SHORT, VERBS, examples, name_of, o2c
from discovered_by_hand import OFFICE, Step, model
from process_logs import office_process

import o2c_sim
from o2c_sim.discovered.files import save
from o2c_sim.discovered.model import Pool
from reports.cli import app


def test_all_verbs_are_listed():
    """The verbs of this file are those of the application, and the help names each."""
    assert {name_of(command) for command in app.registered_commands} == set(VERBS)
    text = o2c("--help").out
    assert all(verb in text for verb in VERBS)
    assert "Exit codes" in text


def test_the_version():
    """``--version`` prints the version and nothing else."""
    assert o2c("--version").out == f"o2c {o2c_sim.__version__}\n"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb):
    """Each help states what the verb does and shows a command line that starts with it."""
    outcome = o2c(verb, "--help")
    assert outcome.code == 0
    assert examples(verb)
    assert all(line[0] == verb for line in examples(verb))


def test_without_a_verb_the_help_is_shown():
    """``o2c`` alone shows the help, and says by its exit code that nothing was done."""
    outcome = o2c()
    assert outcome.code == 2
    assert "Usage: o2c" in outcome.out + outcome.err


def loaded(code):
    """Return the names of the packages that a fresh interpreter holds after *code*."""
    code += "; import sys; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n")[-2].split())


def test_the_help_loads_no_heavy_package():
    """``o2c --help`` must not pay for data frames, plots or process mining."""
    code = (
        "import contextlib, io; from reports.cli import app\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    app(['mine', '--help'])\nprint()"
    )
    heavy = {"numpy", "polars", "pandas", "pm4py", "r4pm", "matplotlib", "scipy", "simpy"}
    assert not heavy & loaded(code.replace("print()", "pass"))


def test_the_package_loads_no_heavy_package():
    """``import o2c_sim`` and its first names come without mining, plots and pandas."""
    code = "import o2c_sim; o2c_sim.simulate, o2c_sim.load_company"
    assert not {"pandas", "pm4py", "r4pm", "matplotlib"} & loaded(code)


SMALL = ("--set", "customers.count=60", "--set", "demand.orders_per_week=60")
SEARCHED = (*SHORT, *SMALL, "-r", "3", "--budget", "60", "--workers", "1")
SOONER = {
    "simulate": SHORT,
    "compare": FEW,
    "calibrate": ("--tuning", "0", "--no-ranking"),
    "sweep": FEW,
    "plausibility": FEW,
    "rerun": SHORT,
    "decompose": FEW,
    "sensitivity": FEW,
    "breakeven": SEARCHED,
    "optimise": SEARCHED,
}
GRID = """\
schema_version: 1
name: grid
title: Matching, by share
extends: distributor
grid:
  auto_match_pct: [65, 85]
"""


def lasts(line):
    """Tell whether an example takes more than ten seconds even so."""
    searches = ("decompose", "breakeven", "optimise", "sensitivity")
    return line[0] in searches or bool(
        {"--precision", "--order-to-cash", "html,pdf,xlsx"} & set(line)
    )


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(line, marks=[pytest.mark.slow] if lasts(line) else [], id=" ".join(line))
        for verb in VERBS
        if verb not in ("demo", "doctor", "serve")
        for line in examples(verb)
    ],
)
def test_every_example_runs(line, log_csv, comparison_folder, run_folder, here):
    """The examples of the help, run where their files exist; only the window is shorter."""
    for name in ("log", "before", "after"):
        (here / f"{name}.csv").write_bytes(log_csv.read_bytes())
    (here / "orders.csv").write_bytes((run_folder / "log.csv").read_bytes())
    office_process(7).drop("event").write_csv(here / "process.csv")
    save(model([[Step(0, 0, work=1)]] * 30, [Pool("desk", ("ann",), 1, OFFICE)]), "discovered")
    (here / "result").mkdir()
    if line[0] != "compare":
        file = comparison_folder / "comparison.json"
        (here / "result" / "comparison.json").write_bytes(file.read_bytes())
    else:
        (here / "result").rmdir()
    for name, package in (
        ("company", "o2c_sim.model.reference"),
        ("scenario", "scenarios.library"),
    ):
        from importlib import resources

        source = "distributor.yaml" if name == "company" else "case_a.yaml"
        text = (resources.files(package) / source).read_text("utf-8")
        (here / f"{name}.yaml").write_text(text, encoding="utf-8")
    (here / "grid.yaml").write_text(GRID, encoding="utf-8")
    outcome = o2c(*line, *SOONER.get(line[0], ()))
    # A check may find something; that is not a fault of the example.
    assert outcome.code in ((0, 1) if line[0] in ("check", "compare") else (0,)), outcome
    assert outcome.err == ""


@pytest.fixture
def short_window(monkeypatch):
    """Let the default window be short for verbs that offer no other."""
    short = o2c_sim.Window(20, 20, 20)
    monkeypatch.setattr(o2c_sim, "Window", lambda *days: short, raising=False)


@pytest.mark.slow
@pytest.mark.usefixtures("short_window")
def test_the_example_of_the_demo_runs(here):
    """The demo writes a run, a comparison and a report, and says where the report is."""
    (line,) = examples("demo")
    outcome = o2c(*line, "--replications", 2, "--workers", 1)
    assert outcome.code == 0, outcome
    assert "open o2c-demo/report.html" in outcome.out
    assert "Normative model, all cases" in outcome.out
    found = {path.name for path in (here / "o2c-demo").iterdir()}
    assert found == {"run", "comparison.json", "report.html"}
    assert [path.name for path in here.iterdir()] == ["o2c-demo"]
