"""Every command shown in the documents runs, and the KPI page says what the code says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mining.kpis import DEFINITIONS
from scenarios.levers import LEVERS
from scenarios.scenario import load_scenario, scenario_names

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# Their commands take more than ten seconds.
LONG = (
    "README.md", "logs.md",
    "calibration.md", "validation.md", "scenarios.md", "company.md", "experiments.md",
    "discovered-models.md", "search.md", "views.md", "log-comparison.md", "rules.md", "reports.md",
)  # fmt: skip
O2C = [sys.executable, "-c", "from reports.cli import main; main()"]


def commands(page: Path) -> list[str]:
    """Return the o2c commands of a page's shell blocks, in order."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("o2c ")]


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[pytest.mark.slow] if page.name in LONG else [], id=page.name)
        for page in PAGES
        if commands(page)
    ],
)
def test_the_commands_of_a_page_run_one_after_the_other(page: Path, tmp_path: Path) -> None:
    """A reader who types a page's commands from top to bottom gets no error."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # As they stand in docs/, where the pages name them.
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "examples")
    for command in commands(page):
        done = subprocess.run(
            [*O2C, *shlex.split(command)[1:]],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert done.stdout.strip(), command


def test_the_readme_names_the_two_set_up_commands() -> None:
    """`make demo` and `make test` are all that a fresh machine needs."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test"):
        assert f"make {target}" in text
        assert f"\n{target}: $(STAMP)" in makefile


def test_the_kpi_page_equals_the_definitions() -> None:
    """Every KPI stands on the page with all that its definition says, and no other."""
    text = (ROOT / "docs" / "kpis.md").read_text(encoding="utf-8")
    rows = [
        f"| {d.label} | `{d.key}` | {d.unit} | {d.formula} | {d.population} | {d.clock} | "
        f"{d.weighting} | {d.censoring} | {d.source} |"
        for d in DEFINITIONS.values()
    ]
    assert [line for line in text.splitlines() if "| `" in line] == rows


def test_the_scenario_page_lists_what_ships() -> None:
    """Every lever and every scenario stands on the page, in order, and no other."""
    text = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    rows = [f"| `{name}` | {lever.label} | {lever.allowed} |" for name, lever in LEVERS.items()]
    shipped = [f"| `{name}` | {load_scenario(name).title} |" for name in scenario_names()]
    assert [line for line in text.splitlines() if "| `" in line] == [*shipped, *rows]


def test_links_between_the_documents_lead_somewhere() -> None:
    """No relative link of a page is dead."""
    dead = [
        f"{page.name}: {target}"
        for page in [*PAGES, *sorted((ROOT / "docs" / "decisions").glob("*.md"))]
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
        if not target.startswith("http") and not (page.parent / target).exists()
    ]
    assert dead == []
