"""The flow of items in words: what they are called, what their days and moments mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mining.flow.clocks import CLOCK_WORDS, Clock
from mining.flow.items import Items
from reports.figures.text_fit import wrapped
from reports.number_text import NOT_AVAILABLE, count_text, value_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PLURALS = {"delivery": "deliveries"}
_LONGEST = 400.0
# Beyond so many times the 95th percentile, a linear axis shows little but its outliers.
_OUTLIERS = 5.0


def noun(case_type: str) -> str:
    """Return what items of a type are called, in the plural."""
    name = " ".join(wrapped(case_type.replace("_", " "), 9.0, _LONGEST, 1)) or "case"
    return _PLURALS.get(name, f"{name}s")


def counted(number: int, what: str, kind: str = "") -> str:
    """Return a number of items, ``1 completed case`` or ``12 completed cases``."""
    singular = {plural: one for one, plural in _PLURALS.items()}.get(what, what.removesuffix("s"))
    return " ".join(filter(None, (count_text(number), kind, singular if number == 1 else what)))


def day_unit(clock: Clock) -> str:
    """Return the unit of durations, for axes and heads of columns."""
    return "business days" if clock == "business" else "days"


def days_text(days: float | None, clock: Clock) -> str:
    """Return a duration with its unit; whole days without decimals."""
    if days is None or days != days:
        return NOT_AVAILABLE
    unit = day_unit(clock)
    if clock == "whole days" and float(days).is_integer():
        return f"{count_text(days)} {'day' if days == 1 else unit}"
    return value_text(days, unit)


def short_days_text(days: float, clock: Clock) -> str:
    """Return a duration for use within axes, whose label says what days they are."""
    return days_text(days, clock).replace(day_unit(clock), "days")


def counting_words(clock: Clock) -> str:
    """Return how days are counted, as a sentence."""
    words = CLOCK_WORDS[clock]
    return f"Days are {words}."


def definition_words(items: Items) -> str:
    """Return what created, started and done mean for these items, as sentences."""
    started = (
        "when the first work on it began"
        if items.starts_known
        else "its next event, as the log knows completions only"
    )
    cancelled = _listed(items.workflow.cancelling)
    also = f" Cancelled: ended by {cancelled}." if cancelled else ""
    closing = _listed(items.workflow.closing) or NOT_AVAILABLE
    done = (
        f"its last event, which is {closing}"
        if items.workflow.last_event_only
        else f"the last of {closing}, with nothing left open"
    )
    # An item begins with its order; what comes before it is no work on it.
    before = _listed(items.workflow.before)
    first = f"first event, not counting {before}" if before else "first event"
    unborn = ""
    if items.left_out:
        unborn = f" {counted(items.left_out, noun(items.case_type))} with nothing else left out."
    return f"Created: {first}.{unborn} Started: {started}. Done: {done}.{also}"


def roomy(axes: Axes, dates: Sequence[dt.date], least_days: float, edge_days: float = 0.5) -> None:
    """Fix the limits of an axis of dates, with room about them where they are few."""
    first, last = min(dates), max(dates)
    wide = (last - first).days
    room = dt.timedelta(days=max(0.02 * wide, (least_days - wide) / 2, edge_days))
    begin, end = dt.datetime.combine(first, dt.time()), dt.datetime.combine(last, dt.time())
    axes.set_xlim(begin - room, end + room)  # type: ignore[arg-type]


def is_skewed(longest: float, percentile_95: float) -> bool:
    """Return whether durations need a logarithmic axis to be told apart."""
    return percentile_95 > 0 and longest > _OUTLIERS * percentile_95


def logarithmic(axes: Axes, lowest: float) -> None:
    """Make the y axis logarithmic from *lowest* on, with plain numbers as ticks."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    top = 1.25 * axes.get_ylim()[1]
    axes.set_yscale("log")
    axes.set_ylim(lowest, max(top, lowest * 10))
    ticks = [m * 10.0**power for power in range(-4, 7) for m in (1, 2, 5)]
    shown = [tick for tick in ticks if lowest <= tick <= axes.get_ylim()[1]]
    if len(shown) > 9:
        shown = [tick for tick in shown if f"{tick:e}"[0] == "1"]
    axes.yaxis.set_major_locator(FixedLocator(shown))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda tick, _: count_text(tick) if tick >= 1 else f"{tick:g}")
    )


def _listed(names: Sequence[str], most: int = 4) -> str:
    cut = [" ".join(wrapped(name, 9.0, _LONGEST, 1)) for name in names[:most]]
    more = f" and {count_text(len(names) - most)} others" if len(names) > most else ""
    return (
        f"{', '.join(cut[:-1])} or {cut[-1]}"
        if len(cut) > 1 and not more
        else (", ".join(cut) + more)
    )
