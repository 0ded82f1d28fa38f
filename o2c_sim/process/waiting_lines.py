"""Waiting lines: who waits for a product, and who is next."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import NamedTuple, Protocol


class Claim(Protocol):
    """Who may have to wait for stock: an order."""

    def allocated(self, product: int, quantity: int) -> None:
        """Go on: a line that waited for *quantity* units of *product* has got them."""


class Line(NamedTuple):
    """A line that waits.

    Attributes
    ----------
    rank
        Its place in the policy's order; the smallest is next, of equal ones the first to come.
    quantity
        Units.
    claim
        Who is told when they are there.
    since
        When it began to wait, simulation seconds.
    """

    rank: int
    quantity: int
    claim: Claim
    since: float


class WaitingLines:
    """The lines that wait for one product, in the order of the policy.

    Attributes
    ----------
    units
        What they wait for, by rank: a long queue need not be added up for each line that joins.
    """

    __slots__ = ("_lines", "_order", "_turns_of", "units")

    def __init__(self) -> None:
        # By turn; the smallest (rank, turn) is next. Who withdraws stays in the heap until that
        # turn comes, so that a withdrawal does not go through the queue.
        self._lines: dict[int, Line] = {}
        self._order: list[tuple[int, int]] = []
        self._turns_of: dict[Claim, list[int]] = {}
        self.units: dict[int, int] = {}

    def __bool__(self) -> bool:
        return bool(self._lines)

    def __iter__(self) -> Iterator[Line]:
        return iter(self._lines.values())

    def first(self) -> Line:
        """Return the line that is next; there must be one."""
        while self._order[0][1] not in self._lines:
            heappop(self._order)
        return self._lines[self._order[0][1]]

    def join(self, line: Line, turn: int) -> None:
        """Let a line wait; turns go up."""
        self._lines[turn] = line
        heappush(self._order, (line.rank, turn))
        self._turns_of.setdefault(line.claim, []).append(turn)
        self.units[line.rank] = self.units.get(line.rank, 0) + line.quantity

    def pop(self) -> Line:
        """Return the line that is next, which waits no longer."""
        line = self.first()
        _, turn = heappop(self._order)
        turns = self._turns_of[line.claim]
        turns.remove(turn)
        if not turns:
            del self._turns_of[line.claim]
        return self._drop(turn)

    def withdraw(self, claim: Claim) -> list[Line]:
        """Return the lines of a claim, which wait no longer, in order of arrival."""
        return [self._drop(turn) for turn in self._turns_of.pop(claim, ())]

    def forget(self) -> None:
        """Let go of who waits; nobody will be told anything."""
        self._lines.clear()
        self._order.clear()
        self._turns_of.clear()
        self.units.clear()

    def _drop(self, turn: int) -> Line:
        line = self._lines.pop(turn)
        self.units[line.rank] -= line.quantity
        if not self.units[line.rank]:
            del self.units[line.rank]
        if not self._lines:
            self._order.clear()
        return line
