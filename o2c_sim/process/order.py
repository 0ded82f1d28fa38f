"""The documents of one order on its way: order and invoice."""

from __future__ import annotations

from o2c_sim.process.customers import Customer


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
    lines
        Number of lines.
    value_minor
        Net value, minor units.
    """

    __slots__ = ("channel", "customer", "lines", "number", "value_minor")

    def __init__(
        self, number: int, customer: Customer, channel: int, lines: int, value_minor: int
    ) -> None:
        self.number = number
        self.customer = customer
        self.channel = channel
        self.lines = lines
        self.value_minor = value_minor


class Invoice:
    """One invoice.

    Attributes
    ----------
    number
        From 0, in order of creation.
    order
        The order it bills.
    amount_minor
        Minor units.
    due_day
        Day number of the due date.
    received_at
        When the customer holds it, simulation seconds.
    dunning_at
        The dunning run in which it will be reminded if it is still open; infinite once done.
    """

    __slots__ = ("amount_minor", "due_day", "dunning_at", "number", "order", "received_at")

    def __init__(
        self, number: int, order: Order, amount_minor: int, due_day: int, dunning_at: float
    ) -> None:
        self.number = number
        self.order = order
        self.amount_minor = amount_minor
        self.due_day = due_day
        self.received_at = 0.0
        self.dunning_at = dunning_at
