"""The state a run starts from: open invoices, open orders and stock of a real company."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from o2c_sim.errors import Problem
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.demand import MAX_LINES

MAX_DAYS = 3_650
INVOICES, ORDERS, STOCK = "open_invoices.csv", "open_orders.csv", "stock.csv"


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice that is open on the first day.

    Parameters
    ----------
    invoice, customer
        The company's own numbers.
    amount_minor
        What is open of it, tax included, minor units.
    invoice_date, due_date
        When it was issued, before the first day, and when it is or was due.
    disputed
        Whether the customer has objected.
    """

    invoice: str
    customer: str
    amount_minor: int
    invoice_date: dt.date
    due_date: dt.date
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that is confirmed and not invoiced on the first day.

    Parameters
    ----------
    order, customer
        The company's own numbers.
    value_minor
        Net value of what is not invoiced yet, minor units.
    received_date, requested_date
        When it came, before the first day, and when the customer wants to have the goods.
    lines
        Number of lines not invoiced yet.
    """

    order: str
    customer: str
    value_minor: int
    received_date: dt.date
    requested_date: dt.date
    lines: int = 1


@dataclass(frozen=True, slots=True)
class StockLevel:
    """The units of a product that are on hand on the first day, allocated or not."""

    product: str
    on_hand: int


@dataclass(frozen=True, slots=True)
class Opening:
    """The present of a company: what is open, and what is there."""

    invoices: tuple[OpenInvoice, ...] = ()
    orders: tuple[OpenOrder, ...] = ()
    stock: tuple[StockLevel, ...] = ()

    @property
    def receivables_minor(self) -> int:
        """Open on all invoices, minor units."""
        return sum(invoice.amount_minor for invoice in self.invoices)

    @property
    def sha256(self) -> str:
        """SHA-256 of the content."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


def problems_of(
    opening: Opening,
    model: CompanyModel,
    place: Callable[[str, int], str] = lambda name, index: f"{name}, row {index + 2}",
) -> Iterator[Problem]:
    """Yield what makes a state unfit for a model; *place* names a row of a file."""
    for i, row in enumerate(opening.invoices):
        where = place(INVOICES, i)
        yield from _dates("invoice_date", row.invoice_date, "due_date", row.due_date, where, model)
    for i, order in enumerate(opening.orders):
        where = place(ORDERS, i)
        pair = ("received_date", order.received_date, "requested_date", order.requested_date)
        yield from _dates(*pair, where, model)
        if not 1 <= order.lines <= min(MAX_LINES, order.value_minor):
            yield Problem(f"{order.lines} lines", where, allowed=f"1 to {MAX_LINES}, a cent each")
    keys: tuple[tuple[str, Sequence[str]], ...] = (
        (INVOICES, [row.invoice for row in opening.invoices]),
        (ORDERS, [row.order for row in opening.orders]),
        (STOCK, [row.product for row in opening.stock]),
    )
    for name, own in keys:
        seen = set()
        for i, key in enumerate(own):
            if key in seen:
                yield Problem(f"{key!r} is there already", place(name, i), allowed="each once")
            seen.add(key)
    customers = {invoice.customer for invoice in opening.invoices}
    customers |= {order.customer for order in opening.orders}
    most = model.customers.count.value
    if len(customers) > most:
        yield Problem(
            f"{len(customers)} customers",
            allowed=f"at most {most}, as many as the model has",
            suggestion="a higher customers.count",
        )
    if len(opening.stock) > model.products.count.value:
        yield Problem(
            f"{len(opening.stock)} products",
            STOCK,
            allowed=f"at most {model.products.count.value}, as many as the model has",
            suggestion="a higher products.count",
        )


def _dates(
    first: str, began: dt.date, last: str, ends: dt.date, where: str, model: CompanyModel
) -> Iterator[Problem]:
    start, reach = model.start_date, dt.timedelta(MAX_DAYS)
    if not start - reach <= began < start:
        allowed = f"before {start}, the start date of the model, and at most {MAX_DAYS} days"
        yield Problem(f"{first} {began}", where, allowed=allowed)
    if not began <= ends <= start + reach:
        yield Problem(f"{last} {ends}", where, allowed=f"from {first} ({began}) on")
