r"""Text as LaTeX that any engine sets: every sign of TeX escaped, ligatures parted."""

from __future__ import annotations

import re

from reports.documents.paper_text import ZERO_WIDTH_SPACE, breakable
from reports.documents.rendering import typeset
from reports.figures.typeface import substituted

_SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    # Behind the end of a row these two would be read as options of it.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    ZERO_WIDTH_SPACE: r"\allowbreak{}",
    "\u00a0": "~",
    "\u202f": r"\,",
    "\u2009": r"\,",
    "\u2212": r"$-$",
    "\u2010": "-",
    "\u2011": "-",
    "\u2013": r"\textendash{}",
    "\u2014": r"\textemdash{}",
    "\u2026": r"\ldots{}",
    "\u2018": r"\textquoteleft{}",
    "\u2019": r"\textquoteright{}",
    "\u201c": r"\textquotedblleft{}",
    "\u201d": r"\textquotedblright{}",
    "\u00b7": r"\textperiodcentered{}",
    "\u2022": r"\textbullet{}",
    "\u20ac": r"\texteuro{}",
    "\u00a3": r"\pounds{}",
    "\u00b0": r"\textdegree{}",
    "\u00b5": r"\textmu{}",
    "\u00a7": r"\S{}",
    "\u00b1": r"$\pm$",
    "\u00d7": r"$\times$",
    "\u2264": r"$\leq$",
    "\u2265": r"$\geq$",
    "\u2248": r"$\approx$",
    "\u2260": r"$\neq$",
    "\u2192": r"$\rightarrow$",
    "\u2190": r"$\leftarrow$",
    "\u221e": r"$\infty$",
    "\u2713": r"$\surd$",
    "\u2715": r"$\times$",
    "\u25cb": r"$\circ$",
    "\u25b3": r"$\triangle$",
    "\ufffd": "?",
}
# From alpha on; there is no sign for omicron.
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi - "
    "pi rho varsigma sigma tau upsilon phi chi psi omega"
)
_SIGNS |= {
    chr(0x3B1 + place): rf"$\{name}$"
    for place, name in enumerate(_GREEK.split(" "))
    if name.isalpha()
}
# Letters that the T1 encoding has, which LaTeX reads from UTF-8 as they are.
_LETTERS = frozenset(
    chr(code) for code in (*range(0x20, 0x7F), *range(0xC0, 0x100)) if code not in (0xD7, 0xF7)
) | frozenset(
    "\u0102\u0103\u0104\u0105\u0106\u0107\u010c\u010d\u010e\u010f\u0110\u0111\u0118\u0119\u011a"
    "\u011b\u011e\u011f\u0130\u0131\u0139\u013a\u013d\u013e\u0141\u0142\u0143\u0144\u0147\u0148"
    "\u0150\u0151\u0152\u0153\u0154\u0155\u0158\u0159\u015a\u015b\u015e\u015f\u0160\u0161\u0162"
    "\u0163\u0164\u0165\u016e\u016f\u0170\u0171\u0178\u0179\u017a\u017b\u017c\u017d\u017e"
)
_COVERED = _LETTERS | frozenset(_SIGNS)
# Pairs that TeX draws as one sign.
_LIGATURE = re.compile(r"(?<=([-',!?]))(?=\1|`)")


def latex(text: str) -> str:
    r"""Return *text* as LaTeX for running text, tables and captions.

    Letters that the T1 encoding lacks are named in brackets, as in print. Words too long for a
    line get places to break. Needs LaTeX of 2020 or newer with ``\usepackage[T1]{fontenc}``.
    """
    return _escaped(breakable(substituted(typeset(text), _COVERED)))


def latex_code(text: str) -> str:
    r"""Return one line of code, a key or a path as ``\texttt``."""
    return rf"\texttt{{{_escaped(breakable(substituted(text, _COVERED)))}}}" if text else ""


def latex_comment(text: str) -> str:
    """Return *text* as it may stand behind a per cent sign: on one line, in ASCII."""
    return re.sub(r"[^ -~]", "?", text)


def _escaped(text: str) -> str:
    text = _LIGATURE.sub("\u0000", text)
    return "".join(_SIGNS.get(c, "{}" if c == "\u0000" else c) for c in text)
