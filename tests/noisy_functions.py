"""Toy responses with noise, addressed by point and replication as the simulator's draws are."""

from __future__ import annotations

import zlib

import numpy as np

MOST = 5_000


class NoisyFunction:
    """Gives ``function(point) + common noise of the replication + own noise of point and run``.

    Parameters
    ----------
    function
        Point to the values of all responses.
    responses
        Their names.
    common, own
        Standard deviation of the noise that all points of a replication share, and of the rest.
    seed
        Of the noise.
    """

    def __init__(self, function, responses=("y",), *, common=0.0, own=0.0, seed=0, refuse=None):
        self.function, self.responses = function, tuple(responses)
        self.common, self.own, self.seed = common, own, seed
        self.known, self.asked = {}, {}
        self._all = self._noise(b"all")
        self.refuse = refuse or (lambda point: "")

    @property
    def runs(self):
        """The number of different runs asked for."""
        return sum(len(done) for done in self.asked.values())

    def refusal(self, point):
        """Return why a point cannot be."""
        return self.refuse(point)

    def __call__(self, points, replications):
        """Return the responses, shape (points, replications, responses)."""
        return np.array([self._runs(point, replications) for point in points])

    def _runs(self, point, replications):
        key = repr(sorted(point.items()))
        if key not in self.known:
            apart = self.own * self._noise(key.encode())
            self.known[key] = np.asarray(self.function(point)) + self.common * self._all + apart
        self.asked.setdefault(key, set()).update(replications)
        return self.known[key][list(replications)]

    def _noise(self, text):
        rng = np.random.default_rng((self.seed, zlib.crc32(text)))
        return rng.standard_normal((MOST, len(self.responses)))
