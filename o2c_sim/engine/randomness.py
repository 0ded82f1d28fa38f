"""Random draws addressed by (seed, replication, purpose, entity), never by call order.

The n-th order has the same luck at each step in every scenario, whatever other orders do: that
is what makes the comparison of two policies a paired one. Draws come in blocks from a
counter-based generator, so any entity's draw can be had without the draws before it.

References
----------
Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011 (Philox).
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from o2c_sim.model.distribution import SMALLEST_PROBABILITY

Array = npt.NDArray[np.float64]
Quantile = Callable[[Array], Array]

_BITS = 12
_BLOCK = 1 << _BITS
_MASK = _BLOCK - 1


class Draws:
    """The draws of one purpose: one value per entity and occurrence.

    Parameters
    ----------
    key
        128-bit key of the generator.
    quantile
        Turns uniform numbers into values; None keeps the uniform numbers.
    """

    __slots__ = ("_blocks", "_key", "_quantile")

    def __init__(self, key: int, quantile: Quantile | None = None) -> None:
        self._key = key
        self._quantile = quantile
        self._blocks: dict[tuple[int, int], array[float]] = {}

    def __call__(self, entity: int, occurrence: int = 0) -> float:
        """Return the draw of an entity (a number from 0) at its n-th occurrence (from 0)."""
        place = (entity >> _BITS, occurrence)
        block = self._blocks.get(place)
        if block is None:
            block = self._blocks[place] = array("d", self._block(*place).tobytes())
        return block[entity & _MASK]

    def span(self, first: int, count: int) -> Array:
        """Return the draws of *count* entities from number *first* on."""
        blocks = range(first >> _BITS, (first + count + _MASK) >> _BITS)
        values = [self._block(block, 0) for block in blocks]
        offset = first & _MASK
        return np.concatenate(values)[offset : offset + count] if values else np.empty(0)

    def of_group(self, group: int, count: int) -> Array:
        """Return *count* draws that belong to one group (a day), the first ones first."""
        return self._values((1 << 128) | (group << 64), count)

    def _block(self, block: int, occurrence: int) -> Array:
        return self._values((block << 64) | (occurrence << 144), _BLOCK)

    def _values(self, counter: int, count: int) -> Array:
        generator = np.random.Generator(np.random.Philox(key=self._key, counter=counter))
        uniform = np.maximum(generator.random(count), SMALLEST_PROBABILITY)
        return uniform if self._quantile is None else self._quantile(uniform)


class Streams:
    """All draws of one replication.

    Parameters
    ----------
    seed
        Seed of the experiment.
    replication
        Number of the replication, from 0.
    """

    def __init__(self, seed: int, replication: int) -> None:
        self.seed = seed
        self.replication = replication

    def draws(self, purpose: str, quantile: Quantile | None = None) -> Draws:
        """Return the draws of a purpose; the same purpose always gives the same draws."""
        name = f"{self.seed}/{self.replication}/{purpose}".encode()
        key = int.from_bytes(hashlib.blake2b(name, digest_size=16).digest(), "little")
        return Draws(key, quantile)
