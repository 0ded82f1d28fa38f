"""A time bound as people write it: ``3 days``, ``36 hours``, ``5 working days``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_TEXT = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) (working )?(minute|hour|day|week)s?")
_MICROSECONDS = {
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
}


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time.

    Parameters
    ----------
    text
        As it was written.
    microseconds
        Elapsed time; 0 where it is counted in working days.
    working_days
        Days from Monday to Friday, the day itself not counted; None where time is elapsed time.
        Public holidays count as working days, as a log does not say which days they are.
    """

    text: str
    microseconds: int = 0
    working_days: int | None = None

    def holds(
        self,
        earlier: npt.NDArray[np.int64],
        later: npt.NDArray[np.int64],
        days: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    ) -> npt.NDArray[np.bool_]:
        """Return where two moments are no further apart than this.

        Parameters
        ----------
        earlier, later
            Microseconds.
        days
            The local days of both, counted from 1970-01-01.
        """
        if self.working_days is None:
            return later - earlier <= self.microseconds
        first, last = (day.astype("datetime64[D]") + 1 for day in days)
        return np.busday_count(first, last) <= self.working_days


def parse_span(value: Any) -> Any:
    """Return the span of a text; anything else as it is, for the validation that follows.

    Raises
    ------
    ValueError
        If the text is no span.
    """
    if value is None or isinstance(value, Span):
        return value
    match = _TEXT.fullmatch(" ".join(value.split())) if isinstance(value, str) else None
    if match is None or (match[2] and (match[3] != "day" or "." in match[1])):
        raise ValueError(
            "expects a number and a unit: '90 minutes', '36 hours', '3 days', '2 weeks' or "
            "'5 working days'"
        )
    if match[2]:
        return Span(match[0], working_days=int(match[1]))
    return Span(match[0], round(float(match[1]) * _MICROSECONDS[match[3]]))
