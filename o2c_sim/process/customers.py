"""Customers: what each is like, drawn once at its creation, and what it owes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from o2c_sim.engine import Streams
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.distribution import Family
from o2c_sim.model.section import INVOICE_CHANNELS, PAYMENT_METHODS
from o2c_sim.process.demand import MINOR_UNITS

ANY_DAY = -1


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
    method
        Index in ``PAYMENT_METHODS``.
    invoice_channel
        Index in ``INVOICE_CHANNELS``.
    weekly_invoice
        Whether invoiced in the weekly run.
    dispute_propensity
        Probability that an invoice is disputed.
    exposure_minor
        Confirmed orders plus open invoices less applied cash, minor units.
    due_days
        Open invoice number to the day number on which it is due.
    """

    __slots__ = (
        "dispute_propensity",
        "due_days",
        "exposure_minor",
        "habit_days",
        "invoice_channel",
        "limit_minor",
        "method",
        "number",
        "pay_weekday",
        "terms_days",
        "weekly_invoice",
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
        weekly_invoice: bool,
        dispute_propensity: float,
    ) -> None:
        self.number = number
        self.weight = weight
        self.terms_days = terms_days
        self.limit_minor = limit_minor
        self.habit_days = habit_days
        self.pay_weekday = pay_weekday
        self.method = method
        self.invoice_channel = invoice_channel
        self.weekly_invoice = weekly_invoice
        self.dispute_propensity = dispute_propensity
        self.exposure_minor = 0
        self.due_days: dict[int, int] = {}


def create_customers(model: CompanyModel, streams: Streams) -> list[Customer]:
    """Draw the company's customers.

    The credit limit is ``credit_limit_days`` times the customer's expected order value per
    calendar day.
    """
    settings = model.customers
    count = settings.count.value

    def uniform(purpose: str) -> npt.NDArray[np.float64]:
        return streams.draws(f"customer.{purpose}").span(0, count)

    volume = np.exp(settings.volume_sigma.value * special.ndtri(uniform("volume")))
    weight = volume / volume.sum()
    value_per_day = (
        model.demand.orders_per_week.value
        / 7
        * model.demand.lines_per_order.value.mean()
        * model.demand.line_value.value.mean()
    )
    limit_days = settings.credit_limit_days.value.quantile(uniform("limit"))
    terms = settings.payment_terms_days.value.quantile(uniform("terms"))
    spread = model.disputes.propensity.value
    propensity = spread.quantile(uniform("dispute_propensity")) * _scale(
        spread, model.disputes.share.value
    )
    propensity = propensity.clip(max=1.0)
    habit = settings.lateness_effect_days.value.quantile(uniform("habit"))
    pay_run = uniform("pay_run")
    weekly_pay = pay_run < settings.weekly_pay_run_share.value
    # The position below the share is again uniform: it picks the weekday, Monday to Friday.
    weekday = np.floor(pay_run / max(settings.weekly_pay_run_share.value, 1e-12) * 5)
    methods = [settings.payment_method_shares.value.get(name, 0.0) for name in PAYMENT_METHODS]
    channels = [settings.invoice_channel_shares.value.get(name, 0.0) for name in INVOICE_CHANNELS]
    # E-invoicing comes first, so that a higher share converts customers and leaves the others.
    channel = len(channels) - 1 - _choice(channels[::-1], uniform("invoice_channel"))
    return [
        Customer(
            number=i,
            weight=float(weight[i]),
            terms_days=round(float(terms[i])),
            limit_minor=round(float(limit_days[i] * value_per_day * weight[i]) * MINOR_UNITS),
            habit_days=float(habit[i]),
            pay_weekday=min(int(weekday[i]), 4) if weekly_pay[i] else ANY_DAY,
            method=int(method),
            invoice_channel=int(channel[i]),
            weekly_invoice=bool(weekly),
            dispute_propensity=float(propensity[i]),
        )
        for i, (method, weekly) in enumerate(
            zip(
                _choice(methods, uniform("method")),
                uniform("weekly_invoice") < settings.weekly_invoice_share.value,
                strict=True,
            )
        )
    ]


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


def _choice(shares: list[float], uniform: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    chosen: npt.NDArray[np.int64] = np.searchsorted(np.cumsum(shares), uniform, side="right")
    return chosen.clip(max=len(shares) - 1)
