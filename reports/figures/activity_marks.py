"""Activities told apart by colour and by form: the most frequent ones, and all others in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.figures.palette import MUTED, SERIES, Tone

# Each colour comes with another form each time round, so a pair is never used twice.
_MARKERS = ("o", "s", "^", "D", "v")
MOST = 10
OTHERS = "all others"


@dataclass(frozen=True, slots=True)
class Mark:
    """Colour and form of an activity."""

    tone: Tone
    marker: str


def activity_marks(activities: Sequence[str], most: int = MOST) -> dict[str, Mark]:
    """Return a mark for each of the first *most* activities.

    Parameters
    ----------
    activities
        The most frequent first.
    most
        How many can be told apart.
    """
    return {
        name: Mark(SERIES[index % len(SERIES)], _MARKERS[(index + index // 5) % len(_MARKERS)])
        for index, name in enumerate(activities[:most])
    }


OTHER_MARK = Mark(MUTED, ".")
