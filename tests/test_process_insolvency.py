"""A customer fails: nothing more comes from it, all that it owes is lost, it gets nothing more."""

import datetime as dt

import polars as pl
import pytest
from by_invoice import by_invoice, total
from ideal import ideal
from run_checks import activity_name, everything

from o2c_sim import Window, simulate
from o2c_sim import vocabulary as v
from o2c_sim.engine import Clock, Streams
from o2c_sim.process import insolvency
from o2c_sim.process.cycle import found
from o2c_sim.process.insolvency import insolvency_policy

START = dt.date(2025, 1, 6)


def failures(run):
    """Return when each customer fails: its number in the log, and the time."""
    return (
        run.log.events.filter(activity_name == v.DECLARE_INSOLVENCY)
        .join(run.log.event_objects, on="event")
        .select(pl.col("object").alias("customer"), pl.col("time").alias("failed"))
    )


def customers_of_orders(run):
    """Return the customer of each order, by their numbers in the log."""
    return run.log.object_relations.filter(
        pl.col("qualifier").cast(pl.String) == "placed by"
    ).select(pl.col("source").alias("case"), pl.col("target").alias("customer"))


@pytest.fixture(scope="module")
def failing(distributor):
    """Half of the customers of an ideal company fail within half a year."""
    model = ideal(
        distributor,
        {
            "customers.insolvencies_per_year": 1.4,
            "customers.insolvency_write_off_days": 10,
            "customers.count": 60,
        },
    )
    run = simulate(model, window=Window(0, 180, 0))
    assert everything(run, model) == []
    return run


def test_a_failed_customer_pays_nothing_that_it_has_not_sent(failing):
    """Money is booked up to three days after it is sent; nothing is sent after the failure."""
    failed = failures(failing)
    assert 20 < failed.height < 40
    receipts = (
        failing.log.flatten(v.ORDER)
        .filter(activity_name == v.RECEIVE_PAYMENT)
        .join(customers_of_orders(failing), on="case")
        .join(failed, on="customer")
    )
    late = (receipts["time"] - receipts["failed"]).dt.total_days()
    assert receipts.filter(pl.col("time") < pl.col("failed")).height > 100
    assert late.max() <= 3


def test_all_its_open_invoices_are_given_up_in_one_run(failing):
    """Contagion: due or not, in the first Monday run ten days after the failure."""
    lost = (
        failing.log.flatten(v.ORDER)
        .filter(activity_name == v.WRITE_OFF_INVOICE)
        .join(customers_of_orders(failing), on="case")
        .join(failures(failing), on="customer")
        .with_columns((pl.col("time") - pl.col("failed")).dt.total_days().alias("days"))
    )
    together = lost.filter(pl.col("days").is_between(10, 17))
    assert together.height > 50
    assert (together["time"].dt.weekday() == 1).all()
    per_customer = together.group_by("customer").agg(pl.len(), pl.col("time").n_unique())
    assert per_customer["len"].max() > 5
    assert (per_customer["time"] == 1).all()
    # What was billed only after the failure is given up by age.
    assert lost.filter(pl.col("days") < 10).is_empty()


def test_its_new_orders_are_denied(failing):
    """From the failure on, no order of the customer is confirmed."""
    confirmed = (
        failing.log.flatten(v.ORDER)
        .filter(activity_name.is_in([v.CONFIRM_ORDER, v.DENY_CREDIT]))
        .join(customers_of_orders(failing), on="case")
        .join(failures(failing), on="customer")
        .filter(pl.col("time") > pl.col("failed"))
        .select(activity_name.alias("name"))
    )
    assert set(confirmed["name"]) == {v.DENY_CREDIT}


def test_without_a_hazard_nobody_fails(distributor):
    """And no money is lost."""
    run = simulate(ideal(distributor), window=Window(0, 60, 0))
    assert failures(run).is_empty()
    assert total(run, v.WRITE_OFF_INVOICE) == 0


def test_a_higher_hazard_brings_the_same_failures_forward(distributor):
    """Common random numbers: the order in which customers fail does not change."""
    model = ideal(distributor, {"customers.insolvencies_per_year": 0.5})
    policy = insolvency_policy(model, Streams(1, 0), Clock(START, "UTC"))
    again = insolvency_policy(
        ideal(distributor, {"customers.insolvencies_per_year": 1}),
        Streams(1, 0),
        Clock(START, "UTC"),
    )
    assert policy.waiting_years == again.waiting_years
    # A standard exponential has mean 1: 300 draws have it within three standard errors.
    assert sum(policy.waiting_years) / 300 == pytest.approx(1, abs=3 / 300**0.5)
    assert (policy.per_year, again.per_year) == ((0.5,), (1.0,))


def test_a_disputed_invoice_is_decided_before_it_is_given_up(distributor):
    """Disputed for 60 days: written off only after the decision, though the customer failed."""
    model = ideal(
        distributor,
        {
            "customers.insolvencies_per_year": 3,
            "customers.count": 20,
            "disputes.share": 1,
            "disputes.notice_days": 1,
            "disputes.investigation_days": 60,
            "write_off.after_days": 60,
        },
    )
    run = simulate(model, window=Window(0, 240, 0))
    assert everything(run, model) == []
    events = by_invoice(run)
    ends = events.filter(pl.col("name").is_in([v.RESOLVE_DISPUTE, v.WRITE_OFF_INVOICE]))
    both = ends.group_by("case", maintain_order=True).agg(pl.col("name"))
    given_up = both.filter(pl.col("name").list.contains(v.WRITE_OFF_INVOICE))
    assert given_up.height > 20
    assert (given_up["name"].list.last() == v.WRITE_OFF_INVOICE).all()


def test_nobody_reminds_or_calls_a_customer_that_has_failed(distributor):
    """Nor about what was billed, came back from the bank or was left open after the failure."""
    model = ideal(
        distributor,
        {
            "customers.insolvencies_per_year": 3,
            "customers.insolvency_write_off_days": 120,
            "customers.payment_terms_days": 5,
            "customers.payment_method_shares": {"direct_debit": 0.5, "wire": 0.5},
            "customers.direct_debit_return_share": 0.5,
            "customers.partial_payment_share": 0.5,
            "customers.lateness_effect_days": 20,
            "billing.delivery_days": {"paper": 3, "pdf": 3, "e_invoice": 3},
            "collections.call_after_days": 5,
            "write_off.after_days": 180,
        },
    )
    run = simulate(model, window=Window(0, 240, 0))
    assert everything(run, model) == []
    pursued = (
        run.log.flatten(v.ORDER)
        .filter(activity_name.is_in([v.SEND_DUNNING_LEVEL_1, v.CALL_CUSTOMER]))
        .join(customers_of_orders(run), on="case")
        .join(failures(run), on="customer")
        .with_columns((pl.col("time") - pl.col("failed")).dt.total_days().alias("days"))
    )
    assert pursued.filter(pl.col("days") < 0).height > 50
    # A call that had begun may end after the failure.
    assert pursued.filter(pl.col("days") > 0).is_empty()


def test_only_failures_within_the_run_are_waited_for(distributor):
    """A hazard so low that nobody fails in 60 days starts no process."""
    model = ideal(distributor, {"customers.insolvencies_per_year": 1e-6})
    company = found(model, 1, 0)

    insolvency.foresee(company, company.clock.midnight(60))
    assert company.env.peek() == float("inf")
