"""Resources that do the same activities: average linkage on the angle between their profiles."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.cluster import hierarchy
from scipy.spatial import distance

# Resources are of one group if the angle between what they do is at most this (1 less its cosine).
POOL_DISTANCE = 0.5
# Fewer events than this say little of what somebody does.
FEWEST_EVENTS = 5
# Of resources with more different profiles than this, the rare ones join the nearest group.
_MOST_PROFILES = 2_000

Profiles = npt.NDArray[np.float64]


def activity_groups(work: pl.DataFrame) -> pl.DataFrame:
    """Return ``resource`` and ``pool``, a number, for all resources that have a name.

    Parameters
    ----------
    work
        Events with ``resource`` and ``activity`` (both String); those of nobody are left out.
    """
    named = work.drop_nulls("resource")
    counts = named.group_by("resource", "activity").len().sort("resource", "activity")
    if not counts.height:
        return pl.DataFrame(schema={"resource": pl.String, "pool": pl.Int64})
    wide = counts.pivot("activity", index="resource", values="len").fill_null(0)
    resources = wide["resource"].to_list()
    matrix = wide.drop("resource").to_numpy().astype(np.float64)
    sizes = matrix.sum(axis=1)
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    # Busy resources shape the pools; of the others, those unlike any of them shape their own.
    pool = np.full(len(sizes), -1, dtype=np.int64)
    centres = np.zeros((0, matrix.shape[1]))
    for chosen in (sizes >= FEWEST_EVENTS, np.ones(len(sizes), dtype=np.bool_)):
        new = chosen & (pool < 0)
        if new.any():
            pool[new], centres = _clustered(unit[new], sizes[new], centres)
        near = unit @ centres.T
        joins = (pool < 0) & (near.max(axis=1, initial=0.0) >= 1 - POOL_DISTANCE)
        if joins.any():
            pool[joins] = near[joins].argmax(axis=1)
    return pl.DataFrame({"resource": resources, "pool": pool})


def _clustered(
    unit: Profiles, sizes: Profiles, before: Profiles
) -> tuple[npt.NDArray[np.int64], Profiles]:
    """Return a pool of each resource, numbered on from earlier ones, and the centres of all."""
    profiles, place = np.unique(unit.round(6), axis=0, return_inverse=True)
    weight = np.bincount(place.ravel(), weights=sizes)
    kept = np.sort(np.argsort(-weight, kind="stable")[:_MOST_PROFILES])
    _, label = np.unique(_linked(profiles[kept]), return_inverse=True)
    centres = np.stack([profiles[kept][label == i].mean(axis=0) for i in range(label.max() + 1)])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    own = (profiles @ centres.T).argmax(axis=1)
    own[kept] = label
    return own[place.ravel()] + len(before), np.concatenate([before, centres])


def _linked(profiles: Profiles) -> npt.NDArray[np.int64]:
    if len(profiles) == 1:
        return np.zeros(1, dtype=np.int64)
    tree = hierarchy.linkage(distance.pdist(profiles, "cosine"), method="average")
    # Rounding may give a distance just below 0, which the cut does not take.
    tree[:, 2] = np.maximum(tree[:, 2], 0.0)
    labels: npt.NDArray[np.int64] = hierarchy.fcluster(tree, POOL_DISTANCE, "distance")
    return labels
