"""The reference companies: valid, each value with its evidence, runs in order, figures as told."""

import re
from importlib import resources
from pathlib import Path
from statistics import fmean

import pytest
from run_checks import everything

from mining.cash_kpis import invoice_spans
from mining.object_events import ObjectEvents
from mining.plausibility import assess
from mining.published_figures import FIGURES, KINDS
from o2c_sim import Window, load_company, parameters, reference_names, simulate
from reports.documents.plausibility_page import HEAD, cells
from scenarios.experiment import measured_period, summarise
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
    """The published figures know every company that ships, but for the one set up to be poor."""
    assert set(NAMES) == {*KINDS, "distributor_poor"}


@pytest.mark.parametrize("name", NAMES)
def test_every_value_has_its_evidence(name):
    """What is data or published names where; what is assumed says why."""
    found = dict(parameters(load_company(name)))
    assert [path for path, parameter in found.items() if not parameter.source.strip()] == []
    before = {}
    if name == "distributor_poor":
        # Its file says only what is different.
        before = dict(parameters(load_company("distributor")))
    stated = [
        p
        for path, p in found.items()
        if not p.source.startswith("default: ") and p != before.get(path)
    ]
    text = (resources.files("o2c_sim.model.reference") / f"{name}.yaml").read_text("utf-8")
    assert len(stated) == text.count("provenance: ")
    assert {p.provenance for p in found.values()} == {"data", "published", "assumed"}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_run_is_in_order_and_nothing_saturates(name):
    """Books, causality and conservation hold; nobody is worked to capacity."""
    model = load_company(name)
    run = simulate(model, window=Window(60, 90, 60))
    assert list(everything(run, model)) == []
    assert run.warnings == ()
    assert run.utilisation["utilisation"].max() < BUSIEST


@pytest.mark.slow
def test_the_poor_distributor_is_as_poor_as_it_says():
    """Its page's figures: late, disputed, typed, held, busy; within what three runs can tell."""
    window, found, busy = Window(150, 90, 120), [], []
    model = load_company("distributor_poor")
    for replication in range(3):
        run = simulate(model, seed=1, replication=replication, window=window)
        period = measured_period(model, window)
        assert run.warnings == ()
        figures = summarise(run, period, with_map=False).kpis
        late = invoice_spans(ObjectEvents(run.log), period)["late_days"].drop_nulls()
        found.append(figures | {"days_late_if_late": late.filter(late > 0).mean()})
        roles = dict(run.utilisation.select("role", "utilisation").iter_rows())
        busy.append(roles["Order desk"])
        assert max(roles.values()) < BUSIEST
    mean = {key: fmean(one[key] for one in found) for key in found[0]}
    assert mean["late_share"] == pytest.approx(0.60, abs=0.03)
    assert mean["days_late_if_late"] == pytest.approx(25, abs=2)
    assert mean["dispute_share"] == pytest.approx(0.15, abs=0.015)
    assert mean["dispute_resolution_mean_days"] == pytest.approx(25, abs=2.5)
    assert mean["credit_hold_share"] == pytest.approx(0.085, abs=0.015)
    assert mean["touchless_share"] < 0.3
    assert fmean(busy) == pytest.approx(0.85, abs=0.03)


@pytest.mark.slow
def test_the_companies_differ_as_their_kinds_do():
    """Goods are made or on stock, orders typed or sent by EDI, payments single or bundled."""
    found = {}
    for name in KINDS:
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
