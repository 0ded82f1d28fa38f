"""What is known of objects of one type, told of those of another by the events they share."""

from __future__ import annotations

import numpy as np

from mining.event_links import Integers
from mining.measures import NEVER, Flags, Instants
from mining.object_events import ObjectEvents


def sharing(view: ObjectEvents, source: str, which: Flags, target: str, *activities: str) -> Flags:
    """Return which objects of one type share an event with some of another.

    Parameters
    ----------
    view
        A log with both types.
    source, which
        Type, and by place of its objects which are meant.
    target
        The other type.
    activities
        Of the events; any if none is named.

    Returns
    -------
    numpy.ndarray
        By place of the objects of *target*.
    """
    row, place = view.links(source, *activities)
    marked = np.zeros(view.log.events.height, np.bool_)
    marked[row[which[place]]] = True
    row, place = view.links(target, *activities)
    found = np.zeros(len(view.numbers_of(target)), np.bool_)
    found[place[marked[row]]] = True
    return found


def carried(
    view: ObjectEvents, source: str, moments: Instants, target: str, activity: str, how: np.ufunc
) -> Instants:
    """Return moments of objects of one type, told of those of another.

    Parameters
    ----------
    view
        A log with both types.
    source, moments
        Type, and the moments by place of its objects, NaT where unknown.
    target
        The other type.
    activity
        Of the events that they share.
    how
        Which of several moments counts: ``numpy.fmin`` or ``numpy.fmax``.

    Returns
    -------
    numpy.ndarray
        By place of the objects of *target*; NaT where none is known.
    """
    row, place = view.links(source, activity)
    by_event = _reduced(how, row, moments[place], view.log.events.height)
    row, place = view.links(target, activity)
    return _reduced(how, place, by_event[row], len(view.numbers_of(target)))


def _reduced(how: np.ufunc, place: Integers, moments: Instants, size: int) -> Instants:
    found = np.full(size, NEVER)
    known = ~np.isnat(moments)
    how.at(found, place[known], moments[known])
    return found
