"""Order book: the contents of every order, by its number, whatever demand it came of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, TypeAlias

import numpy as np

from o2c_sim.process.demand import Demand, Ints, OrderColumns

_BLOCK: Final = 1_024
# Up to so many blocks are kept, a hundred kilobytes each, so that what a short run has drawn need
# not be drawn again for its log. A longer run keeps none.
_KEPT: Final = 32

# The contents of one order: customer, channel, first line (which counts the lines of all orders
# before it); products, quantities, net values of the lines in minor units; their sum. A plain
# tuple: a row is made for each order and taken apart at once.
OrderRow: TypeAlias = tuple[int, int, int, list[int], list[int], list[int], int]


class OrderBook:
    """The contents of one order at a time, drawn in blocks; quickest when read in order.

    Parameters
    ----------
    demand
        What the orders come of, until :meth:`change` says otherwise.
    """

    __slots__ = ("_demands", "_first", "_firsts", "_kept", "_lines_before", "_rows")

    def __init__(self, demand: Demand) -> None:
        # From which order on each demand holds.
        self._firsts, self._demands = [0], [demand]
        self._first = 0
        self._lines_before = 0
        self._rows: list[OrderRow] = []
        # Whole blocks that follow each other from the first one on.
        self._kept: list[OrderColumns] = []

    def change(self, first: int, demand: Demand) -> None:
        """Let orders from number *first* on, which nobody has read, come of another demand."""
        self._firsts.append(first)
        self._demands.append(demand)
        # What was drawn ahead is no more.
        self._first, self._lines_before, self._rows = 0, 0, []
        del self._kept[first // _BLOCK :]

    def __getitem__(self, number: int) -> OrderRow:
        """Return the contents of an order."""
        place = number - self._first
        if not 0 <= place < len(self._rows):
            place = number % _BLOCK
            self._turn_to(number - place)
        return self._rows[place]

    def contents(self, first: int, count: int) -> OrderColumns:
        """Return the contents of orders *first* to *first* + *count* - 1."""
        parts = self._known(first, count)
        if not parts:
            runs = self._runs(first, count)
            parts = [demand.contents(begin, some) for demand, begin, some in runs]
        if len(parts) == 1:
            return parts[0]
        columns = OrderColumns(*map(np.concatenate, zip(*parts, strict=True)))
        return columns._replace(first_line=np.cumsum(columns.lines) - columns.lines)

    def forget(self) -> None:
        """Let go of what has been drawn; asked for again, it is drawn again."""
        self._first, self._lines_before, self._rows = 0, 0, []
        self._kept.clear()

    def _known(self, first: int, count: int) -> list[OrderColumns]:
        """Return the contents of orders by block; nothing unless all of them are kept."""
        place, within = divmod(first, _BLOCK)
        blocks = self._kept[place : place + -(-count // _BLOCK)]
        if within or len(blocks) * _BLOCK < count:
            return []
        if len(blocks) * _BLOCK > count:
            blocks[-1] = _beginning(blocks[-1], count % _BLOCK)
        return blocks

    def channels(self, first: int, count: int) -> Ints:
        """Return the channel, by number, of orders *first* to *first* + *count* - 1."""
        runs = self._runs(first, count)
        return np.concatenate([demand.channels(begin, some) for demand, begin, some in runs])

    def _lines(self, count: int) -> int:
        """Return the number of lines of the first orders."""
        return sum(
            int(demand.lines(begin, some).sum()) for demand, begin, some in self._runs(0, count)
        )

    def _runs(self, first: int, count: int) -> Iterator[tuple[Demand, int, int]]:
        """Yield the demand, the first number and the count of orders that follow each other."""
        end = first + count
        place = bisect_right(self._firsts, first) - 1
        ends = [*self._firsts[1:], end]
        while True:
            until = min(ends[place], end)
            yield self._demands[place], first, until - first
            if until >= end:
                return
            first, place = until, place + 1

    def _turn_to(self, first: int) -> None:
        if first == self._first + len(self._rows):
            if self._rows:
                _, _, first_line, products_of_last, *_ = self._rows[-1]
                self._lines_before = first_line + len(products_of_last)
        else:
            self._lines_before = self._lines(first)
        block = self.contents(first, _BLOCK)
        if len(self._kept) * _BLOCK == first:
            self._kept.append(block)
            if len(self._kept) > _KEPT:
                self._kept.clear()
        products, quantities = block.line_product.tolist(), block.line_quantity.tolist()
        values = block.line_value_minor.tolist()
        before = self._lines_before
        self._first = first
        self._rows = [
            (
                customer,
                channel,
                before + begin,
                products[begin : begin + lines],
                quantities[begin : begin + lines],
                values[begin : begin + lines],
                value,
            )
            for customer, channel, lines, begin, value in zip(
                block.customer.tolist(),
                block.channel.tolist(),
                block.lines.tolist(),
                block.first_line.tolist(),
                block.value_minor.tolist(),
                strict=True,
            )
        ]


def _beginning(columns: OrderColumns, count: int) -> OrderColumns:
    """Return the contents of the first orders."""
    lines = int(columns.lines[:count].sum())
    return OrderColumns(
        columns.customer[:count],
        columns.channel[:count],
        columns.lines[:count],
        columns.first_line[:count],
        columns.line_product[:lines],
        columns.line_quantity[:lines],
        columns.line_value_minor[:lines],
        columns.value_minor[:count],
    )
