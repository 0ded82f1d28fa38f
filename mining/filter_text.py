"""Filters as short texts, such as ``hours>48`` or ``follows=Create Order>Create Invoice``.

==============================  ===================================================================
``activity=A|B``                cases in which A or B occurs
``start=A``, ``end=A``          cases that begin or end with A
``repeats=A``                   cases in which A occurs at least twice
``variant=1|2``                 cases of these variants by rank
``top=80%``                     cases of the most frequent variants that cover four fifths
``hours>48``, ``days<=3``       cases that take so long from first to last completion (also < >=)
``events>10``                   cases with so many events
``contained=DATE..DATE``        cases that lie in these days altogether
``intersecting=DATE..DATE``     cases under way in these days
``started=DATE..DATE``          cases that begin in these days
``follows=A>B``                 cases in which B comes directly after A
``follows=A>>B``                cases in which B comes at some time after A
``follows=A>B<48h``             and within 48 hours; ``>48h`` for later than that
``NAME=X|Y``                    cases with such a value of an attribute
==============================  ===================================================================

``!=`` in place of ``=`` gives the other cases. Days are those of the log's own clock.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from mining import filters
from o2c_sim.errors import Problem, ToolkitError, UsageError, did_you_mean

_SHAPE = re.compile(r"\s*([^=<>!]+?)\s*(!=|<=|>=|=|<|>)\s*(.+?)\s*$", re.DOTALL)
_BOUND = re.compile(r"^(.*?)\s*([<>])\s*(\d+(?:\.\d+)?)\s*([hd])$", re.DOTALL)
_NUMBERS = ("hours", "days", "events")
_WINDOWS = ("contained", "intersecting", "started")
_NAMES = ("activity", "start", "end", "repeats", "variant", "top", "follows")
ALLOWED = (
    "activity=A|B, start=A, end=A, repeats=A, variant=1|2, top=80%, hours>48, days<=3, events>10, "
    "contained=2024-01-01..2024-03-31, intersecting=..., started=..., follows=A>B, follows=A>>B, "
    "follows=A>B<48h, ATTRIBUTE=X; != for the other cases"
)


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter as it was written.

    Parameters
    ----------
    name, sign, value
        The parts of the text.
    text
        All of it.
    """

    name: str
    sign: str
    value: str
    text: str


def parse(texts: Sequence[str]) -> list[Filter]:
    """Return filters from their texts.

    Raises
    ------
    UsageError
        If a text is no filter; all faults at once.
    """
    found: list[Filter] = []
    problems: list[Problem] = []
    for text in texts:
        shape = _SHAPE.match(text)
        if shape is None:
            problems.append(_problem("is not a filter", text))
            continue
        name, sign, value = shape.groups()
        own = next((n for n in (*_NUMBERS, *_WINDOWS, *_NAMES) if n == name.lower()), name)
        problem = _fault(own, sign, value)
        if problem:
            problems.append(_problem(problem, text))
        found.append(Filter(own, sign, value, text))
    if problems:
        raise UsageError(problems)
    return found


def apply(
    wanted: Sequence[Filter],
    cases: pl.DataFrame,
    *,
    attributes: pl.DataFrame | None = None,
    zone: str = "UTC",
) -> pl.DataFrame:
    """Return what filters leave of a case view.

    Parameters
    ----------
    wanted
        Applied one after the other; ranks and shares of variants are those of all cases.
    cases
        A case view.
    attributes
        See :func:`mining.filters.having_value`.
    zone
        IANA time zone of the days.

    Raises
    ------
    UsageError
        If a name does not occur in the log, or no case is left; with the filter at fault.
    """
    kept = cases
    problems: list[Problem] = []
    for one in wanted:
        try:
            remaining = _applied(one, cases, attributes, zone)
        except ToolkitError as error:
            problems += [
                Problem(
                    p.message, where=_where(one.text), allowed=p.allowed, suggestion=p.suggestion
                )
                for p in error.problems
            ]
            continue
        kept = kept.join(remaining.select("case").unique(), on="case", how="semi")
    if problems:
        raise UsageError(problems)
    if kept.is_empty():
        shown = " ".join(f"--filter {one.text!r}" for one in wanted)
        raise UsageError(Problem("the filters leave no case", where=shown))
    return kept


def _applied(
    one: Filter, cases: pl.DataFrame, attributes: pl.DataFrame | None, zone: str
) -> pl.DataFrame:
    keep = one.sign != "!="
    values = [value.strip() for value in one.value.split("|")]
    if one.name in _NUMBERS:
        low, high = _range(one)
        if one.name == "events":
            most = 2**62 if high == math.inf else math.floor(high)
            return filters.of_size(cases, math.ceil(low), most, keep=keep)
        unit = 24 if one.name == "days" else 1
        return filters.taking(cases, unit * low, unit * high, keep=keep)
    if one.name in _WINDOWS:
        first, last = _days(one.value, zone)
        window: Callable[..., pl.DataFrame] = getattr(filters, one.name)
        return window(cases, first, last, keep=keep)
    if one.name == "follows":
        return _follows(one, cases, keep=keep)
    if one.name == "variant":
        return filters.of_variants(cases, [int(value) for value in values], keep=keep)
    if one.name == "top":
        return filters.top_variants(cases, _share(one.value), keep=keep)
    if one.name == "repeats":
        return filters.repeating(cases, one.value, keep=keep)
    by_name: dict[str, Callable[..., pl.DataFrame]] = {
        "activity": filters.having_activity,
        "start": filters.beginning_with,
        "end": filters.ending_with,
    }
    if one.name in by_name:
        return by_name[one.name](cases, values, keep=keep)
    return filters.having_value(cases, one.name, values, attributes=attributes, keep=keep)


def _follows(one: Filter, cases: pl.DataFrame, *, keep: bool) -> pl.DataFrame:
    value, low, high = one.value, 0.0, math.inf
    bound = _BOUND.match(value)
    if bound:
        value, sign, number, unit = bound.groups()
        hours = float(number) * (24 if unit == "d" else 1)
        low, high = (math.nextafter(hours, math.inf), high) if sign == ">" else (low, hours)
    directly = ">>" not in value
    source, _, target = value.partition(">" if directly else ">>")
    return filters.following(
        cases, source.strip(), target.strip(), directly=directly, low_hours=low, high_hours=high,
        keep=keep,
    )  # fmt: skip


def _range(one: Filter) -> tuple[float, float]:
    number = float(one.value)
    ranges = {
        "=": (number, number),
        "!=": (number, number),
        ">=": (number, math.inf),
        "<=": (-math.inf, number),
        ">": (math.nextafter(number, math.inf), math.inf),
        "<": (-math.inf, math.nextafter(number, -math.inf)),
    }
    low, high = ranges[one.sign]
    return max(low, 0.0), high


def _days(value: str, zone: str) -> tuple[datetime, datetime]:
    first, _, last = value.partition("..")
    begin, end = date.fromisoformat(first.strip()), date.fromisoformat(last.strip())
    return _in_utc(datetime.combine(begin, time()), zone), _in_utc(
        datetime.combine(end, time.max), zone
    )


def _in_utc(local: datetime, zone: str) -> datetime:
    try:
        return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
    except OverflowError:  # the first or the last day of the calendar
        return local


def _share(value: str) -> float:
    return float(value.rstrip("% ")) / (100 if value.endswith("%") else 1)


def _fault(name: str, sign: str, value: str) -> str:
    """Say what is wrong with a filter before any log is read; empty if nothing is."""
    if sign not in ("=", "!=") and name not in _NUMBERS:
        return f"{name!r} is not compared by {sign!r}"
    try:
        if name in _NUMBERS and not 0 <= float(value) < math.inf:
            return f"{value!r} is not a number of {name}"
        if name == "top" and not 0 < _share(value) <= 1:
            return f"{value!r} is not a share of the cases"
        if name == "variant" and any(int(rank) < 1 for rank in value.split("|")):
            return "variants are numbered from 1"
        if name in _WINDOWS:
            first, last = _days(value, "UTC")
            if last - first < timedelta(0):
                return "the window ends before it begins"
    except (ValueError, OverflowError):
        kinds = {"top": "share", "variant": "rank of a variant"}
        what = "pair of dates" if name in _WINDOWS else kinds.get(name, "number")
        return f"{value!r} is not a {what}"
    if name == "follows":
        parts = [part.strip() for part in re.split(r">>?", _BOUND.sub(r"\1", value))]
        if len(parts) != 2 or not all(parts):
            return "names two activities, as in A>B"
    return ""


def _problem(message: str, text: str) -> Problem:
    name = re.split(r"[=<>!]", text)[0].strip()
    nearest = did_you_mean(name, (*_NUMBERS, *_WINDOWS, *_NAMES))
    known = name in (*_NUMBERS, *_WINDOWS, *_NAMES)
    return Problem(
        message, where=_where(text), allowed=ALLOWED, suggestion="" if known else nearest
    )


def _where(text: str) -> str:
    return f"--filter {text!r}"
