"""The board as a page: lists under headed columns, for a phone and for a screen reader."""

from __future__ import annotations

from html import escape

from mining.flow.board import Board, BoardColumn, Card
from reports.figures.board_words import blocker_text, card_lines, head_text, pace_text, tone_of
from reports.figures.flow_words import days_text
from reports.figures.text_fit import printable
from reports.number_text import count_text

_LONGEST = 120


def board_markup(board: Board, prefix: str, currency: str = "") -> str:
    """Return the board as HTML; what comes from the log is escaped.

    Parameters
    ----------
    board
        The snapshot.
    prefix
        Of ids, unique in the page.
    currency
        ISO code of the amounts.
    """
    columns = "".join(
        _column(column, board, f"{prefix}-column-{place}", currency)
        for place, column in enumerate(board.columns)
    )
    return (
        '<div class="board" style="display:flex;flex-wrap:wrap;gap:.6rem;align-items:flex-start">'
        f"{columns or '<p>No item is open.</p>'}</div>"
    )


def _column(column: BoardColumn, board: Board, identifier: str, currency: str) -> str:
    cards = "".join(_card(card, board, currency) for card in column.cards)
    more = column.more
    if more:
        cards += f'<li style="color:var(--muted)">+ {count_text(more)} more</li>'
    if not cards:
        cards = '<li style="color:var(--muted)">empty</li>'
    return (
        f'<div role="group" aria-labelledby="{identifier}" style="flex:1 1 14rem;min-width:0;'
        'max-width:100%;background:var(--panel);border-radius:.4rem;padding:.5rem">'
        f'<p id="{identifier}" style="margin:0 0 .4rem;overflow-wrap:anywhere"><strong>'
        f"{_text(head_text(column))}</strong></p>"
        f'<ul style="list-style:none;margin:0;padding:0;display:grid;gap:.4rem">{cards}</ul></div>'
    )


def _card(card: Card, board: Board, currency: str) -> str:
    _, colour = tone_of(card.pace)
    about = card_lines(card, currency)
    blocked, age = blocker_text(card), days_text(card.days, board.clock)
    parts = [
        f"<strong><bdi>{_text(card.name)}</bdi></strong>, {_text(age)}",
        f"<bdi>{_text(about)}</bdi>" if about else "",
        f"<bdi>{_text(card.assignee)}</bdi>" if card.assignee else "",
        f'<strong style="color:var(--bad)">{_text(blocked)}</strong>' if blocked else "",
        f'<span style="color:var(--muted)">{_text(pace_text(card.pace))}</span>',
    ]
    return (
        '<li style="background:var(--paper);border:1px solid var(--grid);border-left:.35rem solid '
        f'{colour};border-radius:.3rem;padding:.3rem .5rem;overflow-wrap:anywhere">'
        f"{'<br>'.join(part for part in parts if part)}</li>"
    )


def _text(words: str) -> str:
    words = printable(words)
    return escape(words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "\u2026")
