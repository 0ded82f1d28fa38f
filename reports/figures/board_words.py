"""What the board says about columns and cards, the same on paper and on a page."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from mining.flow.board import SLOWEST, Board, BoardColumn, Card
from reports.figures.palette import BAD, GOOD, MUTED, SERIES
from reports.number_text import count_text, share_text, value_text

BLOCKED_SIGN = "\u26a0"
# The colour and its CSS variable for each band of the pace.
_TONES = {50: GOOD, 70: SERIES[2], 85: SERIES[4], 95: SERIES[1], SLOWEST: BAD}


def as_of_text(board: Board) -> str:
    """Return the local moment of the snapshot."""
    moment = board.as_of.replace(tzinfo=dt.UTC).astimezone(ZoneInfo(board.zone))
    return moment.strftime("%Y-%m-%d %H:%M")


def head_text(column: BoardColumn) -> str:
    """Return the head of a column: name, items, limit; with words where it is exceeded."""
    if column.limit is None:
        return f"{column.name} {count_text(column.wip)}"
    over = ", over its limit" if column.wip > column.limit else ""
    return f"{column.name} {count_text(column.wip)}/{count_text(column.limit)}{over}"


def pace_text(pace: int | None) -> str:
    """Return the band of the pace in words."""
    if pace is None:
        return "pace not known"
    if pace == SLOWEST:
        return f"slower than {share_text(0.95)}"
    return f"within {share_text(pace / 100)}"


def tone_of(pace: int | None) -> tuple[str, str]:
    """Return the colour of a band on paper and as a CSS value."""
    tone = MUTED if pace is None else _TONES.get(pace, MUTED)
    return tone.light, f"var({tone.variable},{tone.light})"


def blocker_text(card: Card) -> str:
    """Return sign, reason and days of what holds an item up; empty where nothing does."""
    if not card.blocked_by:
        return ""
    return f"{BLOCKED_SIGN} {card.blocked_by}, {value_text(card.blocked_days, 'days')}"


def card_lines(card: Card, currency: str = "") -> str:
    """Return customer and amount, as far as known."""
    amount = "" if card.amount is None else value_text(card.amount, "currency", currency)
    known = [part for part in (card.customer, amount) if part]
    return " \u00b7 ".join(known)
