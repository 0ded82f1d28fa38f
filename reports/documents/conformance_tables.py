"""Conformance and the price of deviations as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reports.documents.cells import count_cell, text_cell, value_cell
from reports.documents.document import Block, Cell, Column, Table, Text
from reports.number_text import Scale

if TYPE_CHECKING:
    import polars as pl

    from mining.conformance import Conformance

_ROWS = 20
_NOTHING = text_cell("-")


def conformance_blocks(
    results: Mapping[str, Conformance], prices: pl.DataFrame | None, currency: str
) -> list[Block]:
    """Return the tables of a check; none for what was not checked.

    Parameters
    ----------
    results
        Population to result.
    prices
        See :func:`mining.deviation_prices.priced`.
    currency
        ISO code, or empty.
    """
    blocks: list[Block] = []
    if results:
        told = [text for result in results.values() for text in (result.coverage, result.method)]
        blocks += [_fitness(results), Text(list(dict.fromkeys(filter(None, told))), small=True)]
    if prices is not None and not prices.is_empty():
        blocks.append(_prices(prices, currency))
    blocks += [
        _deviations(number, name, result)
        for number, (name, result) in enumerate(results.items(), 1)
        if not result.deviations.is_empty()
    ]
    return blocks


def _fitness(results: Mapping[str, Conformance]) -> Table:
    head = ("Checked", "Cases", "Cases that fit", "Average fitness", "Log fitness", "Precision")
    rows = [
        (
            text_cell(name, note=result.model),
            count_cell(result.checked_cases),
            Cell(Scale(100.0, 1, after=" %").text(result.fitting_share), result.fitting_share,
                 "share", bar=result.fitting_share),
            _ratio(result.average_fitness),
            _ratio(result.log_fitness),
            _NOTHING if result.precision is None else _ratio(result.precision),
        )
        for name, result in results.items()
    ]  # fmt: skip
    caption = "How well the cases and the model agree, from 0 (not at all) to 1"
    return Table("conformance-fitness", caption, _columns(head), rows)


def _deviations(number: int, name: str, result: Conformance) -> Table:
    rows = [
        (
            text_cell(row["activity"]),
            text_cell(str(row["kind"])),
            count_cell(row["cases"]),
            count_cell(row["occurrences"]),
            value_cell(row["share"], "share"),
        )
        for row in result.deviations.iter_rows(named=True)
    ]
    caption = (
        f"Deviations of {name}; missing: the model asks for it there, unexpected: the model does "
        "not allow it there"
    )
    head = ("Activity", "Deviation", "Cases", "Times", "Share of cases")
    columns = _columns(head, left=2)
    return Table(f"deviations-{number}", caption, columns, rows, folded=True, most_rows=_ROWS)


def _prices(prices: pl.DataFrame, currency: str) -> Table:
    head = (
        "What", "Deviation", "Cases", "Share", "Added days", "Cash tied up", "Cost",
    )  # fmt: skip
    rows = [_price(row, currency) for row in prices.iter_rows(named=True)]
    caption = (
        "Deviations and broken rules, the dearest first; days (with their 95 % interval) and cash "
        "go with them and need not come from them"
    )
    return Table("deviation-prices", caption, _columns(head, left=2), rows, most_rows=_ROWS)


def _price(row: Mapping[str, Any], currency: str) -> Sequence[Cell]:
    return (
        text_cell(row["what"]),
        text_cell(row["kind"]),
        count_cell(row["cases"]),
        value_cell(row["share"], "share"),
        _added(row["added_mean_days"], row["added_low_days"], row["added_high_days"]),
        value_cell(row["cash_tied_up"], "currency", currency),
        value_cell(row["cash_cost"], "currency", currency),
    )


def _added(days: float | None, low: float | None, high: float | None) -> Cell:
    if days is None:
        return _NOTHING
    span = "" if low is None or high is None else f"{_signed(low)} to {_signed(high)}"
    return Cell(_signed(days), days, "days", low, high, span)


def _signed(days: float) -> str:
    text = Scale(1.0, 1).number(days)
    return f"+{text}" if days > 0 and text.strip("0.,") else text


def _ratio(value: float) -> Cell:
    return Cell(Scale(1.0, 4).number(value), value)


def _columns(names: Sequence[str], left: int = 1) -> list[Column]:
    return [Column(name, right=number >= left) for number, name in enumerate(names)]
