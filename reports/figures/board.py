"""Board snapshot: open items as cards in their columns, coloured by pace; what blocks them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mining.flow.board import Board, BoardColumn, Card
from reports.documents.cells import count_cell, text_cell, value_cell
from reports.documents.document import Cell, Column, Picture, Table
from reports.figures.board_page import board_markup
from reports.figures.board_words import (
    as_of_text,
    blocker_text,
    card_lines,
    head_text,
    pace_text,
    tone_of,
)
from reports.figures.canvas import TEXT_SIZE, drawable, new_figure
from reports.figures.flow_words import counted, counting_words, days_text, noun
from reports.figures.palette import BAD, INK, MUTED, PANEL, PAPER
from reports.figures.text_fit import ELLIPSIS
from reports.figures.typeface import printed_width
from reports.number_text import count_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _MARGIN, _GAP = 9.6, 0.1, 0.12
_MOST_ABREAST = 4
_HEAD, _CARD, _CARD_GAP, _MORE = 0.42, 0.8, 0.07, 0.26
_SMALL = 8.0
_LONGEST = 200
# Two tiers on one page leave room for fewer cards in each.
_CARDS_IN_TIERS = 3
# Bold letters run wider than those that are measured.
_BOLD = 1.12


def board_picture(board: Board, currency: str = "") -> Picture:
    """Return the board with its numbers and its page.

    Parameters
    ----------
    board
        The snapshot.
    currency
        ISO code of the amounts; empty where not known.
    """
    what = noun(board.case_type)
    blocked = sum(column.blocked for column in board.columns)
    slow = sum(card.pace is not None and card.pace > 85 for c in board.columns for card in c.cards)
    moment = as_of_text(board)
    places = ", ".join(f"{column.name} {count_text(column.wip)}" for column in board.columns)
    return Picture(
        key="board",
        title=f"The board: {counted(board.wip, what, 'open')}, {count_text(blocked)} blocked",
        caption=(
            f"As of {moment}. Each column shows its oldest cards; its head says how many items it "
            "holds, and its limit where one was given. The stripe and its words compare the age "
            "of an item with that of completed ones when they left the column: within 50 % means "
            "that at least half of them were as old or older. Age counts from the start of work, "
            "from creation where nobody has started. Name: who did the last recorded event. "
            f"{counting_words(board.clock)}"
        ),
        alternative=(
            f"Board of {counted(board.wip, what, 'open')} on {moment}: {places}; "
            f"{count_text(blocked)} blocked. Of the cards shown {count_text(slow)} are older than "
            "85 % of the completed ones were."
        ),
        figure=lambda: board_figure(board, currency),
        data=_table(board, currency),
        markup=lambda prefix: board_markup(board, prefix, currency),
        wide=True,
    )


def board_figure(board: Board, currency: str = "") -> Figure:
    """Draw the columns side by side, in tiers of four, with the oldest cards of each."""
    columns = board.columns
    tiers = [columns[k : k + _MOST_ABREAST] for k in range(0, len(columns), _MOST_ABREAST)]
    most = 1_000 if len(tiers) == 1 else _CARDS_IN_TIERS
    heights = [_tier_height(tier, most) for tier in tiers]
    height = max(sum(heights) + _MARGIN * 2, 1.2)
    figure = new_figure(_WIDTH, height)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, _WIDTH)
    axes.set_ylim(height, 0)
    axes.axis("off")
    if not columns:
        _write(axes, _WIDTH / 2, height / 2, "No item is open.", ha="center")
    abreast = min(_MOST_ABREAST, max(len(columns), 1))
    width = (_WIDTH - 2 * _MARGIN - (abreast - 1) * _GAP) / abreast
    top = _MARGIN
    for tier, tall in zip(tiers, heights, strict=True):
        for place, column in enumerate(tier):
            left = _MARGIN + place * (width + _GAP)
            _draw_column(axes, column, board, currency, (left, top, width, tall - 0.12), most)
        top += tall
    return figure


def _tier_height(tier: Any, most: int) -> float:
    cards = max((min(len(column.cards), most) for column in tier), default=0)
    more = any(column.wip > min(len(column.cards), most) for column in tier)
    body = cards * (_CARD + _CARD_GAP) if cards else 0.3
    return float(_HEAD + body + (_MORE if more else 0.08) + 0.12)


def _draw_column(
    axes: Axes,
    column: BoardColumn,
    board: Board,
    currency: str,
    box: tuple[float, float, float, float],
    most: int,
) -> None:
    left, top, width, tall = box
    _box(axes, left, top, width, tall, PANEL.light, "none")
    over = column.limit is not None and column.wip > column.limit
    head = head_text(column)
    tail = head[len(column.name) :]
    # The count must never be cut, so the name gives way.
    room = width * 72 - 14 - printed_width(tail, TEXT_SIZE) * _BOLD
    words = f"{_cut(column.name, max(room, 20.0), _BOLD, TEXT_SIZE)}{tail}"
    _write(axes, left + 0.09, top + 0.2, words, size=TEXT_SIZE, weight="bold",
           colour=BAD.light if over else INK.light)  # fmt: skip
    cards = column.cards[:most]
    at = top + _HEAD - 0.02
    for card in cards:
        _draw_card(axes, card, board, currency, (left + 0.06, at, width - 0.12))
        at += _CARD + _CARD_GAP
    more = column.wip - len(cards)
    if more:
        _write(axes, left + 0.09, at + 0.1, f"+ {count_text(more)} more", colour=MUTED.light)
    elif not cards:
        _write(axes, left + 0.09, at + 0.1, "empty", colour=MUTED.light)


def _draw_card(
    axes: Axes, card: Card, board: Board, currency: str, place: tuple[float, float, float]
) -> None:
    from matplotlib.patches import Rectangle

    left, top, width = place
    _box(axes, left, top, width, _CARD, PAPER.light, BAD.light if card.blocked_by else MUTED.light)
    tone, _ = tone_of(card.pace)
    axes.add_patch(
        Rectangle((left + 0.035, top + 0.07), 0.065, _CARD - 0.14, facecolor=tone, linewidth=0)
    )
    inner, right, points = left + 0.15, left + width - 0.05, (width - 0.2) * 72
    age, pace = days_text(card.days, board.clock), pace_text(card.pace)
    rest = points - printed_width(age, _SMALL) - 6
    _write(axes, inner, top + 0.14, _cut(card.name, rest, _BOLD), weight="bold")
    _write(axes, right, top + 0.14, age, ha="right")
    _write(axes, inner, top + 0.31, _cut(card_lines(card, currency), points))
    rest = points - printed_width(pace, _SMALL) - 6
    _write(axes, inner, top + 0.48, _cut(card.assignee or "", rest), colour=MUTED.light)
    _write(axes, right, top + 0.48, pace, ha="right", colour=MUTED.light)
    if card.blocked_by:
        blocked = _cut(blocker_text(card), points, _BOLD)
        _write(axes, inner, top + 0.65, blocked, colour=BAD.light, weight="bold")


def _cut(text: str, points: float, wider: float = 1.0, size: float = _SMALL) -> str:
    """Return text in one line of so many points, an ellipsis where it is cut."""
    text = " ".join(drawable(text[:_LONGEST]).split())
    if printed_width(text, size) * wider <= points:
        return text
    while text and printed_width(text + ELLIPSIS, size) * wider > points:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def _box(
    axes: Axes, left: float, top: float, width: float, tall: float, face: str, edge: str
) -> None:
    from matplotlib.patches import FancyBboxPatch

    axes.add_patch(
        FancyBboxPatch(
            (left + 0.04, top + 0.04),
            width - 0.08,
            tall - 0.08,
            boxstyle="round,pad=0.04,rounding_size=0.05",
            facecolor=face,
            edgecolor=edge,
            linewidth=0.8,
        )
    )


def _write(
    axes: Axes,
    x: float,
    y: float,
    words: str,
    *,
    size: float = _SMALL,
    weight: str = "normal",
    colour: str = INK.light,
    ha: Any = "left",
) -> None:
    axes.text(
        x, y, drawable(words), fontsize=size, fontweight=weight, color=colour, ha=ha,
        va="center_baseline", parse_math=False,
    )  # fmt: skip


def _table(board: Board, currency: str) -> Table:
    rows: list[list[Cell]] = []
    groups = []
    for column in board.columns:
        groups.append((len(rows), head_text(column)))
        rows += [_card_row(card, column.name, currency) for card in column.cards]
        if column.more or not column.cards:
            row = [text_cell("") for _ in range(10)]
            row[0], row[1] = text_cell("without a card"), text_cell(column.name)
            row[9] = count_cell(column.more)
            rows.append(row)
    heads = (
        Column("Item"),
        Column("Column"),
        Column("Age", True, "days"),
        Column("Pace"),
        Column("Customer"),
        Column("Amount", True, "currency"),
        Column("Last worked on by"),
        Column("Blocked by"),
        Column("Blocked in all", True, "days"),
        Column("More items", True, "count"),
    )
    caption = f"Open {noun(board.case_type)} by column, as of {as_of_text(board)}"
    return Table("board", caption, heads, rows, groups, folded=True)


def _card_row(card: Card, column: str, currency: str) -> list[Cell]:
    return [
        text_cell(card.name),
        text_cell(column),
        value_cell(card.days, "days"),
        text_cell(pace_text(card.pace)),
        text_cell(card.customer or ""),
        value_cell(card.amount, "currency", currency),
        text_cell(card.assignee or ""),
        text_cell(card.blocked_by or ""),
        value_cell(card.blocked_days, "days"),
        text_cell(""),
    ]
