"""What a break-even search aims at: a level of a KPI, or a change from the company as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from o2c_sim import Problem, ScenarioError

Array = npt.NDArray[np.float64]

_TEXT = re.compile(r"\s*(=|[+-])\s*((?:\d+\.?\d*|\.\d+)(?:[eE]\d+)?|[+-]\d+\.?\d*)\s*(%?)\s*")
_ALLOWED = "'-40 %' or '+5 %' of the mean today, '-2.5' or '+2.5' in the KPI's unit, '= 3.0'"


@dataclass(frozen=True, slots=True)
class Target:
    """A level, a change in the KPI's unit, or a relative change.

    Parameters
    ----------
    kind
        ``level``, ``change`` or ``relative``.
    value
        In the KPI's unit; of a relative change a share (-0.4 for -40 %).
    """

    kind: Literal["level", "change", "relative"]
    value: float

    def __str__(self) -> str:
        """Return the target as it is written."""
        if self.kind == "level":
            return f"= {self.value:g}"
        if self.kind == "relative":
            return f"{100 * self.value:+g} %"
        return f"{self.value:+g}"

    def sign(self, today: Array) -> int:
        """Return 1 if the target lies above today's mean, -1 if it lies below."""
        mean = float(np.mean(today))
        if self.kind == "level":
            return 1 if self.value >= mean else -1
        return 1 if self.value * (mean if self.kind == "relative" else 1.0) >= 0 else -1

    def shortfall(self, response: Array, today: Array) -> Array:
        """Return response less target by replication; its mean is 0 at the break-even.

        For a relative change that is the numerator of Fieller's method, so that an interval for
        its mean is one for the ratio of two means.

        References
        ----------
        Fieller, "Some problems in interval estimation", J. Royal Statistical Society B 16, 1954.
        """
        if self.kind == "level":
            return response - self.value
        if self.kind == "change":
            return response - today - self.value
        return response - (1 + self.value) * today


def read_target(text: str) -> Target:
    """Read a target as a user writes it: ``-40 %``, ``+2.5`` or ``= 3.0``.

    Raises
    ------
    ScenarioError
        If it is not of that form; a bare number could be a level or a change.
    """
    match = _TEXT.fullmatch(text)
    if match is None or (match[1] == "=" and match[3]):
        raise ScenarioError(Problem(f"target {text!r}", allowed=_ALLOWED))
    value = float(match[2]) * (-1 if match[1] == "-" else 1)
    if match[1] == "=":
        return Target("level", value)
    if value == 0 or (match[1] in "+-" and match[2][0] in "+-"):
        raise ScenarioError(Problem(f"target {text!r}", allowed=_ALLOWED))
    return Target("relative", value / 100) if match[3] else Target("change", value)
