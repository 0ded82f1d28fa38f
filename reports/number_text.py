"""Numbers as text: one scale for a value and its interval, in one style, never ``-0.0``."""

from __future__ import annotations

import math
from dataclasses import dataclass

from reports.number_style import NARROW_SPACE, PERCENT, current_style, number_locale

__all__ = [
    "NARROW_SPACE",
    "NOT_AVAILABLE",
    "Scale",
    "count_text",
    "duration_text",
    "number_locale",
    "scale_of",
    "share_text",
    "significant_text",
    "tick_text",
    "value_text",
]

NOT_AVAILABLE = "n/a"

_MONEY = ((1e9, "bn"), (1e6, "m"), (1e3, "k"))
_UNIT_WORDS = {"days": " days", "hours": " h", "share": PERCENT, "count": ""}
_MAX_DECIMALS = 4
_TICK_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Scale:
    """How the numbers of one statement are written, so that they can be compared at sight.

    Parameters
    ----------
    factor
        Multiplier from the stored value to the written one (100 for shares, 1e-6 for millions).
    decimals
        Digits after the point.
    before, after
        Text around the number: currency code, unit.
    """

    factor: float
    decimals: int
    before: str = ""
    after: str = ""

    def number(self, value: float) -> str:
        """Return *value* without its unit, in the style of the locale; never ``-0``.

        Without a locale digits are grouped by narrow spaces and a point parts the decimals.
        """
        if math.isnan(value):
            return NOT_AVAILABLE
        style = current_style()
        if math.isinf(value):
            return "infinite" if value > 0 else f"{style.minus}infinite"
        return style.written(f"{value * self.factor:.{self.decimals}f}")

    def is_nothing(self, value: float) -> bool:
        """Return whether *value* is written as zero on this scale."""
        return math.isfinite(value) and not f"{value * self.factor:.{self.decimals}f}".strip("-0.")

    def text(self, value: float) -> str:
        """Return *value* with its unit, for example ``EUR 1.2 m``."""
        if math.isnan(value):
            return NOT_AVAILABLE
        number, style = self.number(value), current_style()
        before, after = self.before, self.after
        if after == PERCENT:
            before, after = before + style.percent_before, style.percent_after
        # "EUR -1.2 m" reads as a typing error; the sign belongs in front.
        if before and number.startswith(style.minus):
            return f"{style.minus}{before}{number.removeprefix(style.minus)}{after}"
        return f"{before}{number}{after}"


def scale_of(unit: str, *values: float, currency: str = "", difference: bool = False) -> Scale:
    """Return one scale that suits all *values*.

    Parameters
    ----------
    unit
        ``days``, ``hours``, ``share``, ``currency``, ``count`` or any other word.
    values
        What will be written with it, the most important first; NaN is passed over.
    currency
        ISO code, used when *unit* is ``currency``.
    difference
        Write shares as percentage points, and where all values lie on one side of zero, spend
        the decimals that keep them there after rounding.

    Returns
    -------
    Scale
        Days, hours and percentages have one decimal, more where all values would round to zero.
    """
    known = [abs(value) for value in values if math.isfinite(value)]
    largest = max(known, default=0.0)
    factor, decimals, before, after = 1.0, 1, "", _UNIT_WORDS.get(unit, f" {unit}")
    if unit == "currency":
        before, after = (f"{currency} " if currency else ""), ""
        # Costs per piece are a few units of currency, and cents matter there.
        decimals = 2 if 0 < largest < 100 else 0
        for size, letter in _MONEY:
            # From 999 950 on, one decimal of a thousand already rounds to a million.
            if largest >= size * 0.99995:
                factor, decimals, after = 1.0 / size, 1, f" {letter}"
                break
    elif unit == "share":
        factor = 100.0
        after = " percentage points" if difference else PERCENT
    elif unit == "count":
        decimals = 0 if largest >= 100 or all(value.is_integer() for value in known) else 1
    # What is not nothing should not be written as nothing.
    while largest > 0 and decimals < _MAX_DECIMALS and round(largest * factor, decimals) == 0:
        decimals += 1
    if difference and _one_sided(values):
        # "Saves 0.2 days (0.0 to 0.3)" would contradict itself.
        nearest = min(known)
        while decimals < _MAX_DECIMALS and round(nearest * factor, decimals) == 0:
            decimals += 1
    return Scale(factor, decimals, before, after)


def _one_sided(values: tuple[float, ...]) -> bool:
    return bool(values) and (
        all(value > 0 for value in values) or all(value < 0 for value in values)
    )


def value_text(value: float, unit: str, currency: str = "") -> str:
    """Return one value with its unit, for example ``41.3 days``, ``12.5 %`` or ``EUR 1.2 m``."""
    return scale_of(unit, value, currency=currency).text(value)


def count_text(count: float) -> str:
    """Return a whole number grouped by narrow spaces."""
    return Scale(1.0, 0).number(count)


def share_text(share: float, decimals: int = 0) -> str:
    """Return a share (0 to 1) as a percentage."""
    return Scale(100.0, decimals, after=PERCENT).text(share)


def tick_text(value: float) -> str:
    """Return a number beside an axis: only the decimals it has, six at most.

    Examples
    --------
    >>> tick_text(0.25), tick_text(3.0)
    ('0.25', '3')
    """
    decimals = 0
    while decimals < _TICK_DECIMALS and not math.isclose(
        value, round(value, decimals), rel_tol=1e-9, abs_tol=1e-9
    ):
        decimals += 1
    return Scale(1.0, decimals).number(value)


def significant_text(value: float, digits: int = 4) -> str:
    """Return a bare number of any size to so many significant digits, without zeros at its end.

    Examples
    --------
    >>> significant_text(0.02349), significant_text(3.0), significant_text(0.00001234, 3)
    ('0.02349', '3', '1.23e-05')
    """
    if not math.isfinite(value):
        return Scale(1.0, 0).number(value)
    number, _, power = f"{value:.{digits}g}".partition("e")
    if power and int(power) > 0:
        number, power = f"{value:.0f}", ""
    decimals = len(number.partition(".")[2])
    return Scale(1.0, decimals).number(float(number)) + (f"e{power}" if power else "")


def duration_text(hours: float | None) -> str:
    """Return a duration in the unit a reader would choose: seconds, minutes, hours or days.

    Examples
    --------
    >>> duration_text(0.4), duration_text(5.25), duration_text(60.0), duration_text(0.005)
    ('24 min', '5.2 h', '2.5 d', '18 s')
    """
    if hours is None or math.isnan(hours):
        return NOT_AVAILABLE
    # Seconds are not nothing, and should not be written as no minutes.
    if hours and abs(hours) * 60 < 0.5:
        return Scale(3600.0, 0, after=" s").text(hours) if abs(hours) > 1 / 7200 else "under 1 s"
    if abs(hours) < 1:
        return Scale(60.0, 0, after=" min").text(hours)
    if abs(hours) < 48:
        return Scale(1.0, 1, after=" h").text(hours)
    return Scale(1 / 24, 1, after=" d").text(hours)
