"""Curves with bands as a table: the numbers behind a picture of several outcomes by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reports.documents.cells import value_cell
from reports.documents.document import Cell, Column, Table
from reports.figures.value_axis import distinct, evenly
from scenarios.estimate import Band

DAY = "Day"
# More rows than this no page needs; years of days are sampled evenly.
MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class NamedBand:
    """A curve and its name."""

    name: str
    band: Band


def band_table(key: str, caption: str, bands: Sequence[NamedBand], currency: str) -> Table:
    """Return day, and mean, low and high of each curve, in currency.

    Parameters
    ----------
    key, caption
        As in :class:`~reports.documents.document.Table`.
    bands
        At least one; days that a curve does not have are empty.
    currency
        ISO code.
    """
    names = distinct(one.name for one in bands)
    columns = [Column(DAY, right=True, unit="days")]
    for name in names:
        columns += [
            Column(head, right=True, unit="currency")
            for head in (name, f"{name}: low", f"{name}: high")
        ]
    longest = max((one.band for one in bands), key=lambda band: band.day.size).day
    rows = []
    for place in evenly(longest.size, MOST_ROWS):
        day = float(longest[place])
        row = [Cell(f"{day:g}", day, "days")]
        for one in bands:
            for curve in (one.band.mean, one.band.low, one.band.high):
                known = float(curve[place]) if place < curve.size else float("nan")
                row.append(value_cell(known, "currency", currency))
        rows.append(row)
    return Table(key, caption, columns, rows, folded=True, most_rows=40)


def series_names(bands: Sequence[NamedBand]) -> tuple[str, ...]:
    """Return the columns of the means, for a native chart."""
    return tuple(distinct(one.name for one in bands))


def last_known(curve: npt.NDArray[np.float64]) -> float:
    """Return the last value of a curve; NaN of an empty one."""
    return float(curve[-1]) if curve.size else float("nan")
