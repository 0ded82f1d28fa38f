"""The documents of one order on its way: order and invoice."""

from __future__ import annotations

from math import inf

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
    """One invoice, and what is going to happen to it next.

    Attributes
    ----------
    number
        From 0, in order of creation.
    order
        The order it bills.
    open_minor
        What is still open, minor units.
    due_day
        Day number of the due date.
    sends_at
        When the customer will send its payment, as things stand; infinite if never.
    float_seconds
        How long the money is on its way.
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
    dispute_at
        When the customer will object; infinite if not.
    disputed
        Whether a dispute is under way.
    """

    __slots__ = (
        "call_at",
        "calls",
        "dispute_at",
        "disputed",
        "due_day",
        "dunning_at",
        "dunning_level",
        "float_seconds",
        "gives_up_at",
        "number",
        "open_minor",
        "order",
        "sends_at",
    )

    def __init__(self, number: int, order: Order, amount_minor: int, due_day: int) -> None:
        self.number = number
        self.order = order
        self.open_minor = amount_minor
        self.due_day = due_day
        self.sends_at = inf
        self.float_seconds = 0.0
        self.gives_up_at = inf
        self.dunning_level = 0
        self.dunning_at = inf
        self.call_at = inf
        self.calls = 0
        self.dispute_at = inf
        self.disputed = False
