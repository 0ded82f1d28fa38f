"""Disputes: causes, reasons and owners, deductions, and what comes of each, to the cent."""

import datetime as dt

import polars as pl
import pytest
from by_invoice import by_invoice, total
from ideal import ideal
from run_checks import activity_name, everything

from o2c_sim import ModelError, Window, override, simulate
from o2c_sim import vocabulary as v

QUICK = {
    "disputes.notice_days": 2,
    "disputes.investigation_days": 5,
    "disputes.touch_minutes": 30,
    "disputes.settle_days": 3,
    "disputes.credited_share": 1,
    "disputes.credited_fraction": 0.25,
}
DEDUCT = {
    "customers.short_payment_share": 1,
    "customers.short_payment_fraction": 0.1,
    "customers.payment_terms_days": 14,
    "customers.rest_days": 7,
}


def disputed(distributor, changes, days=120):
    """Return a run of an ideal company whose customers object, and its events by invoice."""
    model = ideal(distributor, {**QUICK, **changes})
    run = simulate(model, window=Window(0, days, 0))
    assert everything(run, model) == []
    return run, by_invoice(run)


def old(events, days=70):
    """Return the invoices of the first days, whose ends are in the log."""
    created = events.filter(pl.col("name") == v.CREATE_INVOICE)
    early = created["time"].min() + dt.timedelta(days=days)
    return created.filter(pl.col("time") < early)["case"]


def owners(run):
    """Return the roles that decide disputes."""
    decided = run.log.events.filter(activity_name == v.RESOLVE_DISPUTE)
    return set(decided["role"].cast(pl.String).drop_nulls())


def test_damage_is_contested_by_those_who_have_it(distributor):
    """Half of the deliveries arrive damaged: their invoices are disputed, a quarter credited."""
    run, events = disputed(
        distributor,
        {
            "fulfilment.damage_share": 0.5,
            "disputes.cause_share": 1,
            "disputes.reasons": {"damage": {"owner": "warehouse"}},
        },
    )
    mine = events.filter(pl.col("case").is_in(old(events).implode()))
    opened = mine.filter(pl.col("name") == v.OPEN_DISPUTE)
    memos = mine.filter(pl.col("name") == v.CREATE_CREDIT_MEMO)
    invoices = mine["case"].n_unique()
    assert opened.height == pytest.approx(invoices / 2, abs=3 * (invoices / 4) ** 0.5)
    assert set(opened["case"]) == set(memos["case"])
    # Half a cent up or down.
    assert (memos["cents"] - memos["billed"] * 0.25).abs().max() <= 0.5
    assert owners(run) == {"Warehouse"}
    sent = mine.filter(pl.col("name") == v.SEND_INVOICE).select(
        "case", pl.col("time").alias("sent")
    )
    waits = opened.join(sent, on="case")
    assert (waits["time"] - waits["sent"]).unique().to_list() == [dt.timedelta(days=2)]


def test_without_damage_or_objection_nobody_disputes(distributor):
    """The cause is what matters: none damaged, or nobody says so, and there is no dispute."""
    for changes in (
        {"fulfilment.damage_share": 0, "disputes.cause_share": 1},
        {"fulfilment.damage_share": 0.5, "disputes.cause_share": 0},
    ):
        run, _ = disputed(distributor, changes, days=60)
        assert run.log.events.filter(activity_name == v.OPEN_DISPUTE).is_empty()


def test_errors_of_entry_that_customers_find_become_disputes(distributor):
    """A third of the orders has an error, which customers find on the invoice."""
    _, events = disputed(
        distributor,
        {
            "capture.automatic_error_share": 1 / 3,
            "capture.error_found_shares": {"customer": 1},
            "disputes.cause_share": 1,
        },
    )
    mine = events.filter(pl.col("case").is_in(old(events).implode()))
    invoices = mine["case"].n_unique()
    opened = mine.filter(pl.col("name") == v.OPEN_DISPUTE).height
    assert opened == pytest.approx(invoices / 3, abs=3 * (invoices * 2 / 9) ** 0.5)


def test_a_wrong_invoice_is_made_anew_and_due_from_then(distributor):
    """Cancelled whole, made anew for the same amount, paid once; its terms start again."""
    run, events = disputed(
        distributor,
        {
            "billing.error_share": 1,
            "billing.error_found_share": 0,
            "disputes.cause_share": 1,
            "disputes.reissue_share": 1,
            "disputes.reasons": {"invoice": {"owner": "billing"}},
        },
        days=150,
    )
    cancelled = events.filter(pl.col("name") == v.CANCEL_INVOICE)
    assert cancelled.height > 100
    assert (cancelled["cents"] == cancelled["billed"]).all()
    assert owners(run) == {"Biller"}
    assert total(run, v.CREATE_CREDIT_MEMO) == 0
    cleared = events.filter(pl.col("name") == v.CLEAR_INVOICE)
    assert not set(cleared["case"]) & set(cancelled["case"])
    # Of the first weeks, what was invoiced and not cancelled is what was paid.
    assert cleared["cents"].sum() == cleared["billed"].sum()
    lateness = cleared["time"].dt.date() - cleared["issued"]
    assert lateness.min() >= dt.timedelta(days=30)


def test_without_reissue_a_wrong_invoice_is_credited(distributor):
    """No cancellation; a credit memo instead."""
    run, events = disputed(
        distributor,
        {
            "billing.error_share": 1,
            "billing.error_found_share": 0,
            "disputes.cause_share": 1,
            "disputes.reissue_share": 0,
        },
    )
    assert total(run, v.CANCEL_INVOICE) == 0
    memos = events.filter(pl.col("name") == v.CREATE_CREDIT_MEMO)
    assert memos.height > 100
    assert (memos["cents"] - memos["billed"] * 0.25).abs().max() <= 0.5


@pytest.mark.parametrize(
    ("reasons", "titles"),
    [
        ({}, {"Dispute analyst"}),
        ({"price": {"share": 1, "owner": "order_desk"}}, {"Order desk"}),
        (
            {"quantity": {"share": 0.5, "owner": "warehouse"}},
            {"Warehouse", "Dispute analyst"},
        ),
    ],
)
def test_each_reason_has_its_owner(distributor, reasons, titles):
    """Disputes without a cause are split by share; the rest has no particular reason."""
    run, _ = disputed(distributor, {"disputes.share": 0.9, "disputes.reasons": reasons}, days=60)
    assert owners(run) == titles


def test_a_dispute_stops_dunning(distributor):
    """Decided after 40 days and paid 3 days later, six weeks late, with no reminder meanwhile."""
    long = {
        "disputes.share": 0.95,
        "disputes.investigation_days": 40,
        "customers.payment_terms_days": 5,
        "customers.lateness_effect_days": 10,
        "dunning.levels": [{"overdue_days": 7, "hazard_ratio": 1}],
    }
    _, events = disputed(distributor, long, days=90)
    spans = events.group_by("case").agg(
        pl.col("time").filter(pl.col("name") == v.OPEN_DISPUTE).first().alias("opened"),
        pl.col("time").filter(pl.col("name") == v.RESOLVE_DISPUTE).first().alias("settled"),
        pl.col("time").filter(pl.col("name") == v.SEND_DUNNING_LEVEL_1).first().alias("notice"),
    )
    contested = spans.drop_nulls(["opened", "settled"])
    assert contested.height > 50
    within = contested.filter(pl.col("notice").is_between("opened", "settled"))
    assert within.is_empty()
    # The same invoices without a dispute are reminded before they are paid.
    _, quiet = disputed(distributor, {**long, "disputes.share": 0}, days=90)
    assert quiet.filter(pl.col("name") == v.SEND_DUNNING_LEVEL_1).height > 50


def test_a_justified_deduction_is_credited_whole(distributor):
    """A tenth is deducted and credited: nothing is left, and nothing more is paid."""
    run, events = disputed(
        distributor,
        {**DEDUCT, "disputes.reasons": {"deduction": {"credited_fraction": 1}}},
    )
    mine = events.filter(pl.col("case").is_in(old(events).implode()))
    flows = mine.group_by("case").agg(
        pl.col("billed").first(),
        pl.col("cents").filter(pl.col("name") == v.APPLY_PAYMENT).sum().alias("paid"),
        pl.col("cents").filter(pl.col("name") == v.CREATE_CREDIT_MEMO).sum().alias("credited"),
    )
    assert (flows["paid"] + flows["credited"]).to_list() == flows["billed"].to_list()
    assert (flows["credited"] - flows["billed"] * 0.1).abs().max() <= 0.5
    assert total(run, v.CLEAR_INVOICE) == 0


def test_small_deductions_are_credited_without_a_person(distributor):
    """At once, up to the limit; above it an analyst decides."""
    run, events = disputed(distributor, {**DEDUCT, "disputes.automatic_credit_value": 300}, days=60)
    opened = events.filter(pl.col("name") == v.OPEN_DISPUTE).select(
        "case", "billed", pl.col("time").alias("opened")
    )
    decided = events.filter(pl.col("name") == v.RESOLVE_DISPUTE).join(
        run.log.events.select("event", "automated"), on="event"
    )
    both = opened.join(decided.select("case", "time", "automated"), on="case")
    assert set(both.filter("automated")["billed"] <= 300_500) == {True}
    assert (both.filter("automated")["time"] == both.filter("automated")["opened"]).all()
    assert (both.filter(~pl.col("automated"))["billed"] >= 299_500).all()
    assert both["automated"].n_unique() == 2


def test_a_rejected_deduction_is_repaid_or_lost(distributor):
    """Rejected by all: paid back by a share, in full; what is not is written off by age."""
    changes = {
        **DEDUCT,
        "disputes.credited_share": 0,
        "disputes.reasons": {"deduction": {"rejected_paid_share": 0.7}},
        "write_off.after_days": 60,
    }
    _, events = disputed(distributor, changes, days=200)
    mine = events.filter(pl.col("case").is_in(old(events).implode()))
    cleared = mine.filter(pl.col("name") == v.CLEAR_INVOICE)
    lost = mine.filter(pl.col("name") == v.WRITE_OFF_INVOICE)
    invoices = mine["case"].n_unique()
    assert cleared.height + lost.height == invoices
    assert cleared.height / invoices == pytest.approx(0.7, abs=3 * (0.21 / invoices) ** 0.5)
    assert (lost["cents"] - lost["billed"] * 0.1).abs().max() <= 0.5


def test_a_customer_heavy_on_deductions(distributor):
    """Consumer goods: deductions of 5 to 20 % of the revenue can be told."""
    run, _ = disputed(
        distributor,
        {
            **DEDUCT,
            "customers.short_payment_share": 0.9,
            "customers.short_payment_fraction": {
                "distribution": "uniform",
                "low": 0.05,
                "high": 0.25,
            },
            "disputes.reasons": {"deduction": {"credited_share": 0.92, "credited_fraction": 1}},
        },
    )
    credited = total(run, v.CREATE_CREDIT_MEMO) / total(run, v.CREATE_INVOICE)
    assert 0.05 < credited < 0.2


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        ({"damage": {"share": 0.5}}, "damage"),
        ({"price": {"share": 0.6}, "other": {"share": 0.6}}, "more than 1"),
        ({"price": {"owner": "nobody"}}, "order_desk"),
        ({"price": {"investigation_days": -5}}, "floor of 0"),
        ({"price": {"investigation_days": 1e12}}, "longer than a century"),
        ({"price": {"touch_minutes": -5}}, "floor of 0"),
        ({"deduction": {"credited_fraction": 1.5}}, "from 0 to 1"),
        ({"colour": {}}, "price"),
    ],
)
def test_bad_reasons_are_refused(distributor, reasons, said):
    """With what is allowed."""
    with pytest.raises(ModelError, match=said):
        override(distributor, {"disputes.reasons": reasons}, "test")
