"""Held orders: which of them a re-check run need look at.

A desk that cannot keep up holds ever more orders, and to look at each of them in each run would
take ever longer. Of two orders of a customer the smaller one passes if the larger one does. So the
run goes through the customers, and from the smallest order up to the first that does not pass; an
order costs O(log n), of n held ones of its customer.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simpy import Event

    from o2c_sim.process.customers import Customer


class Held:
    """The place of an order among those that wait; ``news`` tells it of a run to look at."""

    __slots__ = ("customer", "news", "turn", "value_minor")

    def __init__(self, customer: Customer, value_minor: int, turn: int) -> None:
        self.customer = customer
        self.value_minor = value_minor
        self.turn = turn
        self.news: Event | None = None


class HeldOrders:
    """The orders that wait for a re-check run.

    Attributes
    ----------
    watched
        Whether a process calls :meth:`candidates` in each run.
    """

    def __init__(self) -> None:
        self.watched = False
        self._turns = count()
        # By customer, smallest order first; who has left is passed over when its turn comes.
        self._by_value: dict[Customer, list[tuple[int, int, Held]]] = {}
        self._waiting: dict[Customer, int] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def enter(self, customer: Customer, value_minor: int) -> Held:
        """Return a place behind the others for an order of a value, minor units."""
        self._waiting[customer] = self._waiting.get(customer, 0) + 1
        return Held(customer, value_minor, next(self._turns))

    def wait(self, held: Held, news: Event) -> Event:
        """Let *news* succeed in the next run in which the order may pass; return it."""
        held.news = news
        entry = (held.value_minor, held.turn, held)
        heappush(self._by_value.setdefault(held.customer, []), entry)
        return news

    def leave(self, held: Held) -> None:
        """Give the place up: the order waits for no run any more."""
        held.news = None
        self._waiting[held.customer] -= 1
        if not self._waiting[held.customer]:
            del self._waiting[held.customer], self._by_value[held.customer]

    def candidates(self, passes: Callable[[Customer, int], bool]) -> list[Event]:
        """Return the news of the orders that would pass, each by itself, first come first.

        They no longer wait for news; those that others leave no room for must wait anew.

        Parameters
        ----------
        passes
            Whether an order of a customer and a value, minor units, would pass now. If it would,
            all smaller ones of the customer would.
        """
        found = []
        for customer, by_value in self._by_value.items():
            while by_value and (by_value[0][2].news is None or passes(customer, by_value[0][0])):
                _, turn, held = heappop(by_value)
                if held.news is not None:
                    found.append((turn, held.news))
        return [news for _, news in sorted(found, key=lambda each: each[0])]
