"""Numbers from 0 to 1 spread evenly over cases: how long the history of each is to be.

Estimates vary less between runs than with independent numbers, and have the same mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np

from o2c_sim.engine.randomness import Streams

# Long enough that one case says little of the next, short enough that runs of a few hundred cases
# vary less. Waits are a little too short by it; by a Kronecker sequence so much that a test of the
# M/G/1 queue fails.
BLOCK = 100
# Multiples of it, modulo 1, are spread evenly however many there are.
_GOLDEN = (5**0.5 - 1) / 2


def for_cases_apart(streams: Streams, purpose: str) -> Iterator[float]:
    """Yield the numbers of cases that do not wait for each other, without end.

    A randomised Kronecker sequence: even over any few cases that follow each other.

    Parameters
    ----------
    streams
        The draws of the run.
    purpose
        Of the draws.
    """
    shift = streams.draws(purpose).at(0)
    for number in count():
        yield (shift + number * _GOLDEN) % 1.0


def for_cases_that_queue(streams: Streams, purpose: str) -> Iterator[float]:
    """Yield the numbers of cases that queue for the same people, without end.

    Each hundred cases have one number in each hundredth, in random order (Latin hypercube
    sampling). By a sequence that is even from case to case, short histories would follow each
    long one, and queues would be shorter than those of cases that know nothing of each other.

    Parameters
    ----------
    streams
        The draws of the run.
    purpose
        Of the draws.

    References
    ----------
    McKay, Beckman, Conover, "A comparison of three methods for selecting values of input variables
    in the analysis of output from a computer code", Technometrics 21 (1979).
    """
    order, within = streams.draws(f"{purpose} order"), streams.draws(f"{purpose} within")
    for block in count():
        part = np.argsort(order.of_group(block, BLOCK))
        yield from ((part + within.of_group(block, BLOCK)) / BLOCK).tolist()
