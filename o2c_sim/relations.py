"""Many-to-many relations between numbered things, as flat arrays.

``Relation`` is a compressed-sparse-row table: the targets of source *n* are
``targets[starts[n]:starts[n + 1]]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.signedinteger[Any]]
_INT32_MAX = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class Relation:
    """Which targets belong to each source.

    Parameters
    ----------
    starts
        Where each source's targets start, shape (sources + 1,); not falling.
    targets
        The targets, source by source.

    Both are kept in 32 bits where that is enough: a million orders have tens of millions of them.
    """

    starts: Ints
    targets: Ints

    def __post_init__(self) -> None:
        """Keep the numbers in as little memory as they need."""
        object.__setattr__(self, "starts", _narrow(self.starts))
        object.__setattr__(self, "targets", _narrow(self.targets))

    @classmethod
    def of_one(cls, targets: Ints) -> Relation:
        """Return the relation in which each source has exactly one target."""
        return cls(np.arange(len(targets) + 1), targets)

    @classmethod
    def of_ends(cls, ends: Ints, targets: Ints) -> Relation:
        """Return the relation whose source *n* has the targets up to ``ends[n]``."""
        return cls(np.concatenate(([0], ends)).astype(np.int64), targets)

    @classmethod
    def of_pairs(cls, sources: Ints, targets: Ints, count: int) -> Relation:
        """Return the relation of (source, target) pairs in any order, for *count* sources."""
        rank = np.argsort(sources, kind="stable")
        starts = np.concatenate(([0], np.cumsum(np.bincount(sources, minlength=count))))
        return cls(starts, targets[rank])

    def without(self, sources: Ints, targets: Ints) -> Relation:
        """Return the relation without some (source, target) pairs."""
        if not len(sources):
            return self
        own_sources, own_targets = self.pairs()
        width = int(max(own_targets.max(initial=0), targets.max())) + 1
        own = own_sources * width + own_targets
        gone = np.sort(sources.astype(np.int64) * width + targets)
        # They are few: to look each pair up among them is quicker than to sort all pairs.
        kept = gone[np.searchsorted(gone[:-1], own)] != own
        return Relation.of_pairs(own_sources[kept], own_targets[kept], self.sources)

    @property
    def sources(self) -> int:
        """Number of sources."""
        return len(self.starts) - 1

    def pairs(self) -> tuple[Ints, Ints]:
        """Return all (source, target) pairs, source by source."""
        return np.repeat(np.arange(self.sources), np.diff(self.starts)), self.targets

    def expand(self, sources: Ints) -> tuple[Ints, Ints]:
        """Return how many targets each of the given sources has, and these, source by source."""
        first = self.starts[sources]
        counts = self.starts[1:][sources] - first
        if (counts == 1).all():
            return counts, self.targets[first]
        # What is to be added to the number of a target to get its place.
        apart = first - np.cumsum(counts) + counts
        places = np.repeat(apart, counts)
        places += np.arange(len(places), dtype=places.dtype)
        return counts, self.targets[places]

    def then(self, other: Relation) -> Relation:
        """Return the relation of each source to its targets' targets, each once, in order."""
        sources, middle = self.pairs()
        counts, targets = other.expand(middle)
        # Source and target in one number, so that one sort of plain integers orders the pairs.
        width = int(targets.max(initial=0)) + 1
        key = np.repeat(sources, counts) * width + targets
        if (key[1:] > key[:-1]).all():
            found = targets
        else:
            key.sort()
            key = key[np.concatenate(([True], key[1:] != key[:-1]))]
            found = key % width
        starts = np.searchsorted(key, np.arange(self.sources + 1) * width)
        return Relation(starts, found)

    def and_also(self, other: Relation) -> Relation:
        """Return the relation of each source to its targets here and in *other*."""
        (sources, targets), (more_sources, more_targets) = self.pairs(), other.pairs()
        return Relation.of_pairs(
            np.concatenate((sources, more_sources)),
            np.concatenate((targets, more_targets)),
            self.sources,
        )


def _narrow(numbers: Ints) -> Ints:
    # Starts do not fall, and no number is negative but for want of one.
    small = numbers.dtype == np.int64 and numbers.max(initial=0) <= _INT32_MAX
    return numbers.astype(np.int32) if small else numbers
