"""The same seed gives the same bytes; another policy leaves every order's luck as it was."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import writing_tasks
from run_checks import activity_name
from same_bits import bits
from writing_tasks import WINDOW, digests, write_run

from o2c_sim import Window, override, read_folder, simulate
from o2c_sim import vocabulary as v
from o2c_sim.engine import Streams
from o2c_sim.errors import UsageError
from o2c_sim.model.section import CHANNELS
from o2c_sim.process.cycle import found
from scenarios.executors import run_tasks
from scenarios.inheritance import read_scenario
from scenarios.scenario import apply, scenario_names


def test_two_runs_write_the_same_bytes(distributor, tmp_path):
    """All Parquet tables and the manifest; another seed or replication differs."""
    one, same, seed, replication = (
        digests(
            simulate(distributor, seed=s, replication=r, window=WINDOW).write(tmp_path / str(i))
        )
        for i, (s, r) in enumerate([(4, 0), (4, 0), (5, 0), (4, 1)])
    )
    assert one == same
    assert {name for name in one if name.startswith("log/")} == {
        f"log/{table}.parquet"
        for table in ("events", "objects", "object_changes", "event_objects", "object_relations")
    } | {"log/log.json"}
    assert one["log/events.parquet"] != seed["log/events.parquet"]
    assert one["log/events.parquet"] != replication["log/events.parquet"]
    assert one["postings.parquet"] != seed["postings.parquet"]


def test_draws_of_a_run_before_give_the_same_bits(distributor, tmp_path):
    """Another company has drawn from them, with other distributions; other draws are refused."""
    streams = Streams(4, 2)
    slower = {"fulfilment.pick_minutes_per_order": {"distribution": "constant", "value": 90}}
    options = {"seed": 4, "replication": 2, "window": WINDOW}
    simulate(override(distributor, slower, "slower"), streams=streams, **options)
    again = simulate(distributor, streams=streams, **options)
    alone = simulate(distributor, **options)
    assert bits(again.log.events) == bits(alone.log.events)
    assert bits(again.postings) == bits(alone.postings)
    with pytest.raises(ValueError, match="draws of seed 4, replication 2 for a run of seed 4, rep"):
        simulate(distributor, streams=streams, seed=4, replication=3, window=WINDOW)


def test_workers_and_fresh_processes_write_the_same_bytes(tmp_path):
    """One worker, two workers, and a process with another hash seed and one thread."""
    tasks = [(4, 2), (5, 3)]
    serial = run_tasks(write_run, [(str(tmp_path / f"a{s}"), s, h) for s, h in tasks], 1)
    parallel = run_tasks(write_run, [(str(tmp_path / f"b{s}"), s, h) for s, h in tasks], 2)
    assert serial == parallel
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "POLARS_MAX_THREADS": "1"}
    alone = subprocess.run(
        [sys.executable, writing_tasks.__file__, str(tmp_path / "c"), "4", "2"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(alone.stdout) == serial[0]


def test_a_written_run_is_read_back(distributor, tmp_path):
    """The log's five tables come back equal; what exists is replaced only when asked."""
    run = simulate(distributor, seed=4, window=WINDOW)
    folder = run.write(tmp_path / "run", about={"command": "o2c simulate"})
    log = read_folder(folder / "log")
    for table in ("events", "objects", "object_changes", "event_objects", "object_relations"):
        assert getattr(log, table).equals(getattr(run.log, table))
    assert (log.zone, log.source) == (run.log.zone, run.log.source)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["command"] == "o2c simulate"
    assert manifest["seed"] == 4
    assert manifest["events"] == run.log.events.height
    with pytest.raises(UsageError):
        run.write(folder)
    run.write(folder, replace=True)
    assert [p.name for p in Path(tmp_path).iterdir()] == ["run"]


def test_a_longer_run_begins_like_a_shorter_one(distributor):
    """What happens in the first 30 days does not depend on how long the run is."""
    short = simulate(distributor, seed=4, window=Window(0, 30, 0)).log.events
    long = simulate(distributor, seed=4, window=Window(0, 50, 0)).log.events
    columns = ["activity", "start", "time", "resource", "amount"]
    assert long[: short.height].select(columns).equals(short.select(columns))


def as_in(name, model):
    """Return a company as a scenario makes it, all the time or in its first phase."""
    scenario = apply(read_scenario(name).file, model, name)
    return scenario.steps[0].model if scenario.steps else scenario.model


# More demand is other orders; all else that ships leaves them alone.
POLICIES = {
    **{
        name: (lambda model, name=name: as_in(name, model))
        for name in scenario_names()
        if name not in {"demand_surge", "longer_terms"}
    },
    "more people": lambda model: override(
        model,
        {f"staff.{role}.headcount": 9 for role in model.staff},
        "test",
    ),
    "everything by mail": lambda model: override(
        model, {"demand.channel_shares": {"email": 1}, "credit.denial_share": 1}, "test"
    ),
    "slow warehouse": lambda model: override(
        model,
        {
            "fulfilment.pick_minutes_per_line": 30,
            "billing.daily_run": {"days": ["tue"], "times": ["00:00"]},
        },
        "test",
    ),
}


def orders_of(model):
    """Return the orders of a run: arrival, customer, value and values of lines.

    An order after a quotation comes when the customer has got that and decided, so its arrival is
    no matter of luck alone.
    """
    log = simulate(model, seed=4, replication=2, window=Window(0, 40, 0)).log
    cases = log.flatten(v.ORDER)
    quoted = cases.filter(activity_name == v.CREATE_QUOTATION)["case"]
    arrival = cases.filter(
        (activity_name == v.RECEIVE_ORDER) & ~pl.col("case").is_in(quoted.implode())
    )["time"]
    relations = log.object_relations.with_columns(pl.col("qualifier").cast(pl.String))
    customer = relations.filter(pl.col("qualifier") == "placed by")["target"]
    of_order = relations.filter(pl.col("qualifier") == "line of")["target"]
    lines = log.objects_of(v.ORDER_LINE)["value"]
    value = log.objects_of(v.ORDER)["value"]
    return [column.to_list() for column in (arrival, customer, of_order, lines, value)]


@pytest.mark.parametrize("policy", POLICIES)
def test_another_policy_leaves_every_order_as_it_was(distributor, policy):
    """Arrival, customer, lines, values of lines and of orders are bit-identical.

    So are the draws behind the channel, the entry time and all later steps: same uniform number,
    so same value wherever the policy left the distribution alone.
    """
    changed = POLICIES[policy](distributor)
    assert changed != distributor
    assert orders_of(changed) == orders_of(distributor)
    before, after = found(distributor, 4, 2), found(changed, 4, 2)
    for name in ("email", "phone"):
        place = CHANNELS.index(name)
        one, other = (c.capture.entry_minutes[place] for c in (before, after))
        np.testing.assert_array_equal(one.span(0, 500), other.span(0, 500))
    for one, other in (
        (before.capture.exception, after.capture.exception),
        (before.credit.review_touch_minutes, after.credit.review_touch_minutes),
        (before.fulfilment.pick_minutes, after.fulfilment.pick_minutes),
        (before.payment.lateness_days[0], after.payment.lateness_days[0]),
        (before.cash_application.touch_minutes, after.cash_application.touch_minutes),
    ):
        np.testing.assert_array_equal(one.span(0, 500), other.span(0, 500))


@pytest.mark.parametrize("policy", POLICIES)
def test_channels_come_from_one_draw_per_order(distributor, policy):
    """The order's channel is where its fixed uniform number falls in the policy's shares."""
    model = POLICIES[policy](distributor)
    log = simulate(model, seed=4, replication=2, window=Window(0, 40, 0)).log
    channels = log.objects_of(v.ORDER)["channel"].cast(pl.String).to_list()
    uniform = Streams(4, 2).draws("demand.channel").span(0, len(channels))
    edges = np.cumsum([model.demand.channel_shares.value.get(c, 0) for c in CHANNELS])
    assert channels == [CHANNELS[np.searchsorted(edges, u, side="right")] for u in uniform]


def test_first_service_durations_in_the_log_are_the_same(distributor):
    """Entry takes the same time, to the microsecond to which logs are rounded.

    The change: 49 more people at the desk, so that each entry begins at another time.
    """
    changed = override(
        distributor,
        {
            "staff.order_desk.headcount": 50,
            "credit.denial_share": 0.9,
            "cash_application.auto_match_share": 0,
        },
        "test",
    )
    spans = []
    for model in (distributor, changed):
        log = simulate(model, seed=4, window=Window(0, 30, 0)).log
        cases = log.flatten(v.ORDER).filter(activity_name == v.CREATE_SALES_ORDER)
        # Not spanning lunch or a night, so that the time from start to end is work.
        spans.append(
            {
                case: span
                for case, span in cases.select(
                    "case", (pl.col("time") - pl.col("start")).dt.total_microseconds()
                ).iter_rows()
                if span < 59 * 60e6
            }
        )
    common = spans[0].keys() & spans[1].keys()
    assert len(common) > 900
    assert all(abs(spans[0][case] - spans[1][case]) <= 1 for case in common)
