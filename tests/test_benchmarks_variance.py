"""Where the variance of order-processing hours comes from: parts by hand and against the KPI."""

import hand_log
import numpy as np
import polars as pl
import pytest
from small_company import WINDOW, small

from benchmarks import variance_sources
from mining.kpis import Period, measure
from o2c_sim import simulate
from o2c_sim import vocabulary as v
from scenarios.replication import measured_period

ENTRY, ANSWER, REST = "entry", "answer and release", variance_sources.REST


def frame(*orders):
    """Return the parts of orders; each a dictionary of part to hours, all by hand."""
    rows = [(case, part, hours) for case, order in enumerate(orders) for part, hours in order]
    return pl.DataFrame(rows, schema=["case", "part", "hours"], orient="row").with_columns(
        by_hand=True
    )


def test_parts_of_an_order_by_hand():
    """From Monday 09:00: 1 h until typed, 1 h until asked, 8 h until answered, 0 until confirmed.

    Business hours are 08:00 to 17:00, so 11:00 to 10:00 on the next day are 8.
    """
    steps = [
        (v.RECEIVE_ORDER, "03-03 09:00", None),
        (v.CREATE_SALES_ORDER, "03-03 10:00", "person"),
        (v.CLARIFY_ORDER, "03-03 11:00", "person"),
        (v.REMOVE_ORDER_BLOCK, "03-04 10:00", "person"),
        (v.CONFIRM_ORDER, "03-04 10:00", "system"),
        (v.POST_GOODS_ISSUE, "03-05 10:00", "person"),
    ]
    unconfirmed = [(v.RECEIVE_ORDER, "03-03 09:00", None)]
    log = hand_log.build([{"steps": steps}, {"steps": unconfirmed}])
    first = hand_log.moment("03-03 00:00").date()
    found = variance_sources.order_parts(log, Period(first, first.replace(day=4)))
    assert found["case"].unique().to_list() == [0]
    assert dict(found.select("part", "hours").iter_rows()) == {
        ENTRY: 1,
        "question": 1,
        ANSWER: 8,
        REST: 0,
    }
    assert dict(found.select("part", "by_hand").iter_rows()) == {
        ENTRY: True,
        "question": True,
        ANSWER: True,
        REST: False,
    }


def test_parts_add_up_to_the_kpi():
    """Over all orders of a run: the mean of their sums is the KPI's."""
    run = simulate(small(), seed=3, window=WINDOW)
    period = measured_period(small(), WINDOW)
    parts = variance_sources.order_parts(run.log, period)
    hours = parts.group_by("case").agg(pl.col("hours").sum())["hours"].to_numpy()
    assert hours.mean() == pytest.approx(measure(run.log, period)["order_processing_mean_hours"])
    assert parts["hours"].min() >= 0


def test_shares_of_the_variance_by_hand():
    """Entry of 1, 2, 3, 4 hours and answers of always 5: entry makes all of the variance.

    In the scenario entry takes 1 hour always, so the difference varies with the baseline's entry.
    """
    before = [frame([(ENTRY, hours), (ANSWER, 5.0)]) for hours in (1.0, 2.0, 3.0, 4.0)]
    after = [frame([(ENTRY, 1.0), (ANSWER, 5.0 - hours)]) for hours in (0.0, 0.0, 1.0, 0.0)]
    found = {row.part: row for row in variance_sources.sources(before, after)}
    assert found[ENTRY].baseline_hours == 2.5
    assert found[ENTRY].baseline_pct == pytest.approx(100)
    assert found[ANSWER].baseline_pct == pytest.approx(0)
    assert found[ANSWER].scenario_hours == 4.75
    assert sum(row.difference_pct for row in found.values()) == pytest.approx(100)
    # What remains of the difference: entry and answer, less what they were.
    entry, answer = np.array([0.0, -1, -2, -3]), np.array([0.0, 0, -1, 0])
    share = np.cov(entry, entry + answer)[0, 1] / np.var(entry + answer, ddof=1)
    assert found[ENTRY].difference_pct == pytest.approx(100 * share)
    assert found[ENTRY].in_both_pct == 100
    assert found["credit hold"].in_both_pct == 0


def test_orders_are_followed_from_one_company_to_the_other():
    """Three orders by hand in both: their times go together whatever order they stand in."""
    one = [frame([(ENTRY, 1.0)], [(ENTRY, 2.0)], [(ENTRY, 4.0)])] * 4
    other = [one[0].with_columns(pl.col("hours") / 2).reverse()] * 4
    found = variance_sources.sources(one, other)[0]
    assert found.correlation == pytest.approx(1)
    assert np.isnan(found.baseline_pct), "all replications alike: no variance to share"
    assert found.in_both_pct == 100


def test_the_luck_of_single_orders_by_hand():
    """Two orders of 0 and 2 hours, then of 1 and 3: variance 2 each, 1 of a mean of two.

    The means are 1 and 2, of variance 1/2: single orders would make twice of it.
    """
    runs = [frame([(ENTRY, 0.0)], [(ENTRY, 2.0)]), frame([(ENTRY, 1.0)], [(ENTRY, 3.0)])]
    assert variance_sources.single_orders_pct(runs) == pytest.approx(200)


def test_the_table_of_a_short_run(capsys):
    """Each part has a row; percentages add up to a hundred."""
    command = "--replications=4 --warm-up=5 --days=10 --cool-down=5"
    assert variance_sources.main(command.split()) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line for line in lines if line[:22].strip() in {*variance_sources.PARTS.values(), REST}]
    assert len(rows) == len(variance_sources.PARTS) + 1
    assert sum(float(row[22:].split()[2]) for row in rows) == pytest.approx(100, abs=3)


@pytest.mark.parametrize(
    "bad",
    [
        ["--replications", "3"],
        ["--scenario", "nothing"],
        # The first day that is measured is a Saturday, with hardly an order.
        ["--replications=4", "--warm-up=5", "--days=1", "--cool-down=0"],
    ],
)
def test_what_makes_no_sense_is_refused(bad, capsys):
    """Exit code 2 with what is allowed."""
    with pytest.raises(SystemExit) as stopped:
        variance_sources.main(bad)
    assert stopped.value.code == 2
    assert capsys.readouterr().err
