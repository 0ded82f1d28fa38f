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
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt
from librt.strings import read_f64_le

from o2c_sim.model.distribution import SMALLEST_PROBABILITY, Family

Array = npt.NDArray[np.float64]
Quantile = Callable[[Array], Array]
T = TypeVar("T")

_BITS: Final = 12
_BLOCK: Final = 1 << _BITS
_MASK: Final = _BLOCK - 1
# A single draw brings a piece of its block with it, which is kept while it is among the latest of
# its purpose: a run of a million orders has too many to keep them all. Shorter pieces would have
# fewer numbers that nobody asks for, and more beginnings: that costs as much.
_PIECE_BITS: Final = 10
_PIECE: Final = 1 << _PIECE_BITS
_PIECE_MASK: Final = _PIECE - 1
# Bytes of a number.
_SIZE: Final = 8
_KEPT: Final = 2048
# A piece's number takes at most this many bits of its address.
_PLACES: Final = 48
# Quantile functions of a purpose whose draws are kept, and what is made of draws for so many
# different descriptions: each scenario may have one of its own.
_KINDS: Final = 8
# Uniform numbers that one step of the generator's counter gives.
_PER_STEP: Final = 4


class Draws:
    """The draws of one purpose: one value per entity and occurrence.

    Parameters
    ----------
    key
        128-bit key of the generator.
    quantile
        Turns uniform numbers into values; None keeps the uniform numbers.
    """

    __slots__ = (
        "_generator",
        "_latest",
        "_latest_key",
        "_philox",
        "_pieces",
        "_quantile",
        "_state",
    )

    def __init__(self, key: int, quantile: Quantile | None = None) -> None:
        self._quantile = quantile
        self._pieces: dict[int, bytes] = {}
        # The piece that was asked for last; mostly it is asked for again.
        self._latest_key = -1
        self._latest = b""
        self._philox = np.random.Philox(key=key, counter=0)
        self._generator = np.random.Generator(self._philox)
        # Of a fresh generator; only its counter is set, which is quicker than making one anew.
        self._state: Any = self._philox.state

    def __call__(self, entity: int, occurrence: int = 0) -> float:
        """Return the draw of an entity (a number from 0) at its n-th occurrence (from 0)."""
        return self.at(entity, occurrence)

    # In machine code a method is called at once, an object by way of a tuple of its arguments.
    def at(self, entity: int, occurrence: int = 0) -> float:
        """Return the draw of an entity at an occurrence, as the call does."""
        key = entity >> _PIECE_BITS | occurrence << _PLACES
        if key != self._latest_key:
            piece = self._pieces.get(key)
            if piece is None:
                piece = self._piece(entity >> _PIECE_BITS, occurrence)
            self._latest, self._latest_key = piece, key
        return read_f64_le(self._latest, (entity & _PIECE_MASK) * _SIZE)

    def of(self, luck: tuple[int, int]) -> float:
        """Return the draw of an (entity, occurrence)."""
        entity, occurrence = luck
        return self.at(entity, occurrence)

    def of_run(self, first: int, count: int, occurrence: int = 0) -> Sequence[float]:
        """Return the draws of a few entities from number *first* on, at their n-th occurrence."""
        place, number = first & _PIECE_MASK, first >> _PIECE_BITS
        if place + count <= _PIECE:
            piece = self._pieces.get(number | occurrence << _PLACES)
            if piece is None:
                piece = self._piece(number, occurrence)
            return [read_f64_le(piece, n * _SIZE) for n in range(place, place + count)]
        return [self.at(entity, occurrence) for entity in range(first, first + count)]

    def span(self, first: int, count: int) -> Array:
        """Return the draws of *count* entities from number *first* on."""
        blocks = range(first >> _BITS, (first + count + _MASK) >> _BITS)
        values = [self._block(block, 0) for block in blocks]
        offset = first & _MASK
        return np.concatenate(values)[offset : offset + count] if values else np.empty(0)

    def of_group(self, group: int, count: int) -> Array:
        """Return *count* draws that belong to one group (a day), the first ones first."""
        return self._values(0, group, 1, count)

    def forget(self) -> None:
        """Keep none of the draws; asked for again, they are made again, the same."""
        self._pieces.clear()
        self._latest_key, self._latest = -1, b""

    def _piece(self, number: int, occurrence: int) -> bytes:
        """Return the piece of that number, from now on one of the latest."""
        pieces = self._pieces
        if len(pieces) >= _KEPT:
            del pieces[next(iter(pieces))]
        place = number << _PIECE_BITS
        step = (place & _MASK) // _PER_STEP
        values = self._values(step, place >> _BITS, occurrence << 16, _PIECE)
        piece = pieces[number | occurrence << _PLACES] = values.astype("<f8", copy=False).tobytes()
        return piece

    def _block(self, block: int, occurrence: int) -> Array:
        return self._values(0, block, occurrence << 16, _BLOCK)

    def _values(self, step: int, number: int, kind: int, count: int) -> Array:
        """Return *count* draws from a value of the generator's counter on: three words of it."""
        self._state["state"]["counter"][:] = step, number, kind, 0
        self._philox.state = self._state
        uniform = np.maximum(self._generator.random(count), SMALLEST_PROBABILITY)
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
        self._made: dict[str, list[tuple[Quantile | None, Draws]]] = {}
        self._derived: dict[str, list[tuple[Any, Any]]] = {}

    def draws(self, purpose: str, quantile: Quantile | None = None) -> Draws:
        """Return the draws of a purpose; the same purpose always gives the same draws."""
        made = self._made.setdefault(purpose, [])
        for other, draws in made:
            # What has been drawn already need not be drawn again.
            if _same(quantile, other):
                return draws
        draws = self._new(purpose, quantile)
        if len(made) >= _KINDS:
            del made[0]
        made.append((quantile, draws))
        return draws

    def derived(self, name: str, description: Any, make: Callable[[], T]) -> T:
        """Return what is made of these draws and a description, the same for an equal one.

        Parameters
        ----------
        name
            What it is.
        description
            All that it depends on besides the draws; to be compared, and never changed.
        make
            Makes it, if it is not there. It is shared by all runs with these draws, so what can
            be asked of it must never change.
        """
        made = self._derived.setdefault(name, [])
        for other, thing in made:
            if other == description:
                there: T = thing
                return there
        new = make()
        if len(made) >= _KINDS:
            del made[0]
        made.append((description, new))
        return new

    def forget(self) -> None:
        """Keep no draws, of which a long run has some hundred megabytes."""
        self._derived.clear()
        for made in self._made.values():
            for _, draws in made:
                draws.forget()

    def _new(self, purpose: str, quantile: Quantile | None) -> Draws:
        name = f"{self.seed}/{self.replication}/{purpose}".encode()
        key = int.from_bytes(hashlib.blake2b(name, digest_size=16).digest(), "little")
        return Draws(key, quantile)


def _same(one: Quantile | None, other: Quantile | None) -> bool:
    """Return whether two quantile functions are one, or those of equal distributions."""
    if one is other:
        return True
    owner, others_owner = getattr(one, "__self__", None), getattr(other, "__self__", None)
    return isinstance(owner, Family) and owner == others_owner
