"""What a finding is worth: the value of the cases behind it, and the days it is tied up longer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim.errors import Problem, UsageError, did_you_mean
from o2c_sim.eventlog import EventLog

# Looked for in this order, with capitals, spaces and underscores left out.
_NAMES = ("netvalue", "value", "netamount", "amount", "ordervalue", "invoiceamount", "price")


@dataclass(frozen=True, slots=True)
class CaseValues:
    """The value of each case.

    Parameters
    ----------
    attribute
        Where it comes from.
    values
        Currency units, by case; zero where unknown.
    """

    attribute: str
    values: npt.NDArray[np.float64]


def case_values(
    log: EventLog, case_type: str, cases: pl.Series, attribute: str | None
) -> CaseValues | None:
    """Return what cases are worth; None where the log does not say.

    Parameters
    ----------
    log, case_type
        The log and what a case is.
    cases
        Object numbers.
    attribute
        A numeric attribute of the cases; the first of the usual names if None.

    Raises
    ------
    UsageError
        If the cases have no such numeric attribute.
    """
    rows = log.objects_of(case_type)
    numeric = [n for n in rows.columns if rows[n].dtype.is_numeric() and n != "object"]
    if attribute is not None and attribute not in numeric:
        raise UsageError(
            Problem(
                f"--value {attribute!r} is no number that every {case_type} has one of",
                allowed=", ".join(numeric) or "none: the log has no numeric attribute of cases",
                suggestion=did_you_mean(attribute, numeric),
            )
        )
    plain = {"".join(c for c in name.casefold() if c.isalnum()): name for name in reversed(numeric)}
    chosen = attribute or next((plain[name] for name in _NAMES if name in plain), None)
    if chosen is None:
        return None
    values = (
        pl.DataFrame({"object": cases})
        .join(rows.select("object", chosen), on="object", how="left", maintain_order="left")[chosen]
        .cast(pl.Float64)
        .fill_nan(None)
        .fill_null(0.0)
    )
    return CaseValues(chosen, values.to_numpy())


def observed_days(log: EventLog) -> float:
    """Return the days from a log's first event to its last, at least one."""
    first, last = log.events["time"].min(), log.events["time"].max()
    assert isinstance(first, dt.datetime)
    assert isinstance(last, dt.datetime)
    return max((last - first) / dt.timedelta(days=1), 1.0)
