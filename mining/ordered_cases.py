"""A case view in the one order everything is computed in, as arrays that readers share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from mining.grouping import Integers, are_in_order, run_begins
from o2c_sim.errors import LogError, Problem

_REQUIRED = ("case", "event", "activity", "time")


def ordered(cases: pl.DataFrame) -> pl.DataFrame:
    """Return a case view in the one order everything is computed in: (case, time, event).

    Parameters
    ----------
    cases
        A case view, in any row order.

    Returns
    -------
    polars.DataFrame
        The same rows; the same object where they are in order already, which is checked first
        because sorting costs twenty times as much.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    missing = [column for column in _REQUIRED if column not in cases.columns]
    if missing:
        raise LogError(
            Problem(
                f"the case view has no column {', '.join(map(repr, missing))}",
                allowed=", ".join(_REQUIRED),
                suggestion="EventLog.flatten(object_type)",
            )
        )
    in_order = _in_order(cases)
    return cases if in_order else cases.sort("case", "time", "event", maintain_order=True)


@dataclass(frozen=True)
class OrderedCases:
    """A case view in order, with what several measures are made of.

    Whoever asks for more than one measure of a case view hands them this instead, and the order is
    checked once.

    Parameters
    ----------
    view
        What :func:`ordered` gives.
    """

    view: pl.DataFrame

    @classmethod
    def of(cls, cases: pl.DataFrame | OrderedCases) -> OrderedCases:
        """Return a case view in order; of what is one, itself.

        Raises
        ------
        LogError
            If a column that every case view has is missing.
        """
        return cases if isinstance(cases, cls) else cls(ordered(cases))  # type: ignore[arg-type]

    @cached_property
    def names(self) -> pl.Series:
        """Names of the activities, in the order of their codes."""
        return activity_names(self._activity)

    @cached_property
    def code(self) -> Integers:
        """Code of each row's activity."""
        return self._activity.to_physical().to_numpy()

    @cached_property
    def case(self) -> Integers:
        """One number per case; cases that are no numbers are told apart by their neighbours."""
        case = self.view["case"]
        return (case if case.dtype.is_integer() else case.rle_id()).to_numpy()

    @cached_property
    def time(self) -> Integers:
        """Completion, microseconds."""
        return micros(self.view["time"])

    @cached_property
    def begins(self) -> Integers:
        """Row where each case begins."""
        return run_begins(self.case)

    @cached_property
    def sizes(self) -> Integers:
        """Rows of each case."""
        return np.diff(self.begins, append=self.view.height)

    @cached_property
    def started(self) -> Integers:
        """When the first work of each case began, microseconds; its first completion if unknown."""
        view = self.view
        if "start" not in view.columns or view["start"].null_count() == view.height:
            first: Integers = self.time[self.begins]
            return first
        began = micros(view.select(pl.coalesce("start", "time")).to_series())
        found: Integers = np.minimum.reduceat(began, self.begins)
        return found

    @cached_property
    def ended(self) -> Integers:
        """Last completion of each case, microseconds."""
        found: Integers = self.time[self.begins + self.sizes - 1]
        return found

    @cached_property
    def _activity(self) -> pl.Series:
        return coded_activities(self.view["activity"])


def coded_activities(activity: pl.Series) -> pl.Series:
    """Return activity names as an Enum, whatever kind of column they came in."""
    if isinstance(activity.dtype, pl.Enum):
        return activity
    texts = activity.cast(pl.String)
    return texts.cast(pl.Enum(texts.unique().sort()))


def activity_names(activity: pl.Series) -> pl.Series:
    """Return the names of an Enum column in the order of its codes."""
    categories: pl.Series = activity.dtype.categories  # type: ignore[attr-defined]
    return categories.cast(pl.String)


def micros(times: pl.Series) -> Integers:
    """Return moments as microseconds."""
    return times.cast(pl.Datetime("us")).to_physical().to_numpy()


def _in_order(cases: pl.DataFrame) -> bool:
    if not cases["case"].dtype.is_integer():
        ranks = cases["case"].rank("dense")
        return ranks.is_sorted() and _in_order(cases.with_columns(ranks.alias("case")))
    case, event = cases["case"].to_numpy(), cases["event"].to_numpy()
    return are_in_order(case, micros(cases["time"]), event)
