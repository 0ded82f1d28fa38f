"""Plausibility: what is measured, how it is judged, and how it is shown."""

import datetime as dt
import zoneinfo
from collections import Counter
from math import inf, isnan, nan

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.emergent_figures import emergent_figures, quantiles
from mining.kpis import Period
from mining.plausibility import (
    ABOVE,
    BELOW,
    MISSING,
    NEAR,
    UNKNOWN,
    WITHIN,
    assess,
    judge,
    tally,
)
from mining.published_figures import FIGURES, KINDS, Figure, Published
from o2c_sim import Window, override, simulate
from o2c_sim import vocabulary as v
from reports.documents.plausibility_page import HEAD, CompanyFigures, cells, page

A_FIGURE = Figure("figure", "A figure", "days", {})
RANGE = Published(2.0, 4.0, "a survey")
VALUE = Published(10.0, 10.0, "a log")


@pytest.fixture(scope="module")
def run(distributor):
    """Return a short run of the distributor, and its measured period."""
    window = Window(60, 60, 30)
    first = distributor.start_date + dt.timedelta(days=60)
    return simulate(distributor, window=window), Period(first, first + dt.timedelta(days=60))


@pytest.fixture(scope="module")
def figures(run):
    """Return the figures of that run."""
    return emergent_figures(run[0].log, run[1])


@pytest.mark.parametrize(
    ("values", "published", "verdict", "distance"),
    [
        ([3.0, 3.5], RANGE, WITHIN, 0),
        ([2.0], RANGE, WITHIN, 0),
        ([4.0], RANGE, WITHIN, 0),
        ([1.0, 2.0], RANGE, BELOW, 0.5),
        ([4.0, 6.0], RANGE, ABOVE, 1.0),
        # A range has no tolerance: it is a tolerance.
        ([4.1], RANGE, ABOVE, 0.1),
        ([9.0, 12.0], VALUE, WITHIN, 0),
        ([10.5, 10.9], VALUE, NEAR, 0.7),
        ([9.0, 9.0], VALUE, NEAR, 1.0),
        ([8.9, 8.9], VALUE, BELOW, 1.1),
        ([11.1], VALUE, ABOVE, 1.1),
        ([1.2], Published(-inf, 1.3, "an upper bound"), WITHIN, 0),
        ([1.5], Published(-inf, 1.3, "an upper bound"), ABOVE, 0.2),
        # Nothing is near nought: a tenth of it is nought.
        ([0.01], Published(0.0, 0.0, "a median"), ABOVE, 0.01),
    ],
)
def test_the_verdict(values, published, verdict, distance):
    """Within a range or not; a single value is met between replications, and near by a tenth."""
    found = judge(A_FIGURE, published, values)
    assert found.verdict == verdict
    assert found.distance == pytest.approx(distance)
    assert (found.value, found.low, found.high) == pytest.approx(
        (np.mean(values), min(values), max(values))
    )


def test_without_a_published_figure_there_is_no_verdict():
    """The value is shown; nothing is said about it."""
    found = judge(A_FIGURE, None, [3.0])
    assert (found.verdict, found.value) == (UNKNOWN, 3.0)
    assert isnan(found.distance)


def test_what_no_replication_has_is_not_measured():
    """NaN is no value: it is left out where others have one."""
    assert judge(A_FIGURE, RANGE, [nan, nan]).verdict == MISSING
    assert judge(A_FIGURE, RANGE, [nan, 3.0]).value == 3.0


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5), st.floats(-1e6, 1e6), st.floats(0, 1e6)
)
def test_every_value_gets_one_verdict(values, low, width):
    """The distance is 0 exactly within, and leads to the end of the range otherwise."""
    found = judge(A_FIGURE, Published(low, low + width, "x"), values)
    assert found.verdict in (WITHIN, NEAR, BELOW, ABOVE)
    if found.verdict == WITHIN:
        assert found.distance == 0
    else:
        end = low if found.value < low else low + width
        assert found.distance == pytest.approx(abs(found.value - end), abs=1e-9)
    assert tally([found])["outside"] == (found.verdict in (BELOW, ABOVE))


def test_every_published_figure_is_measured(figures):
    """No row of the table is about something that nobody computes."""
    assert {figure.key for figure in FIGURES} <= set(figures)


def test_every_range_has_a_source():
    """A range without a source would be made up; its ends are in order and in the unit."""
    for figure in FIGURES:
        assert set(figure.published) <= set(figure.kinds) <= set(KINDS), figure.key
        for published in figure.published.values():
            assert published.source.strip(), figure.key
            assert published.low <= published.high, figure.key
            if figure.unit == "share":
                assert 0 <= published.high <= 1, figure.key


def test_a_figure_is_shown_once_for_each_kind():
    """Each kind has its own rows, no label twice."""
    for kind in KINDS:
        labels = [figure.label for figure in FIGURES if kind in figure.kinds]
        assert len(labels) == len(set(labels))
        assert len(assess(kind, [{}])) == len(labels)


def test_quantiles_by_hand():
    """Mean, median and percentiles under their keys."""
    assert quantiles("x", np.array([1.0, 2.0, 6.0]), 0.5) == {
        "x_mean_days": 3.0,
        "x_median_days": 2.0,
    }
    assert all(isnan(value) for value in quantiles("x", np.array([]), 0.5).values())


def test_the_figures_agree_with_the_log(run, figures):
    """Counted afresh, without the module's own joins."""
    log, period = run[0].log, run[1]
    lines = log.flatten(v.ORDER_LINE)
    received = log.flatten(v.ORDER).filter(
        (pl.col("activity") == v.RECEIVE_ORDER) & period.holds("time", log.zone)
    )["case"]
    of_order = dict(
        log.object_relations.filter(pl.col("qualifier") == "line of")
        .select("source", "target")
        .iter_rows()
    )
    entered = set(lines.filter(pl.col("activity") == v.CREATE_SALES_ORDER)["case"])
    asked = Counter(of_order[line] for line in entered if of_order[line] in set(received))
    assert figures["lines_per_order_mean"] == pytest.approx(np.mean(list(asked.values())))
    assert figures["single_line_share"] == pytest.approx(np.mean([n == 1 for n in asked.values()]))


def test_lateness_by_hand(run, figures):
    """The days from the due date to the first money applied, of invoices made in the period."""
    log, period = run[0].log, run[1]
    events = log.flatten(v.INVOICE)

    def first(*names):
        rows = events.filter(pl.col("activity").is_in(names))
        return dict(rows.group_by("case").agg(pl.col("time").min()).iter_rows())

    made, settled = first(v.CREATE_INVOICE), first(v.APPLY_PAYMENT, v.CLEAR_INVOICE)
    due = dict(log.objects_of(v.INVOICE).select("object", "due_date").iter_rows())
    local = zoneinfo.ZoneInfo(log.zone)

    def day(moment):
        return moment.replace(tzinfo=dt.UTC).astimezone(local).date()

    late = [
        (day(settled[case]) - due[case].date()).days
        for case, moment in made.items()
        if period.first <= day(moment) < period.end and case in settled
    ]
    assert figures["days_late_mean_days"] == pytest.approx(np.mean(late))
    assert figures["days_late_sd_days"] == pytest.approx(np.std(late, ddof=1))
    assert figures["early_share"] == pytest.approx(np.mean(np.array(late) < 0))
    shares = ("early_share", "on_the_day_share", "settled_late_share")
    assert sum(figures[name] for name in shares) == pytest.approx(1)


def test_deductions_are_what_is_paid_short(distributor):
    """All invoices paid a tenth short, nothing else wrong: a tenth is deducted."""
    model = override(
        distributor,
        {
            "customers.short_payment_share": 1,
            "customers.segments": {},
            "customers.short_payment_fraction": 0.1,
            "customers.discount_offered_share": 0,
            "customers.partial_payment_share": 0,
            "customers.direct_debit_return_share": 0,
            "customers.payment_method_shares": {"wire": 1},
            "customers.prepayment_share": 0,
            "customers.default_share": 0,
            "customers.insolvencies_per_year": 0,
            "disputes.share": 0,
            "disputes.cause_share": 0,
            "write_off.small_balance_value": 0,
            "returns.share": 0,
            "returns.damaged_share": 0,
            "capture.exception_share": 0,
            "credit.overdue_tolerance_days": 36_000,
            "customers.credit_limit_days": 10_000_000,
        },
        "test",
    )
    result = simulate(model, window=Window(20, 30, 120))
    first = model.start_date + dt.timedelta(days=20)
    found = emergent_figures(result.log, Period(first, first + dt.timedelta(days=30)))
    assert found["deduction_share"] == pytest.approx(0.1, abs=0.005)


def test_the_cells_of_a_row():
    """One scale for all numbers of a row; the verdict says by how much and in part."""
    figure = Figure("x", "Orders held", "share", {"distributor": Published(0.085, 0.16, "logs")})
    finding = judge(figure, figure.published["distributor"], [0.20, 0.22])
    assert cells(finding, "USD") == (
        "Orders held",
        "21.00 %",
        "20.00 to 22.00",
        "8.50 to 16.00 %",
        "above by 5.00 % (+31 %)",
        "logs",
    )
    costs = Figure("x", "Cost", "currency", {})
    assert cells(judge(costs, None, [1234.5]), "EUR")[1] == "1,234 EUR"
    assert cells(judge(figure, RANGE, [nan]), "EUR")[1:3] == ("-", "-")


def test_the_page_is_a_table_for_each_company():
    """Headings, one row a figure, and a source or an honest dash in each."""
    findings = assess("manufacturer", [{figure.key: 1.0 for figure in FIGURES}])
    company = CompanyFigures("Ours", "manufacturer", "EUR", 10.0, findings, {"Order desk": 0.5})
    text = page([company, company], "o2c plausibility", "2 replications")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 * (len(findings) + 2)
    assert all(row.count(" | ") == len(HEAD) - 1 for row in rows)
    assert text.count("Busy: order desk 50 %.") == 2
