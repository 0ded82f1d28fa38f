"""The benchmark compares like with like: both small models, their logs, the measuring itself."""

from __future__ import annotations

import datetime as dt
import re
import sys
from argparse import Namespace
from dataclasses import astuple
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks import (
    contender,
    equivalence,
    measurement,
    simulation,
    small_model,
    small_process,
    small_prosimos,
    tables,
)
from benchmarks.equivalence import Figures, differences
from benchmarks.measurement import Failure, Sample
from o2c_sim import load_company, override

ROOT = Path(__file__).resolve().parents[1]
ORDERS = 3_000
NAMES = [activity.name for activity in small_process.ACTIVITIES]


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> pl.DataFrame:
    """Return the log of the small model on the toolkit's engine."""
    path = tmp_path_factory.mktemp("small") / "log.parquet"
    rows = small_model.run(ORDERS, 7, path)
    table = pl.read_parquet(path)
    assert table.height == rows
    return table


def test_rows_per_order_by_hand():
    """Nine activities once in each order, and 0.2 + 0.08 + 0.06 at three decisions.

    Order data are checked 1 / 0.85 times, and clarified once less than that.
    """
    assert small_process.rows_per_order() == pytest.approx(9 + 0.34 + 2 / 0.85 - 1)


def test_no_role_is_overloaded():
    """Queues form and do not grow: each role is busy a third to 55 % of its hours."""
    for role in small_process.HEADCOUNTS:
        assert 0.33 < small_process.load(role) < 0.55


def test_the_flow_written_for_prosimos_has_the_visits_of_the_arithmetic():
    """The visits v of the nodes solve v = start + P'v, with P the probabilities of the flows."""
    flows = small_prosimos.FLOWS
    nodes = list(dict.fromkeys(name for source, target, _ in flows for name in (source, target)))
    place = {name: i for i, name in enumerate(nodes)}
    step = np.zeros((len(nodes), len(nodes)))
    for source, target, share in flows:
        step[place[source], place[target]] = 1 if share is None else share
    start = np.eye(len(nodes))[place["start"]]
    visits = np.linalg.solve(np.eye(len(nodes)) - step.T, start)
    for activity, expected in small_process.visits_per_order().items():
        assert visits[place[activity.name]] == pytest.approx(expected)
    assert visits[place["end"]] == pytest.approx(1)


def test_the_parameters_for_prosimos_name_what_is_in_its_model(tmp_path):
    """Tasks, gateways and flows of the JSON exist in the BPMN; people and shares are complete."""
    model, _ = small_prosimos.write(tmp_path)
    text = model.read_text("utf-8")
    tasks = set(re.findall(r'<task id="([^"]+)"', text))
    gateways = set(re.findall(r'<exclusiveGateway id="([^"]+)"', text))
    flows = set(re.findall(r'<sequenceFlow id="([^"]+)"', text))
    values = small_prosimos.parameters()
    durations = values["task_resource_distribution"]
    decisions = values["gateway_branching_probabilities"]
    assert {item["task_id"] for item in durations} == tasks
    assert len(tasks) == len(small_process.ACTIVITIES)
    assert {item["gateway_id"] for item in decisions} == gateways
    for decision in decisions:
        assert {path["path_id"] for path in decision["probabilities"]} <= flows
        assert sum(path["value"] for path in decision["probabilities"]) == pytest.approx(1)
    people = {
        person["id"] for role in values["resource_profiles"] for person in role["resource_list"]
    }
    assert len(people) == sum(small_process.HEADCOUNTS.values())
    assert {r["resource_id"] for item in durations for r in item["resources"]} == people


def test_the_small_model_passes_each_activity_as_often_as_the_arithmetic_says(log):
    """Within five standard errors; a visit to a rare step is a Bernoulli trial."""
    counts = dict(log.group_by(pl.col("activity").cast(pl.String)).len().iter_rows())
    for activity, visits in small_process.visits_per_order().items():
        spread = 5 * (max(visits % 1, 0.2) / ORDERS) ** 0.5
        assert counts[activity.name] / ORDERS == pytest.approx(visits, abs=spread)


def test_the_small_model_follows_the_flow(log):
    """Every pair of neighbours in a case is a way through the gateways of the BPMN model."""
    after: dict[str, set[str]] = {}
    for source, target, _ in small_prosimos.FLOWS:
        after.setdefault(source, set()).add(target)
    ways = {
        (name, end)
        for name in NAMES
        for target in after[name]
        for end in (after[target] if target.endswith("?") else {target})
    }
    cases = log.sort("case_id", "start_time", "end_time").select(
        pl.col("activity").cast(pl.String), "case_id"
    )
    pairs = cases.with_columns(next=pl.col("activity").shift(-1).over("case_id"))
    found = set(pairs.select("activity", pl.col("next").fill_null("end")).unique().iter_rows())
    assert found == ways


def test_the_small_model_works_in_office_hours_and_nobody_twice_at_once(log):
    """Starts and completions lie in the calendar; a person's rows do not overlap."""
    for column in ("start_time", "end_time"):
        time = log[column]
        assert (time.dt.weekday() <= 5).all()
        hours = (time - time.dt.truncate("1d")).dt.total_seconds(fractional=True) / 3600
        assert hours.is_between(9, 17).all()
    by_person = log.sort("resource", "start_time").with_columns(
        before=pl.col("end_time").shift(1).over("resource")
    )
    assert by_person.filter(pl.col("start_time") < pl.col("before")).is_empty()
    people = log["resource"].cast(pl.String).unique().to_list()
    assert len(people) == sum(small_process.HEADCOUNTS.values())


def test_cycle_times_of_a_log_kept_by_hand():
    """Friday 16:00 to Monday 10:00: two office hours, 66 of the calendar; and one within a day."""
    friday, monday = dt.datetime(2026, 1, 9, 16), dt.datetime(2026, 1, 12, 10)
    log = pl.DataFrame(
        {
            "case_id": [1, 1, 2],
            "start_time": [friday, monday - dt.timedelta(minutes=20), monday],
            "end_time": [friday + dt.timedelta(minutes=5), monday, monday + dt.timedelta(hours=1)],
        }
    )
    assert equivalence.figures(log) == Figures(1.5, 1.5, 33.5)


def test_both_formats_are_read_alike(tmp_path, log):
    """A log in Prosimos's CSV gives the figures of the same log in Parquet."""
    stamp = pl.col("start_time", "end_time").dt.replace_time_zone("UTC")
    text = stamp.dt.to_string("%Y-%m-%d %H:%M:%S%.6f%:z")
    log.with_columns(text, pl.col("activity", "resource").cast(pl.String)).write_csv(
        tmp_path / "log.csv"
    )
    found, expected = (
        astuple(equivalence.figures(table))
        for table in (equivalence.read(tmp_path / "log.csv"), log)
    )
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("rows", "hours"), [(1.02, 1.0), (1.0, 0.93)])
def test_a_model_that_differs_is_found(rows, hours):
    """Two per cent more rows, or a cycle seven per cent shorter, is no sampling error."""
    ours = Figures(10.69 * rows, 1.6 * hours, 7.0)
    theirs = Figures(10.69, 1.6, 7.9)
    assert len(differences(ours, theirs, 20_000)) == 1
    assert differences(theirs, theirs, 20_000) == []


def test_the_bare_loop_counts_its_waits(tmp_path, monkeypatch):
    """The number it reports is the number of timeouts that went off."""
    import simpy

    made = []
    timeout = simpy.Environment.timeout

    def counted(env, delay):
        made.append(env)
        return timeout(env, delay)

    monkeypatch.setattr(
        simpy, "Environment", type("Counted", (simpy.Environment,), {"timeout": counted})
    )
    done = contender.bare(Namespace(size=5_000))()
    env = made[0]
    pending = sum(1 for entry in env._queue if isinstance(entry[3], simpy.Timeout))
    assert done.count == len(made) - pending
    assert done.count == pytest.approx(5_000, rel=0.15)


def test_a_grown_company_has_orders_customers_and_people_in_proportion():
    """Ten times the orders get ten times the people, and the model stays valid."""
    model = load_company("distributor")
    large = override(model, contender.grown(model, 10), "test")
    assert large.demand.orders_per_week.value == 10 * model.demand.orders_per_week.value
    assert large.customers.count.value == 10 * model.customers.count.value
    for role, staff in model.staff.items():
        assert large.staff[role].headcount.value == 10 * staff.headcount.value


def test_a_contender_runs_in_a_process_of_its_own(tmp_path):
    """The child reports its rows, and leaves its log."""
    sample = measurement.contend("small", tmp_path, size=40, seed=3)
    assert sample.orders == 40
    assert sample.count == pl.read_parquet(tmp_path / "small.parquet").height
    assert sample.cpu_seconds > 0


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["no such program"], "no such program"),
        ([sys.executable, "-c", "raise SystemExit('out of luck')"], "out of luck"),
        ([sys.executable, "-c", "print('hello')"], "not a sample"),
        ([sys.executable, "-c", "pass"], "not a sample"),
    ],
)
def test_a_contender_that_fails_says_why(command, message):
    """No traceback of ours: the last thing that it said."""
    with pytest.raises(Failure, match=message):
        measurement.run(command)


def test_ratios_are_taken_round_by_round():
    """Rates 100, 40, 90 over 10, 5, 10: ratios 10, 8, 9; the ratio of medians would be 9, too."""
    above = [Sample(100, 1.0), Sample(40, 1.0), Sample(180, 2.0)]
    below = [Sample(10, 1.0), Sample(5, 1.0), Sample(20, 2.0)]
    spread = measurement.ratios(above, below)
    assert (spread.median, spread.lowest, spread.highest) == (9, 8, 10)


@pytest.fixture
def fake(monkeypatch):
    """Replace the children by samples of known rates."""
    rates = {"bare": 900_000, "naive": 50_000, "small": 200_000, "full": 100_000}

    def contend(name, folder, size=0, **_):
        if name not in rates:
            raise Failure("it broke")
        return Sample(rates[name], 1.0, size or 5, 2**20)

    monkeypatch.setattr(simulation, "contend", contend)
    monkeypatch.setattr(simulation, "figures", lambda log: Figures(10.69, 1.6, 7.9))
    monkeypatch.setattr(simulation, "read", lambda path: None)
    monkeypatch.setattr(simulation, "run", lambda command: Sample(8_000, 1.0, 500))
    return rates


def test_the_report_has_the_ratios_and_ends_with_the_rate(fake, capsys):
    """200,000 beside Prosimos's 8,000 is 25 times; the full model stands in the last line."""
    assert simulation.main(["--rounds=2", "--million", f"--prosimos={sys.executable}"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (small,) = [line for line in lines if line.startswith(tables.LABELS["small"])]
    assert "25.0 x Prosimos" in small
    assert any(line.split()[:2] == ["1,000,000", "100,000"] for line in lines)
    assert lines[-1] == "100000 log rows/CPU-s"


def test_without_prosimos_the_rest_is_measured(fake, capsys):
    """It is said that the peer is missing, and that is no failure."""
    assert simulation.main(["--quick", "--prosimos=no/such/python"]) == 0
    out = capsys.readouterr().out
    assert "Prosimos is left out: there is no no/such/python" in out
    assert out.splitlines()[-1] == "100000 log rows/CPU-s"


def test_a_contender_that_breaks_does_not_stop_the_others(fake, capsys):
    """Its line says so, and so does the exit code."""
    del fake["naive"]
    assert simulation.main(["--quick"]) == 1
    captured = capsys.readouterr()
    assert "failed: it broke" in captured.out
    assert captured.out.splitlines()[-1] == "100000 log rows/CPU-s"
    assert captured.err == "naive SimPy, order to cash: it broke\n"


def test_models_that_differ_are_called_so(fake, capsys, monkeypatch):
    """A ratio between two different processes would mean nothing."""
    found = iter([Figures(9.0, 1.6, 7.9), Figures(10.69, 1.6, 7.9)])
    monkeypatch.setattr(simulation, "figures", lambda log: next(found))
    assert simulation.main(["--quick", f"--prosimos={sys.executable}"]) == 1
    assert "not the same process: rows_per_order differ by +18.8%" in capsys.readouterr().err


def test_the_peers_requirements_are_pinned_hashed_and_name_no_index():
    """Every line is a version, a hash or a comment."""
    text = (ROOT / "benchmarks" / "requirements-prosimos.txt").read_text("utf-8")
    lines = [line.strip() for line in text.splitlines() if not line.startswith("#")]
    assert all(re.match(r"[a-z0-9-]+==|--hash=sha256:[0-9a-f]{64}", line) for line in lines)
    assert "://" not in text


@pytest.mark.slow
def test_the_quick_benchmark_runs(capsys):
    """All the toolkit's contenders, in small, for real."""
    assert simulation.main(["--quick"]) == 0
    assert re.fullmatch(r"\d+ log rows/CPU-s", capsys.readouterr().out.splitlines()[-1])
