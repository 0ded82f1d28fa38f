"""A backorder: an order line that has to wait for stock or for production."""

from __future__ import annotations

from typing import TYPE_CHECKING

from o2c_sim.process import activity

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order


class Backorder:
    """A line that has to wait for its goods; it is the claim that the stock calls back.

    Attributes
    ----------
    order, slot
        The line.
    promised_at
        When its delivery was first promised to be created, simulation seconds.
    told_at
        The same, as the customer was last told.
    expected_at
        When the goods are expected, as things stand.
    since
        When it began to wait.
    made
        Whether the goods are made for it.
    waiting
        Whether it is still without goods.
    """

    __slots__ = (
        "_company",
        "expected_at",
        "made",
        "order",
        "promised_at",
        "since",
        "slot",
        "told_at",
        "waiting",
    )

    def __init__(
        self,
        company: Company,
        order: Order,
        slot: int,
        promised_at: float,
        expected_at: float,
        made: bool = False,
    ) -> None:
        self._company = company
        self.order = order
        self.slot = slot
        self.promised_at = promised_at
        self.told_at = promised_at
        self.expected_at = expected_at
        self.since = company.env.now
        self.made = made
        self.waiting = True

    def allocated(self, product: int, quantity: int) -> None:
        """Take note that the goods are there; the order goes on."""
        company, order = self._company, self.order
        self.waiting = False
        if self.made:
            line = order.first_line + self.slot
            company.record(activity.PRODUCE_GOODS, line, self.since)
        order.tell()
