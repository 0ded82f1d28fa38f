"""Measures of a simulated company beside a real one, each by hand."""

import polars as pl
import pytest
from case_histories import cases, delivered_after

from mining.validation.activity_patterns import (
    prevalence_table,
    profile_table,
    variant_coverage,
)
from mining.validation.kpi_bands import banded
from mining.validation.lag_distances import lag_table
from o2c_sim import vocabulary as v


def test_lags_are_the_same_to_the_last_bit_whatever_the_order_of_rows():
    """A mean depends on the order of what it adds up, which must not be that of a hash."""
    logs = [delivered_after(*((k * 7919 % 1009) / 37 for k in range(n))) for n in (2_000, 3_000)]
    tables = [
        lag_table(*(log.sample(fraction=1.0, shuffle=True, seed=seed) for log in logs), [logs[0]])
        for seed in range(6)
    ]
    assert all(table.equals(tables[0]) for table in tables)


def test_lag_distances_by_hand():
    """Lags of 1, 2 and 2.5 days: floor 1 day, distance 0.5 days, half the floor.

    Two simulated logs at 1.8 and 2.2 days, the test log at 2: each is 0.2 days off, and so are
    both together.
    """
    train, test = delivered_after(*[1] * 20), delivered_after(*[2] * 25)
    row = lag_table(train, test, [delivered_after(*[2.5] * 30)]).row(0, named=True)
    assert row["floor_days"] == pytest.approx(1)
    assert row["distance_days"] == pytest.approx(0.5)
    assert row["ratio"] == pytest.approx(0.5)
    assert row["ks"] == 1
    assert row["within"]
    runs = [delivered_after(*[day] * 30) for day in (1.8, 2.2)]
    row = lag_table(train, test, runs).row(0, named=True)
    assert (row["distance_days"], row["run_days"]) == pytest.approx((0.2, 0.2))
    far = lag_table(train, test, [delivered_after(*[3.3] * 30)]).row(0, named=True)
    assert not far["within"]


def test_a_lag_that_the_company_keeps_exactly_may_be_off_by_an_hour():
    """With a floor of 0 no ratio can be had: 50 minutes are within, 70 are not."""
    real = delivered_after(*[1] * 20)
    for minutes, within in ((50, True), (70, False)):
        found = lag_table(real, real, [delivered_after(*[1 + minutes / 1440] * 20)])
        assert found["ratio"][0] is None
        assert found["within"][0] == within


def test_a_lag_that_is_never_simulated_is_not_within():
    """A model without deliveries does not pass for having no distance."""
    real = delivered_after(*[1] * 20)
    found = lag_table(real, real, [cases([(v.CREATE_SALES_ORDER, 0)])])
    assert found["distance_days"].to_list() == [None]
    assert found["within"].to_list() == [False]


def test_prevalence_by_hand():
    """Of 4 cases 2 are delivered; 53 and 54 of 100 simulated: 3 points are within, 4 not."""
    entry, both = [(v.CREATE_SALES_ORDER, 0)], [(v.CREATE_SALES_ORDER, 0), (v.CREATE_DELIVERY, 1)]
    real = cases(entry, entry, both, both)
    for count, within in ((53, True), (54, False)):
        simulated = cases(*[both] * count, *[entry] * (100 - count))
        table = prevalence_table(real, real, [simulated])
        row = table.row(by_predicate=pl.col("activity") == v.CREATE_DELIVERY, named=True)
        assert row["test_percent"] == 50
        assert row["off_points"] == pytest.approx(count - 50)
        assert row["within"] == within


def test_profiles_by_hand():
    """Half of the events at another hour, all on the same weekday."""
    real = cases([(v.CREATE_DELIVERY, 0)], [(v.CREATE_DELIVERY, 0)])
    simulated = cases([(v.CREATE_DELIVERY, 0)], [(v.CREATE_DELIVERY, 0.25)])
    row = profile_table(real, real, [simulated]).row(0, named=True)
    assert (row["hour_floor"], row["hour_off"]) == (0, 0.5)
    assert (row["weekday_floor"], row["weekday_off"]) == (0, 0)


def test_variant_coverage_by_hand():
    """One of three cases goes a way that was not seen before."""
    entry, both = [(v.CREATE_SALES_ORDER, 0)], [(v.CREATE_SALES_ORDER, 0), (v.CREATE_DELIVERY, 1)]
    assert variant_coverage(cases(entry, both, both), [cases(both)]) == pytest.approx(2 / 3)


def test_the_band_is_that_of_one_more_run():
    """Runs of 1, 2 and 3: mean 2, sd 1, t(0.975, 2) = 4.303, so 2 -/+ 4.303 sqrt(4/3) = 4.968."""
    runs = [{"x": value} for value in (1.0, 2.0, 3.0)]
    (row,) = banded({"x": 6.9}, runs)
    assert (row["low"], row["high"]) == pytest.approx((2 - 4.968, 2 + 4.968), abs=0.002)
    assert row["within"]
    assert not banded({"x": 7.0}, runs)[0]["within"]
    assert not banded({"y": 1.0}, runs)[0]["within"]
