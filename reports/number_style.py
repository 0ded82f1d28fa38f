"""Signs and grouping of numbers: the toolkit's neutral style, or that of a locale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from o2c_sim.errors import MissingDependencyError, Problem, UsageError

NARROW_SPACE = "\u202f"
# How a scale says that its numbers are percentages, whatever the locale writes.
PERCENT = " %"
EXAMPLES = ("de_DE", "en_GB", "en_US", "es_ES", "fr_FR", "it_IT", "nl_NL", "pl_PL")
NEUTRAL_NAME = "neutral"
# Marks of direction, which some locales put beside their signs.
_DIRECTIONS = str.maketrans("", "", "\u200e\u200f\u061c")


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How digits are put together.

    Parameters
    ----------
    point
        Between whole and decimal digits.
    group
        Between groups of whole digits.
    groups
        Digits in the group next to the point, and in all others.
    minus
        Sign of negative numbers.
    percent_before, percent_after
        What stands around a percentage.
    """

    point: str = "."
    group: str = NARROW_SPACE
    groups: tuple[int, int] = (3, 3)
    minus: str = "-"
    percent_before: str = ""
    percent_after: str = PERCENT

    def written(self, number: str) -> str:
        """Return a plain number, digits with at most one point and one sign, in this style."""
        whole, _, decimals = number.removeprefix("-").partition(".")
        first, other = self.groups
        parts = [whole[-first:]] if first else [whole]
        rest = whole[:-first] if first else ""
        while rest:
            parts.insert(0, rest[-other:] if other else rest)
            rest = rest[:-other] if other else ""
        text = self.group.join(parts) + (self.point + decimals if decimals else "")
        # Rounding may leave a sign on nothing.
        return self.minus + text if number.startswith("-") and number.strip("-0.") else text


_NEUTRAL = NumberStyle()
_style: ContextVar[NumberStyle] = ContextVar("number_style", default=_NEUTRAL)


def current_style() -> NumberStyle:
    """Return the style in force here: the neutral one outside of :func:`number_locale`."""
    return _style.get()


@contextmanager
def number_locale(name: str) -> Iterator[None]:
    """Write numbers in the style of a locale, in this thread or task, until the block ends.

    Decimal point, grouping, minus and percent sign follow it. Words, units and ISO currency codes
    stay as they are, and so do dates.

    Parameters
    ----------
    name
        Language and country, ``de_DE`` or ``de-DE``; ``neutral`` is the style without a locale.

    Raises
    ------
    UsageError
        If there is no such locale.
    MissingDependencyError
        If Babel is not installed.

    References
    ----------
    Unicode Common Locale Data Repository, "Number symbols".
    """
    token = _style.set(_NEUTRAL if name == NEUTRAL_NAME else style_of(name))
    try:
        yield
    finally:
        _style.reset(token)


def style_of(name: str) -> NumberStyle:
    """Return the style of a locale; see :func:`number_locale`."""
    try:
        from babel import Locale, UnknownLocaleError
    except ImportError as missing:
        raise MissingDependencyError("babel", "reports") from missing
    try:
        locale = Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError) as unknown:
        shown = name if len(name) <= 40 else name[:39] + "\u2026"
        raise UsageError(
            Problem(
                f"there is no locale {shown!r}",
                allowed=f"{NEUTRAL_NAME}, {', '.join(EXAMPLES)} and others of this form",
            )
        ) from unknown
    # Latin digits, which the toolkit writes, and the signs that go with them.
    signs = locale.number_symbols.get("latn") or {}
    percent = str(locale.percent_formats[None].pattern).split(";")[0]
    sign = str(signs.get("percentSign", "%"))
    before, after = re.split(r"[#0,.]+", percent, maxsplit=1)
    first, other = locale.decimal_formats[None].grouping
    return NumberStyle(
        point=_plain(signs.get("decimal", ".")),
        group=_plain(signs.get("group", ",")),
        # Babel says so large a number where a locale does not group.
        groups=(first if first < 100 else 0, other if other < 100 else 0),
        minus=_plain(signs.get("minusSign", "-")),
        percent_before=_plain(before.replace("%", sign)),
        percent_after=_plain(after.replace("%", sign)),
    )


def _plain(sign: object) -> str:
    return str(sign).translate(_DIRECTIONS)
