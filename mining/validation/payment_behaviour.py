"""How late a modelled company's customers pay a given set of invoices, by the model's own draws.

No order is simulated: customers are created, and each means to pay, disputes, pays in its run and
has its money travel, as in a whole simulation. Reminders and calls do not happen, and nobody has
to wait for an analyst.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim import CompanyModel, override
from o2c_sim.engine import Clock, Streams
from o2c_sim.engine.clock import DAY
from o2c_sim.process.claims import OTHER
from o2c_sim.process.customers import ANY_DAY, CARD, DIRECT_DEBIT, Customer, create_customers
from o2c_sim.process.disputes import DisputePolicy, dispute_policy
from o2c_sim.process.payment import (
    PaymentPolicy,
    last_pay_day,
    pay_day,
    payment_policy,
)
from o2c_sim.process.remittance import RemittancePolicy, remittance_policy

Ints = npt.NDArray[np.int64]

# Day numbers of the run from which invoices are due, so that all that is early is within it.
_FIRST_DUE = 400
_FAR = 10_000
_NOON_MINUTES = 720


@dataclass(frozen=True, slots=True)
class Invoices:
    """The invoices of some customers.

    Parameters
    ----------
    customer
        Number of the customer, from 0, by invoice.
    due
        Day number from 1970-01-01; of its weekday alone it matters.
    terms_days
        Days from the invoice until it is due; large where unknown: it arrived long before.
    dated
        Whether the due days are known; if not, they are drawn anew in each replication.
    """

    customer: Ints
    due: Ints
    terms_days: Ints
    dated: bool

    @property
    def customers(self) -> int:
        """Number of customers."""
        return int(self.customer.max()) + 1


def invoices(rows: pl.DataFrame) -> Invoices:
    """Return the invoices of a table of :func:`mining.calibration.receivables.invoice_rows`."""
    names = rows["customer"].unique(maintain_order=True)
    number = rows.select("customer").join(
        names.to_frame().with_row_index("number"), on="customer", maintain_order="left"
    )["number"]
    terms = (rows["due"] - rows["arrived"]).fill_null(_FAR)
    return Invoices(
        number.to_numpy().astype(np.int64),
        rows["due"].to_numpy().astype(np.int64),
        terms.to_numpy().astype(np.int64),
        bool(rows["issued"].is_not_null().any() or (rows["due"] != 0).any()),
    )


def days_late(model: CompanyModel, asked: Invoices, seed: int, replication: int) -> Ints:
    """Return how many days after the due date the money for each invoice is seen.

    Customers are drawn anew: the one that the model has order most gets the most invoices.

    Parameters
    ----------
    model
        The company.
    asked
        The invoices.
    seed, replication
        Of the draws.
    """
    sized = override(model, {"customers.count": asked.customers}, "validation")
    streams = Streams(seed, replication)
    customers = create_customers(sized, streams)
    by_weight = sorted(customers, key=lambda customer: -customer.weight)
    sizes = np.bincount(asked.customer, minlength=asked.customers)
    rank = np.argsort(-sizes, kind="stable")
    payer: dict[int, Customer] = dict(zip(rank.tolist(), by_weight, strict=True))
    clock = Clock(sized.start_date, sized.zone)
    payment = payment_policy(sized, streams)
    remittance = remittance_policy(sized, streams, clock)
    disputes = dispute_policy(sized, streams)
    # The same weekday as the real due date, or any.
    shift = (asked.due + 3 - clock.weekday(_FIRST_DUE)) % 7
    if not asked.dated:
        rng = np.random.default_rng([seed, replication])
        shift = rng.integers(7, size=len(asked.due))
    due = (_FIRST_DUE + shift).tolist()
    terms = asked.terms_days.tolist()
    found = [
        _seen_day(
            payer[who], due[i], due[i] - terms[i], (i, 0), clock, payment, disputes, remittance
        )
        - due[i]
        for i, who in enumerate(asked.customer.tolist())
    ]
    return np.array(found, np.int64)


def _seen_day(
    customer: Customer,
    due: int,
    arrived: int,
    luck: tuple[int, int],
    clock: Clock,
    payment: PaymentPolicy,
    disputes: DisputePolicy,
    remittance: RemittancePolicy,
) -> int:
    """Return the day whose bank statement shows the money; see :mod:`o2c_sim.process.payment`."""
    run = remittance.statement_run
    if customer.method == CARD:
        sent = clock.at(max(arrived, 0), _NOON_MINUTES)
    elif customer.method == DIRECT_DEBIT:
        sent = clock.at(pay_day(due, 0.0, max(arrived, 0), ANY_DAY, clock), _NOON_MINUTES)
    else:
        late = customer.habit_days + payment.lateness_days[customer.segment](*luck)
        if customer.pays_on_due_date:
            day = last_pay_day(due + max(round(late), 0), ANY_DAY, clock)
            shown = run.next(clock.midnight(day))
            sent = shown - payment.lead_days[customer.method] * DAY
            sent = max(sent, clock.at(max(arrived, 0), _NOON_MINUTES))
        else:
            day = pay_day(due, late, max(arrived, 0), customer.pay_weekday, clock)
            sent = clock.at(day, _NOON_MINUTES)
    if disputes.arises(*luck) < customer.dispute_propensity:
        received = clock.midnight(max(arrived, 0))
        objects = min(received + disputes.notice_days(*luck) * DAY, max(sent - DAY, received))
        decided = objects + disputes.handling[OTHER].investigation_days(*luck) * DAY
        sent = max(sent, decided + disputes.settle_days(*luck) * DAY)
    travel = remittance.float_days[customer.method]
    arrives = sent if travel is None else sent + travel(*luck) * DAY
    return clock.day(run.next(arrives))
