"""The style sheet of a map whose detail is chosen: which choice shows what."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reports.figures.map_marks import LABEL_SIZE
from reports.figures.palette import ACCENT, GRID, INK, MUTED, PANEL, PAPER, Tone

# Width of a page's text; and numbers of 10.5 points are to have 8.9 at least.
_PAGE = 1032.0
_LEAST_SCALE = 0.85


def tone(colour: Tone) -> str:
    """Return a colour that the surrounding page may change, with the paper's as a fallback."""
    return f"var({colour.variable},{colour.light})"


def map_css(
    identifier: str,
    levels: tuple[int, int],
    default: tuple[int, int],
    hidden: Mapping[str, Collection[tuple[int, int]]],
    metrics: int,
    width: float,
) -> str:
    """Return the rules of one map.

    Parameters
    ----------
    identifier
        Id of the map and prefix of its buttons' ids.
    levels
        Number of levels of activities and of paths.
    default
        The levels shown where a browser does not know ``:has``.
    hidden
        Class to the combinations of levels that hide it.
    metrics
        Number of metrics.
    width
        Of the map in points: a wide one scrolls rather than becomes too small to read.
    """
    own = f"#{identifier}"
    rules = [_LOOK.replace("@ ", f"{own} ")]
    at_first = [f".{name}" for name, combinations in hidden.items() if default in combinations]
    if at_first:
        rules.append(f"{own} :is({','.join(at_first)}){{display:none}}")
    others = [f".m{number}" for number in range(1, metrics)]
    if others:
        rules.append(f"{own} :is({','.join(others)}){{display:none}}")
    chosen = []
    if at_first:
        chosen.append(f"{own} :is({','.join(at_first)}){{display:inline}}")
    for number in range(1, metrics):
        when = f"{own}:has({own}-m{number}:checked)"
        chosen.append(f"{when} .m0{{display:none}}{when} .m{number}{{display:inline}}")
        chosen.append(f"{when} .arc{{--w:var(--m{number})}}")
    for a in range(levels[0]):
        for p in range(levels[1]):
            gone = [f".{name}" for name, combinations in hidden.items() if (a, p) in combinations]
            if gone:
                when = own
                when += f":has({own}-a{a}:checked)" if levels[0] > 1 else ""
                when += f":has({own}-p{p}:checked)" if levels[1] > 1 else ""
                chosen.append(f"{when} :is({','.join(gone)}){{display:none}}")
    chosen.append(f"{own} .map-controls{{display:flex}}")
    if _LEAST_SCALE * width > _PAGE:
        wide = f"max-width:none;min-width:{_LEAST_SCALE * width:.0f}px"
        rules.append(f"@media screen{{{own} svg{{{wide}}}}}")
    return "".join(
        [*rules, "@supports selector(:has(*)){", *chosen, "}", _PRINT.replace("@ ", f"{own} ")]
    )


_LOOK = (
    "@ .map-controls{display:none;flex-wrap:wrap;gap:8px 22px;margin:0 0 10px}"
    "@ fieldset{border:0;margin:0;padding:0;min-width:0;display:flex;flex-wrap:wrap}"
    f"@ legend{{padding:0;font-size:13px;color:{tone(MUTED)}}}"
    f"@ label{{position:relative;border:1px solid {tone(MUTED)};margin-left:-1px;padding:3px 9px;"
    f"font-size:13.5px;line-height:1.4;min-height:24px;cursor:pointer;background:{tone(PAPER)}}}"
    "@ legend+label{margin-left:0;border-radius:5px 0 0 5px}"
    "@ label:last-child{border-radius:0 5px 5px 0}"
    "@ input{position:absolute;inset:0;opacity:0;margin:0;width:100%;height:100%;cursor:pointer}"
    f"@ label:has(:checked){{background:{tone(ACCENT)};color:{tone(PAPER)};font-weight:600}}"
    f"@ label:has(:focus-visible){{outline:3px solid {tone(INK)};outline-offset:2px;z-index:1}}"
    "@ .arc{--w:var(--m0);opacity:calc(.448 + .0717*var(--w))}"
    f"@ .arc path{{stroke:{tone(ACCENT)};stroke-width:calc(var(--w)*1px)}}"
    f"@ .arc polygon{{fill:{tone(ACCENT)};stroke:{tone(ACCENT)};"
    "stroke-width:calc(var(--w)*.6px);stroke-linejoin:round}"
    f"@ .ghost{{opacity:.3}}@ .ghost path{{stroke:{tone(MUTED)};stroke-width:1px;"
    f"stroke-dasharray:4 4}}@ .ghost polygon{{fill:{tone(MUTED)};stroke:none}}"
    f"@ .label{{pointer-events:none}}@ .label text{{text-anchor:middle;font-size:{LABEL_SIZE}px;"
    f"fill:{tone(INK)};"
    f"paint-order:stroke;stroke:{tone(PAPER)};stroke-width:3px;stroke-linejoin:round}}"
    f"@ .label .second{{fill:{tone(MUTED)}}}"
    "@ svg a{cursor:pointer;text-decoration:none}"
    f"@ a.arc:is(:hover,:focus-visible){{opacity:1}}"
    f"@ a.arc:is(:hover,:focus-visible) :is(path,polygon){{stroke:{tone(INK)}}}"
    f"@ a.arc:is(:hover,:focus-visible) polygon{{fill:{tone(INK)}}}"
    f"@ a.node:is(:hover,:focus-visible) rect{{stroke:{tone(INK)};stroke-width:3px}}"
    f"@ .cases{{display:none;border:1px solid {tone(GRID)};border-left:4px solid {tone(ACCENT)};"
    f"border-radius:6px;background:{tone(PANEL)};padding:10px 14px;margin:0 0 12px;"
    "font-size:14.5px}"
    "@ .cases:target{display:block}@ .cases p{margin:0 0 6px;overflow-wrap:anywhere}"
    "@ .cases ol{margin:0 0 6px;padding-left:24px}@ .cases li{overflow-wrap:anywhere}"
    f"@ .hint{{font-size:13.5px;color:{tone(MUTED)};margin:0 0 8px}}"
)
_PRINT = "@media print{@ .map-controls,@ .hint,@ .cases{display:none}}"
