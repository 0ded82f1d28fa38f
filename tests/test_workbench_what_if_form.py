"""The form of a what-if: fields made from the levers, the scenario file and the commands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored_what_if import HOSTILE

from o2c_sim import load_company
from reports.workbench import experiment, results
from reports.workbench.experiment import SPANS, compare_commands
from reports.workbench.lever_form import OTHER, SHOCKS, by_stage, lever_fields, read_levers, shown
from reports.workbench.scenario_form import checked_text, form_values, scenario_text
from reports.workbench.what_if_form import new_form
from reports.workbench.workspace import Workspace
from scenarios.inheritance import read_scenario, scenario_names
from scenarios.lever import share
from scenarios.levers import LEVERS

COMPANY = load_company("distributor")
FIELDS = lever_fields(COMPANY)
# Steady levers, another company, one shock, two phases that stay, a cost or a volume response.
FEW = ("case_b_poor", "outage", "e_invoice_mandate", "longer_terms", "staffing")


def made(form, base=None, **options):
    """Return what a form of the distributor makes."""
    return scenario_text(form, COMPANY, "distributor", FIELDS, base, **options)


class TestFieldsOfLevers:
    def test_every_lever_has_a_field_with_what_its_definition_says(self):
        assert {field.name for field in FIELDS} == set(LEVERS)
        for field in FIELDS:
            lever = LEVERS[field.name]
            assert (field.label, field.evidence) == (lever.label, lever.evidence)
            assert field.baseline == shown(lever.read(COMPANY))
            assert field.choices == lever.choices

    def test_an_invented_lever_appears_by_itself_in_the_stage_of_what_it_changes(self):
        new = share("new_pct", "New <lever>", "cash_application.unidentified_share", "assumed")
        (field,) = lever_fields(COMPANY, [new])
        assert (field.stage, field.baseline, field.unit) == ("Matching payments", "2", "%")
        assert (field.low, field.high, field.value) == (0, 100, "2")

    def test_every_lever_has_a_stage_and_shocks_have_their_own(self):
        stages = by_stage(FIELDS)
        assert OTHER not in stages
        assert "outage_hours" in {field.name for field in stages[SHOCKS]}
        assert next(iter(stages)) == "Orders"

    def test_sliders_hold_todays_value_within_the_allowed_range(self):
        for field in FIELDS:
            if not field.choices:
                assert field.low <= field.slider_low <= float(field.baseline) <= field.slider_high
                assert field.slider_high <= field.high
                assert 0 < field.step <= field.slider_high - field.slider_low

    def test_money_is_in_the_companys_currency(self):
        field = next(field for field in FIELDS if field.name == "small_balance_value")
        assert field.unit == COMPANY.currency
        assert field.allowed == f"0 to 1,000,000,000 {COMPANY.currency}"

    def test_a_field_left_as_it_is_moves_nothing(self):
        texts = {field.name: field.baseline for field in FIELDS}
        assert read_levers(texts, FIELDS) == ({}, {})
        assert read_levers({}, FIELDS) == ({}, {})

    @given(st.text(max_size=60))
    @settings(max_examples=60, deadline=None)
    def test_any_text_is_a_number_or_a_problem_of_its_field(self, text):
        values, problems = read_levers({"auto_match_pct": text}, FIELDS)
        assert set(values) | set(problems) <= {"auto_match_pct"}
        assert not (values and problems)

    @pytest.mark.parametrize(
        "text", ["nan", "inf", "-inf", "1e999", "1_0", "\u0663", "0x10", "1,5"]
    )
    def test_what_is_no_plain_number_is_refused(self, text):
        values, problems = read_levers({"auto_match_pct": text}, FIELDS)
        assert not values
        assert "is not a number" in problems["auto_match_pct"]


class TestScenarioOfAForm:
    def test_the_file_says_what_the_form_says(self):
        found = made({
            "title": "Match more",
            "lever.auto_match_pct": "90",
            "lever.dunning_run": "daily",
            "lever.outage_hours": "40",
            "shock_from_day": "10",
            "shock_until_day": "20",
            "cost.one_off": "1000",
            "volume_response_pct": "2.5",
        })  # fmt: skip
        assert not found.problems
        file, problems = checked_text(found.text)
        assert not problems
        assert (file.name, file.title, file.extends) == ("Match more", "Match more", "distributor")
        assert file.levers == {"auto_match_pct": 90, "dunning_run": "daily"}
        (phase,) = file.phases
        assert (phase.from_day, phase.until_day, phase.levers) == (10, 20, {"outage_hours": 40})
        assert file.cost.one_off == 1000
        assert file.volume_response_pct == 2.5

    @pytest.mark.parametrize(
        "name",
        [
            name if name in FEW else pytest.param(name, marks=pytest.mark.slow)
            for name in sorted(scenario_names())
        ],
    )
    def test_a_shipped_scenario_comes_back_as_it_was(self, name, tmp_path):
        file = read_scenario(name).file
        form = new_form(Workspace(tmp_path), "", name)
        assert form.company == file.extends
        texts = {**form.texts, **{f"lever.{one.name}": one.value for one in form.fields}}
        base = read_scenario(name).file
        company = load_company(file.extends)
        from reports.workbench.scenario_form import shocks_in_form

        again = scenario_text(
            texts, company, file.extends, lever_fields(company), shocks_in_form(base)
        )
        assert not again.problems, again.problems
        found, problems = checked_text(again.text)
        assert not problems
        unmoved = {n for n, v in file.levers.items() if shown(LEVERS[n].read(company)) == shown(v)}
        assert dict(found.levers) == {n: v for n, v in file.levers.items() if n not in unmoved}
        assert [(p.from_day, p.until_day, p.levers) for p in found.phases] == [
            (p.from_day, p.until_day, p.levers) for p in file.phases
        ]
        assert found.overrides == file.overrides
        assert found.cost == file.cost

    def test_other_working_hours_are_a_team_of_all_people_of_the_role(self):
        found = made({"lever.order_desk_headcount": "3", "calendar.order_desk": "warehouse"})
        file, problems = checked_text(found.text)
        assert not problems
        assert file.overrides == {
            "staff.order_desk.teams": [{"headcount": 3, "calendar": "warehouse"}]
        }
        assert form_values(file, FIELDS)[0]["calendar.order_desk"] == "warehouse"

    @pytest.mark.parametrize(
        ("form", "field", "told"),
        [
            ({"lever.auto_match_pct": "190"}, "lever.auto_match_pct", "out of range"),
            ({"lever.auto_match_pct": "abc"}, "lever.auto_match_pct", "not a number"),
            ({"lever.dunning_run": "hourly"}, "lever.dunning_run", "not a choice"),
            ({"lever.order_desk_headcount": "1.5"}, "lever.order_desk_headcount", "whole number"),
            ({"lever.direct_debit_pct": "99"}, "lever.direct_debit_pct", "at most 97 %"),
            ({"lever.outage_hours": "4", "shock_from_day": "1e9"}, "shock_from_day", "36500"),
            (
                {"lever.outage_hours": "4", "shock_from_day": "9", "shock_until_day": "3"},
                "shock_until_day",
                "not after",
            ),
            ({"lever.auto_match_pct": "90", "cost.one_off": "-4"}, "cost.one_off", "greater"),
            ({"lever.auto_match_pct": "90", "calendar.credit": "moon"}, "calendar.credit", "moon"),
            ({"lever.auto_match_pct": "90", "title": "x" * 300}, "title", "200"),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(self, form, field, told):
        found = made(form)
        assert not found.text
        assert list(found.problems) == [field]
        assert told in found.problems[field]

    def test_a_shock_after_the_run_is_refused_with_what_to_do(self):
        span = SPANS["month"]
        late = {"lever.outage_hours": "4", "shock_from_day": str(span.days + span.cool_down)}
        found = made(late, span=span)
        assert "after the run" in " ".join(found.problems.values())
        assert not made({**late, "shock_from_day": "1"}, span=span).problems

    @pytest.mark.parametrize("title", HOSTILE)
    def test_any_title_makes_a_file_that_can_be_read_again(self, title):
        found = made({"title": title, "lever.auto_match_pct": "90"})
        file, problems = checked_text(found.text)
        assert not problems
        assert file.title == " ".join(title.split())

    def test_names_of_one_comparison_differ(self):
        moved = {"title": "case_b", "lever.auto_match_pct": "90"}
        assert made(moved, taken=["case_b", "case_b_2"]).name == "case_b_3"
        assert made({**moved, "title": "baseline"}).name == "baseline_2"

    def test_a_form_that_moves_nothing_makes_no_file(self):
        found = made({"title": "x"})
        assert (found.text, found.problems) == ("", {})


class TestCommands:
    def test_rounds_grow_to_what_was_asked_and_only_the_last_has_the_whole_report(self):
        commands = compare_commands(["a.yaml"], "distributor", SPANS["month"], 24, 7)
        assert [results.count_of(command) for command in commands] == [2, 8, 24]
        assert [("--brief" in command) for command in commands] == [True, True, False]
        assert all("--seed=7" in command for command in commands)

    def test_values_of_users_cannot_be_taken_for_options(self):
        found = experiment.break_even_commands(
            "s.yaml", "distributor", SPANS["month"], 1, "cost_per_order", "--output", 40
        )
        assert "--target=--output" in found[0]

    def test_only_trade_offs_have_a_report_the_best_point_is_printed(self):
        span = SPANS["month"]
        one = experiment.best_commands("s.yaml", "distributor", span, 1, ["dso_simple_days"], 60)
        two = experiment.best_commands(
            "s.yaml", "distributor", span, 1, ["dso_simple_days", "cost_per_order"], 60
        )
        assert [len(one), len(two)] == [1, 2]
        assert ("--method=best" in one[0], "--method=pareto" in two[0]) == (True, True)
