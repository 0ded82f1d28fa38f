"""One document of a log: `o2c report`, `mine` and `check` show the same, `plot` each picture."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from command_line import o2c, refused

from mining.finding import Finding
from reports.cli import log_page
from reports.cli.report_sources import TEMPLATES, Wanted
from reports.documents.document import Document, Picture, Text, pictures_of
from reports.documents.model_pictures import known_models, model_blocks

STEPS = ("Create Sales Order", "Confirm Order", "Create Delivery", "Post Goods Issue")
LOG = "case,activity,time\n" + "".join(
    f"{case},{activity},2024-03-{1 + case % 7 + day:02d}T{9 + day:02d}:00:00\n"
    for case in range(12)
    for day, activity in enumerate(STEPS[: 2 + case % 3])
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Write twelve orders, some of them delivered."""
    path = tmp_path / "orders.csv"
    path.write_text(LOG, encoding="utf-8")
    return path


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[Document]:
    """Keep the documents that verbs would write as pages, which takes longer than making them."""
    made: list[Document] = []

    def keep(document: Document) -> str:
        made.append(document)
        return ""

    monkeypatch.setattr("reports.documents.html.html", keep)
    return made


def keys(document: Document) -> list[str]:
    """Return what a document shows, section by section and picture by picture."""
    return [
        key
        for section in document.sections
        for key in (section.key, *(b.key for b in section.blocks if isinstance(b, Picture)))
    ]


def test_every_verb_shows_the_same_of_a_log(
    log: Path, tmp_path: Path, pages: list[Document]
) -> None:
    """Sections and pictures are those of the report; mine and check add the model they used."""
    report = keys(TEMPLATES["log"].build(Wanted(log)))
    assert {"map-often", "cumulative-flow", "dotted-chart", "variants"} <= set(report)
    for verb, more in (("mine", ["model", "bpmn"]), ("check", ["model", "normative"])):
        assert o2c(verb, log, "-o", tmp_path / verb, "-q").code == 0
        shown = keys(pages[-1])
        assert [key for key in shown if key not in (*more, "conformance")] == report
        place = shown.index("model")
        assert shown[place : place + 2] == more
        # Activities and paths lead to the cases that took longest there.
        markup = next(p.markup for p in pictures_of(pages[-1]) if p.key == "map-often")
        assert markup is not None
        assert 'href="#' in markup("m")
    assert keys(pages[-1])[-1] == "conformance"


def test_the_page_knows_seed_and_people_of_a_run(tmp_path: Path, log: Path) -> None:
    """The page of any verb names the seed of a simulated run, and how many share its roles."""
    assert log_page.headcounts(log) is None
    (tmp_path / "manifest.json").write_text(json.dumps({"seed": 4711}), encoding="utf-8")
    pl.DataFrame({"role": ["Billing"], "headcount": [3]}).write_parquet(
        tmp_path / "utilisation.parquet"
    )
    for source in (tmp_path, tmp_path / "log"):
        assert log_page._seed(source) == 4711
        assert log_page.headcounts(source) == {"Billing": 3.0}


def test_options_are_for_the_terminal(log: Path, tmp_path: Path, pages: list[Document]) -> None:
    """Which clock the KPIs go by is said to both; how to set it, to who has a command line."""
    said = " ".join(o2c("mine", log, "--output", tmp_path / "mined").out.split())
    assert "by the clock of UTC (--zone); each case counts as an order" in said
    (page,) = pages
    texts = [
        text
        for section in page.sections
        for block in section.blocks
        if isinstance(block, Text)
        for text in block.paragraphs
    ]
    assert [text for text in texts if "by the clock of UTC; each case counts" in str(text)]
    assert not [text for text in texts if "(--" in str(text)]


def test_filtered_cases_tell_nothing_of_the_end_of_a_file(
    log: Path, tmp_path: Path, pages: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sign that a file was cut off is on the page of a whole log only."""
    sign = Finding("truncated", "warning", "cut at the limit", 1, "events", "totals", "look")
    monkeypatch.setattr("mining.signs.file_end.findings", lambda path, rows: [sign])
    for more, told in (((), True), (("--filter", "activity=Confirm Order"), False)):
        assert o2c("mine", log, "-o", tmp_path / "m", "-q", "--force", *more).code == 0
        assert ("cut at the limit" in str(pages[-1].sections[1])) is told


def test_models_are_drawn_when_asked_for(log: Path, tmp_path: Path) -> None:
    """`o2c plot` draws the discovered and the normative model; a report holds neither."""
    listed = o2c("plot", "list", log, "-q", "--json").document["result"]["pictures"]
    assert {"bpmn", "normative"} <= set(listed)
    plain = TEMPLATES["log"].build(Wanted(log))
    assert not {"bpmn", "normative"} & {picture.key for picture in pictures_of(plain)}
    file = tmp_path / "model.csv"
    assert o2c("plot", "normative", log, "-o", file, "-q").code == 0
    assert "Post Goods Issue" in file.read_text(encoding="utf-8-sig")
    # The log records no invoice.
    assert "Create Invoice" not in file.read_text(encoding="utf-8-sig")


def test_a_model_too_large_to_be_read_is_a_sentence(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says why there is no diagram; a log of other names has no normative model."""
    from mining.discovery import discover_petri_net
    from mining.read import read_log

    read = read_log(log)
    cases = read.log.flatten(read.case_type)
    monkeypatch.setattr("reports.figures.bpmn_picture._MOST_NODES", 3)
    (block,) = model_blocks(discover_petri_net(cases), "Found here.")
    assert "cannot be read" in block.paragraphs[0]
    assert block.paragraphs[0].startswith("Found here.")
    foreign = cases.with_columns(pl.col("activity").cast(pl.String).str.slice(0, 1))
    assert len(known_models(foreign)) == 1


def test_a_missing_package_is_named_before_work(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the pictures of models need pm4py."""
    from importlib import util

    found = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == "pm4py" else found(name))
    refused(o2c("plot", "bpmn", log, "-q"), 4, "pip install 'o2c-toolkit[mining]'")
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == "jinja2" else found(name))
    for line in (("report", log), ("mine", log, "-o", "there"), ("check", log, "-o", "there")):
        refused(o2c(*line, "-q"), 4, "pip install 'o2c-toolkit[reports]'")
    assert not Path("there").exists()
