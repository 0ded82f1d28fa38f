"""Times that something was open on an object: holds, disputes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mining.event_links import Integers
from mining.measures import NEVER, Flags, Instants
from mining.object_events import ObjectEvents


@dataclass(frozen=True, slots=True)
class Stretches:
    """Each time that something was opened on an object, until the next end of it.

    Parameters
    ----------
    place
        Place of the object among those of its type; an object may have several stretches.
    first
        The opening; of several in a row the first one.
    last
        The end; NaT without one.
    """

    place: Integers
    first: Instants
    last: Instants

    def where(self, which: Flags) -> Stretches:
        """Return some of them."""
        return Stretches(self.place[which], self.first[which], self.last[which])


def stretches(view: ObjectEvents, object_type: str, opens: str, ends: tuple[str, ...]) -> Stretches:
    """Return each time that something was opened on an object of a type, until the next end."""
    name = f"{object_type}: {opens} until {', '.join(ends)}"
    return view.once(name, lambda: _stretches(view, object_type, opens, ends))


def _stretches(
    view: ObjectEvents, object_type: str, opens: str, ends: tuple[str, ...]
) -> Stretches:
    opened, ended = view.links(object_type, opens), view.links(object_type, *ends)
    row, place = (np.concatenate(parts) for parts in zip(opened, ended, strict=True))
    is_end = np.arange(len(row)) >= len(opened[0])
    time = view.times[row]
    turn = np.lexsort((*view.in_turn(row), place))
    place, time, is_end = place[turn], time[turn], is_end[turn]
    # A stretch begins with the first opening of an object, or the first after an end.
    begins = np.append(True, (place[1:] != place[:-1]) | is_end[:-1])[: len(place)]
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(place)) - 1
    first, last = first[~is_end[first]], last[~is_end[first]]
    until = np.where(is_end[last], time[last], NEVER)
    return Stretches(place[first], time[first], until)
