"""A finished what-if that nobody had to run, and texts that nobody should trust."""

from __future__ import annotations

import functools
import time

from example_comparison import example_comparison as example

from reports.documents.comparison_document import comparison_document
from reports.documents.html import html
from reports.workbench.experiment import SPANS, compare_commands
from reports.workbench.job import DONE, Job, write_job
from reports.workbench.workspace import Workspace, new_id
from scenarios.result_file import write_comparison

HOSTILE = [
    "<script>alert(1)</script>",
    "=1+1",
    "\u202egnp.exe",
    "x" * 200,
    "\U0001f4b8 $ % \\ # _ {{ 7*7 }}",
    "'; DROP TABLE; --",
    '"quoted" & <b>bold</b>',
]
YAML = """schema_version: 1
name: mine
title: Mine
extends: distributor
levers:
  auto_match_pct: 90
"""


@functools.cache
def example_page() -> str:
    """Return the brief report of the invented comparison."""
    return html(comparison_document(example(), brief=True))


def stored_result(workspace: Workspace, title: str = "Mine") -> Job:
    """Return a finished what-if that nobody had to run."""
    folder = workspace.results / new_id()
    (folder / "output-1").mkdir(parents=True)
    write_comparison(example(), folder / "output-1" / "comparison.json")
    (folder / "output-1" / "report.html").write_text(example_page(), "utf-8")
    (folder / "scenario.yaml").write_text(YAML, "utf-8")
    commands = compare_commands(["{folder}/scenario.yaml"], "distributor", SPANS["month"], 6, 1)
    job = Job(
        folder.name, "what_if", title, "", tuple(map(tuple, commands)), folder,
        time.time(), time.time(), DONE, 2, 2, newest="output-1",
        about={
            "form": {"company": "distributor", "start": "", "title": title,
                     "lever.auto_match_pct": "90"},
            "beside": [], "names": ["mine"], "scenarios": ["{folder}/scenario.yaml"],
            "company": "distributor", "span": "month", "seed": 1, "replications": 6,
            "searchable": True,
        },
    )  # fmt: skip
    write_job(job)
    return job
