"""The stages of the cycle: what is done at each, and what may be put in its place.

The cycle (:mod:`o2c_sim.process.cycle`, :mod:`o2c_sim.process.receivable`) calls every stage by
its field here, so a stage with another function changes the company without a change of the
toolkit.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from o2c_sim.process import (
    allocation,
    billing,
    capture,
    cash_application,
    collections,
    credit,
    disputes,
    dunning,
    fulfilment,
    invoice_delivery,
    payment,
    prepayment,
    quotation,
    receivable,
    remittance,
    write_off,
)

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.invoice import Invoice, Payment
    from o2c_sim.process.order import Delivery, Order

OrderStage = Callable[["Company", "Order"], Generator[Any, Any, None]]
OrderGate = Callable[["Company", "Order"], Generator[Any, Any, bool]]
OrderStep = Callable[["Company", "Order"], None]
InvoiceStage = Callable[["Company", "Invoice"], Generator[Any, Any, None]]
InvoiceStep = Callable[["Company", "Invoice"], None]


@dataclass(frozen=True, slots=True)
class Stages:
    """One function per stage; the toolkit's own unless another one is given.

    A function that takes time is a generator function: it yields times and events to wait for.
    The others act at once.

    Attributes
    ----------
    quote
        Makes a quotation and waits; returns whether an order comes of it.
    enter
        Enters a new order.
    clarify
        Clears up what is wrong with it.
    check_credit
        Checks its credit; returns whether it may go on. One that may not is cancelled here.
    confirm
        Allocates and confirms it, at once.
    obtain_prepayment
        Waits for the money of a customer that pays in advance.
    next_delivery
        Waits for the next delivery of its open lines and returns it; None if none is left.
    ship
        Takes a delivery from its creation to goods issue.
    bill
        Bills a delivery; returns the invoice to be sent, None if another process sends it.
    send_invoice
        Gets an invoice to the customer.
    plan_payment
        Settles, as the invoice arrives, when the customer means to pay (``payment.pay_at``).
    foresee_dispute
        Settles whether and when the customer objects (``invoice.dispute_at``).
    follow
        Follows an invoice from its arrival to its end.
    send_payment
        Sends the payment of an invoice now; returns it, and when the bank statement shows it.
    apply_payment
        Applies a payment on the statement to its invoices; the invoice that led to it comes too.
    settle_dispute
        Takes a dispute from the objection to the decision.
    schedule_notice
        Puts an invoice into the run of its next reminder (``invoice.dunning_at``).
    remind
        Sends the reminder that is due.
    schedule_call
        Puts an invoice on the collectors' worklist (``invoice.call_at``).
    call
        Waits for a collector and calls; returns other invoices whose plans have changed.
    schedule_write_off
        Puts an invoice into the run that gives it up (``invoice.gives_up_at``).
    write_off
        Gives up what is open on an invoice.
    """

    quote: OrderGate = quotation.win
    enter: OrderStage = capture.enter
    clarify: OrderStage = capture.clarify
    check_credit: OrderGate = credit.check
    confirm: OrderStep = allocation.confirm
    obtain_prepayment: OrderStage = prepayment.obtain
    next_delivery: Callable[[Company, Order], Generator[Any, Any, Delivery | None]] = (
        fulfilment.next_delivery
    )
    ship: Callable[[Company, Delivery], Generator[Any, Any, None]] = fulfilment.ship
    bill: Callable[[Company, Delivery], Generator[Any, Any, Invoice | None]] = billing.bill
    send_invoice: InvoiceStage = invoice_delivery.send
    plan_payment: InvoiceStep = payment.plan
    foresee_dispute: InvoiceStep = disputes.foresee
    follow: InvoiceStage = receivable.follow
    send_payment: Callable[[Company, Invoice], tuple[Payment, float]] = remittance.send
    apply_payment: Callable[[Company, Payment, Invoice], Generator[Any, Any, None]] = (
        cash_application.apply
    )
    settle_dispute: InvoiceStage = disputes.settle
    schedule_notice: InvoiceStep = dunning.schedule_notice
    remind: InvoiceStep = dunning.remind
    schedule_call: InvoiceStep = collections.schedule_call
    call: Callable[[Company, Invoice], Generator[Any, Any, list[Invoice]]] = collections.call
    schedule_write_off: InvoiceStep = write_off.schedule
    write_off: InvoiceStep = write_off.write_off


# Compiled, a generator function cannot be told from another one.
STAGES_THAT_TAKE_TIME = frozenset(
    {
        "quote",
        "enter",
        "clarify",
        "check_credit",
        "obtain_prepayment",
        "next_delivery",
        "ship",
        "bill",
        "send_invoice",
        "follow",
        "apply_payment",
        "settle_dispute",
        "call",
    }
)
