"""Colours and line styles: told apart by the colour-blind, in grey print and on dark screens."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tone:
    """One role of colour: its CSS variable, and its value on paper and on a dark screen."""

    variable: str
    light: str
    dark: str


INK = Tone("--ink", "#17212e", "#e8edf3")
MUTED = Tone("--muted", "#55606e", "#a7b2c0")
GRID = Tone("--grid", "#dfe4ea", "#333f4d")
PAPER = Tone("--paper", "#ffffff", "#141b24")
PANEL = Tone("--panel", "#f5f7f9", "#1c2530")
ACCENT = Tone("--accent", "#0a5c93", "#62b5f0")
GOOD = Tone("--good", "#0a6b4c", "#4fc79a")
BAD = Tone("--bad", "#a8430a", "#f2996a")

# The baseline is ink; scenarios take these in turn (after Okabe and Ito, darkened for thin lines).
SERIES = (
    Tone("--series-1", "#0067a5", "#5bb3ee"),
    Tone("--series-2", "#b84a00", "#f59b5c"),
    Tone("--series-3", "#00775a", "#44cba3"),
    Tone("--series-4", "#9a4684", "#dd8fc6"),
    Tone("--series-5", "#7a6200", "#dcc04a"),
)
ALL = (INK, MUTED, GRID, PAPER, PANEL, ACCENT, GOOD, BAD, *SERIES)

# Dash patterns in multiples of the line width; the first is solid.
DASHES: tuple[tuple[float, ...], ...] = ((), (5, 1.6), (1.2, 1.4), (6, 1.6, 1.2, 1.6), (3, 1.2))


def series_style(index: int) -> tuple[Tone, tuple[float, ...]]:
    """Return colour and dash pattern of outcome *index*; the baseline is number 0, solid ink.

    Colour and pattern turn at different speeds once colours run out, so pairs stay distinct.
    """
    if index == 0:
        return INK, ()
    turn, place = divmod(index - 1, len(SERIES))
    return SERIES[place], DASHES[(place + 1 + turn) % len(DASHES)]


def css_variables(*, dark: bool = False) -> str:
    """Return the declarations of all variables for one scheme."""
    return "".join(f"{tone.variable}:{tone.dark if dark else tone.light};" for tone in ALL)
