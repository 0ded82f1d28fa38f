"""Segments and drift: by hand, and against planted and absent changes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import naive
import numpy as np
import polars as pl
import pytest

from mining.analysis import in_reference_names
from mining.drift import drift, kpis_by_month, pettitt
from mining.kpis import measure
from mining.read import read_log
from mining.segments import OTHER, UNKNOWN, case_segments, segment_kpis, segments
from o2c_sim import Window, load_company, simulate
from o2c_sim.errors import UsageError


def weeks(hours_of_week, cases=30, seed=1, trace_of_week=lambda week: "ab"):
    """Return cases begun over many weeks; their time is drawn around a level of the week."""
    rng = np.random.default_rng(seed)
    rows = []
    for week, hours in enumerate(hours_of_week):
        for n in range(cases):
            begin = datetime(2024, 1, 1, 9) + timedelta(days=7 * week + n % 5, minutes=n)
            number = week * cases + n
            time = begin
            for name in trace_of_week(week):
                rows.append((number, name, time))
                time += timedelta(hours=float(hours * rng.lognormal(0, 0.3)))
    table = pl.DataFrame(
        rows,
        schema={"case": pl.UInt32, "activity": pl.String, "time": pl.Datetime("us")},
        orient="row",
    )
    return table.with_row_index("event")


def test_pettitt_by_hand():
    """Three low and three high values: U is 9 at the third place."""
    place, p = pettitt(np.array([1.0, 2.0, 3.0, 7.0, 8.0, 9.0]))
    assert place == 3
    assert p == pytest.approx(min(1.0, 2 * np.exp(-6 * 81 / (216 + 36))))
    assert pettitt(np.array([5.0, 5.0, 5.0, 5.0]))[1] == 1.0
    assert pettitt(np.array([1.0, 2.0])) == (0, 1.0)


def test_pettitt_keeps_its_level():
    """Of 400 series without a change at most a twentieth is called changed (it is conservative)."""
    rng = np.random.default_rng(7)
    found = sum(pettitt(rng.normal(size=40))[1] <= 0.05 for _ in range(400))
    assert found <= 0.05 * 400 + 3 * np.sqrt(400 * 0.05 * 0.95)


def test_a_planted_change_is_found_where_it_is():
    """Times double in week 20 of 40; nothing else changes."""
    result = drift(weeks([24] * 20 + [48] * 20))
    changes = {row["figure"]: row for row in result.changes.to_dicts()}
    assert result.unit == "week"
    median = changes["median hours"]
    assert median["found"]
    assert abs((median["change"] - (date(2024, 1, 1) + timedelta(weeks=20))).days) <= 7
    assert median["after"] / median["before"] == pytest.approx(2, rel=0.1)
    assert not changes["events per case"]["found"]
    assert not changes["cases begun"]["found"]


def test_a_change_of_the_way_is_found():
    """From week 25 on, cases take a detour: variants and arcs change."""
    log = weeks([24] * 40, trace_of_week=lambda week: "ab" if week < 25 else "acb")
    found = {row["figure"] for row in drift(log).changes.to_dicts() if row["found"]}
    assert {"share of variant 1", "share of a -> b", "share of a -> c", "events per case"} <= found


def test_nothing_changes_and_nothing_is_found():
    """Twenty logs without a change: hardly ever a finding among all their figures."""
    wrong = sum(
        int(drift(weeks([24] * 30, cases=10, seed=seed)).changes["found"].sum() > 0)
        for seed in range(20)
    )
    assert wrong <= 3


def test_open_cases_at_the_end_do_not_look_quick():
    """A log cut at a date has short cases at its end; they are marked and left out."""
    log = weeks([24 * 20] * 40)
    end = datetime(2024, 1, 1) + timedelta(weeks=38)
    cut = log.filter(pl.col("time") < end)
    result = drift(cut)
    assert not result.changes.filter(figure="median hours")["found"].item()
    assert result.months["closed"].to_list()[0]
    assert not result.months["closed"].to_list()[-1]
    naive_p = pettitt(
        cut.group_by("case").agg(h=(pl.col("time").max() - pl.col("time").min()).dt.total_hours())
        .sort("case")["h"].to_numpy().astype(float)[-400:]
    )[1]  # fmt: skip
    assert naive_p < 0.001, "the trap is real"


def test_months_by_hand():
    """Two cases of January, one of February by the clock of New York."""
    cases = naive.case_view(["ab", "ab", "abb"]).with_columns(
        pl.when(pl.col("case") == 2)
        .then(pl.col("time") + timedelta(days=27))
        .otherwise("time")
        .alias("time")
    )
    months = drift(cases).months
    assert months["month"].to_list() == [date(2026, 1, 1), date(2026, 2, 1)]
    assert months["cases"].to_list() == [2, 1]
    assert months["happy_share"].to_list() == [1.0, 0.0]
    early = cases.with_columns(pl.col("time") - timedelta(hours=6))
    assert drift(early, "America/New_York").months["month"].to_list()[-1] == date(2026, 1, 1)
    assert drift(cases).changes.is_empty()


@pytest.fixture
def log(tmp_path):
    """Read a log of six cases with a country, a number and an id."""
    rows = [
        f"{case},{name},2024-01-{1 + case:02d} {9 + step}:00:00,{country},{case * 10},x{case}"
        for case, country in enumerate(["DE", "DE", "DE", "FR", "FR", ""])
        for step, name in enumerate(["Create Sales Order", "Create Invoice", "Send Invoice"])
        if step < 2 or country == "DE"
    ]
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["case,activity,time,country,weight,ref", *rows]) + "\n")
    return read_log(path).log


def test_segments_by_hand(log):
    """Three German cases of three events, two French of two, one of nowhere."""
    of_case = case_segments(log, "case", "country")
    table = segments(log.flatten("case"), of_case)
    assert table["segment"].to_list() == ["DE", "FR", UNKNOWN]
    assert table["cases"].to_list() == [3, 2, 1]
    assert table["share"].to_list() == pytest.approx([0.5, 1 / 3, 1 / 6])
    assert table["median_hours"].to_list() == [2.0, 1.0, 1.0]
    assert table["events_per_case"].to_list() == [3.0, 2.0, 2.0]
    assert table["automated_share"].null_count() == 3
    few = case_segments(log, "case", "country", largest=1)
    assert set(few["segment"]) == {"DE", OTHER, UNKNOWN}


def test_bad_attributes_of_segments_are_refused(log):
    """Unknown ones with the nearest name."""
    with pytest.raises(UsageError, match="did you mean 'country'"):
        case_segments(log, "case", "contry")


def test_an_attribute_of_every_case_its_own_is_no_segment():
    """Numbers are cut at their quartiles, ids are refused."""
    run = simulate(load_company("distributor"), seed=4, window=Window(0, 15, 30)).log
    with pytest.raises(UsageError, match="nearly every case"):
        case_segments(_with(run, pl.format("x{}", "object").alias("ref")), "order", "ref")
    parts = case_segments(_with(run, pl.col("object").alias("number")), "order", "number")
    counts = parts["segment"].value_counts()["count"]
    assert len(counts) == 4
    assert counts.max() - counts.min() <= 2


def _with(log, column):
    from dataclasses import replace

    return replace(log, objects=log.objects.with_columns(column))


def test_kpis_of_segments_and_months_are_those_of_their_parts():
    """One segment gives the log's KPIs; a month gives those of its period."""
    log = in_reference_names(
        simulate(load_company("distributor"), seed=4, window=Window(0, 80, 30)).log
    )
    cases = log.flatten("order").select("case").unique()
    whole = segment_kpis(log, "order", cases.with_columns(pl.lit("all").alias("segment")))
    known = set(log.activities)
    expected = measure(log, None, "order", known)
    for key in ("order_cycle_mean_days", "credit_hold_rate"):
        if key in expected:
            assert whole.filter(kpi=key)["value"].item() == pytest.approx(expected[key])
    assert whole.height > 5
    first = log.events["time"].min().date()
    months = kpis_by_month(log, "order", first, log.events["time"].max().date())
    assert months["month"].n_unique() >= 2
    assert all(month.day == 1 for month in months["month"])
