"""Customers: what each is like, drawn once at its creation, and what it owes."""

from __future__ import annotations

from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from scipy import special

from o2c_sim.engine import Streams
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.distribution import Family
from o2c_sim.model.section import INVOICE_CHANNELS, PAYMENT_METHODS
from o2c_sim.process import segments
from o2c_sim.process.demand import MINOR_UNITS

if TYPE_CHECKING:
    from o2c_sim.process.invoice import Invoice
    from o2c_sim.process.order import Delivery, Order

ANY_DAY: Final = -1
# Three levels, and none.
DUNNING_LEVELS: Final = 4
CARD: Final = PAYMENT_METHODS.index("card")
DIRECT_DEBIT: Final = PAYMENT_METHODS.index("direct_debit")
BILLING_RUNS = ("daily", "weekly", "monthly")
# Paid by order of the company: it knows what the money is for.
DRAWN: Final = (CARD, DIRECT_DEBIT)


# What a customer is like, as opposed to what it owes.
_TRAITS = (
    "weight",
    "terms_days",
    "limit_minor",
    "habit_days",
    "pay_weekday",
    "method",
    "invoice_channel",
    "billing_run",
    "dispute_propensity",
    "collective_invoice",
    "bundles_payments",
    "segment",
    "prepays",
    "takes_discount",
    "good_remittance",
    "complete_delivery",
    "consolidates",
    "insured",
    "pays_on_due_date",
)


class Customer:
    """One customer: habits fixed at creation, exposure and open invoices as they change.

    Attributes
    ----------
    number
        From 0.
    weight
        Share of all orders.
    terms_days
        Payment terms, days from the invoice date.
    limit_minor
        Credit limit, minor units.
    habit_days
        How many days after the due date this customer means to pay.
    pay_weekday
        Weekday of the weekly payment run, Monday 0; :data:`ANY_DAY` without one.
    pays_on_due_date
        Whether it orders its payments ahead so that the money arrives on the due date.
    method
        Index in ``PAYMENT_METHODS``.
    invoice_channel
        Index in ``INVOICE_CHANNELS``.
    billing_run
        Index in ``BILLING_RUNS``: how often it is invoiced.
    dispute_propensity
        Probability that an invoice is disputed.
    collective_invoice
        Whether all deliveries of a billing run go onto one invoice.
    complete_delivery
        Whether it wants each order in one delivery.
    consolidates
        Whether it gets one delivery for all its orders that are due in a delivery run.
    bundles_payments
        Whether one payment settles all that it means to pay on a day.
    segment
        Number of its segment (:mod:`o2c_sim.process.segments`).
    prepays
        Whether it pays before it is delivered.
    has_prepaid
        Whether it does, or did at some time: its invoices may have been paid in advance.
    takes_discount
        Whether it pays early where that earns a cash discount.
    good_remittance
        Whether its payments say well what they are for.
    insured
        Whether a credit insurer covers its debts.
    insolvent
        Whether it has become insolvent.
    exposure_minor
        Confirmed orders plus open invoices less applied cash, minor units.
    open_invoices
        Open invoices by number.
    open_minor_by_due_day
        What is open by the day number on which it is due, minor units.
    open_by_dunning_level
        How many invoices are open at each dunning level, from 0 for those not reminded.
    to_deliver
        Orders that wait for a delivery run, by the time of the run; consolidated ones only.
    to_bill
        Deliveries that wait for a billing run, by the time of the run; collective invoices only.
    to_call
        Invoices about which a collector is to call, the one that leads first; empty without a call.
    next_call_at
        Nobody calls before, since a call was made; minus infinity without one.
    broken_promises
        Promises to pay that it has broken.
    to_pay
        Invoices by the time at which it means to pay them, some of them moved since.
    """

    __slots__ = (
        "billing_run",
        "broken_promises",
        "bundles_payments",
        "collective_invoice",
        "complete_delivery",
        "consolidates",
        "dispute_propensity",
        "exposure_minor",
        "good_remittance",
        "habit_days",
        "has_prepaid",
        "insolvent",
        "insured",
        "invoice_channel",
        "limit_minor",
        "method",
        "next_call_at",
        "number",
        "open_by_dunning_level",
        "open_invoices",
        "open_minor_by_due_day",
        "pay_weekday",
        "pays_on_due_date",
        "prepays",
        "segment",
        "takes_discount",
        "terms_days",
        "to_bill",
        "to_call",
        "to_deliver",
        "to_pay",
        "weight",
    )

    def __init__(
        self,
        number: int,
        weight: float,
        terms_days: int,
        limit_minor: int,
        habit_days: float,
        pay_weekday: int,
        method: int,
        invoice_channel: int,
        billing_run: int,
        dispute_propensity: float,
        collective_invoice: bool = False,
        bundles_payments: bool = False,
        segment: int = segments.NO_SEGMENT,
        prepays: bool = False,
        takes_discount: bool = False,
        good_remittance: bool = True,
        complete_delivery: bool = False,
        consolidates: bool = False,
        insured: bool = False,
        pays_on_due_date: bool = False,
    ) -> None:
        self.number = number
        self.weight = weight
        self.terms_days = terms_days
        self.limit_minor = limit_minor
        self.habit_days = habit_days
        self.pay_weekday = pay_weekday
        self.method = method
        self.invoice_channel = invoice_channel
        self.billing_run = billing_run
        self.dispute_propensity = dispute_propensity
        self.collective_invoice = collective_invoice
        self.bundles_payments = bundles_payments
        self.segment = segment
        self.prepays = prepays
        self.has_prepaid = prepays
        self.takes_discount = takes_discount
        self.good_remittance = good_remittance
        self.complete_delivery = complete_delivery
        self.consolidates = consolidates
        self.insured = insured
        self.pays_on_due_date = pays_on_due_date
        self.insolvent = False
        self.exposure_minor = 0
        self.open_invoices: dict[int, Invoice] = {}
        self.open_minor_by_due_day: dict[int, int] = {}
        self.open_by_dunning_level = [0] * DUNNING_LEVELS
        self.to_deliver: dict[float, list[Order]] = {}
        self.to_bill: dict[float, list[Delivery]] = {}
        self.to_call: list[Invoice] = []
        self.next_call_at = -inf
        self.broken_promises = 0
        self.to_pay: dict[float, list[Invoice]] = {}

    def alike(self) -> Customer:
        """Return a customer of the same number and traits, who owes nothing and has no orders."""
        return Customer(self.number, **{trait: getattr(self, trait) for trait in _TRAITS})

    def forget(self) -> None:
        """Let go of all documents."""
        self.open_invoices.clear()
        self.open_minor_by_due_day.clear()
        self.to_deliver.clear()
        self.to_bill.clear()
        self.to_call = []
        self.to_pay.clear()

    def become(self, other: Customer) -> None:
        """Take another one's traits; what it owes and has ordered stays."""
        for trait in _TRAITS:
            setattr(self, trait, getattr(other, trait))
        self.has_prepaid = self.has_prepaid or self.prepays


def create_customers(model: CompanyModel, streams: Streams) -> list[Customer]:
    """Draw the company's customers.

    The credit limit is ``credit_limit_days`` times the customer's expected order value per
    calendar day. Who pays by card or before delivery owes at once: the terms are 0.
    """
    settings = model.customers
    count = settings.count.value

    def uniform(purpose: str) -> npt.NDArray[np.float64]:
        return streams.draws(f"customer.{purpose}").span(0, count)

    segment = segments.assign(settings, uniform("segment"))
    traits = segments.Traits(segments.settings(settings), segment)
    volume = np.exp(settings.volume_sigma.value * special.ndtri(uniform("volume")))
    volume *= segments.volume_factors(settings)[segment]
    weight = volume / volume.sum()
    value_per_day = (
        model.demand.orders_per_week.value
        / 7
        * model.demand.lines_per_order.value.mean()
        * model.demand.line_value.value.mean()
    )
    limit_days = traits.drawn("credit_limit_days", uniform("limit"))
    insured = uniform("insurance") < model.credit.insured_share.value
    limit_days[insured] *= model.credit.insured_limit_factor.value
    method = traits.chosen("payment_method_shares", PAYMENT_METHODS, uniform("method"))
    prepays = traits.has("prepayment_share", uniform("prepayment"))
    terms = traits.drawn("payment_terms_days", uniform("terms"))
    terms[prepays | (method == CARD)] = 0
    spread = model.disputes.propensity.value
    propensity = spread.quantile(uniform("dispute_propensity")) * _scale(
        spread, model.disputes.share.value
    )
    propensity = propensity.clip(max=1.0)
    habit = traits.drawn("lateness_effect_days", uniform("habit"))
    pay_run = uniform("pay_run")
    weekly_pay = traits.has("weekly_pay_run_share", pay_run)
    # The position below the share is again uniform: it picks the weekday, Monday to Friday.
    weekday = np.floor(pay_run / np.maximum(traits.share("weekly_pay_run_share"), 1e-12) * 5)
    on_due_date = traits.has("pays_on_due_date_share", uniform("due_date")) & ~weekly_pay
    # E-invoicing comes first, so that a higher share converts customers and leaves the others.
    channel = traits.chosen(
        "invoice_channel_shares", INVOICE_CHANNELS[::-1], uniform("invoice_channel")
    )
    # The two ends of one draw, so that a larger share of either leaves the other alone.
    position = uniform("weekly_invoice")
    billing_run = np.where(position >= 1 - settings.monthly_invoice_share.value, 2, 0)
    billing_run[position < settings.weekly_invoice_share.value] = 1
    collective = uniform("collective_invoice") < settings.collective_invoice_share.value
    bundles = traits.has("bundling_share", uniform("bundling"))
    offered = traits.has("discount_offered_share", uniform("discount_offered"))
    takes_discount = offered & traits.has("discount_taken_share", uniform("discount_taken"))
    good_remittance = traits.has("good_remittance_share", uniform("remittance"))
    complete_delivery = uniform("complete_delivery") < (
        model.fulfilment.complete_delivery_share.value
    )
    consolidates = uniform("consolidation") < model.fulfilment.consolidation_share.value
    limit = limit_days * value_per_day * weight
    # In the order of what a customer is made of; plain numbers, as to take them out of arrays one
    # by one takes longer than all else here.
    columns = (
        weight.tolist(),
        [round(days) for days in terms.tolist()],
        [round(amount * MINOR_UNITS) for amount in limit.tolist()],
        habit.tolist(),
        np.where(weekly_pay, weekday.clip(max=4), ANY_DAY).astype(np.int64).tolist(),
        method.tolist(),
        (len(INVOICE_CHANNELS) - 1 - channel).tolist(),
        billing_run.tolist(),
        propensity.tolist(),
        collective.tolist(),
        bundles.tolist(),
        segment.tolist(),
        prepays.tolist(),
        takes_discount.tolist(),
        good_remittance.tolist(),
        complete_delivery.tolist(),
        consolidates.tolist(),
        insured.tolist(),
        on_due_date.tolist(),
    )
    return [Customer(number, *row) for number, row in enumerate(zip(*columns, strict=True))]


# A company that changes step by step asks for the same one again and again.
@lru_cache(maxsize=64)
def _scale(spread: Family, share: float) -> float:
    """Return the factor that gives values of *spread*, cut off at 1, the mean *share*."""
    if share <= 0:
        return 0.0
    values = spread.quantile((np.arange(20_000) + 0.5) / 20_000)
    low, high = 0.0, share / float(values.mean())
    while np.minimum(values * high, 1.0).mean() < share and high < 1e12:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        if np.minimum(values * middle, 1.0).mean() < share:
            low = middle
        else:
            high = middle
    return high
