"""The documents of the cash side on their way: claim, invoice, payment."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, NamedTuple

from o2c_sim.process.order import Luck

if TYPE_CHECKING:
    from o2c_sim.engine.staff import TaskEnd
    from o2c_sim.process.customers import Customer


class Claim(NamedTuple):
    """What a customer has reason to contest.

    Attributes
    ----------
    reason
        An index in ``REASONS`` (:mod:`o2c_sim.process.disputes`).
    value_minor
        Net value of the goods concerned, minor units.
    known_at
        From when on the customer can know of it, simulation seconds.
    """

    reason: int
    value_minor: int
    known_at: float


class Invoice:
    """One invoice, and what is going to happen to it next.

    Attributes
    ----------
    number
        From 0, in order of creation.
    customer
        Who owes it.
    luck
        Address of its draws.
    amount_minor, open_minor
        What it asks for, and what is still open, minor units.
    due_day
        Day number of the due date.
    terms_days
        Its payment terms: the customer's when it was made.
    sends_at
        When the customer will send its payment, as things stand; infinite if never.
    in_transit
        Whether a payment for it has been sent that is not applied yet.
    followed
        Whether a process looks after it.
    gives_up_at
        The run in which it is written off if it is still open.
    dunning_level
        Notices sent so far.
    dunning_at
        The dunning run in which the next notice is sent if it is still open; infinite if none.
    call_at
        When a collector takes it up if it is still open; infinite if nobody will.
    calls
        Calls made so far.
    takes_discount
        Whether the customer means to take the cash discount off it.
    short_paid
        Whether its first payment was short of a deduction.
    dispute_at
        When the customer will object; infinite if not.
    disputed
        Whether a dispute is under way.
    payments
        How many payments have been sent for it: the turns of the :data:`Luck` of those it leads.
    call_task
        The collector's task while it waits in the queue.
    promised_at
        When the customer's promise about it is looked into; infinite without one.
    claim
        What its customer has reason to contest; None for nearly all invoices.
    reason
        Why the customer will object: an index in ``REASONS`` (:mod:`o2c_sim.process.disputes`).
    disputes
        Disputes so far: the turn of the next one's draws.
    paid_by
        Number of the last payment that was applied to it; -1 before.
    follower
        How many processes have followed it: only the last one still does.
    wakes_at
        When that one looks at it next; minus infinity while it is busy with it.
    wrong
        Whether something on it is wrong.
    replacement
        The invoice that was made in its place when it was cancelled; None otherwise.
    """

    __slots__ = (
        "amount_minor",
        "call_at",
        "call_task",
        "calls",
        "claim",
        "customer",
        "dispute_at",
        "disputed",
        "disputes",
        "due_day",
        "dunning_at",
        "dunning_level",
        "followed",
        "follower",
        "gives_up_at",
        "in_transit",
        "luck",
        "number",
        "open_minor",
        "paid_by",
        "payments",
        "promised_at",
        "reason",
        "replacement",
        "sends_at",
        "short_paid",
        "takes_discount",
        "terms_days",
        "wakes_at",
        "wrong",
    )

    def __init__(
        self, number: int, customer: Customer, luck: Luck, amount_minor: int, due_day: int
    ) -> None:
        self.number = number
        self.customer = customer
        self.luck = luck
        self.amount_minor = amount_minor
        self.open_minor = amount_minor
        self.due_day = due_day
        self.terms_days = customer.terms_days
        self.sends_at = inf
        self.in_transit = False
        self.followed = False
        self.gives_up_at = inf
        self.dunning_level = 0
        self.dunning_at = inf
        self.call_at = inf
        self.calls = 0
        self.dispute_at = inf
        self.disputed = False
        self.payments = 0
        self.takes_discount = False
        self.short_paid = False
        self.call_task: TaskEnd | None = None
        self.promised_at = inf
        self.claim: Claim | None = None
        self.reason = 0
        self.disputes = 0
        self.paid_by = -1
        self.follower = 0
        self.wakes_at = -inf
        self.wrong = False
        self.replacement: Invoice | None = None


class Remitted(NamedTuple):
    """What a payment brings for one invoice.

    Attributes
    ----------
    invoice
        The invoice.
    amount_minor
        Money for it, minor units.
    discount_minor
        What the customer takes off as cash discount besides, minor units.
    """

    invoice: Invoice
    amount_minor: int
    discount_minor: int = 0


class Payment:
    """Money that a customer has sent.

    Attributes
    ----------
    number
        From 0, in the order of booking; -1 while it is on its way.
    customer
        Who sent it.
    luck
        Address of its draws.
    method
        Index in ``PAYMENT_METHODS``.
    remittance
        What it is meant for; nothing for a prepayment, whose invoices are still to come.
    sent_at
        When the customer sent it, simulation seconds.
    first_entry
        Number of the register's entry for the first of them; the others follow.
    amount_minor
        Its amount, minor units.
    """

    __slots__ = (
        "amount_minor",
        "customer",
        "first_entry",
        "luck",
        "method",
        "number",
        "remittance",
        "sent_at",
    )

    def __init__(
        self,
        customer: Customer,
        luck: Luck,
        method: int,
        remittance: list[Remitted],
        sent_at: float,
    ) -> None:
        self.number = -1
        self.first_entry = -1
        self.customer = customer
        self.luck = luck
        self.method = method
        self.remittance = remittance
        self.sent_at = sent_at
        self.amount_minor = 0
        for item in remittance:
            self.amount_minor += item.amount_minor
