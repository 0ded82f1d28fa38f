"""The stages that work items pass, the columns of a board, and what ends an item."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from mining import activity_names as a
from mining.happy_path import happy_path
from mining.ordered_cases import ordered
from o2c_sim import vocabulary as v
from o2c_sim.errors import LogError, Problem, did_you_mean

MOST_STAGES = 8
# Moments every order passes on its way to cash; the furthest that a log holds is its end.
_MILESTONES = (
    v.CREATE_DELIVERY,
    v.POST_GOODS_ISSUE,
    v.CREATE_INVOICE,
    v.RECEIVE_PAYMENT,
    v.CLEAR_INVOICE,
)
_FEWEST_MILESTONES = 2
# As in the check for cases cut off by the end of the log (mining.quality): the endings of most
# cases that had the time to end.
_USUAL_ENDINGS_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Stage:
    """A column of the board.

    Parameters
    ----------
    name
        For people.
    entered_by
        Activities whose beginning puts an item into the stage (their completion where the log
        knows no beginning).
    entered_after
        Activities whose completion puts an item into the stage.
    only_after
        Activity before whose first completion nothing puts an item into the stage; empty without.
    """

    name: str
    entered_by: tuple[str, ...] = ()
    entered_after: tuple[str, ...] = ()
    only_after: str = ""

    @property
    def activities(self) -> tuple[str, ...]:
        """Every activity that puts an item into the stage."""
        return self.entered_by + self.entered_after


@dataclass(frozen=True, slots=True)
class Workflow:
    """What items pass and how they end.

    Parameters
    ----------
    stages
        In order; an item enters the first when it is created.
    closing
        Activities of which the last one ends an item.
    milestones
        Activities after which an item is not done until it is closed (again).
    opening
        Activities each of which has to be answered by a closing one; empty where not counted.
    reopening
        Activities that take back an opening one.
    cancelling
        Activities that end an item without its being completed, unless the work goes on.
    restoring
        Activities that take back a cancelling one.
    before
        Activities that come before there is an item; an item with nothing else is left out.
    is_reference
        Whether the activities are those of the reference vocabulary.
    last_event_only
        Whether an item is done only if its last event is a closing one.
    """

    stages: tuple[Stage, ...]
    closing: tuple[str, ...]
    milestones: tuple[str, ...] = ()
    opening: tuple[str, ...] = ()
    reopening: tuple[str, ...] = ()
    cancelling: tuple[str, ...] = ()
    restoring: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    is_reference: bool = False
    last_event_only: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the stages, in order."""
        return tuple(stage.name for stage in self.stages)


def workflow(
    cases: pl.DataFrame, case_type: str = "case", *, closing: Collection[str] | None = None
) -> Workflow:
    """Return the stages of a process and what ends its items.

    Order to cash (activities of the reference vocabulary) passes Capture, Credit, Fulfilment,
    Billing, Collection and Cash application, as far as the log goes. Any other process passes the
    activities of the happy path of its finished cases; an activity beside it belongs to the stage
    that the item is in.

    Parameters
    ----------
    cases
        A case view with activities in reference names where they have one
        (:func:`mining.analysis.in_reference_names`), in any row order.
    case_type
        Object type of the cases.
    closing
        Activities that end an item; by default the furthest milestone that the log holds (order to
        cash), or the usual last activities of the cases that had the time to end.

    Raises
    ------
    LogError
        If there are no cases, or an activity of *closing* does not occur.
    """
    view = ordered(cases).with_columns(pl.col("activity").cast(pl.String))
    if view.is_empty():
        raise LogError(Problem("there are no cases, so no stages"))
    held = set(view["activity"].unique().to_list())
    unknown = [name for name in closing or () if name not in held]
    if unknown:
        raise LogError(
            Problem(
                f"no case has an activity {name!r}",
                allowed=", ".join(sorted(held)),
                suggestion=did_you_mean(name, sorted(held)),
            )
            for name in unknown
        )
    chosen = tuple(sorted(closing)) if closing else ()
    found = [name for name in _MILESTONES if name in held]
    known = len(found) + (v.CREATE_SALES_ORDER in held)
    if known >= _FEWEST_MILESTONES and found:
        return _order_to_cash(held, found, case_type, chosen)
    return _discovered(view, chosen)


def _order_to_cash(
    held: set[str], found: list[str], case_type: str, chosen: tuple[str, ...]
) -> Workflow:
    final = found[-1]
    # A credit memo or a write-off ends what cash does not.
    also = {v.CLEAR_INVOICE: (v.WRITE_OFF_INVOICE,)}.get(final, ())
    closing = chosen or (final, *(name for name in also if name in held))
    opening = {v.POST_GOODS_ISSUE: v.CREATE_DELIVERY, v.CLEAR_INVOICE: v.CREATE_INVOICE}.get(final)
    cancelling = [v.CANCEL_ORDER, a.SET_REJECTION_REASON]
    if case_type == v.ORDER_LINE:
        cancelling.append(v.REJECT_ORDER_LINE)
    if case_type == v.INVOICE:
        cancelling.append(v.CANCEL_INVOICE)
    stages = []
    for stage in _stages_of(held):
        left = [name for name in stage.activities if name in held and name not in closing]
        if left:
            stages.append(
                Stage(
                    stage.name,
                    tuple(name for name in stage.entered_by if name in left),
                    tuple(name for name in stage.entered_after if name in left),
                    stage.only_after if stage.only_after in held else "",
                )
            )
    return Workflow(
        stages=tuple(stages) or (Stage("In progress"),),
        closing=closing,
        milestones=() if chosen else tuple(x for x in found[:-1] if x != v.RECEIVE_PAYMENT),
        opening=(opening,) if opening in held and not chosen else (),
        reopening=(v.CANCEL_INVOICE,) if opening == v.CREATE_INVOICE else (),
        cancelling=tuple(name for name in cancelling if name in held and name not in closing),
        restoring=(a.REMOVE_REJECTION_REASON,),
        before=(v.CREATE_QUOTATION,)
        if {v.CREATE_QUOTATION, v.CREATE_SALES_ORDER} <= held
        else (),
        is_reference=True,
    )  # fmt: skip


def _stages_of(held: set[str]) -> tuple[Stage, ...]:
    """Return all stages of order to cash; a stage is what an item waits for or is worked on in."""
    billed = v.SEND_INVOICE if v.SEND_INVOICE in held else v.CREATE_INVOICE
    return (
        Stage(
            "Capture",
            (v.RECEIVE_ORDER, v.CREATE_SALES_ORDER, v.SET_ORDER_BLOCK, v.CLARIFY_ORDER),
        ),
        Stage(
            "Credit",
            (v.CHECK_CREDIT, v.SET_CREDIT_BLOCK, v.DENY_CREDIT, v.RELEASE_CREDIT_BLOCK,
             v.REQUEST_PREPAYMENT),
        ),
        Stage(
            "Fulfilment",
            (v.PRODUCE_GOODS, v.CREATE_DELIVERY, v.PICK_AND_PACK, v.RECORD_SHORTAGE),
            (v.CONFIRM_ORDER,),
        ),
        Stage(
            "Billing",
            tuple(name for name in (v.SET_BILLING_BLOCK, v.CREATE_INVOICE) if name != billed),
            (v.POST_GOODS_ISSUE, v.CONFIRM_DELIVERY),
        ),
        Stage(
            "Collection",
            (v.SEND_DUNNING_LEVEL_1, v.CALL_CUSTOMER, v.OPEN_DISPUTE),
            (billed,),
        ),
        # Money may come before the goods; then it does not move the order on.
        Stage("Cash application", (v.APPLY_PAYMENT,), (v.RECEIVE_PAYMENT,), v.CREATE_INVOICE),
    )  # fmt: skip


def _discovered(view: pl.DataFrame, chosen: tuple[str, ...]) -> Workflow:
    closing = chosen or _usual_endings(view)
    # What most cases do is told by those that are done; the open ones stop anywhere.
    done = view.filter(pl.col("activity").last().over("case").is_in(closing))
    path = list(dict.fromkeys(happy_path(done if done.height else view).activities))
    # The last step of the path ends the item: nobody waits in it.
    if len(path) > 1 and path[-1] in closing:
        path = path[:-1]
    if len(path) > MOST_STAGES:
        path = [path[place * len(path) // MOST_STAGES] for place in range(MOST_STAGES)]
    return Workflow(
        stages=tuple(Stage(name, (name,)) for name in path), closing=closing, last_event_only=True
    )


def _usual_endings(view: pl.DataFrame) -> tuple[str, ...]:
    """Return the last activities of nine in ten cases that had the time to end."""
    cases = view.group_by("case", maintain_order=True).agg(
        pl.col("activity").first().alias("opening"),
        pl.col("activity").last().alias("final"),
        pl.col("time").first().alias("begin"),
        pl.col("time").last().alias("end"),
    )
    spans = (cases["end"] - cases["begin"]).dt.total_microseconds()
    usual, last = spans.quantile(0.9, "nearest") or 0.0, cases["end"].max()
    assert isinstance(last, datetime)
    border = last - timedelta(microseconds=float(usual))
    old = cases.filter(pl.col("begin") <= border)
    ends = (
        (old if old.height else cases)
        .group_by("final")
        .len()
        .sort(["len", "final"], descending=[True, False])
    )
    counted = ends.filter(
        pl.col("len").cum_sum().shift(1, fill_value=0)
        < _USUAL_ENDINGS_SHARE * float(ends["len"].sum())
    )["final"].to_list()
    # A case that has only been opened is not done, unless nothing else ever happens.
    opening = cases["opening"].mode().sort()[0]
    kept = [name for name in counted if name != opening]
    return tuple(sorted(kept or counted))
