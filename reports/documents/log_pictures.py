"""The pictures of a log by subject: flow, forecast, patterns, money; only what the log can show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from mining.analysis import Analysis, in_reference_names
from o2c_sim.eventlog import EventLog
from reports.documents.document import Block, Picture, Section, Text

if TYPE_CHECKING:
    from mining.flow.items import Items

# Of a longer history the forecast chart shows the end; the forecast itself looks back 60 days.
_HISTORY_DAYS = 365


def picture_sections(
    log: EventLog,
    case_type: str,
    found: Analysis,
    currency: str = "",
    people: Mapping[str, float] | None = None,
) -> list[Section]:
    """Return the sections of pictures that a log has something to show in.

    Parameters
    ----------
    log
        The log.
    case_type
        The object type whose objects are the cases.
    found
        Its analysis.
    currency
        ISO code of amounts, or empty.
    people
        Role to its number of people, which a simulated run keeps; None where nobody told.
    """
    from mining.flow.items import items

    known = items(log, case_type)
    parts = [
        ("objects", "Objects", _objects(log)),
        ("flow", "Flow of work", _flow(log, known, currency)),
        ("forecast", "Forecast", _forecast(known)),
        ("patterns", "Patterns in time", _patterns(log, case_type, people)),
        ("money", "Open receivables", _money(log, found, currency)),
        ("cost", "Cost of the cycle", _cost(log, found, currency)),
    ]
    return [
        # A sentence alone needs no page.
        Section(key, title, blocks, new_page=any(isinstance(one, Picture) for one in blocks))
        for key, title, blocks in parts
        if blocks
    ]


def _objects(log: EventLog) -> list[Block]:
    """Return the map of all object types; of a single one the process map has told everything."""
    from mining.object_graph import object_graph
    from reports.figures.object_map_picture import object_map_picture

    if len(log.object_types) < 2:
        return []
    picture = object_map_picture(object_graph(log))
    shown = {row[0].text for row in picture.data.rows}
    return [picture] if len(shown) > 1 else []


def _flow(log: EventLog, known: Items, currency: str) -> list[Block]:
    from mining.flow.board import board
    from mining.flow.gantt import gantt
    from reports.figures.ageing_wip import ageing_wip_picture
    from reports.figures.blocker_pareto import blocker_pareto_picture
    from reports.figures.board import board_picture
    from reports.figures.cumulative_flow import cumulative_flow_picture
    from reports.figures.cycle_time_scatter import cycle_time_scatter_picture
    from reports.figures.gantt import gantt_picture
    from reports.figures.time_chart import time_chart_picture, time_chart_weeks_picture

    snapshot = board(log, known)
    # Of open work there is nothing to show where none is open.
    ageing, cards = (
        ([ageing_wip_picture(known)], [board_picture(snapshot, currency)])
        if snapshot.wip
        else ([], [])
    )
    return _shown(
        [
            cycle_time_scatter_picture(known),
            *ageing,
            cumulative_flow_picture(known),
            *cards,
            blocker_pareto_picture(snapshot),
            gantt_picture(gantt(log, known)),
            time_chart_weeks_picture(known),
            time_chart_picture(known),
        ]
    )


def _forecast(known: Items) -> list[Block]:
    """Return the forecasts of the work that is open at the end of the log's last whole day."""
    from mining.flow.backtest import coverage
    from mining.flow.burn_up import burn_up
    from mining.flow.forecast import forecast
    from mining.flow.throughput import WINDOW_DAYS, daily_throughput, pattern_of
    from reports.figures.flow_words import noun
    from reports.figures.forecast_chart import forecast_chart_picture
    from reports.figures.monte_carlo import (
        monte_carlo_how_many_picture,
        monte_carlo_when_picture,
    )

    created, done = known.table["created"], known.table["done"]
    first, newest = _day(created.min(), known.zone), _day(created.max(), known.zone)
    if first is None or newest is None:
        return []
    # The day on which the log was drawn is not over.
    as_of = max(first, _day_of(known.as_of, known.zone) - dt.timedelta(days=1))
    what = noun(known.case_type)
    if newest < as_of - dt.timedelta(days=WINDOW_DAYS):
        told = (
            f"No forecast is made: none of the {what} of this log was created after {newest}, "
            f"while the log goes on until {as_of}. Work on a group that gets no new members slows "
            "down as it runs out, and does not tell how fast work goes on."
        )
        return [Text([told])]
    past = daily_throughput(done, first, as_of, known.zone)
    since = max(first, as_of - dt.timedelta(days=_HISTORY_DAYS))
    history = burn_up(created, done, since, as_of, known.zone)
    if history.open_now < 1:
        return [Text([f"No forecast is made: none of the {what} is open on {as_of}."])]
    found = forecast(pattern_of(past.window(WINDOW_DAYS)), history.open_now)
    when = coverage(past, remaining=history.open_now)
    return [
        forecast_chart_picture(history, found, what, coverage=when),
        monte_carlo_when_picture(found, what, coverage=when),
        monte_carlo_how_many_picture(found, what, coverage=coverage(past)),
    ]


def _patterns(log: EventLog, case_type: str, people: Mapping[str, float] | None) -> list[Block]:
    from mining.dotted_chart import sampled_dotted_chart
    from mining.performance_spectrum import performance_spectrum
    from mining.work_profile import work_profile
    from reports.figures.dotted_chart import dotted_chart_picture
    from reports.figures.performance_spectrum import performance_spectrum_picture
    from reports.figures.work_heat_map import work_heat_map_picture

    cases = log.flatten(case_type)
    # Numbers of people tell nothing of a log that names none of their roles.
    named = bool(people) and not cases.filter(pl.col("role").is_in(list(people or {}))).is_empty()
    return _shown(
        [
            work_heat_map_picture(work_profile(cases, log.zone, people=people if named else None)),
            dotted_chart_picture(sampled_dotted_chart(cases, log.zone)),
            performance_spectrum_picture(performance_spectrum(cases, log.zone)),
        ]
    )


def _money(log: EventLog, found: Analysis, currency: str) -> list[Block]:
    """Return the course of receivables over the measured period, or over all of the log."""
    from mining.ageing_path import ageing_path
    from mining.dso_path import dso_path
    from mining.object_events import ObjectEvents
    from reports.figures.ar_ageing import ar_ageing_picture
    from reports.figures.dso_curve import dso_curve_picture

    view = ObjectEvents.of(in_reference_names(log))
    first = None if found.period is None else found.period.first
    last = None if found.period is None else found.period.last
    return _shown(
        [
            ar_ageing_picture(ageing_path(view, first=first, last=last), currency),
            dso_curve_picture(dso_path(view, first=first, last=last), currency),
        ]
    )


def _cost(log: EventLog, found: Analysis, currency: str) -> list[Block]:
    """Return what the steps of an order cost; nothing where events have no cost."""
    from mining.cost_split import cost_split
    from mining.object_events import ObjectEvents
    from reports.figures.cost_per_order import cost_per_order_picture

    if "cost" not in log.events.columns:
        return []
    view = ObjectEvents.of(in_reference_names(log))
    return _shown(
        [
            cost_per_order_picture(cost_split(view, "stage", found.period), currency, by="stage"),
            cost_per_order_picture(cost_split(view, "role", found.period), currency, by="role"),
        ]
    )


def _shown(pictures: Sequence[Picture]) -> list[Block]:
    """Return the pictures that have a number in them."""
    return [picture for picture in pictures if picture.data.rows]


def _day(moment: object, zone: str) -> dt.date | None:
    return _day_of(moment, zone) if isinstance(moment, dt.datetime) else None


def _day_of(moment: dt.datetime, zone: str) -> dt.date:
    from zoneinfo import ZoneInfo

    return moment.replace(tzinfo=dt.UTC).astimezone(ZoneInfo(zone)).date()
