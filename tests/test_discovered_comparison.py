"""A discovered process as it is and otherwise: figures by hand, pairing, settings."""

import numpy as np
import pytest
from discovered_by_hand import ALWAYS, OFFICE, Step, exponential, model

from o2c_sim import ScenarioError
from o2c_sim.discovered.levers import with_automated_share, with_capacity, with_leave_out_share
from o2c_sim.discovered.model import Pool, Routing
from scenarios.discovered_comparison import compare_discovered
from scenarios.discovered_settings import with_settings

STEPS = [
    [Step(0, 0, work=work), Step(1, 1, 0.5, work=0.25), Step(2, 0, 0.25, work=0.5)]
    for work in exponential(60, 1)
]
PEOPLE = (Pool("front desk", ("ann", "bob"), 2, ALWAYS), Pool("b.o", ("cat",), 3, OFFICE))
PROCESS = model(
    STEPS,
    PEOPLE,
    activities=("take", "look up", "an.swer"),
    per_week=150,
    gaps=exponential(40, 2),
    routing=Routing(switch_share=0.2),
)


def compared(changed, baseline=PROCESS, **options):
    """Return the differences by measure."""
    options = {"cases": 200, "replications": 6, "seed": 1} | options
    found = compare_discovered(baseline, changed, **options)
    return {m.key: d for m, d in zip(found.measures, found.differences, strict=True)}, found


def test_nothing_changed_is_no_difference():
    """Both see the same luck: every difference is nothing, exactly."""
    found, _ = compared(PROCESS)
    assert {d.difference.mean for d in found.values()} == {0.0}
    assert not any(d.detected for d in found.values())


def test_the_figures_of_a_process_without_chance():
    """A case an hour, half an hour of work by one, then a wait of two hours.

    Cycle time 2.5 hours, 168 cases a week, one person busy half the time who keeps nobody waiting;
    with twice the work, 3 hours and busy all the time.
    """
    # One at each full hour of the week: arrivals keep to the minutes that were observed.
    steps = [[Step(0, 0, work=0.5, hour=float(hour)), Step(1, -1, 2.0)] for hour in range(168)]
    process = model(steps, [Pool("p", ("ann",), 1, ALWAYS)])
    found, _ = compared(with_settings(process, {"activities.a.work_factor": 2}), process)
    assert found["cycle_time_mean_hours"].baseline.mean == pytest.approx(2.5)
    assert found["cycle_time_p90_hours"].scenario.mean == pytest.approx(3.0)
    assert found["throughput_per_week"].baseline.mean == pytest.approx(168)
    assert found["pools.p.utilisation"].baseline.mean == pytest.approx(0.5)
    assert found["pools.p.utilisation"].scenario.mean == pytest.approx(1.0)
    assert found["pools.p.mean_wait_hours"].scenario.mean == pytest.approx(0, abs=1e-9)


def test_more_people_shorten_the_wait_and_that_is_detected():
    """A person more at a desk busy three quarters of the time: less wait, less busy.

    Paired, the difference of the waits is known better than either wait.
    """
    found, _ = compared(with_capacity(PROCESS, "front desk", 3), cases=600)
    wait = found["pools.front desk.mean_wait_hours"]
    assert wait.detected
    assert wait.difference.high < 0
    busy = found["pools.front desk.utilisation"]
    assert busy.scenario.mean == pytest.approx(busy.baseline.mean * 2 / 3, rel=0.02)
    assert found["cycle_time_mean_hours"].difference.mean < 0
    assert wait.difference.standard_deviation <= wait.baseline.standard_deviation


def test_work_that_robots_do_leaves_the_pool():
    """All of the first step: the desk does the last one alone, half an hour instead of 1.5."""
    found, _ = compared(with_automated_share(PROCESS, "take", 1))
    busy = found["pools.front desk.utilisation"]
    assert busy.scenario.mean == pytest.approx(busy.baseline.mean / 3, rel=0.1)


def test_arrivals_and_cases_stay_when_steps_are_left_out():
    """Common luck: the pool of the other steps is as busy, but for what falls out of the window."""
    found, _ = compared(with_leave_out_share(PROCESS, "look up", 1), cases=600)
    busy = found["pools.front desk.utilisation"]
    assert busy.difference.mean == pytest.approx(0, abs=0.02)
    assert busy.difference.standard_deviation < busy.baseline.standard_deviation / 2
    assert found["cycle_time_mean_hours"].difference.high < 0
    assert "pools.b.o.mean_wait_hours" not in found, "no task, no wait"


def test_a_pool_that_cannot_keep_up_is_said():
    """Four times the arrivals for a desk that is busy most of the time."""
    _, told = compared(with_settings(PROCESS, {"arrivals.factor": 4}))
    assert any("with the change, the queue of 'front desk' grows" in w for w in told.warnings)
    assert not any("as it is" in warning for warning in told.warnings)


def test_pools_without_limit_are_not_told_of():
    """Nobody waits for them."""
    process = model(STEPS, [Pool("x", ("x",), 10**6, ALWAYS), Pool("y", ("y",), 2, ALWAYS)])
    found, _ = compared(process, process)
    assert [key for key in found if key.startswith("pools.")] == [
        "pools.y.mean_wait_hours",
        "pools.y.utilisation",
    ]


@pytest.mark.parametrize(("name", "value"), [("cases", 19), ("replications", 1)])
def test_too_few_runs_are_refused(name, value):
    """With how many it takes."""
    with pytest.raises(ScenarioError, match="allowed: at least"):
        compared(PROCESS, **{name: value})


def test_settings_are_levers_by_path_whatever_their_order():
    """Names may hold dots and blanks; hours as a line or by weekday."""
    settings = {
        "activities.an.swer.automated_share": 1,
        "activities.an.swer.automated_minutes": 6,
        "pools.b.o.week": "mon-fri 09:00-17:00; sat 10:00-12:00",
        "pools.front desk.week": {"mon": "08:00-10:00"},
        "pools.front desk.capacity": 5,
        "arrivals.factor": 2,
        "activities.take.delay_factor": 3,
        "activities.an.swer.work_factor": 7,
        "activities.look up.weight_factor": 0.5,
        "activities.look up.repetition_factor": 3,
    }
    found = with_settings(PROCESS, settings)
    other = with_settings(PROCESS, dict(reversed(settings.items())))
    assert found.pools == other.pools
    assert np.array_equal(found.histories.work_hours, other.histories.work_hours)
    assert found.pools[0].capacity == 5
    assert found.pools[0].week == ((8.0, 10.0),)
    assert found.pools[1].week == (*OFFICE, (130.0, 132.0))
    assert found.arrivals.per_week == 300
    answers = found.histories.activity == 2
    assert (found.histories.work_hours[answers] == 0.1).all(), "the robot's time, not 7 times it"
    assert (found.histories.weight == 0.5).all()


REFUSED = {
    "an unknown section": ({"pool.x.capacity": 1}, "did you mean 'pools'"),
    "an unknown setting": ({"pools.b.o.headcount": 1}, "unknown setting"),
    "a misspelt setting": ({"pools.b.o.capacty": 1}, "did you mean 'capacity'"),
    "an unknown pool": ({"pools.frnt desk.capacity": 1}, "did you mean 'front desk'"),
    "an unknown activity": ({"activities.tak.work_factor": 1}, "did you mean 'take'"),
    "half a person": ({"pools.b.o.capacity": 1.5}, "no whole number"),
    "yes": ({"activities.take.work_factor": True}, "no number"),
    "a word": ({"arrivals.factor": "much"}, "no number"),
    "no number": ({"arrivals.factor": float("nan")}, "allowed: above 0"),
    "no hours": ({"pools.b.o.week": "whenever"}, "no days and hours"),
    "another day": ({"pools.b.o.week": {"monday": "09:00-10:00"}}, "no weekday"),
    "hours of a number": ({"pools.b.o.week": 5}, "no days and hours"),
    "minutes alone": ({"activities.take.automated_minutes": 5}, "without"),
    "a path too short": ({"capacity": 1}, "unknown setting"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_setting_that_cannot_be_made_is_refused(what):
    """With what is allowed or meant."""
    settings, said = REFUSED[what]
    with pytest.raises(ScenarioError, match=said):
        with_settings(PROCESS, settings)


def test_all_settings_that_cannot_be_made_are_told_at_once():
    """One message each."""
    with pytest.raises(ScenarioError) as error:
        with_settings(PROCESS, {"pools.x.capacity": 1, "activities.y.work_factor": 1})
    assert len(error.value.problems) == 2
