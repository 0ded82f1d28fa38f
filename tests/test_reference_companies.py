"""The reference companies: valid, each value with its evidence, runs in order, figures as told."""

import re
from importlib import resources
from pathlib import Path

import pytest
from run_checks import everything

from mining.plausibility import assess
from mining.published_figures import FIGURES, KINDS
from o2c_sim import Window, load_company, parameters, reference_names, simulate
from reports.documents.plausibility_page import HEAD, cells
from scenarios.plausibility import replicate_figures

PAGE = Path(__file__).resolve().parent.parent / "docs" / "emergent-figures.md"
NAMES = reference_names()
# A role is not worked to capacity: queues would grow without end in bad weeks.
BUSIEST = 0.9


def told():
    """Return the page's rows of cells by company."""
    found, name = {}, None
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("## "):
            name = line[3:]
            found[name] = []
        elif line.startswith("| ") and name:
            found[name].append(tuple(line[2:-2].split(" | ")))
    return found


def test_there_is_one_of_each_kind():
    """The published figures know every company that ships."""
    assert set(NAMES) == set(KINDS)


@pytest.mark.parametrize("name", NAMES)
def test_every_value_has_its_evidence(name):
    """What is data or published names where; what is assumed says why."""
    found = dict(parameters(load_company(name)))
    assert [path for path, parameter in found.items() if not parameter.source.strip()] == []
    stated = [p for p in found.values() if not p.source.startswith("default: ")]
    text = (resources.files("o2c_sim.model.reference") / f"{name}.yaml").read_text("utf-8")
    assert len(stated) == text.count("provenance: ")
    assert {p.provenance for p in stated} == {"data", "published", "assumed"}


@pytest.mark.parametrize("name", NAMES)
def test_a_run_is_in_order_and_nothing_saturates(name):
    """Books, causality and conservation hold; nobody is worked to capacity."""
    model = load_company(name)
    run = simulate(model, window=Window(60, 90, 60))
    assert list(everything(run, model)) == []
    assert run.warnings == ()
    assert run.utilisation["utilisation"].max() < BUSIEST


def test_the_companies_differ_as_their_kinds_do():
    """Goods are made or on stock, orders typed or sent by EDI, payments single or bundled."""
    found = {}
    for name in NAMES:
        model = load_company(name)
        (one, _) = replicate_figures(
            model, seed=1, replications=2, window=Window(90, 60, 60), workers=1
        )
        found[name] = one.figures
    made, stocked, sold = (found[k] for k in ("manufacturer", "distributor", "consumer_supplier"))
    assert made["order_to_issue_median_days"] > 3 * stocked["order_to_issue_median_days"]
    assert sold["touchless_share"] > stocked["touchless_share"] > made["touchless_share"]
    assert sold["invoices_per_payment"] > 3 * stocked["invoices_per_payment"]
    assert made["dispute_share"] > 2 * stocked["dispute_share"]
    assert sold["deduction_share"] > 5 * stocked["deduction_share"]
    assert sold["largest_customer_share"] > 2 * stocked["largest_customer_share"]


def test_the_page_has_the_rows_of_the_command():
    """Each company in turn, each figure with what is published and its source, in this order."""
    rows = told()
    assert list(rows) == [
        load_company(name).name for name in ("distributor", "manufacturer", "consumer_supplier")
    ]
    for kind in KINDS:
        model = load_company(kind)
        told_rows = rows[model.name]
        assert told_rows[0] == HEAD
        figures = [figure for figure in FIGURES if kind in figure.kinds]
        assert [row[0] for row in told_rows[2:]] == [figure.label for figure in figures]
        for figure, row in zip(figures, told_rows[2:], strict=True):
            published = figure.published.get(kind)
            assert row[5] == ("-" if published is None else published.source)
            assert (row[3] == "-") == (published is None)


@pytest.mark.slow
def test_the_page_says_what_the_command_finds():
    """The page's own command line, run again, gives its numbers."""
    text = PAGE.read_text("utf-8")
    replications = int(re.search(r"--replications (\d+)", text)[1])
    seed = int(re.search(r"seed (\d+)", text)[1])
    for kind in KINDS:
        model = load_company(kind)
        runs = replicate_figures(
            model, seed=seed, replications=replications, window=Window(), workers=2
        )
        findings = assess(kind, [run.figures for run in runs])
        assert [cells(finding, model.currency) for finding in findings] == told()[model.name][2:]
