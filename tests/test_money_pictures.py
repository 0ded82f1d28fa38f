"""Money over time and money by part: the numbers by hand, and drawn as they are."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from example_business_case import example_business_case
from example_comparison import estimate, example_comparison
from hand_log import build
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_checks import HOSTILE, assert_whole, numbers_of, svg_of

from mining.ageing_path import COLUMNS, ageing_path
from mining.cost_split import cost_split
from mining.dso import best_possible_dso, dso_simple
from mining.dso_path import dso_path
from mining.measures import Period
from mining.object_events import ObjectEvents
from mining.read import read_log
from mining.receivables import daily_flows, invoices
from mining.receivables_kpis import receivables_kpis
from o2c_sim import vocabulary as v
from reports.figures.ar_ageing import ar_ageing_picture
from reports.figures.cash_curve import cash_curve_picture
from reports.figures.cash_flow_at_risk_fan import cash_flow_at_risk_picture
from reports.figures.cash_freed_waterfall import business_case_pictures, waterfall_figure
from reports.figures.cost_per_order import cost_per_order_picture
from reports.figures.dso_curve import dso_curve_picture
from reports.figures.receivables import receivables_picture
from reports.figures.utilisation_heat_map import utilisation_picture
from scenarios.estimate import Band
from scenarios.money.results import Amount
from scenarios.money.waterfall import waterfall


def three_invoices():
    """100 due on 5 March and paid on the 8th; 50 due on the 3rd, open for good; 7 never due."""
    paid = [
        (v.CREATE_INVOICE, "03-02 18:00", "system"),
        (v.RECEIVE_PAYMENT, "03-08 07:00", None),
        (v.CLEAR_INVOICE, "03-08 09:00", "person"),
    ]
    log = build(
        [
            {"amount": 100.0, "due": "03-05", "steps": paid},
            {
                "amount": 50.0,
                "due": "03-03",
                "steps": [(v.CREATE_INVOICE, "03-03 10:00", "system")],
            },
            {"amount": 7.0, "due": "03-09", "steps": [(v.CREATE_INVOICE, "03-04 10:00", "system")]},
        ]
    )
    due = pl.when(pl.col("amount") != 7.0).then("due_date")
    return dataclasses.replace(log, objects=log.objects.with_columns(due))


def test_ageing_by_hand():
    """On its due date an amount is not yet late; the day after it is one day past due."""
    path = ageing_path(three_invoices(), last=dt.date(2025, 6, 3))
    by_day = {row["date"]: row for row in path.to_dicts()}

    def day(text):
        row = by_day[dt.date.fromisoformat(f"2025-{text}")]
        return [row[column] for column in COLUMNS]

    assert path["date"][0] == dt.date(2025, 3, 2)
    assert day("03-02") == [100, 0, 0, 0, 0, 0]
    assert day("03-03") == [150, 0, 0, 0, 0, 0]
    assert day("03-04") == [100, 50, 0, 0, 0, 7]
    assert day("03-05") == [100, 50, 0, 0, 0, 7]
    assert day("03-06") == [0, 150, 0, 0, 0, 7]
    assert day("03-08") == [0, 50, 0, 0, 0, 7]
    # 30 days after 3 March is 2 April; 60 is 2 May; 90 is 1 June.
    for text, place in {
        "04-02": 1,
        "04-03": 2,
        "05-02": 2,
        "05-03": 3,
        "06-01": 3,
        "06-02": 4,
    }.items():
        assert day(text) == [50 if place == n else 0 for n in range(5)] + [7], text


def test_ageing_adds_up_to_receivables(run):
    """On every day of a run the ages sum to the balance of the ledger's flows, to the cent."""
    path = ageing_path(run.log, most_days=10_000)
    flows = daily_flows(run.log, path["date"][0], path["date"][-1])
    total = path.select(pl.sum_horizontal(COLUMNS)).to_series()
    assert (total - flows["receivables"]).abs().max() < 0.005
    assert path.height == flows.height


def test_ages_and_dso_at_the_end_of_a_period_are_its_kpis(run):
    """The KPIs count invoice by invoice on the last day; the path must end where they do."""
    view = ObjectEvents.of(run.log)
    period = Period(dt.date(2025, 4, 1), dt.date(2025, 5, 1))
    kpis = receivables_kpis(view, invoices(view), period)
    last = ageing_path(view, last=period.last).row(-1, named=True)
    known = sum(last[column] for column in COLUMNS[:-1])
    for column, key in zip(
        COLUMNS[:-1],
        ("current_share", *(f"overdue_{age}_share" for age in ("1_30", "31_60", "61_90", "90"))),
        strict=True,
    ):
        assert last[column] / known == pytest.approx(kpis[key], rel=1e-9), key
    dso = dso_path(view, last=period.last, window_days=period.days).row(-1, named=True)
    assert dso["date"] == period.last
    assert dso["dso_days"] == pytest.approx(kpis["dso_simple_days"])
    assert dso["best_possible_dso_days"] == pytest.approx(kpis["best_possible_dso_days"])
    assert dso["delay_days"] == pytest.approx(kpis["average_days_delinquent_days"])


@given(most=st.integers(1, 60))
@settings(max_examples=20)
def test_thinned_paths_keep_the_last_day_and_even_steps(most):
    """However few days are wanted, none is invented and the last is among them."""
    whole, few = (
        ageing_path(three_invoices(), last=dt.date(2025, 5, 3), most_days=days)
        for days in (1_000, most)
    )
    assert few.height <= most
    assert few.row(-1) == whole.row(-1)
    assert few.join(whole, on=few.columns, how="semi").height == few.height
    assert len(set(few["date"].diff().drop_nulls())) <= 1


def test_dso_of_a_run_is_the_kpi_of_each_day(run):
    """Any day's DSO is what the definition gives of that day's balance and the window's sales."""
    path = dso_path(run.log, window_days=30, most_days=10_000)
    first = path["date"][0] - dt.timedelta(days=29)
    flows = daily_flows(run.log, first, path["date"][-1])
    assert path.height > 60
    for row in path[::17].to_dicts():
        days = flows.filter(
            pl.col("date").is_between(row["date"] - dt.timedelta(days=29), row["date"])
        )
        sales = float((days["sales"] - days["invoice_cancellations"]).sum())
        owed = days["receivables"][-1]
        assert row["sales"] == pytest.approx(sales)
        assert row["dso_days"] == pytest.approx(dso_simple(owed, sales, 30))
        best = best_possible_dso(row["current"], sales, 30)
        assert row["best_possible_dso_days"] == pytest.approx(best)
        assert row["delay_days"] == pytest.approx(row["dso_days"] - best)


def test_a_period_that_ends_on_a_weekend_has_its_dso(run):
    """No invoice on the last days of a period is no end of sales."""
    path = dso_path(run.log, window_days=30, most_days=10_000)
    sunday = next(day for day in path["date"][7:] if day.isoweekday() == 7)
    flows = daily_flows(run.log, sunday, sunday)
    assert flows["sales"].sum() == 0
    shorter = dso_path(run.log, last=sunday, window_days=30, most_days=10_000)
    assert shorter.row(-1) == path.filter(pl.col("date") == sunday).row(0)


def test_short_and_empty_logs_have_no_dso():
    """Three days are no window; a log without invoices has neither path nor error."""
    assert dso_path(three_invoices()).is_empty()
    bare = build([{"steps": [(v.RECEIVE_ORDER, "03-03 10:00", None)]}])
    assert ageing_path(bare).is_empty()
    assert dso_path(bare).is_empty()
    for picture in (ar_ageing_picture(ageing_path(bare)), dso_curve_picture(dso_path(bare))):
        assert_whole(picture)
        assert picture.data.rows == []


def test_unknown_due_dates_are_a_layer_of_their_own(run):
    """What has no due date is neither early nor late, and there is no best possible DSO of it."""
    objects = run.log.objects.with_columns(pl.lit(None, pl.Datetime("us")).alias("due_date"))
    log = dataclasses.replace(run.log, objects=objects)
    path = ageing_path(log)
    assert path["no_due_date"].sum() > 0
    assert path.select(pl.sum_horizontal(COLUMNS[:-1])).to_series().abs().max() == 0
    assert "no due date known" in [column.name for column in ar_ageing_picture(path).data.columns]
    dso = dso_path(log, window_days=30)
    assert dso["dso_days"].count() > 0
    assert dso.filter(pl.col("receivables") > 0)["best_possible_dso_days"].count() == 0
    assert "no best possible DSO" in dso_curve_picture(dso).alternative


def test_pictures_hold_the_numbers_of_their_paths(run):
    """The table behind a picture is the path itself, unrounded."""
    path, dso = ageing_path(run.log), dso_path(run.log, window_days=30)
    picture = assert_whole(ar_ageing_picture(path, "USD"))
    assert numbers_of(picture, "31 to 60 days") == path["days_31_60"].to_list()
    assert numbers_of(picture, "all") == pytest.approx(
        path.select(pl.sum_horizontal(COLUMNS)).to_series().to_list()
    )
    picture = assert_whole(dso_curve_picture(dso, "USD"))
    assert numbers_of(picture, "DSO") == dso["dso_days"].to_list()
    assert numbers_of(picture, "Delay: average days delinquent") == dso["delay_days"].to_list()
    # The gap is drawn between the two lines, so it must be the gap of the table.
    assert f"{dso['delay_days'][-1]:.1f} days of delay" in picture.title


def test_costs_by_stage_and_role_are_the_same_money(run):
    """Both ways of splitting sum to the cost of all events; orders are those received."""
    orders = run.log.events.filter(pl.col("activity").cast(pl.String) == v.RECEIVE_ORDER).height
    total = float(run.log.events["cost"].drop_nulls().sum())
    for by in ("stage", "role"):
        split = cost_split(run.log, by)
        assert float(split["cost"].sum()) == pytest.approx(total, abs=0.01)
        assert set(split["orders"]) == {orders}
        assert float(split["cost_per_order"].sum()) == pytest.approx(total / orders, abs=0.01)
        picture = assert_whole(cost_per_order_picture(split, "USD", by=by))
        assert numbers_of(picture, "Cost per order")[:-1] == split["cost_per_order"].to_list()
        assert numbers_of(picture, "Share")[-1] == 1


def test_costs_of_a_period_are_those_of_its_days(run):
    """Costs outside the period do not count, and none is no picture's error."""
    first, last = run.log.events["time"].min().date(), run.log.events["time"].max().date()
    middle = first + (last - first) / 2
    parts = [
        cost_split(run.log, "stage", Period(a, b))["cost"].sum()
        for a, b in ((first, middle), (middle, last + dt.timedelta(days=1)))
    ]
    assert sum(parts) == pytest.approx(cost_split(run.log)["cost"].sum(), abs=0.02)
    without = three_invoices()
    assert cost_split(without).is_empty()
    assert_whole(cost_per_order_picture(cost_split(without)))


def test_curves_hold_each_day_of_each_outcome():
    """Mean, low and high of every outcome and lead stand in the table, day by day."""
    comparison = example_comparison()
    lead = Band(*(np.arange(181.0) * factor for factor in (1, 2, 1.5, 2.5)))
    outcomes = (
        comparison.outcomes[0],
        *(dataclasses.replace(outcome, cash_lead=lead) for outcome in comparison.outcomes[1:]),
    )
    comparison = dataclasses.replace(comparison, outcomes=outcomes)
    picture = assert_whole(cash_curve_picture(comparison))
    for outcome in outcomes:
        assert numbers_of(picture, outcome.title) == outcome.cash_in.mean.tolist()
        assert numbers_of(picture, f"{outcome.title}: high") == outcome.cash_in.high.tolist()
    name = f"{outcomes[1].title}: more than {outcomes[0].title}"
    assert numbers_of(picture, name) == lead.mean.tolist()
    picture = assert_whole(receivables_picture(comparison))
    assert numbers_of(picture, outcomes[2].title) == outcomes[2].receivables.mean.tolist()


def test_years_of_days_are_sampled_to_a_bounded_table():
    """30 years give a table of a thousand rows at most, both ends among them."""
    days = np.arange(30 * 365.0)
    comparison = example_comparison(scenarios=0)
    long = dataclasses.replace(comparison.outcomes[0], receivables=Band(days, days, days, days))
    picture = receivables_picture(dataclasses.replace(comparison, outcomes=(long,)))
    shown = numbers_of(picture, "Day")
    assert len(shown) <= 1_000
    assert (shown[0], shown[-1]) == (days[0], days[-1])


@pytest.mark.parametrize("days", [0, 1])
def test_curves_of_no_day_or_one_can_be_drawn(days):
    """An outcome may have no measured day at all."""
    nothing = Band(*(np.zeros(days) for _ in range(4)))
    comparison = example_comparison()
    outcomes = tuple(
        dataclasses.replace(outcome, cash_in=nothing, receivables=nothing)
        for outcome in comparison.outcomes
    )
    comparison = dataclasses.replace(comparison, outcomes=outcomes)
    assert len(assert_whole(cash_curve_picture(comparison)).data.rows) == days
    assert len(assert_whole(receivables_picture(comparison)).data.rows) == days


@pytest.mark.slow
def test_hostile_titles_are_drawn_and_stay_apart():
    """Names that are markup, mathematics, too long or all the same make whole pictures."""
    comparison = example_comparison()
    for names in (HOSTILE[:4], HOSTILE[4:8]):
        outcomes = tuple(
            dataclasses.replace(
                outcome, title=name, utilisation=dict.fromkeys(HOSTILE, estimate(0.95, 0.01))
            )
            for outcome, name in zip(comparison.outcomes, names, strict=False)
        )
        renamed = dataclasses.replace(comparison, outcomes=outcomes)
        for make in (cash_curve_picture, receivables_picture, utilisation_picture):
            picture = assert_whole(make(renamed))
            heads = [column.name for column in picture.data.columns]
            assert len(set(heads)) == len(heads)
            assert "<script" not in svg_of(picture)


def test_outcomes_of_the_same_name_have_columns_of_their_own():
    """A second outcome of a name gets a number, in the table and in the native chart."""
    comparison = example_comparison()
    outcomes = tuple(dataclasses.replace(one, title="Same") for one in comparison.outcomes)
    picture = receivables_picture(dataclasses.replace(comparison, outcomes=outcomes))
    assert picture.chart.series == ("Same", "Same (2)", "Same (3)", "Same (4)")
    assert numbers_of(picture, "Same (3)") == outcomes[2].receivables.mean.tolist()


def test_a_waterfall_ends_at_its_total():
    """Bars go on where the last one ended; what is nothing is left out; the total starts at 0."""
    case = example_business_case()
    pictures = business_case_pictures(case, scenario="Daily billing")
    assert [picture.key for picture in pictures] == [
        "business-case-result", "business-case-present-value",
    ]  # fmt: skip
    picture = assert_whole(pictures[0])
    values = numbers_of(picture, picture.chart.series[0])
    assert values == [-40e3, 120e3, 15e3, 95e3]
    assert sum(values[:-1]) == values[-1]
    bars = [patch for patch in picture.figure().axes[0].patches]
    ends = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in bars]
    # In thousands: -40, then up by 120, then by 15, then all of it from nothing.
    assert [tuple(round(x, 6) for x in sorted(pair)) for pair in ends] == [
        (-40, 0), (-40, 80), (80, 95), (0, 95),
    ]  # fmt: skip
    # The loss is told by its hatch as well as by its colour, the doubtful part by its paleness.
    assert [bool(patch.get_hatch()) for patch in bars] == [True, False, False, False]
    assert [patch.get_facecolor()[3] < 1 for patch in bars] == [False, False, True, False]
    assert "no detectable difference" in [row[1].verdict for row in picture.data.rows]


def test_too_many_parts_are_taken_together_and_still_add_up():
    """Of 60 parts a page shows a score; the rest is one bar, and the table has them all."""
    parts = [Amount(str(n), f"part {n}", estimate(float(n), 0.1)) for n in range(1, 61)]
    steps = waterfall(parts, estimate(1830.0, 1.0), "All together")
    figure = waterfall_figure(steps, "currency", "EUR", label="Effect")
    bars = figure.axes[0].patches
    assert len(bars) <= 24
    assert bars[-2].get_x() + bars[-2].get_width() == pytest.approx(
        bars[-1].get_x() + bars[-1].get_width()
    )


def test_the_fan_holds_every_horizon():
    """Expected receipts, risk and difference by horizon, as the business case has them."""
    case = example_business_case()
    picture = assert_whole(
        cash_flow_at_risk_picture(case.cash_flow_at_risk, "EUR", scenario=HOSTILE[0])
    )
    risks = case.cash_flow_at_risk
    assert numbers_of(picture, "Horizon") == [30, 60, 90]
    assert numbers_of(picture, "Baseline: cash-flow-at-risk") == [r.baseline.mean for r in risks]
    assert numbers_of(picture, "Difference") == [r.difference.mean for r in risks]
    assert_whole(cash_flow_at_risk_picture((), "EUR"))


def test_the_heat_map_marks_saturation_by_more_than_colour():
    """From 90 % on a cell has a mark and a frame; one below has neither."""
    comparison = example_comparison()
    picture = assert_whole(utilisation_picture(comparison))
    for outcome in comparison.outcomes:
        assert numbers_of(picture, outcome.title) == [
            outcome.utilisation[role].mean for role in sorted(outcome.utilisation)
        ]
    figure = picture.figure()
    marked = [text.get_text() for text in figure.axes[0].texts if text.get_text().startswith("!")]
    busy = [e.mean for o in comparison.outcomes for e in o.utilisation.values() if e.mean >= 0.9]
    assert len(marked) == len(busy) > 0
    frames = [patch.get_linewidth() for patch in figure.axes[0].patches]
    assert sum(width > 1 for width in frames) == len(busy)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ar_invoices_2012.csv", "sap_s4_tables"])
def test_real_lists_make_whole_pictures(name):
    """A public list of invoices and public tables of an ERP system."""
    from real_logs import folder

    path = Path(folder()) / name
    if not path.exists():
        pytest.skip(f"{path} is absent; set O2C_DATA to the folder of the public logs")
    log = read_log(path).log
    for picture in (ar_ageing_picture(ageing_path(log)), dso_curve_picture(dso_path(log))):
        assert_whole(picture)
        assert picture.data.rows
