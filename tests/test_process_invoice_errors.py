"""Wrong invoices: found by the company or disputed, cancelled and made anew."""

import polars as pl
import pytest
from billing_runs import SHORT, happened, times_by
from by_invoice import by_invoice, total
from ideal import ideal
from run_checks import everything

from o2c_sim import Window, simulate
from o2c_sim import vocabulary as v
from o2c_sim.ledger import LedgerError
from o2c_sim.process import billing, open_items, returns
from o2c_sim.process.cycle import found
from o2c_sim.process.order import Delivery, Order, Part

# Errors.


def test_an_error_that_the_company_finds_costs_a_cancellation_and_no_cash(distributor):
    """All invoices wrong and found: each is cancelled after an hour's work and made anew.

    Made at 10:00, cancelled at 11:00; the new one is due 30 days from that day and the only one
    that is sent and paid. The ledger has revenue for one of the two.
    """
    changes = {
        "billing.error_share": 1,
        "billing.error_found_share": 1,
        "billing.correction_touch_minutes": 60,
    }
    model = ideal(distributor, changes)
    run = simulate(model, window=SHORT)
    assert everything(run, model) == []
    replaced = run.log.object_relations.filter(
        pl.col("qualifier").cast(pl.String) == "replaces"
    ).select(pl.col("source").alias("new"), pl.col("target").alias("case"))
    rows = by_invoice(run)
    spans = times_by(run, v.INVOICE, v.CREATE_INVOICE, v.CANCEL_INVOICE, v.SEND_INVOICE)
    old = spans.join(replaced, on="case").join(
        spans.select(pl.col("case").alias("new"), pl.col(v.CREATE_INVOICE).alias("anew")), on="new"
    )
    assert old.height == happened(run, v.CANCEL_INVOICE) > 200
    assert old[v.SEND_INVOICE].null_count() == old.height
    assert set((old[v.CANCEL_INVOICE] - old[v.CREATE_INVOICE]).dt.total_minutes()) == {60}
    assert (old[v.CANCEL_INVOICE] == old["anew"]).all()
    paid = rows.filter(pl.col("name") == v.CLEAR_INVOICE)
    assert paid.height > 100
    assert paid["case"].is_in(replaced["new"].implode()).all()
    assert set((rows["due"] - rows["issued"]).dt.total_days()) == {30}
    made = rows.filter(pl.col("name") == v.CREATE_INVOICE).join(
        replaced, left_on="case", right_on="new"
    )
    # The last ones may still be with the biller.
    waiting = rows.filter(pl.col("name") == v.CREATE_INVOICE).filter(
        ~pl.col("case").is_in(old["case"].implode()), ~pl.col("case").is_in(made["case"].implode())
    )
    net = total(run, v.CREATE_INVOICE) - total(run, v.CANCEL_INVOICE)
    assert net == made["cents"].sum() + waiting["cents"].sum()


def test_what_the_company_does_not_find_stays_wrong(distributor):
    """None found: nothing is cancelled before sending, every first invoice is marked."""
    changes = {"billing.error_share": 1, "billing.error_found_share": 0}
    company = found(ideal(distributor, changes), 1, 0)
    invoice = an_invoice(company)
    assert invoice.wrong
    assert not billing.reissue(company, invoice).wrong


# Invoices made anew.


def an_invoice(company, value_minor=10_000):
    """Return the invoice for a delivery of the first customer's first order."""
    order = Order(0, company.customers[0], 0, 0, [0], [1], [value_minor], value_minor)
    company.documents.new_order()
    order.customer.exposure_minor += value_minor
    parts = [Part(order, [0])]
    number = company.documents.new_delivery(parts, 0.0)
    delivery = Delivery(number, order.customer, parts, (0, 0))
    invoice = billing.create_invoice(company, [delivery])
    assert delivery.invoice is invoice
    return invoice


@pytest.fixture
def company(distributor):
    """Return a company on its first day."""
    return found(ideal(distributor), 1, 0)


def test_an_invoice_made_anew_asks_for_the_same_from_today(company):
    """Ten days later: same customer, deliveries and amount, due ten days later; exposure stays."""
    old = an_invoice(company)
    customer = old.customer
    assert customer.exposure_minor == 10_000
    assert customer.open_minor_by_due_day == {30: 10_000}
    company.env.run(until=company.clock.midnight(10))
    assert billing.can_be_reissued(company, old)
    new = billing.reissue(company, old)
    assert billing.standing(old) is new is billing.standing(new)
    assert (old.open_minor, new.open_minor, new.due_day) == (0, 10_000, 40)
    assert company.ledger.open_minor(old.number) == 0
    assert company.ledger.open_total_minor == 10_000
    assert customer.exposure_minor == 10_000
    assert customer.open_minor_by_due_day == {40: 10_000}
    assert list(customer.open_invoices) == [new.number]
    assert company.documents.deliveries_of(new.number) == company.documents.deliveries_of(0) == [0]
    assert old.luck != new.luck


def test_what_was_credited_is_not_billed_again(company):
    """30.00 of 100.00 credited: the new invoice asks for 70.00."""
    old = an_invoice(company)
    company.ledger.credit(0.0, old.number, 3_000)
    open_items.reduce(old, 3_000)
    assert billing.reissue(company, old).amount_minor == 7_000
    assert old.customer.exposure_minor == 7_000


def test_an_invoice_that_is_paid_in_part_cannot_be_made_anew(company):
    """Nor one whose payment is on its way."""
    old = an_invoice(company)
    old.in_transit = True
    assert not billing.can_be_reissued(company, old)
    old.in_transit = False
    company.ledger.receive_cash(0.0, 0, 1_000)
    company.ledger.apply_cash(0.0, 0, old.number, 1_000)
    open_items.reduce(old, 1_000)
    assert not billing.can_be_reissued(company, old)
    with pytest.raises(LedgerError):
        billing.reissue(company, old)


def test_what_is_made_anew_in_a_dispute_is_sent_and_paid(distributor):
    """Every first invoice is wrong and its dispute ends with a new one, due from that day.

    The new one goes its own way: it is sent on the day it is made, and cleared; no old one is.
    """
    changes = {
        "billing.error_share": 1,
        "disputes.cause_share": 1,
        "disputes.reissue_share": 1,
        "disputes.notice_days": 3,
        "disputes.investigation_days": 2,
    }
    model = ideal(distributor, changes)
    run = simulate(model, window=Window(0, 120, 0))
    assert everything(run, model) == []
    relations = run.log.object_relations.filter(pl.col("qualifier").cast(pl.String) == "replaces")
    rows = by_invoice(run).join(
        relations.select(pl.col("source").alias("case"), pl.lit(True).alias("new")),
        on="case",
        how="left",
    )
    assert relations.height > 300
    cleared = rows.filter(pl.col("name") == v.CLEAR_INVOICE)
    assert cleared.height > 300
    assert cleared["new"].null_count() == 0
    sent = rows.filter((pl.col("name") == v.SEND_INVOICE) & pl.col("new"))
    assert sent.height == relations.height
    assert (sent["time"].dt.date() == sent["issued"]).all()
    assert set((rows["due"] - rows["issued"]).dt.total_days()) == {30}


@pytest.mark.parametrize("tax", [0, 0.07, 0.19])
def test_an_invoice_made_anew_has_the_same_tax(distributor, tax):
    """Whatever the rounding: the new invoice is the old one, to the cent, net and tax."""
    company = found(ideal(distributor, {"billing.tax_share": tax}), 1, 0)
    amounts = (1, 3, 50, 333, 10_001, 99_999)
    for value in amounts:
        old = an_invoice(company, value)
        assert billing.reissue(company, old).amount_minor == old.amount_minor
    balances = company.ledger.balances()
    assert -balances["revenue"] == sum(amounts)
    assert -balances["tax_payable"] == sum(round(value * tax) for value in amounts)


# Errors that the company finds itself, and what happens meanwhile.


def test_what_is_credited_before_its_correction_is_not_made_anew(distributor):
    """Returned goods are credited in full while the biller is busy: nothing is left to cancel."""
    company = found(ideal(distributor, {"billing.correction_touch_minutes": 60}), 1, 0)
    invoice = an_invoice(company)
    corrected = []

    def correct():
        corrected.append((yield from billing.correct(company, invoice)))

    company.start(correct())
    returns.credit(company, invoice, invoice.amount_minor, invoice.luck)
    company.env.run(until=company.clock.midnight(2))
    assert corrected == [invoice]
    assert company.ledger.open_total_minor == 0


def test_damage_is_contested_on_the_invoice_made_anew(distributor):
    """All goods arrive damaged and all invoices are wrong, found and made anew: all contested."""
    changes = {
        "billing.error_share": 1,
        "billing.error_found_share": 1,
        "fulfilment.damage_share": 1,
        "disputes.cause_share": 1,
        "disputes.notice_days": 1,
    }
    run = simulate(ideal(distributor, changes), window=SHORT)
    assert happened(run, v.CANCEL_INVOICE) > 100
    assert happened(run, v.OPEN_DISPUTE) > 0.8 * happened(run, v.CANCEL_INVOICE)


# All at once.


@pytest.mark.parametrize("trigger", ["goods_issue", "proof_of_delivery"])
def test_the_books_agree_whatever_goes_wrong(distributor, trigger):
    """Blocks, errors, rejections, collective invoices, prepayment and tax together."""
    changes = {
        "customers.weekly_invoice_share": 0.3,
        "customers.monthly_invoice_share": 0.3,
        "customers.collective_invoice_share": 0.5,
        "customers.prepayment_share": 0.2,
        "customers.bundling_share": 0.5,
        "customers.invoice_channel_shares": {"paper": 0.3, "portal": 0.3, "e_invoice": 0.4},
        "customers.insolvencies_per_year": 0.5,
        "disputes.share": 0.2,
        "fulfilment.carrier_days": 2,
        "billing.trigger": trigger,
        "billing.tax_share": 0.19,
        "billing.block_share": 0.2,
        "billing.block_days": 3,
        "billing.error_share": 0.5,
        "billing.error_found_share": 0.5,
        "billing.correction_touch_minutes": 30,
        "billing.rejection_share": 0.3,
        "billing.rejection_days": 2,
    }
    model = ideal(distributor, changes)
    run = simulate(model, window=Window(0, 120, 0))
    assert everything(run, model) == []
    for name in (v.SET_BILLING_BLOCK, v.CANCEL_INVOICE, v.REJECT_INVOICE):
        assert happened(run, name) > 50
