"""Changes in time: ramp-ups by hand, ends that restore, days of a run, mistakes with their line."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from o2c_sim import ScenarioError, Window, load_company, override, simulate
from scenarios.scenario import Scenario, apply, load_scenario
from scenarios.scenario_file import ScenarioFile

MATCHED = "cash_application.auto_match_share"


def scenario(company, *phases, **keys) -> Scenario:
    """Return a scenario with these phases."""
    file = ScenarioFile(
        schema_version=1, name="x", title="X", extends="distributor", phases=phases, **keys
    )
    return apply(file, company, "x.yaml")


def by_day(found: Scenario, read) -> dict[int, object]:
    """Return what a reading gives from each day on which the company changes."""
    return {step.day: read(step.model) for step in found.steps}


def matched(model) -> float:
    """Return the share of payments matched by themselves, percent."""
    return round(100 * model.cash_application.auto_match_share.value, 9)


@pytest.fixture
def company(distributor):
    """Return the distributor with round figures: 50 % matched, one person at the order desk."""
    return override(distributor, {MATCHED: 0.5}, "a test")


def test_a_change_on_one_day(company):
    """Nothing before, everything from that day on."""
    found = scenario(company, {"from_day": 30, "levers": {"auto_match_pct": 80}})
    assert found.model == company
    assert by_day(found, matched) == {30: 80}


def test_a_linear_ramp_moves_in_weekly_steps(company):
    """50 -> 90 over 28 days: 10 points a week; on the first day nothing has moved."""
    phase = {"from_day": 0, "ramp_up_days": 28, "levers": {"auto_match_pct": 90}}
    assert by_day(scenario(company, phase), matched) == {7: 60, 14: 70, 21: 80, 28: 90}


def test_a_ramp_that_is_no_whole_number_of_weeks_is_complete_on_its_last_day(company):
    """50 -> 70 over 10 days: 7/10 after a week, all of it on day 10."""
    phase = {"from_day": -5, "ramp_up_days": 10, "levers": {"auto_match_pct": 70}}
    assert by_day(scenario(company, phase), matched) == {2: 64, 5: 70}


def test_a_learning_curve_halves_what_is_left_in_a_quarter_of_its_time(company):
    """50 -> 82 over 28 days: of 32 points 16, 24, 28 are done after each week, then all."""
    phase = {
        "from_day": 7,
        "ramp_up_days": 28,
        "ramp_up": "learning",
        "levers": {"auto_match_pct": 82},
    }
    assert by_day(scenario(company, phase), matched) == {14: 66, 21: 74, 28: 78, 35: 82}


def test_words_change_at_once_while_numbers_ramp_up(company):
    """The dunning run is daily from the first day of the phase."""
    levers = {"dunning_run": "daily", "auto_match_pct": 70}
    found = scenario(company, {"from_day": 10, "ramp_up_days": 14, "levers": levers})
    read = by_day(found, lambda m: (len(m.dunning.run.value.days), matched(m)))
    assert read == {10: (5, 50), 17: (5, 60), 24: (5, 70)}
    levers["dunning_run"] = "weekly"
    found = scenario(company, {"from_day": 10, "ramp_up_days": 14, "levers": levers})
    assert by_day(found, matched) == {17: 60, 24: 70}


def test_a_shock_that_ends_leaves_the_company_as_it_was(company):
    """From its last day on it is the very same model, steady levers in force."""
    found = scenario(
        company,
        {"from_day": 10, "until_day": 24, "levers": {"postal_days": 14}},
        levers={"auto_match_pct": 60},
    )
    assert [step.day for step in found.steps] == [10, 24]
    assert found.steps[1].model == found.model
    assert matched(found.steps[0].model) == 60


def test_a_lever_may_be_steady_before_and_a_target_after(company):
    """60 all the time, and from there to 80 over two weeks."""
    phase = {"from_day": 0, "ramp_up_days": 14, "levers": {"auto_match_pct": 80}}
    found = scenario(company, phase, levers={"auto_match_pct": 60})
    assert matched(found.model) == 60
    assert by_day(found, matched) == {7: 70, 14: 80}


def test_a_phase_that_follows_another_begins_where_that_ends(company):
    """70 until day 10, and from 70, not from 50, to 90 over two weeks; 50 is never seen again."""
    found = scenario(
        company,
        {"from_day": 0, "until_day": 10, "levers": {"auto_match_pct": 70}},
        {"from_day": 10, "ramp_up_days": 14, "levers": {"auto_match_pct": 90}},
    )
    assert by_day(found, matched) == {0: 70, 17: 80, 24: 90}


def test_what_is_over_takes_no_room_from_what_follows(company):
    """60 % portal until day 10 and 90 % e-invoices from then on cannot be had together."""
    found = scenario(
        company,
        {"from_day": 0, "until_day": 10, "levers": {"portal_invoice_pct": 60}},
        {"from_day": 10, "levers": {"e_invoice_pct": 90}},
    )
    shares = by_day(found, lambda m: m.customers.invoice_channel_shares.value["e_invoice"])
    assert shares == pytest.approx({0: 0.3, 10: 0.9})


def test_phases_that_overlap_add_up(company):
    """Each keeps its own pace: a ramp of one goes on while the other comes and goes."""
    found = scenario(
        company,
        {"from_day": 0, "ramp_up_days": 14, "levers": {"auto_match_pct": 90}},
        {"from_day": 3, "until_day": 10, "levers": {"demand_change_pct": 100}},
    )
    orders = company.demand.orders_per_week.value
    read = by_day(found, lambda m: (matched(m), m.demand.orders_per_week.value / orders))
    assert read == {3: (50, 2), 7: (70, 2), 10: (70, 1), 14: (90, 1)}


def test_people_come_one_by_one(company):
    """1 -> 4 over three weeks."""
    phase = {"from_day": 0, "ramp_up_days": 21, "levers": {"order_desk_headcount": 4}}
    found = scenario(company, phase)
    read = by_day(found, lambda m: m.staff["order_desk"].headcount.value)
    assert read == {7: 2, 14: 3, 21: 4}


def test_overrides_ramp_up_where_both_values_are_of_a_kind(company):
    """A number, a mixture, a distribution of the same family; another family comes at once."""
    overrides = {
        "write_off.after_days": 120,
        "demand.channel_shares": {"edi": 0.55, "portal": 0.35, "email": 0.1, "phone": 0},
        "disputes.investigation_days": {
            "distribution": "lognormal", "median": 4, "sigma": 0.8, "cap": 180
        },
        "capture.clarification_wait_hours": 5,
    }  # fmt: skip
    found = scenario(company, {"from_day": 0, "ramp_up_days": 14, "overrides": overrides})
    assert [step.day for step in found.steps] == [0, 7, 14]
    first, half, whole = (step.model for step in found.steps)
    assert first.capture.clarification_wait_hours.value.mean() == 5
    assert first.write_off == company.write_off
    assert half.write_off.after_days.value == 150
    shares = half.demand.channel_shares.value
    assert shares == pytest.approx({"edi": 0.45, "portal": 0.25, "email": 0.25, "phone": 0.05})
    assert half.disputes.investigation_days.value.median == 8
    assert whole.disputes.investigation_days.value.median == 4


def test_the_volume_response_comes_with_the_first_phase(company):
    """Scenarios of phases only: with its ramp-up, until the last phase is over."""
    orders = company.demand.orders_per_week.value
    found = scenario(
        company,
        {"from_day": 0, "until_day": 30, "ramp_up_days": 14, "levers": {"auto_match_pct": 60}},
        {"from_day": 20, "until_day": 40, "levers": {"postal_days": 9}},
        volume_response_pct=-10,
    )
    assert found.model == company
    read = by_day(found, lambda m: round(m.demand.orders_per_week.value / orders, 9))
    assert read == {7: 0.95, 14: 0.9, 20: 0.9, 30: 0.9, 40: 1}
    steady = scenario(
        company,
        {"from_day": 0, "levers": {"postal_days": 9}},
        levers={"auto_match_pct": 60},
        volume_response_pct=-10,
    )
    assert steady.model.demand.orders_per_week.value == pytest.approx(0.9 * orders)


def test_settings_tell_when(company):
    """What a report shows says from which day and over how long."""
    found = scenario(
        company,
        {"from_day": 3, "ramp_up_days": 60, "ramp_up": "learning", "levers": {"recall_days": 5}},
        {"from_day": 60, "until_day": 74, "levers": {"postal_days": 14}},
        levers={"dunning_run": "daily"},
    )  # fmt: skip
    told = {s.lever: (s.before, s.after) for s in found.settings}
    assert told["dunning_run"] == ("weekly", "daily")
    assert told["recall_days"] == ("14", "5 from day 3, learning over 60 days")
    assert told["postal_days"][1] == "14 from day 60 until day 74"


COMPANY = load_company("distributor")
FROM, LENGTHS, RAMPS = st.integers(-60, 120), st.integers(1, 90), st.integers(0, 90)
CURVES = st.sampled_from(["linear", "learning"])
SHARES = st.sampled_from([55.0, 60.0, 75.0, 100.0, 0.0])


@settings(max_examples=40)
@given(FROM, LENGTHS, RAMPS, CURVES, SHARES)
def test_whatever_the_days_the_way_is_monotone_and_the_end_is_reached(
    from_day, length, ramp, how, target
):
    """In force only within the phase, ever nearer to the target, then as before."""
    assume(length > min(ramp, 7))
    ramp = min(ramp, length)
    phase = {
        "from_day": from_day,
        "until_day": from_day + length,
        "ramp_up_days": ramp,
        "ramp_up": how,
        "levers": {"auto_match_pct": target},
    }
    found = scenario(COMPANY, phase)
    days = [step.day for step in found.steps]
    assert days == sorted(set(days))
    assert days[0] >= from_day
    assert days[-1] <= from_day + length
    before = matched(COMPANY)
    gaps = [abs(before - target)]
    gaps += [abs(matched(step.model) - target) for step in found.steps if step.day < days[-1]]
    assert gaps == sorted(gaps, reverse=True)
    if ramp < length:
        on = [step.model for step in found.steps if step.day <= from_day + ramp]
        assert matched(on[-1]) == target
    assert found.steps[-1].model == COMPANY


def test_days_count_from_the_first_measured_day(company):
    """With 20 days of warm-up, day -5 of the file is day 15 of the run; what is later is left."""
    found = scenario(
        company,
        {"from_day": -5, "levers": {"auto_match_pct": 80}},
        {"from_day": 20, "until_day": 90, "levers": {"postal_days": 14}},
    )
    changes = found.changes(Window(20, 30, 10))
    assert [change.day for change in changes] == [15, 40]
    assert [change.model for change in changes] == [step.model for step in found.steps[:2]]
    assert scenario(company, levers={"auto_match_pct": 80}).changes(Window(20, 30, 10)) == ()


def test_a_phase_outside_the_run_is_refused(company):
    """Before the run and after it; at its first and its last day it is taken."""
    found = scenario(company, {"from_day": -5, "levers": {"auto_match_pct": 80}})
    assert found.changes(Window(5, 1, 0))[0].day == 0
    with pytest.raises(ScenarioError, match="begins on day -5, before the run") as caught:
        found.changes(Window(4, 30, 0))
    assert "a warm-up of 5 days" in str(caught.value)
    found = scenario(company, {"from_day": 40, "levers": {"auto_match_pct": 80}})
    assert found.changes(Window(5, 31, 10))[0].day == 45
    with pytest.raises(ScenarioError, match="begins on day 40, after the run"):
        found.changes(Window(5, 30, 10))


def test_what_comes_on_a_date_comes_on_the_runs_own_days(company):
    """An outage from day 10 on is dated by the warm-up of the run, not of the default window."""
    found = scenario(company, {"from_day": 10, "levers": {"outage_hours": 24}})
    for warm_up in (0, 20, 150):
        (change,) = found.changes(Window(warm_up, 60, 30))
        (outage,) = change.model.systems.outages.value
        days = (outage.start.date() - company.start_date).days
        assert change.day == warm_up + 10
        assert change.day <= days < change.day + 7


def test_a_run_follows_the_phases(distributor):
    """Orders double for the two weeks of a surge and are as before after it, draw by draw."""
    small = override(distributor, {"customers.count": 30, "demand.orders_per_week": 70}, "a test")
    found = scenario(small, {"from_day": 7, "until_day": 21, "levers": {"demand_change_pct": 300}})
    window = Window(7, 28, 0)
    plain = simulate(small, seed=3, window=window)
    surged = simulate(found.model, seed=3, window=window, changes=found.changes(window))
    weeks = [orders_by_week(run.log) for run in (plain, surged)]
    assert weeks[0][0] == weeks[1][0]
    assert weeks[0][1] == weeks[1][1]
    for week in (2, 3):
        assert weeks[1][week] > 2.5 * weeks[0][week]
    assert weeks[1][4] < 2 * weeks[0][4]


def orders_by_week(log) -> list[int]:
    """Return how many orders were received in each week of a run."""
    from o2c_sim import vocabulary as v

    times = log.events.filter(log.events["activity"] == v.RECEIVE_ORDER)["time"].sort()
    first = log.events["time"].min()
    weeks = ((times - first).dt.total_days() // 7).to_list()
    return [weeks.count(week) for week in range(5)]


HEAD = "schema_version: 1\nname: x\ntitle: X\nextends: distributor\nphases:\n"
ON = "    levers: {auto_match_pct: 80}\n"
MISTAKES = {
    "until before from": ("  - from_day: 30\n    until_day: 30\n" + ON, 7,
                          "not after from_day: 30"),
    "a ramp longer than its phase": (
        "  - from_day: 0\n    until_day: 10\n    ramp_up_days: 11\n" + ON, 8, "at most 10 days"),
    "nothing set": ("  - from_day: 0\n", 6, "changes nothing"),
    "over before it begins": (
        "  - {from_day: 0, until_day: 5, ramp_up_days: 5, levers: {auto_match_pct: 80}}\n", 6,
        "over before"),
    "what it is already": (
        "  - from_day: 0\n    levers: {auto_match_pct: 74}\n", 6, "has these values already"),
    "out of order": (f"  - from_day: 9\n{ON}  - from_day: 3\n    levers: {{postal_days: 3}}\n", 8,
                     "before the phase above"),
    "twice at once": (f"  - from_day: 0\n{ON}  - from_day: 9\n{ON}", 9, "at the same time"),
    "twice at once, by path": (
        "  - {from_day: 0, overrides: {write_off.after_days: 9}}\n"
        "  - {from_day: 9, overrides: {write_off.after_days: 8}}\n", 7, "until_day: 9"),
    "two of one name": (
        f"  - name: a\n    from_day: 0\n{ON}  - name: a\n    from_day: 9\n"
        "    levers: {postal_days: 3}\n", 9, "two phases are called 'a'"),
    "unknown lever": ("  - from_day: 0\n    levers:\n      auto_mach_pct: 80\n", 8,
                      "auto_match_pct"),
    "out of range": ("  - from_day: 0\n    levers:\n      auto_match_pct: 101\n", 8, "0 to 100 %"),
    "unknown path": ("  - from_day: 0\n    overrides:\n      write_off.days: 8\n", 8, "write_off"),
    "refused by the company": (
        "  - from_day: 0\n    overrides:\n      write_off.after_days: -8\n", 8, "write_off"),
    "not in a run": (
        "  - from_day: 0\n    overrides:\n      customers.count: 9\n", 8, "cannot change during"),
    "unknown key": ("  - from_day: 0\n    form_day: 3\n" + ON, 7, "did you mean 'from_day'?"),
    "half a day": ("  - from_day: 0.5\n" + ON, 6, "integer"),
    "true": ("  - from_day: true\n" + ON, 6, "integer"),
    "no day": ("  - name: a\n" + ON, 6, "from_day is missing"),
    "another curve": ("  - from_day: 0\n    ramp_up: quick\n" + ON, 7, "linear"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_in_phases_have_their_line(name, tmp_path):
    """The file, the line, and what is allowed."""
    text, line, said = MISTAKES[name]
    path = tmp_path / "x.yaml"
    path.write_text(HEAD + text)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert said in str(caught.value)
    if name != "no day":
        assert f"{path}:{line}" in [problem.where for problem in caught.value.problems]


def test_a_child_replaces_a_phase_by_its_name_and_adds_others(tmp_path):
    """In the order of days; the lines are those of each file."""
    parent = f"  - name: live\n    from_day: 30\n{ON}"
    (tmp_path / "parent.yaml").write_text(HEAD + parent)
    child = HEAD.replace("distributor", "parent.yaml")
    path = tmp_path / "child.yaml"
    path.write_text(child + "  - {name: strike, from_day: 5, levers: {postal_days: 9}}\n")
    found = load_scenario(path)
    assert [(p.name, p.from_day) for p in found.file.phases] == [("strike", 5), ("live", 30)]
    assert found.places.of("phases", 1, "levers").endswith("parent.yaml:8")
    path.write_text(child + f"  - name: live\n    from_day: 60\n{ON}")
    assert [p.from_day for p in load_scenario(path).file.phases] == [60]
    path.write_text(child + f"  - name: again\n    from_day: 60\n{ON}")
    with pytest.raises(ScenarioError, match=r"child\.yaml:8: auto_match_pct.*at the same time"):
        load_scenario(path)
