"""Make Matplotlib's SVG small: the same picture, a fraction of the bytes.

A mark that is drawn many times is drawn once and placed many times, styles that come again get a
class, numbers keep two decimals of a point, and names that nothing refers to go. What is seen stays
where it was, to a twentieth of a point (a sixtieth of a millimetre).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ID = re.compile(r'\sid="([^"]+)"')
_REFERENCE = re.compile(r'(?:href="#|url\(#)([^")]+)')
# A rounded scale would change the size of letters.
_DECIMALS = re.compile(r"(?:scale|rotate|matrix)\([^)]*\)|(-?\d+\.\d{3,})")
_PATH = re.compile(r'<path d="([^"]*)"([^>]*?)/>')
_PART = re.compile(r"([MLHVQCZz])([^MLHVQCZz]*)")
_STYLE = re.compile(r' style="([^"]*)"')
_GAP = re.compile(r">\s+<")
# Marks under the same clip that follow each other can share one group.
_NEIGHBOURS = re.compile(
    r'(<g clip-path="[^"]*">)<use [^>]*/></g>(\s*)\1(?:<use [^>]*/></g>\2\1)*<use [^>]*/></g>'
)
# Fewer repetitions would not pay for the definition.
_OFTEN = 4
# A path of so many closed parts is a pattern of dots.
_MANY = 20


def compact(svg: str, prefix: str) -> str:
    """Return an ``<svg>`` element that looks the same and is smaller.

    Parameters
    ----------
    svg
        As Matplotlib writes it; all its ids begin with *prefix* and a hyphen.
    prefix
        Unique in the page; the classes that are added begin with it.
    """
    text = _COMMENT.sub("", svg)
    text = _DECIMALS.sub(lambda found: _number(float(found[1])) if found[1] else found[0], text)
    text = _PATH.sub(_tidy, text)
    text = _placed(text, prefix)
    text = _short_names(text, prefix)
    text = _classes(text, prefix)
    return _GAP.sub("><", text)


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _tidy(found: re.Match[str]) -> str:
    """Take a path of dots apart, and write level and upright lines with one number."""
    d, rest = found.groups()
    dots = d.split("z")[:-1]
    if len(dots) >= _MANY and d.rstrip().endswith("z") and "id=" not in rest:
        parts = "".join(f'<path d="{dot.strip()} z"/>' for dot in dots)
        return f"<g{rest}>{parts}</g>"
    if "Q" in d or "C" in d:
        return found.group()
    return f'<path d="{_lines(d)}"{rest}/>'


def _lines(d: str) -> str:
    """Return a path of straight lines; a line from a point to itself goes, but for the first."""
    written: list[str] = []
    x = y = ""
    for letter, numbers in _PART.findall(d):
        if letter in "zZ":
            written.append("z")
            continue
        to_x, to_y = numbers.split()
        if letter == "M":
            written.append(f"M{to_x} {to_y}")
        elif to_y == y:
            if to_x != x or written[-1].startswith("M"):
                written.append(f"H{to_x}")
        else:
            written.append(f"V{to_y}" if to_x == x else f"L{to_x} {to_y}")
        x, y = to_x, to_y
    return "".join(written)


def _placed(text: str, prefix: str) -> str:
    """Draw a shape that comes many times once, and place it."""
    shapes = {d: _shape(d) for d in {found.group(1) for found in _PATH.finditer(text)}}
    counts = Counter(
        shape[0]
        for found in _PATH.finditer(text)
        if (shape := shapes[found.group(1)]) is not None and "id=" not in found.group(2)
    )
    names = {
        shape: f"{prefix}-mark{number}"
        for number, (shape, count) in enumerate(counts.items())
        if count >= _OFTEN
    }
    if not names:
        return text

    def place(found: re.Match[str]) -> str:
        shape = shapes[found.group(1)]
        if shape is None or shape[0] not in names or "id=" in found.group(2):
            return found.group()
        # The clip of a placed mark stays where it was: it belongs to the group around it.
        clip = re.search(r' clip-path="[^"]*"', found.group(2))
        rest = found.group(2).replace(clip.group(), "") if clip else found.group(2)
        used = f'<use xlink:href="#{names[shape[0]]}" x="{shape[1]}" y="{shape[2]}"{rest}/>'
        return f"<g{clip.group()}>{used}</g>" if clip else used

    marks = "".join(f'<path id="{name}" d="{shape}"/>' for shape, name in names.items())
    text = _PATH.sub(place, text)
    text = _NEIGHBOURS.sub(lambda found: found.group().replace(*_seam(found)), text)
    return re.sub(
        r"(<svg [^>]*>)", lambda found: f"{found.group(1)}<defs>{marks}</defs>", text, count=1
    )


def _seam(found: re.Match[str]) -> tuple[str, str]:
    """Return what stands between marks under the same clip, and nothing in its place."""
    return f"</g>{found.group(2)}{found.group(1)}", ""


def _shape(d: str) -> tuple[str, str, str] | None:
    """Return a path relative to its first point, and that point; None for what is not closed."""
    parts = [(letter, numbers.split()) for letter, numbers in _PART.findall(d)]
    # A mark of level and upright lines is short already.
    if any(letter in "HV" for letter, _ in parts):
        return None
    if len(parts) < 3 or parts[0][0] != "M" or len(parts[0][1]) != 2 or parts[-1][0] not in "zZ":
        return None
    if sum(letter == "M" for letter, _ in parts) > 1:
        return None
    x, y = (float(number) for number in parts[0][1])
    written = ["M0 0"]
    for letter, numbers in parts[1:]:
        near = [float(n) - (y if place % 2 else x) for place, n in enumerate(numbers)]
        # Marks differ by their rounding: a twentieth of a point is nothing to see.
        written.append(letter + " ".join(_number(round(number * 20) / 20) for number in near))
    return "".join(written), _number(x), _number(y)


def _short_names(text: str, prefix: str) -> str:
    """Leave out ids that nothing refers to, and shorten the others."""
    used = dict.fromkeys(_REFERENCE.findall(text))
    short = {name: f"{prefix}-{number:x}" for number, name in enumerate(used)}

    def kept(found: re.Match[str]) -> str:
        name = found.group(1)
        return f' id="{short[name]}"' if name in short else ""

    text = _ID.sub(kept, text)
    return _REFERENCE.sub(
        lambda found: found.group().replace(found.group(1), short[found.group(1)]), text
    )


def _classes(text: str, prefix: str) -> str:
    """Give styles that come again a class."""
    counts = Counter(_STYLE.findall(text))
    names: Mapping[str, str] = {
        style: f"{prefix}-s{number}"
        for number, (style, count) in enumerate(counts.items())
        if count >= _OFTEN
    }
    if not names:
        return text

    def named(found: re.Match[str]) -> str:
        name = names.get(found.group(1))
        return found.group() if name is None else f' class="{name}"'

    text = _STYLE.sub(named, text)
    rules = "".join(f".{name}{{{style}}}" for style, name in names.items())
    return _into(text, f"<style>{rules}</style>")


def _into(text: str, what: str) -> str:
    """Put something at the beginning of the element."""
    return re.sub(r"<svg [^>]*>", lambda found: found.group() + what, text, count=1)
