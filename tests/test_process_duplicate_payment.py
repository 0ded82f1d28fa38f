"""Payments sent twice by mistake: what they pay, and what goes back."""

import polars as pl
import pytest
from by_invoice import by_invoice, total
from ideal import ideal
from run_checks import activity_name, everything

from o2c_sim import Window, simulate
from o2c_sim import vocabulary as v


def settled(distributor, changes):
    """Return a run of the ideal company with some changes, and its events by invoice."""
    model = ideal(distributor, changes)
    run = simulate(model, window=Window(0, 120, 0))
    assert everything(run, model) == []
    return run, by_invoice(run)


def test_a_payment_sent_twice_is_refunded(distributor):
    """The second one stays on account until it goes back; no invoice is settled twice."""
    run, _ = settled(
        distributor,
        {
            "customers.duplicate_payment_share": 1,
            "customers.duplicate_payment_days": 3,
            "cash_application.research_wait_days": 1,
            "cash_application.refund_days": 5,
        },
    )
    refunds = run.log.events.filter(activity_name == v.REFUND_CUSTOMER)
    assert refunds.height > 300
    refunded, received = total(run, v.REFUND_CUSTOMER), total(run, v.RECEIVE_PAYMENT)
    assert run.receivables["closing_unapplied_minor"][-1] > 0
    assert (
        received - total(run, v.CLEAR_INVOICE) - refunded
        == (run.receivables["closing_unapplied_minor"][-1])
    )


def test_a_part_sent_twice_pays_the_rest(distributor):
    """Seven tenths twice: three clear the invoice, four go back, and no third payment comes."""
    run, events = settled(
        distributor,
        {
            "customers.partial_payment_share": 1,
            "customers.partial_payment_fraction": 0.7,
            "customers.rest_days": 20,
            "customers.duplicate_payment_share": 1,
            "customers.duplicate_payment_days": 3,
            "cash_application.research_wait_days": 1,
            "cash_application.refund_days": 0,
        },
    )
    sums = events.group_by("case", "billed").agg(
        pl.col("cents").filter(pl.col("name") == name).sum().alias(name)
        for name in (v.APPLY_PAYMENT, v.CLEAR_INVOICE)
    )
    cleared = sums.filter(pl.col(v.CLEAR_INVOICE) > 0)
    assert cleared.height > 300
    for name, share in ((v.APPLY_PAYMENT, 0.7), (v.CLEAR_INVOICE, 0.3)):
        assert (cleared[name] - cleared["billed"] * share).abs().max() <= 1, name
    received = events.filter(pl.col("name") == v.RECEIVE_PAYMENT).group_by("case").len()
    assert set(received.join(cleared, on="case", how="semi")["len"]) == {2}
    assert total(run, v.REFUND_CUSTOMER) == pytest.approx(0.4 * cleared["billed"].sum(), rel=0.02)


def test_a_deduction_in_dispute_is_not_paid_with_a_duplicate(distributor):
    """Nine tenths twice, and the tenth is contested: the second payment goes back whole."""
    run, events = settled(
        distributor,
        {
            "customers.short_payment_share": 1,
            "customers.short_payment_fraction": 0.1,
            "customers.duplicate_payment_share": 1,
            "customers.duplicate_payment_days": 3,
            "cash_application.research_wait_days": 1,
            "cash_application.refund_days": 0,
            "disputes.investigation_days": 30,
        },
    )
    refunds = run.log.events.filter(activity_name == v.REFUND_CUSTOMER)
    assert refunds.height > 300
    in_dispute = events.filter(pl.col("name") == v.APPLY_PAYMENT)
    assert in_dispute["case"].is_unique().all()
    assert (in_dispute["cents"] - in_dispute["billed"] * 0.9).abs().max() <= 1
