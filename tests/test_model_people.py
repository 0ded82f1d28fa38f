"""People and systems in a model file: what is allowed, and what is refused in which words."""

import datetime as dt
from importlib import resources

import pytest

from o2c_sim import CompanyModel, ModelError, override
from o2c_sim.model.loading import parse

TEXT = (resources.files("o2c_sim.model.reference") / "distributor.yaml").read_text("utf-8")
CREDIT = TEXT[TEXT.index("  credit:\n    headcount") : TEXT.index("  warehouse:\n    headcount")]


def company(credit="", rest="", headcount=1):
    """Return the distributor with more keys in its credit role and at the end of the file."""
    role = f"  credit:\n    headcount: {headcount}\n    calendar: office\n    cost_per_hour: 38\n"
    text = TEXT.replace(CREDIT, f"{role}{credit}") + rest
    return parse(text, CompanyModel, "model.yaml", ModelError)


def refusal(**changes):
    """Return the words in which a company is refused."""
    with pytest.raises(ModelError) as caught:
        company(**changes)
    return "\n".join(map(str, caught.value.problems))


def test_what_a_plain_role_means():
    """One team on the role's calendar, never absent, helping nobody; no outage."""
    model = company()
    credit = model.staff["credit"]
    assert list(credit.people()) == [("office", 1)]
    assert (credit.absence_share.value, credit.helps.value, credit.teams.value) == (0, (), ())
    assert model.systems.outages.value == ()


def test_all_there_is_to_say_about_people():
    """Teams, absence with its source, help in order; plain values are taken as assumed."""
    model = company(
        headcount=3,
        credit=(
            "    absence_share: {value: 0.05, provenance: published, source: a survey}\n"
            "    teams: [{headcount: 2, calendar: office}, {headcount: 1, calendar: warehouse}]\n"
            "    helps: [disputes, cash_application]\n"
        ),
        rest="\nsystems:\n  outages:\n"
        "    - {start: 2025-02-03, hours: 48}\n    - {start: 2025-03-09 01:30, hours: 0.5}\n",
    )
    credit = model.staff["credit"]
    assert list(credit.people()) == [("office", 2), ("warehouse", 1)]
    assert credit.absence_share.provenance == "published"
    assert credit.helps.value == ("disputes", "cash_application")
    assert credit.helps.provenance == "assumed"
    assert [(o.start, o.hours) for o in model.systems.outages.value] == [
        (dt.datetime(2025, 2, 3), 48),
        (dt.datetime(2025, 3, 9, 1, 30), 0.5),
    ]


TEAMS = "    teams: [{headcount: 2, calendar: office}, {headcount: 1, calendar: "


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"credit": "    helps: [kitchen]\n"}, "should be 'order_desk', 'credit', 'warehouse'"),
        ({"credit": "    helps: [credit]\n"}, "staff.credit.helps: a role cannot help itself"),
        ({"credit": "    helps: [disputes, disputes]\n"}, "name each role once"),
        ({"credit": "    absence_share: 1\n"}, "less than or equal to 0.9"),
        ({"credit": "    absence_share: -0.1\n"}, "greater than or equal to 0"),
        ({"credit": "    absence_share: .nan\n"}, "should be"),
        (
            {"credit": TEAMS + "office}]\n", "headcount": 4},
            "teams: they have 3 people together, headcount says 4",
        ),
        (
            {"credit": TEAMS + "night}]\n", "headcount": 3},
            "staff.credit.teams.1.calendar: 'night' is not one of the calendars (office, ware",
        ),
        ({"credit": "    teams: [{headcount: 0, calendar: office}]\n"}, "than or equal to 1"),
        ({"credit": "    shifts: 2\n"}, "unknown key 'shifts' in 'staff.credit'"),
        ({"rest": "\nsystems: {outages: [{start: 2024-12-31, hours: 1}]}\n"}, "not between the"),
        ({"rest": "\nsystems: {outages: [{start: 2130-12-31, hours: 1}]}\n"}, "not between the"),
        ({"rest": "\nsystems: {outages: [{start: 2025-02-03, hours: 0}]}\n"}, "greater than 0"),
        ({"rest": "\nsystems: {outages: [{start: 2025-02-03, hours: 1e9}]}\n"}, "equal to 8760"),
        ({"rest": "\nsystems: {outages: [{start: soon, hours: 1}]}\n"}, "valid datetime"),
        ({"rest": "\nsystems: {outages: [{start: 20250203, hours: 1}]}\n"}, "timezone"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(changes, words):
    """Each in words that say what is allowed; never a traceback."""
    assert words in refusal(**changes)


def test_a_calendar_without_a_working_day_is_refused():
    """Mondays only, and every Monday of the first year a holiday."""
    mondays = [dt.date(2025, 1, 6) + dt.timedelta(weeks=k) for k in range(53)]
    off = ", ".join(map(str, mondays))
    calendar = f'  idle:\n    days: [mon]\n    shifts: ["08:00-12:00"]\n    holidays: [{off}]\n'
    text = TEXT.replace("\ncalendars:\n", f"\ncalendars:\n{calendar}", 1)
    with pytest.raises(ModelError, match=r"calendars\.idle: no open hour in the year from 2025"):
        parse(text, CompanyModel, "model.yaml", ModelError)
    # With the last of these Mondays worked it is a calendar.
    last = f", {mondays[-2]}, {mondays[-1]}]"
    assert last in text
    assert parse(text.replace(last, "]"), CompanyModel, "model.yaml", ModelError)


def test_everything_wrong_with_people_is_said_at_once():
    """Two faults between roles and calendars, two sentences."""
    words = refusal(
        credit="    helps: [credit]\n",
        rest="\nsystems: {outages: [{start: 2024-12-31, hours: 1}]}\n",
    )
    assert "cannot help itself" in words
    assert "systems.outages.0.start" in words


def test_people_can_be_changed_by_a_scenario(distributor):
    """Absence, help, teams and outages are parameters: a scenario reaches them by path."""
    model = override(
        distributor,
        {
            "staff.credit.absence_share": 0.2,
            "staff.credit.helps": ["disputes"],
            "staff.warehouse.teams": [{"headcount": 2, "calendar": "office"}],
            "systems.outages": [{"start": "2025-02-03", "hours": 48}],
        },
        "a scenario",
    )
    assert model.staff["credit"].absence_share.value == 0.2
    assert list(model.staff["warehouse"].people()) == [("office", 2)]
    assert model.systems.outages.value[0].start == dt.datetime(2025, 2, 3)
