"""Calls are about a customer's whole account; promises are kept, or broken and looked into."""

import datetime as dt

import polars as pl
import pytest
from by_customer import customers_of_invoices
from by_invoice import by_invoice, total
from ideal import ideal
from run_checks import activity_name, everything

from o2c_sim import ModelError, Window, override, simulate
from o2c_sim import vocabulary as v

# Everybody pays two months after the due date unless a collector gets them to pay sooner.
LATE = {
    "customers.payment_terms_days": 0,
    "customers.lateness_effect_days": 60,
    "collections.call_after_days": 5,
    "collections.recall_days": 14,
    "collections.touch_minutes": 10,
    "collections.hazard_ratio": 1,
    "collections.promise_days": 3,
    "dunning.levels": [{"overdue_days": 900, "hazard_ratio": 1}],
}


def called(distributor, changes, days=150):
    """Return a run of a company that calls, and its events by invoice with their customers."""
    model = ideal(distributor, {**LATE, **changes})
    run = simulate(model, window=Window(0, days, 0))
    assert everything(run, model) == []
    return run, by_invoice(run).join(customers_of_invoices(run), on="case")


def times(events, name):
    """Return the times of an activity by customer, sorted."""
    return events.filter(pl.col("name") == name).sort("customer", "time")


def test_a_customer_is_called_about_all_that_is_overdue(distributor):
    """Ten customers with several overdue invoices each: one call a customer every two weeks."""
    _, events = called(distributor, {"customers.count": 10, "collections.promise_share": 0})
    calls = times(events, v.CALL_CUSTOMER)
    gaps = calls.select(pl.col("time").diff().over("customer")).to_series().drop_nulls()
    assert calls.height > 60
    assert gaps.min() >= dt.timedelta(days=14)
    # The next call is on the next working day after the two weeks.
    assert gaps.max() < dt.timedelta(days=17)
    overdue = events.filter(pl.col("name") == v.CREATE_INVOICE)
    assert overdue.height > 5 * calls.height


def test_a_kept_promise_pays_all_that_was_overdue(distributor):
    """Also invoices whose own processes had other plans: three days later it is all sent."""
    changes = {"customers.count": 20, "collections.promise_share": 1}
    _, events = called(distributor, {**changes, "collections.promise_kept_share": 1})
    calls = times(events, v.CALL_CUSTOMER).select("customer", pl.col("time").alias("called"))
    spans = events.group_by("case", "customer").agg(
        pl.col("due").first(),
        pl.col("time").filter(pl.col("name") == v.CLEAR_INVOICE).first().alias("paid"),
        pl.col("time").filter(pl.col("name") == v.SEND_INVOICE).first().alias("sent"),
    )
    pairs = spans.join(calls, on="customer").filter(
        (pl.col("due") < pl.col("called").dt.date())
        & (pl.col("sent") < pl.col("called"))
        & (pl.col("paid").is_null() | (pl.col("paid") > pl.col("called")))
        & (pl.col("called") < pl.col("called").max() - pl.duration(days=10))
    )
    assert pairs.height > 100
    # Three days, then the next bank statement: over a weekend that is three days more.
    assert pairs["paid"].null_count() == 0
    assert (pairs["paid"] - pairs["called"]).max() < dt.timedelta(days=7)


@pytest.mark.parametrize(("promise_share", "kept_share"), [(0.4, 0.7), (0.8, 0.25)])
def test_the_shares_of_promises_are_in_the_log(distributor, promise_share, kept_share):
    """Within three standard errors; nothing of a promise is known before its day is past."""
    run, events = called(
        distributor,
        {
            "collections.promise_share": promise_share,
            "collections.promise_kept_share": kept_share,
            "collections.broken_recall_days": 1,
        },
    )
    last = run.log.events["time"].max() - dt.timedelta(days=8)
    calls = times(events, v.CALL_CUSTOMER)
    promises = times(events, v.RECORD_PROMISE).filter(pl.col("time") < last)
    broken = times(events, v.BREAK_PROMISE)
    made = times(events, v.RECORD_PROMISE).select("case", pl.col("time").alias("promised"))
    matched = (
        broken.sort("time")
        .join_asof(
            made.sort("promised"),
            left_on="time",
            right_on="promised",
            by="case",
            check_sortedness=False,
        )
        .filter(pl.col("promised") < last)
    )
    days = (matched["time"] - matched["promised"]).unique()
    assert days.to_list() == [dt.timedelta(days=3)]
    share = times(events, v.RECORD_PROMISE).height / calls.height
    error = 3 * (promise_share * (1 - promise_share) / calls.height) ** 0.5
    # Who pays between two calls makes no promise in the second: a few of many.
    assert share == pytest.approx(promise_share, abs=error + 0.02)
    kept = 1 - matched.height / promises.height
    error = 3 * (kept_share * (1 - kept_share) / promises.height) ** 0.5
    assert kept == pytest.approx(kept_share, abs=error)


def test_who_refuses_to_pay_does_not_promise_it(distributor):
    """A deduction is rejected and the customer does not pay it: many calls, and no promise."""
    _, events = called(
        distributor,
        {
            "customers.lateness_effect_days": 0,
            "customers.short_payment_share": 1,
            "customers.short_payment_fraction": 0.1,
            "disputes.investigation_days": 5,
            "disputes.credited_share": 0,
            "disputes.reasons": {"deduction": {"rejected_paid_share": 0}},
            "collections.call_after_days": 20,
            "collections.promise_share": 1,
        },
    )
    refused = events.filter(pl.col("name") == v.RESOLVE_DISPUTE)
    later = events.join(refused.select("case", pl.col("time").alias("refused")), on="case")
    later = later.filter(pl.col("time") > pl.col("refused"))
    assert later.filter(pl.col("name") == v.CALL_CUSTOMER).height > 100
    assert later.filter(pl.col("name") == v.RECORD_PROMISE).is_empty()


def test_a_broken_promise_brings_the_next_call_forward(distributor):
    """Promised in 3 days, recalled 1 day after: the next working day, not after two weeks."""
    never = {"collections.promise_share": 1, "collections.promise_kept_share": 0}
    gaps = {}
    for days in (1, None):
        _, events = called(
            distributor,
            {**never, "customers.count": 10, "collections.broken_recall_days": days},
            days=90,
        )
        calls = times(events, v.CALL_CUSTOMER)
        gap = calls.select(pl.col("time").diff().over("customer")).to_series().drop_nulls()
        gaps[days] = (gap.min(), gap.max())
    assert gaps[1][0] >= dt.timedelta(days=4)
    assert gaps[1][1] < dt.timedelta(days=7)
    assert gaps[None][0] >= dt.timedelta(days=14)


def test_who_breaks_promises_gets_nothing_while_overdue(distributor):
    """The feedback loop: orders are held because of collections, and only then."""
    never = {"collections.promise_share": 1, "collections.promise_kept_share": 0}
    holds = []
    for limit in (0, 3, 1):
        run, _ = called(
            distributor,
            {**never, "customers.count": 10, "collections.hold_after_broken_promises": limit},
            days=90,
        )
        held = run.log.events.filter(activity_name == v.SET_CREDIT_BLOCK)
        broken = run.log.events.filter(activity_name == v.BREAK_PROMISE)
        assert held.is_empty() or held["time"].min() > broken["time"].min()
        holds.append(held.height)
    assert holds[0] == 0 < holds[1] < holds[2]


def test_a_call_that_nobody_needs_any_more_passes_to_the_next_invoice(distributor):
    """One slow collector: who pays while waiting is not called about that, but about the rest."""
    run, events = called(
        distributor,
        {
            "customers.lateness_effect_days": 9,
            "customers.count": 15,
            "collections.promise_share": 0,
            "collections.touch_minutes": 200,
            "staff.collections.headcount": 1,
        },
        days=100,
    )
    starts = run.log.events.select("event", "start")
    calls = times(events, v.CALL_CUSTOMER).join(starts, on="event")
    cleared = times(events, v.CLEAR_INVOICE).select("case", pl.col("time").alias("cleared"))
    assert calls.height > 50
    late = calls.join(cleared, on="case").filter(pl.col("cleared") <= pl.col("start"))
    assert late.is_empty()
    assert total(run, v.WRITE_OFF_INVOICE) == 0


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("collections.promise_grace_days", -1),
        ("collections.broken_recall_days", -1),
        ("collections.hold_after_broken_promises", -1),
        ("dunning.minimum_value", -1),
    ],
)
def test_bad_values_are_refused(distributor, path, value):
    """With the path that is to be mended."""
    with pytest.raises(ModelError, match=path.rpartition(".")[2]):
        override(distributor, {path: value}, "test")


def test_small_amounts_are_not_reminded(distributor):
    """An invoice below the minimum gets no notice, and the others get theirs."""
    changes = {
        "dunning.levels": [{"overdue_days": 7, "hazard_ratio": 1}],
        "collections.call_after_days": 900,
    }
    _, events = called(distributor, {**changes, "dunning.minimum_value": 5_000})
    first = events.filter(pl.col("name") == v.SEND_DUNNING_LEVEL_1)
    old = events.filter(
        (pl.col("name") == v.CREATE_INVOICE)
        & (pl.col("billed") >= 500_000)
        & (pl.col("time") < pl.col("time").max() - pl.duration(days=20))
    )
    assert first["billed"].min() >= 500_000
    assert set(old["case"]) <= set(first["case"])
