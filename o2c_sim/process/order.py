"""The documents of the order side on their way: order and delivery.

Orders, deliveries, invoices and payments are many to many: an order may be delivered in parts, a
delivery may serve several orders, an invoice may bill several deliveries, and a payment may settle
several invoices, or a part of one.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from simpy import Event

    from o2c_sim.process.backorder import Backorder
    from o2c_sim.process.customers import Customer
    from o2c_sim.process.invoice import Invoice, Payment


# Where an error made at the entry of an order is found.
NO_ERROR: Final = 0
ERROR_BEFORE_CONFIRMATION: Final = 1
ERROR_AT_PICKING: Final = 2
ERROR_BY_CUSTOMER: Final = 3


# The address of a document's random draws: the order it goes back to, and its turn there. The
# first delivery, invoice or payment of an order has the same luck in every scenario, whatever
# becomes of other orders. A plain tuple, as each is unpacked for many draws.
Luck: TypeAlias = tuple[int, int]


class Order:
    """One customer order.

    Attributes
    ----------
    number
        From 0, in order of arrival.
    customer
        Who ordered.
    channel
        Index in ``CHANNELS``.
    first_line
        Number of its first line, over all orders.
    products, quantities, values_minor
        Per line: product number, units, net value in minor units.
    value_minor
        Net value of the lines that are not rejected, minor units.
    received_at
        When it arrived, simulation seconds.
    open_lines
        Slots (places in the lists above) neither delivered nor rejected.
    due_at
        When its goods are wanted, and its delivery is to be created; infinite before confirmation.
    promise_seconds
        From the creation of a delivery until the customer is promised to have the goods.
    backorders
        Of the open lines, those that have had to wait for goods, by slot.
    withheld
        Open lines that credit has not released yet; empty for nearly all orders.
    credit_checked_at
        When its credit was last found good, or the delivery run for which it was released,
        simulation seconds; infinite while it is held.
    credit_holds
        How often credit has held it: the turn of the next review's draws.
    error
        An error of its entry that is still in it, by where it is going to be found.
    blocks
        How many reasons there are not to deliver it for now.
    supplied
        Whether a process looks after the delivery of its open lines.
    news
        What that process waits for while there is nothing to deliver; None while it does not.
    deliveries, invoices
        How many there are so far: the turns of their :data:`Luck`.
    prepayment
        The customer's payment before delivery; None without one.
    billed_minor
        Net value of the lines invoiced so far; kept for prepaid orders only.
    """

    __slots__ = (
        "backorders",
        "billed_minor",
        "blocks",
        "channel",
        "credit_checked_at",
        "credit_holds",
        "customer",
        "deliveries",
        "due_at",
        "error",
        "first_line",
        "invoices",
        "news",
        "number",
        "open_lines",
        "prepayment",
        "products",
        "promise_seconds",
        "quantities",
        "received_at",
        "supplied",
        "value_minor",
        "values_minor",
        "withheld",
    )

    def __init__(
        self,
        number: int,
        customer: Customer,
        channel: int,
        first_line: int,
        products: list[int],
        quantities: list[int],
        values_minor: list[int],
        value_minor: int,
        received_at: float = 0.0,
    ) -> None:
        self.number = number
        self.customer = customer
        self.channel = channel
        self.first_line = first_line
        self.products = products
        self.quantities = quantities
        self.values_minor = values_minor
        self.value_minor = value_minor
        self.received_at = received_at
        self.open_lines = list(range(len(values_minor)))
        self.due_at = inf
        self.promise_seconds = 0.0
        self.backorders: dict[int, Backorder] = {}
        self.withheld: list[int] = []
        self.credit_checked_at = inf
        self.credit_holds = 0
        self.error = NO_ERROR
        self.blocks = 0
        self.supplied = False
        self.news: Event | None = None
        self.deliveries = 0
        self.invoices = 0
        self.prepayment: Payment | None = None
        self.billed_minor = 0

    def value_of(self, slots: list[int]) -> int:
        """Return the net value of some of its lines, minor units."""
        values, total_minor = self.values_minor, 0
        # A plain loop, here and below: for a few lines it takes half as long as a sum.
        for slot in slots:
            total_minor += values[slot]
        return total_minor

    @property
    def error_found_by_customer(self) -> bool:
        """Whether its entry has an error that the customer is going to find on the invoice."""
        return self.error == ERROR_BY_CUSTOMER

    def block(self) -> None:
        """Keep it from being delivered until :meth:`unblock` is called as often."""
        self.blocks += 1

    def unblock(self) -> None:
        """Take one block off."""
        self.blocks -= 1
        self.tell()

    def tell(self) -> None:
        """Let the process that looks after its open lines see what there is to deliver now."""
        news = self.news
        if news is not None:
            self.news = None
            news.succeed()


class Part(NamedTuple):
    """The lines of one order that a delivery takes along."""

    order: Order
    slots: list[int]

    def value_minor(self) -> int:
        """Return the net value of the lines, minor units."""
        return self.order.value_of(self.slots)


class Delivery:
    """Goods on their way to one customer.

    Attributes
    ----------
    number
        From 0, in order of creation.
    customer
        Who gets it.
    parts
        The lines of each order in it.
    luck
        Address of its draws.
    value_minor
        Net value, minor units.
    promised_at
        When the customer is promised to have the goods, simulation seconds.
    missing
        The lines of each order in it that will not be found when it is picked.
    picked
        The event that what is missing is known, and open again; None if nothing is missing.
    goods_issued_at
        When the goods left; infinite before.
    delivered_at
        When the goods are with the customer: known from goods issue on, infinite before.
    faulty
        Whether the goods arrive damaged.
    invoice
        The invoice that bills it; None before. Another one may have taken its place since
        (``Invoice.replacement``).
    """

    __slots__ = (
        "customer",
        "delivered_at",
        "faulty",
        "goods_issued_at",
        "invoice",
        "luck",
        "missing",
        "number",
        "parts",
        "picked",
        "promised_at",
        "value_minor",
    )

    def __init__(self, number: int, customer: Customer, parts: list[Part], luck: Luck) -> None:
        self.number = number
        self.customer = customer
        self.parts = parts
        self.luck = luck
        self.value_minor = 0
        for order, slots in parts:
            self.value_minor += order.value_of(slots)
        self.promised_at = inf
        self.missing: list[Part] = []
        self.picked: Event | None = None
        self.goods_issued_at = inf
        self.delivered_at = inf
        self.faulty = False
        self.invoice: Invoice | None = None

    @property
    def lines(self) -> int:
        """Number of lines."""
        lines = 0
        for _, slots in self.parts:
            lines += len(slots)
        return lines

    def leave_out(self, gone: dict[Order, list[int]]) -> None:
        """Take some lines of its orders out of it."""
        left = [
            Part(order, [slot for slot in slots if slot not in gone.get(order, ())])
            for order, slots in self.parts
        ]
        self.parts = [part for part in left if part.slots]
        self.value_minor = sum(part.value_minor() for part in self.parts)
