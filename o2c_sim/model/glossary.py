"""Finding the explanation of a path, a name or a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from o2c_sim.errors import Problem, UsageError, did_you_mean
from o2c_sim.model.explanation import Explanation


def look_up(found: Sequence[Explanation], key: str) -> tuple[Explanation, ...]:
    """Return the explanations that a key names.

    Parameters
    ----------
    found
        What :func:`o2c_sim.model.explanation.explanations` gives.
    key
        A path, a key inside a parameter's value, a name that only one path ends with, or words
        to look for in paths and meanings; capitals do not matter, hyphens count as underscores.

    Returns
    -------
    tuple of Explanation
        One, if the key names a single path; otherwise all that hold every word.

    Raises
    ------
    UsageError
        If nothing has that name or holds those words.
    """
    paths = {item.path: item for item in found}
    for spelled in (key, key.strip().lower().replace("-", "_")):
        if spelled in paths:
            return (paths[spelled],)
        holder = _holder(paths, spelled)
        if holder is not None:
            return (holder,)
        named = tuple(item for item in found if item.name == spelled)
        if len(named) == 1:
            return named
    words = key.lower().replace("-", "_").split()
    matches = tuple(item for item in found if words and all(_mentions(item, w) for w in words))
    if matches:
        return matches
    names = dict.fromkeys(item.name for item in found)
    raise UsageError(
        Problem(
            f"nothing is called {key!r}, and no description mentions it",
            allowed="a path such as credit.denial_share, a section, or words to look for",
            suggestion=did_you_mean(key, paths)
            or did_you_mean(key, names)
            or "o2c explain, which lists the sections",
        )
    )


def members(found: Iterable[Explanation], section: str = "") -> tuple[Explanation, ...]:
    """Return what stands directly in a section; at the top for an empty path."""
    return tuple(item for item in found if item.parent == section)


def _holder(paths: Mapping[str, Explanation], key: str) -> Explanation | None:
    """Return what holds a key inside its value, such as ``dunning.levels.overdue_days``."""
    words = key.split(".")
    for end in range(len(words) - 1, 0, -1):
        item = paths.get(".".join(words[:end]))
        if item is not None:
            written = item.value if isinstance(item.value, Mapping) else ()
            known = {part.name for part in item.parts}.union(map(str, written))
            return item if set(words[end:]) <= known else None
    return None


def _mentions(item: Explanation, word: str) -> bool:
    said = [item.path, item.meaning]
    said += [text for part in item.parts for text in (part.name, part.meaning)]
    text = " ".join(said).lower()
    return word in text or word.replace("_", " ") in text or word.replace("_", "-") in text
