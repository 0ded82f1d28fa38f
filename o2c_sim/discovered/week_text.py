"""Hours of work as people write them: by weekday in a file, ``mon-fri 09:00-17:00`` in a line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby

from o2c_sim.discovered.weeks import ALWAYS, Week
from o2c_sim.model.section import WEEKDAYS, Weekday

ALLOWED = "hours such as 09:00-12:00, 13:00-17:00, in order, until 24:00 at most"
_DAY = 24 * 3_600
_MOMENT = r"(\d\d):(\d\d)(?::(\d\d(?:\.\d{1,6})?))?"
_DAYS = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?\s+(.+)", re.ASCII)
LINE_ALLOWED = "always, or days and hours such as 'mon-fri 09:00-17:00; sat 09:00-12:00'"
_STRETCH = re.compile(rf"{_MOMENT}-{_MOMENT}", re.ASCII)


def week_of(days: Mapping[Weekday, str]) -> Week:
    """Return the week that is written as hours by weekday.

    Parameters
    ----------
    days
        ``mon`` to ``sun``, those with work, to their hours in UTC.

    Returns
    -------
    tuple
        (from, until) in hours of the week; hours that adjoin at midnight are one stretch.

    Raises
    ------
    ValueError
        If the text of a day is no hours, or if there are none at all.
    """
    unknown = [str(day) for day in days if day not in WEEKDAYS]
    if unknown:
        raise ValueError(f"{unknown[0][:40]!r} is no weekday; allowed: {', '.join(WEEKDAYS)}")
    found: list[tuple[float, float]] = []
    for number, day in enumerate(WEEKDAYS):
        last = 0.0
        for text in str(days[day]).split(",") if day in days else ():
            match = _STRETCH.fullmatch(text.strip())
            if match is None:
                raise ValueError(f"{day}: {text.strip()[:40]!r} is no hours; allowed: {ALLOWED}")
            opens, closes = _seconds(match.groups()[:3]), _seconds(match.groups()[3:])
            if not last <= opens < closes <= _DAY:
                raise ValueError(f"{day}: {text.strip()!r} is out of order; allowed: {ALLOWED}")
            last = closes
            begin, end = ((number * _DAY + time) / 3_600 for time in (opens, closes))
            if found and found[-1][1] == begin:
                begin = found.pop()[0]
            found.append((begin, end))
    if not found:
        raise ValueError("no hour of work; allowed: at least one day with hours, or always")
    return tuple(found)


def week_as_text(week: Week) -> dict[str, str] | str:
    """Return a week as hours by weekday, or ``always``."""
    if week == ALWAYS:
        return "always"
    days: dict[str, list[str]] = {}
    for opens, closes in week:
        begin, end = round(opens * 3_600, 6), round(closes * 3_600, 6)
        while begin < end:
            day = int(begin // _DAY)
            until = min(end, (day + 1) * _DAY)
            text = f"{_moment(begin - day * _DAY)}-{_moment(until - day * _DAY)}"
            days.setdefault(WEEKDAYS[day], []).append(text)
            begin = until
    return {day: ", ".join(texts) for day, texts in days.items()}


def week_of_line(text: str) -> Week:
    """Return the week of one line, such as ``mon-fri 09:00-17:00; sat 09:00-12:00``.

    Raises
    ------
    ValueError
        If a part of the text is no days and hours.
    """
    if text.strip() == "always":
        return ALWAYS
    days: dict[Weekday, str] = {}
    for part in text.split(";"):
        match = _DAYS.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"{part.strip()[:40]!r} is no days and hours")
        for day in _days(match[1], match[2] or match[1]):
            if day in days:
                raise ValueError(f"{day} is there twice")
            days[day] = match[3]
    return week_of(days)


def week_as_line(week: Week) -> str:
    """Return a week in one line, as :func:`week_of_line` reads it."""
    days = week_as_text(week)
    if isinstance(days, str):
        return days
    parts = []
    for hours, group in groupby(WEEKDAYS, key=lambda day: days.get(day, "")):
        names = list(group)
        if hours:
            parts.append(
                f"{names[0]}-{names[-1]} {hours}" if len(names) > 1 else f"{names[0]} {hours}"
            )
    return "; ".join(parts)


def _days(first: str, last: str) -> tuple[Weekday, ...]:
    names: tuple[str, ...] = WEEKDAYS
    if first not in names or last not in names:
        raise ValueError(f"{first}-{last} are no weekdays; allowed: {', '.join(WEEKDAYS)}")
    begin, end = names.index(first), names.index(last)
    if end < begin:
        raise ValueError(f"{first}-{last} ends before it begins")
    return WEEKDAYS[begin : end + 1]


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds = (float(part or 0) for part in parts)
    if minutes >= 60 or seconds >= 60:
        raise ValueError(f"an hour has 60 minutes and a minute 60 seconds; allowed: {ALLOWED}")
    return hours * 3_600 + minutes * 60 + seconds


def _moment(seconds: float) -> str:
    micro = round(seconds * 1e6)
    minutes, rest = divmod(micro, 60_000_000)
    text = f"{minutes // 60:02d}:{minutes % 60:02d}"
    if not rest:
        return text
    whole, part = divmod(rest, 1_000_000)
    return f"{text}:{whole:02d}" + (f".{part:06d}".rstrip("0") if part else "")
