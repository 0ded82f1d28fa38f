"""Stock: what is free of each product, who waits for it, and what is on order.

Each product is kept on its own by an (s, S) policy with continuous review. A claim is for a whole
line: it gets its units all at once, or it waits. The inventory position is what is on hand and on
order, less what is allocated and what is waited for.

References
----------
Silver, Pyke, Thomas, "Inventory and Production Management in Supply Chains", 4th ed., CRC Press
2017: inventory position, (s, S) policy, fill rate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple

import numpy as np
from simpy.events import NORMAL

from o2c_sim.engine.clock import DAY
from o2c_sim.engine.columns import Floats, Integers
from o2c_sim.engine.environment import Environment
from o2c_sim.engine.events import Occasion
from o2c_sim.process.replenishment import StockPolicy
from o2c_sim.process.waiting_lines import Claim, Line, WaitingLines


class _OnOrder(NamedTuple):
    """Units on their way; *claim* is set if they are made for one line."""

    planned_at: float
    quantity: int
    claim: Claim | None


class StockStatistics(NamedTuple):
    """What the stock did in a window.

    Attributes
    ----------
    lines
        Lines that asked for stock in the window; those made to order are not among them.
    fill_rate
        Share of them that got their units at once; NaN without lines.
    mean_backorder_wait_days
        Calendar days that lines which asked in the window waited, of those that have got their
        units by now; NaN without any.
    stock_outs
        How often, in the window, a line began to wait for a product nobody was waiting for.
    waiting_at_end
        Lines that waited at the end of the window.
    mean_value_minor
        Mean value at cost of what was on hand, minor units.
    """

    lines: int
    fill_rate: float
    mean_backorder_wait_days: float
    stock_outs: int
    waiting_at_end: int
    mean_value_minor: float


class Stock:
    """The company's stock of all products, in units by product number.

    Parameters
    ----------
    env
        The environment.
    policy
        When and how much is ordered, and who is served first.
    on_hand
        Units of each product at the start; the order-up-to levels if not given.

    Raises
    ------
    ValueError
        If *on_hand* is not one number, 0 or more, for each product.
    """

    def __init__(
        self, env: Environment, policy: StockPolicy, on_hand: Sequence[int] | None = None
    ) -> None:
        products = len(policy.order_up_to)
        initial = list(policy.order_up_to if on_hand is None else on_hand)
        if len(initial) != products or any(units < 0 for units in initial):
            raise ValueError(f"on_hand: {products} numbers are needed, 0 or more each")
        self._env = env
        self._policy = policy
        self.on_hand = initial
        # On hand and not allocated.
        self.available = initial.copy()
        self.position = initial.copy()
        # Of each product, the lines that wait. The first one never fits in what is available: it
        # would have been served.
        self._waiting = [WaitingLines() for _ in range(products)]
        # What is on its way, by number, in order of its planned arrival.
        self._on_order: list[dict[int, _OnOrder]] = [{} for _ in range(products)]
        self._ordered = [0] * products
        self._turns = count()
        self._initial_value = sum(
            units * cost for units, cost in zip(initial, policy.unit_cost_minor, strict=True)
        )
        # When lines asked; when those that had to wait began and ended to; when a product began
        # to be waited for; when the value on hand changed, and by how much.
        self._asked = Floats()
        self._waits = Floats()
        self._withdrawn = Floats()
        self._stock_outs = Floats()
        self._changed_at = Floats()
        self._changes = Integers()
        self.replan(policy)

    def allocate(self, product: int, quantity: int, claim: Claim) -> bool:
        """Return whether a line gets its units at once; if not, it waits for them.

        It waits if too few are available or somebody waits who ranks before it. Once it has got
        its units, ``claim.allocated`` is called.
        """
        if quantity < 1:
            raise ValueError(f"product {product}: a claim of {quantity} units")
        now = self._env.now
        self._asked.append(now)
        waiting = self._waiting[product]
        rank = self._policy.rank_of_units * quantity
        available = self.available[product]
        at_once = quantity <= available and (not waiting or rank < waiting.first().rank)
        if at_once:
            self.available[product] = available - quantity
        else:
            if not waiting:
                self._stock_outs.append(now)
            waiting.join(Line(rank, quantity, claim, now), next(self._turns))
        position = self.position[product] = self.position[product] - quantity
        if position <= self._policy.reorder_point[product]:
            self._replenish(product)
        return at_once

    def serve_at_once(self, product: int, quantity: int) -> bool:
        """Allocate a line if its units are available and nobody waits; return whether they were.

        The common case of :meth:`allocate`; a line that is not served here has not asked yet.
        """
        available = self.available[product]
        if not 0 < quantity <= available or self._waiting[product]:
            return False
        self._asked.append(self._env.now)
        self.available[product] = available - quantity
        position = self.position[product] = self.position[product] - quantity
        if position <= self._policy.reorder_point[product]:
            self._replenish(product)
        return True

    def make(self, product: int, quantity: int, claim: Claim, seconds: float) -> bool:
        """Return whether a line of a product made to order gets its units at once.

        It does if enough are left over from lines that were withdrawn; if not, they are made for
        it in that many seconds, and ``claim.allocated`` is called.
        """
        if quantity < 1:
            raise ValueError(f"product {product}: a claim of {quantity} units")
        if quantity <= self.available[product]:
            self.available[product] -= quantity
            self.position[product] -= quantity
            return True
        self._order(product, quantity, claim, seconds)
        return False

    def promised_at(self, product: int, quantity: int) -> float:
        """Return when a line could have its units: ask before it claims them.

        That is now if they are available; else when what is on order is planned to arrive, less
        what those who rank before are waiting for; else once the planned lead time is over.
        Overdue arrivals are expected at any moment.
        """
        now = self._env.now
        rank = self._policy.rank_of_units * quantity
        missing = quantity - self.available[product]
        waited_for = self._waiting[product].units
        missing += sum(units for before, units in waited_for.items() if before <= rank)
        if missing <= 0:
            return now
        for planned_at, units, claim in self._on_order[product].values():
            if claim is None:
                missing -= units
                if missing <= 0:
                    return max(planned_at, now)
        return now + self._policy.planned_days[product] * DAY

    def withdraw(self, product: int, claim: Claim) -> int:
        """Let a claim wait no longer for a product; return the units it was waiting for.

        What is being made for it goes on being made, for whoever comes.
        """
        waiting, on_order = self._waiting[product], self._on_order[product]
        gone = waiting.withdraw(claim)
        made = {n: order for n, order in on_order.items() if order.claim is claim}
        units = sum(line.quantity for line in gone) + sum(o.quantity for o in made.values())
        for line in gone:
            self._withdrawn.extend((line.since, self._env.now))
        for number, order in made.items():
            on_order[number] = order._replace(claim=None)
        self.position[product] += units
        self._serve(product)
        return units

    def give_back(self, product: int, quantity: int) -> None:
        """Make allocated units available again: the line that had them is cancelled."""
        self._check_allocated(product, quantity)
        self.available[product] += quantity
        self.position[product] += quantity
        self._serve(product)

    def issue(self, product: int, quantity: int) -> None:
        """Take allocated units off the stock: they leave the house."""
        self.issue_lines([product], [quantity], [0])

    def issue_lines(
        self, products: Sequence[int], quantities: Sequence[int], slots: Sequence[int]
    ) -> None:
        """Issue the allocated units of some lines of an order, by their places in its lists."""
        on_hand, available, now = self.on_hand, self.available, self._env.now
        unit_cost_minor = self._policy.unit_cost_minor
        for slot in slots:
            product, quantity = products[slot], quantities[slot]
            left = on_hand[product] - quantity
            if left < available[product] or quantity < 0:
                self._check_allocated(product, quantity)
            on_hand[product] = left
            self._changed_at.append(now)
            self._changes.append(-quantity * unit_cost_minor[product])

    def take_back(self, product: int, quantity: int) -> None:
        """Put units on stock that a customer has returned."""
        if quantity < 0:
            raise ValueError(f"product {product}: {quantity} units taken back")
        self._move(product, quantity)
        self.available[product] += quantity
        self.position[product] += quantity
        self._serve(product)

    def lose(self, product: int, quantity: int, *, allocated: bool = False) -> int:
        """Take units off the stock that are damaged or not to be found; return how many.

        Of available units at most those there are. Of *allocated* ones exactly that many: the
        line that had them must claim others or go without.
        """
        if allocated:
            self._check_allocated(product, quantity)
            self._move(product, -quantity)
            return quantity
        if quantity < 0:
            raise ValueError(f"product {product}: {quantity} units lost")
        lost = min(quantity, self.available[product])
        self._move(product, -lost)
        self.available[product] -= lost
        self.position[product] -= lost
        self._review(product)
        return lost

    def replan(self, policy: StockPolicy) -> None:
        """Go by other levels from now on, and order at once what falls short of them."""
        self._policy = policy
        for product in range(len(self.on_hand)):
            self._review(product)

    def claims(self) -> Iterator[Claim]:
        """Yield who waits for goods, or for their production."""
        for waiting, on_order in zip(self._waiting, self._on_order, strict=True):
            yield from (line.claim for line in waiting)
            yield from (order.claim for order in on_order.values() if order.claim is not None)

    def forget(self) -> None:
        """Let go of who waits, and of what is on its way: it will not come."""
        for waiting, on_order in zip(self._waiting, self._on_order, strict=True):
            waiting.forget()
            on_order.clear()

    def waiting(self, product: int) -> int:
        """Return how many units of a product are waited for, made-to-order ones left out."""
        return sum(self._waiting[product].units.values())

    def on_order(self, product: int) -> int:
        """Return how many units of a product are on their way."""
        return sum(order.quantity for order in self._on_order[product].values())

    def statistics(self, start: float, end: float) -> StockStatistics:
        """Return what the stock did between two times (seconds)."""
        asked = np.array(self._asked, dtype=np.float64)
        given = np.array(self._waits, dtype=np.float64).reshape(-1, 2)
        gone = np.array(self._withdrawn, dtype=np.float64).reshape(-1, 2)
        still = [(w.since, np.inf) for waiting in self._waiting for w in waiting]
        waits = np.concatenate((given, gone, np.array(still, dtype=np.float64).reshape(-1, 2)))
        lines = int(_within(asked, start, end).sum())
        late = int(_within(waits[:, 0], start, end).sum())
        days = np.diff(given[_within(given[:, 0], start, end)]) / DAY
        when = np.array(self._changed_at, dtype=np.float64)
        change = np.array(self._changes, dtype=np.float64)
        held = (end - when.clip(start)).clip(0) / (end - start)
        return StockStatistics(
            lines=lines,
            fill_rate=1 - late / lines if lines else float("nan"),
            mean_backorder_wait_days=float(days.mean()) if days.size else float("nan"),
            stock_outs=int(_within(np.array(self._stock_outs), start, end).sum()),
            waiting_at_end=int(((waits[:, 0] < end) & (waits[:, 1] >= end)).sum()),
            mean_value_minor=float(self._initial_value + (change * held).sum()),
        )

    def _check_allocated(self, product: int, quantity: int) -> None:
        allocated = self.on_hand[product] - self.available[product]
        if not 0 <= quantity <= allocated:
            raise ValueError(f"product {product}: {quantity} units of {allocated} allocated ones")

    def _move(self, product: int, quantity: int) -> None:
        self.on_hand[product] += quantity
        self._changed_at.append(self._env.now)
        self._changes.append(quantity * self._policy.unit_cost_minor[product])

    def _review(self, product: int) -> None:
        if self.position[product] <= self._policy.reorder_point[product]:
            self._replenish(product)

    def _replenish(self, product: int) -> None:
        quantity = self._policy.order_up_to[product] - self.position[product]
        self.position[product] += quantity
        number = self._ordered[product]
        days = self._policy.lead_days.at(number * len(self.on_hand) + product)
        self._order(product, quantity, None, days * DAY)

    def _order(self, product: int, quantity: int, claim: Claim | None, seconds: float) -> None:
        if seconds < 0:
            raise ValueError(f"product {product}: goods on their way for {seconds} seconds")
        number = self._ordered[product]
        self._ordered[product] += 1
        planned_at = self._env.now + self._policy.planned_days[product] * DAY
        self._on_order[product][number] = _OnOrder(planned_at, quantity, claim)
        arrival = Occasion(self._env, None)
        arrival.callbacks.append(lambda _: self._receive(product, number))
        self._env.schedule(arrival, NORMAL, seconds)

    def _receive(self, product: int, number: int) -> None:
        _, quantity, claim = self._on_order[product].pop(number)
        self._move(product, quantity)
        if claim is None:
            self.available[product] += quantity
            self._serve(product)
        else:
            claim.allocated(product, quantity)

    def _serve(self, product: int) -> None:
        waiting = self._waiting[product]
        while waiting and waiting.first().quantity <= self.available[product]:
            line = waiting.pop()
            self.available[product] -= line.quantity
            self._waits.extend((line.since, self._env.now))
            line.claim.allocated(product, line.quantity)


def _within(
    times: np.ndarray[tuple[int, ...], np.dtype[np.float64]], start: float, end: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    within: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = (times >= start) & (times < end)
    return within
