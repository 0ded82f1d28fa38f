"""The document of a process that was learned from a log: its numbers are those of the model."""

from __future__ import annotations

import pytest
from command_line import o2c, refused
from process_logs import office_process

from mining.discovered.discovery import discover
from mining.read import read_log
from mining.validation.event_table import event_table
from o2c_sim.discovered.document import facts
from o2c_sim.discovered.files import save
from reports.documents.discovered_document import discovered_document
from reports.documents.document import Reproduction, Table
from reports.documents.formats import FORMATS

HOSTILE = "<script>alert(1)</script> $x_1$ =1+1"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Learn the process of a small office, one of whose steps has a hostile name."""
    table = office_process(7, 80).drop("event")
    first = table["activity"][0]
    table = table.with_columns(activity=table["activity"].replace({first: HOSTILE}))
    path = tmp_path_factory.mktemp("log") / "office.csv"
    table.write_csv(path)
    return discover(event_table(read_log(path)), seed=1)


def tables(document):
    """Return the tables of a document by key."""
    blocks = (block for section in document.sections for block in section.blocks)
    return {block.key: block for block in blocks if isinstance(block, Table)}


def test_every_number_is_that_of_the_model(model):
    """Steps, cases, work and delay of each activity; capacity and names of each group."""
    found = tables(discovered_document(model, {}, Reproduction("o2c report x")))
    parts = facts(model.histories, model.activities)
    rows = {row[0].text: [cell.value for cell in row[1:]] for row in found["activities"].rows}
    assert rows == {
        name: [part.steps, part.cases, part.median_work_hours, part.median_delay_hours]
        for name, part in parts.items()
    }
    steps = [row[1].value for row in found["activities"].rows]
    assert steps == sorted(steps, reverse=True)
    assert sum(steps) == len(model.histories.activity)
    if model.pools:
        assert [row[0].text for row in found["pools"].rows] == [one.name for one in model.pools]


def test_names_are_inert(model):
    """In a page."""
    page = FORMATS["html"].content(discovered_document(model, {}, Reproduction("o2c report x")))
    assert b"<script>alert" not in page
    assert b"&lt;script&gt;alert(1)" in page


def test_a_folder_is_known_by_itself(model, tmp_path):
    """``o2c report`` takes it; another folder is refused in words."""
    save(model, tmp_path / "found")
    outcome = o2c("report", tmp_path / "found", "--format", "html", "--output", tmp_path / "r.html")
    assert outcome.code == 0, outcome
    assert "What is done" in (tmp_path / "r.html").read_text("utf-8")
    (tmp_path / "none").mkdir()
    line = ("report", tmp_path / "none", "--template", "discovered", "--output", tmp_path / "x")
    refused(o2c(*line), 2, "no discovered process")
