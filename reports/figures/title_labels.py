"""Titles cut to the room beside a picture, so that no two of them read the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from reports.figures.text_fit import ELLIPSIS


def title_labels(titles: Sequence[str], cut: Callable[[str], str]) -> list[str]:
    """Return each title as *cut* leaves it; of titles that would look the same, what differs.

    Scenarios are often called alike: ``Order automation, step 1`` and ``Order automation, step 2``
    must not both become ``Order automation…``.

    Parameters
    ----------
    titles
        In the order in which they are drawn.
    cut
        Makes a title fit, with an ellipsis at its end where something is left out.

    Returns
    -------
    list of str
        As long as *titles*; ``…step 1`` and ``…step 2`` in the example. What still looks the same
        gets its number among those in front.
    """
    labels = [cut(title) for title in titles]
    for label in _repeated(labels):
        alike = [place for place, known in enumerate(labels) if known == label]
        for place, tail in zip(alike, _tails([titles[place] for place in alike], cut), strict=True):
            labels[place] = tail
    for label in _repeated(labels):
        alike = [place for place, known in enumerate(labels) if known == label]
        for number, place in enumerate(alike, start=1):
            labels[place] = cut(f"({number}) {titles[place]}")
    return labels


def _repeated(labels: Sequence[str]) -> list[str]:
    return [label for label, times in Counter(labels).items() if times > 1]


def _tails(titles: Sequence[str], cut: Callable[[str], str]) -> list[str]:
    """Return titles without as much of what all begin with as must go for the rest to fit."""
    letters = enumerate(zip(*titles, strict=False))
    end = next((k for k, those in letters if len(set(those)) > 1), min(map(len, titles)))
    same = titles[0][:end]
    starts = [place + 1 for place, character in enumerate(same) if character == " "] or [end]
    found = [cut(title) for title in titles]
    for start in starts:
        if not all(title[start:].strip() for title in titles):
            break
        found = [cut(ELLIPSIS + title[start:]) for title in titles]
        if not any(text.endswith(ELLIPSIS) for text in found) and not _repeated(found):
            break
    return found
