"""Replications are the same wherever they are made and however often they were asked for."""

import dataclasses
import datetime as dt
import os
import subprocess
import sys

import numpy as np
import pytest
from same_bits import bits
from small_company import WINDOW, small, staffed

from mining.receivables import daily_flows
from o2c_sim import ModelChange, ScenarioError, Window, override, simulate
from o2c_sim.opening import Opening
from scenarios import experiment, task
from scenarios.executors import Processes, Serial
from scenarios.experiment import Plan, measured_period, run_replications, summarise, task_of
from scenarios.replication import ORDER_FLOWS
from scenarios.replication_file import encode
from scenarios.store import Store
from scenarios.task import ExtensionText, extension_text, replicate

EXTENSION = (
    "from dataclasses import replace\n"
    "def adapt(policies, model):\n"
    "    return policies\n"
)  # fmt: skip


def run(plans=None, *, replications=3, **options):
    """Run two small companies, in this process unless told otherwise."""
    options = {"seed": 5, "window": WINDOW, "workers": 1, **options}
    return run_replications(plans or [small(), staffed()], replications=replications, **options)


@pytest.fixture(scope="module")
def plain():
    """Return three replications of two companies, made one after the other, kept nowhere."""
    return run()


@pytest.fixture
def store(tmp_path):
    """Return an empty store."""
    return Store(tmp_path / "store")


@pytest.fixture
def made(monkeypatch):
    """Return the list of the tasks that are simulated."""
    tasks = []

    def counted(one):
        tasks.append(one)
        return replicate(one)

    monkeypatch.setattr(experiment, "replicate", counted)
    return tasks


def test_two_processes_give_the_bits_of_one(plain):
    """Every figure, curve and table."""
    assert bits_of(run(workers=2)) == bits_of(plain)


def bits_of(results):
    """Return results so that equality is of bits."""
    return [[bits(one) for one in runs] for runs in results]


def test_a_replication_does_not_depend_on_how_many_there_are(plain):
    """One more look is the same as one long look: 0 and 1, then 2."""
    first, last = run(replications=range(2)), run(replications=range(2, 3))
    together = [a + b for a, b in zip(first, last, strict=True)]
    assert bits_of(together) == bits_of(plain)


def test_what_is_in_the_store_is_not_made_again(plain, store, made):
    """Two of three are there: the third is made; the result is that of three made at once."""
    run(replications=2, store=store)
    assert len(made) == 4
    seen = []
    again = run(store=store, progress=lambda *step: seen.append(step))
    assert [(one.replication) for one in made[4:]] == [2, 2]
    assert seen == [(4, 6), (5, 6), (6, 6)], "what the store has is said first"
    assert bits_of(again) == bits_of(plain)
    assert bits_of(run(store=store)) == bits_of(plain)
    assert len(made) == 6


def test_a_damaged_entry_is_made_again(plain, store, made):
    """One file of six is cut short: a warning, one run, the same result."""
    run(store=store)
    victim = sorted(store.folder.rglob("*.parquet"))[2]
    whole = victim.read_bytes()
    victim.write_bytes(whole[:-9])
    with pytest.warns(UserWarning, match="damaged"):
        assert bits_of(run(store=store)) == bits_of(plain)
    assert len(made) == 7
    assert victim.read_bytes() == whole


def test_a_company_that_is_there_twice_is_run_once(made):
    """A scenario that changes nothing costs nothing, and differs by nothing."""
    one, other = run([small(), Plan(small())])
    assert len(made) == 3
    assert bits_of([one]) == bits_of([other])


def test_the_same_replication_of_all_companies_is_run_in_a_row(plain, made):
    """A worker keeps the draws of its last task; what they give is what each run alone gives."""
    both = run()
    assert [task.replication for task in made] == [0, 0, 1, 1, 2, 2]
    assert bits_of(both) == bits_of(plain)
    period = measured_period(small(), WINDOW)
    alone = [
        [
            summarise(
                simulate(company, seed=5, replication=r, window=WINDOW), period, with_map=not r
            )
            for r in range(3)
        ]
        for company in (small(), staffed())
    ]
    assert bits_of(both) == bits_of(alone)


def test_companies_are_run_in_lots(made, monkeypatch):
    """So many at a time as a worker keeps: two of three here, then the third one."""
    monkeypatch.setattr(experiment, "_AT_A_TIME", 2)
    desks = [override(small(), {"staff.order_desk.headcount": n}, "desk") for n in (8, 9, 10)]
    run(desks, replications=2)
    assert [task.replication for task in made] == [0, 0, 1, 1, 0, 1]


def test_a_change_on_the_way_is_part_of_the_run(plain, made):
    """From the first day it is the other company; from the last nothing; each is its own run."""
    changes = [(ModelChange(day, staffed()),) for day in (0, 15, WINDOW.days - 1)]
    plans = [Plan(small(), change) for change in changes]
    start, middle, end = run(plans, replications=range(1))
    assert len(made) == 3
    hours = [one.kpis["order_processing_mean_hours"] for (one,) in (start, middle, end)]
    before, after = (runs[0].kpis["order_processing_mean_hours"] for runs in plain)
    assert hours[0] == after
    assert hours[2] == before
    assert min(before, after) < hours[1] < max(before, after)


def test_what_is_kept_is_what_the_run_gave(plain):
    """Costs by stage and the ledger's columns of the measured days, to the cent."""
    one = simulate(small(), seed=5, replication=1, window=WINDOW)
    kept = plain[0][1]
    for row in one.costs.iter_rows(named=True):
        for kind in ("labour", "transaction", "fees", "financing"):
            assert kept.costs[f"{row['stage']}.{kind}"] == row[kind]
    assert len(kept.costs) == 4 * one.costs.height
    first = WINDOW.warm_up_days
    measured = one.receivables[first : first + WINDOW.measured_days].drop("date")
    names = [f"{name}_minor" for name in ORDER_FLOWS]
    assert list(kept.flows) == [*measured.columns, *names]
    for name in measured.columns:
        assert kept.flows[name].dtype == np.int64
        assert kept.flows[name].tolist() == measured[name].to_list()
    day = one.receivables["date"][first]
    money = daily_flows(one.log, day, day + dt.timedelta(days=WINDOW.measured_days - 1))
    for name in ORDER_FLOWS:
        cents = [round(amount * 100) for amount in money[name]]
        assert kept.flows[f"{name}_minor"].tolist() == cents
    assert kept.whole_run["receivables"].tolist() == one.receivables["closing_minor"].to_list()
    assert len(kept.whole_run["unapplied cash"]) == WINDOW.days
    flows = kept.flows
    assert (flows["opening_minor"][1:] == flows["closing_minor"][:-1]).all()
    assert np.allclose(kept.receivables * 100, flows["closing_minor"])


def test_only_the_first_replication_has_a_map(plain):
    """Which is all that a report shows."""
    assert [[one.process_map is not None for one in runs] for runs in plain] == [
        [True, False, False]
    ] * 2


def test_one_executor_for_many_calls(plain):
    """It stays open, and a search does not start processes again and again."""
    with Processes(2) as executor:
        calls = [run(replications=range(r, r + 1), executor=executor) for r in range(3)]
    together = [[call[i][0] for call in calls] for i in range(2)]
    assert bits_of(together) == bits_of(plain)


class Interrupted(Serial):
    """Somebody presses Ctrl-C after two runs."""

    def run(self, function, tasks):
        """Yield two results and no more."""
        for index, result in super().run(function, tasks):
            if index == 2:
                raise KeyboardInterrupt
            yield index, result


def test_ctrl_c_loses_only_the_runs_under_way(plain, store, made):
    """What to do is in the exception; the next call goes on."""
    with pytest.raises(KeyboardInterrupt, match=r"same command goes on: 2 of 6 runs are kept"):
        run(store=store, executor=Interrupted())
    assert store.contents().replications == 2
    made.clear()
    assert bits_of(run(store=store)) == bits_of(plain)
    assert len(made) == 4


def test_without_a_store_ctrl_c_promises_nothing():
    """There is nothing to go on from."""
    with pytest.raises(KeyboardInterrupt) as stopped:
        run(executor=Interrupted())
    assert str(stopped.value) == ""


@pytest.mark.parametrize("number", [0, 1])
def test_one_replication_gives_no_interval(number):
    """A number below two is refused; a range may have one member, or none."""
    with pytest.raises(ScenarioError, match="no interval"):
        run(replications=number)
    assert [len(runs) for runs in run(replications=range(number))] == [number] * 2


BASE = task_of(small(), 5, 1, WINDOW)
ANOTHER = override(small(), {"credit.denial_share": 0.2}, "another").model_dump_json(by_alias=True)


@pytest.mark.parametrize(
    "changed",
    [
        {"model_json": ANOTHER},
        {"changes": ((3, ANOTHER),)},
        {"seed": 6},
        {"replication": 2},
        {"window": Window(5, 20, 6)},
        {"window": Window(6, 20, 5)},
        {"extension": ExtensionText("own.py", "ab", b"")},
        {"opening": Opening()},
        {"environment": "another version"},
    ],
    ids=str,
)
def test_the_key_names_all_that_a_result_depends_on(changed):
    """One thing is another: the key is."""
    assert dataclasses.replace(BASE, **changed).key != BASE.key


def test_the_key_names_the_day_and_the_company_of_a_change():
    """Neither alone decides."""
    changes = [((3, ANOTHER),), ((4, ANOTHER),), ((3, BASE.model_json),)]
    keys = {dataclasses.replace(BASE, changes=one).key for one in changes}
    assert len(keys) == 3


def test_the_key_does_not_name_where_a_file_lies():
    """The same text from another folder is the same extension."""
    one, other = (
        dataclasses.replace(BASE, extension=ExtensionText(path, "ab", b"x"))
        for path in ("/a/own.py", "/b/own.py")
    )
    assert one.key == other.key


def test_a_file_is_bound_to_its_key():
    """The bytes of a run carry the key that a store files them under."""
    kept = summarise(
        simulate(small(), seed=5, replication=1, window=WINDOW),
        measured_period(small(), WINDOW),
        with_map=False,
    )
    assert replicate(BASE) == encode(kept, BASE.key)


def test_a_worker_with_other_code_is_refused():
    """Its results would not be those of the others."""
    with pytest.raises(ScenarioError, match="another version"):
        replicate(dataclasses.replace(BASE, environment="another version"))


def test_workers_use_the_very_text_that_the_experiment_began_with(tmp_path):
    """A file that was changed, or is on another machine, is sent along and checked."""
    file = tmp_path / "own.py"
    file.write_text(EXTENSION)
    text = extension_text(file)
    file.write_text("raise RuntimeError('changed')\n")
    sent = task._extension(text)
    assert sent.sha256 == text.sha256
    assert sent.adapt is not None
    file.unlink()
    task._extension.cache_clear()
    assert task._extension(text).sha256 == text.sha256
    task._extension.cache_clear()
    with pytest.raises(Exception, match="damaged on its way"):
        task._extension(dataclasses.replace(text, content=b"def adapt(p, m):\n    return p\n"))


DIGEST = """
import hashlib
from o2c_sim import Window, load_company
from scenarios.experiment import run_replications
from scenarios.replication_file import encode
model = load_company("distributor")
(runs,) = run_replications([model], seed=1, replications=2, window=Window(), workers=1)
print(hashlib.sha256(b"".join(encode(run) for run in runs)).hexdigest())
"""


@pytest.mark.slow
def test_data_frames_with_one_thread_and_with_several_give_the_same_bits():
    """Sums of money do not depend on the order in which threads deliver the rows."""
    found = set()
    for threads in ("1", "2", "4"):
        command = [sys.executable, "-c", DIGEST]
        environment = {**os.environ, "POLARS_MAX_THREADS": threads}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found.add(done.stdout)
    assert len(found) == 1
