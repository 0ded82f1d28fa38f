"""The form of a what-if: read from a request, and filled for a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from o2c_sim.errors import ToolkitError
from reports.workbench import scenario_source
from reports.workbench.experiment import (
    DEFAULT_REPLICATIONS,
    DEFAULT_SPAN,
    MOST_BESIDE,
    REPLICATIONS,
    SCENARIO,
    SPANS,
    Span,
)
from reports.workbench.job import FOLDER
from reports.workbench.lever_form import LeverField, filled, lever_fields
from reports.workbench.scenario_form import (
    CALENDAR,
    LEVER,
    Made,
    form_values,
    scenario_text,
    shocks_in_form,
)
from reports.workbench.scenario_source import SAVED
from reports.workbench.workspace import Workspace

if TYPE_CHECKING:
    from o2c_sim import CompanyModel
    from scenarios.scenario_file import ScenarioFile

DEFAULT_COMPANY = "distributor"
DEFAULT_START = "case_b"
_MOST_SEED = 2**31


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be run, checked.

    Parameters
    ----------
    title
        Of the job.
    scenarios
        As the command line takes them.
    files
        File name to text, for the job's folder.
    names
        Name of each scenario in the result.
    company
        Its argument on the command line.
    span, replications, seed
        Of the runs.
    searchable
        Whether a search can vary the first scenario: it has no phases.
    """

    title: str
    scenarios: tuple[str, ...]
    files: Mapping[str, str]
    names: tuple[str, ...]
    company: str
    span: Span
    replications: int
    seed: int
    searchable: bool = True


@dataclass(frozen=True, slots=True)
class _Other:
    """A scenario to run side by side: its argument, and its text if somebody saved it."""

    name: str
    source: str
    text: str
    in_time: bool


@dataclass(frozen=True, slots=True)
class WhatIfForm:
    """A form as a page shows it.

    Parameters
    ----------
    company
        Name of the company.
    start
        Scenario that it began from; empty for none.
    texts
        Field to text, without levers.
    beside
        Other scenarios to run side by side.
    fields
        Levers with what they show.
    calendars
        Role to its label, the hours it has and those it may have.
    hidden
        What the starting scenario sets and the form does not show.
    problems
        Field to what is wrong; the empty field for the whole form.
    """

    company: str
    start: str
    texts: Mapping[str, str]
    beside: Sequence[str]
    fields: tuple[LeverField, ...]
    calendars: Sequence[tuple[str, str, str, tuple[str, ...]]]
    hidden: Sequence[str] = ()
    problems: Mapping[str, str] = field(default_factory=dict)


def new_form(workspace: Workspace, company: str, start: str) -> WhatIfForm:
    """Return the form of a company and, if *start* names one, with a scenario's settings.

    Raises
    ------
    ToolkitError
        If there is no such company or scenario, or one is wrong.
    """
    texts: dict[str, str] = {"title": "", "shock_from_day": "0"}
    base = None
    if start:
        source = scenario_source.scenario_argument(workspace, start)
        base = _base(workspace, start, source, company)
        company = company or _named_company(workspace, source)
    company = company or DEFAULT_COMPANY
    model = scenario_source.company_model(workspace, company)
    fields = lever_fields(model)
    hidden: Sequence[str] = ()
    if base is not None:
        shown, levers, hidden = form_values(base, fields)
        steady_shocks = any(f.stage == "Shocks" and f.name in base.levers for f in fields)
        texts |= {"shock_from_day": "" if steady_shocks else "0"} | shown
        fields = filled(fields, levers)
    return WhatIfForm(company, start, texts, (), fields, _calendars(model), hidden)


def refilled(workspace: Workspace, form: Mapping[str, str], beside: Sequence[str]) -> WhatIfForm:
    """Return the form as somebody had filled it, such as that of an earlier job."""
    model = scenario_source.company_model(workspace, form.get("company", ""))
    fields = filled(lever_fields(model), _levers(form))
    start = form.get("start", "")
    hidden: Sequence[str] = ()
    if start:
        source = scenario_source.scenario_argument(workspace, start)
        base = _base(workspace, start, source, form["company"])
        hidden = form_values(base, fields)[2]
    return WhatIfForm(form["company"], start, dict(form), beside, fields, _calendars(model), hidden)


def read_form(
    workspace: Workspace, form: Mapping[str, str], beside: Sequence[str]
) -> tuple[Wish | None, WhatIfForm]:
    """Return what a form wants to be run, or the form with what is wrong beside its fields.

    Raises
    ------
    ToolkitError
        If the company or the starting scenario does not exist.
    """
    shown = refilled(workspace, form, beside)
    company = scenario_source.company_argument(workspace, shown.company)
    model = scenario_source.company_model(workspace, shown.company)
    problems: dict[str, str] = {}
    span = SPANS.get(form.get("span", DEFAULT_SPAN))
    if span is None:
        problems["span"] = f"allowed: {', '.join(SPANS)}"
        span = SPANS[DEFAULT_SPAN]
    replications = _whole(form, "replications", DEFAULT_REPLICATIONS, problems)
    if replications not in REPLICATIONS:
        problems["replications"] = f"allowed: {', '.join(map(str, REPLICATIONS))}"
    seed = _whole(form, "seed", 1, problems)
    if not 0 <= seed < _MOST_SEED:
        problems["seed"] = f"allowed: 0 to {_MOST_SEED - 1}"
    others = _others(workspace, beside, company, span, problems)
    base = None
    if shown.start:
        source = scenario_source.scenario_argument(workspace, shown.start)
        base = _base(workspace, shown.start, source, shown.company)
    made = scenario_text(
        form,
        model,
        shown.company,
        shown.fields,
        base,
        span=span,
        taken=[one.name for one in others],
    )
    problems = {**made.problems, **problems}
    if not made.text and not others and not problems:
        problems[""] = "Nothing is changed yet: move a lever, or choose a scenario to run."
    if problems:
        fields = filled(shown.fields, {}, {k.removeprefix(LEVER): v for k, v in problems.items()})
        return None, WhatIfForm(
            shown.company, shown.start, shown.texts, beside, fields, shown.calendars, shown.hidden,
            problems,
        )  # fmt: skip
    return _wish(made, others, form, company, span, replications, seed), shown


def _wish(
    made: Made,
    others: Sequence[_Other],
    form: Mapping[str, str],
    company: str,
    span: Span,
    replications: int,
    seed: int,
) -> Wish:
    files = {SCENARIO: made.text} if made.text else {}
    scenarios = [f"{FOLDER}/{SCENARIO}"] if made.text else []
    for number, one in enumerate(others, 1):
        if one.text:
            # A copy: the saved scenario may be changed or removed while this is run.
            files[f"beside-{number}.yaml"] = one.text
            scenarios.append(f"{FOLDER}/beside-{number}.yaml")
        else:
            scenarios.append(one.source)
    names = [made.name] if made.text else []
    names += [one.name for one in others]
    title = " ".join(form.get("title", "").split()) if made.text else ""
    title = title or ", ".join(names)
    return Wish(title, tuple(scenarios), files, tuple(names), company, span, replications, seed)


def _others(
    workspace: Workspace,
    beside: Sequence[str],
    company: str,
    span: Span,
    problems: dict[str, str],
) -> list[_Other]:
    """Return the scenarios to run side by side."""
    from o2c_sim import Window
    from scenarios.scenario import load_scenario

    if len(beside) > MOST_BESIDE:
        problems["beside"] = f"{len(beside)} are chosen; allowed: {MOST_BESIDE}"
        return []
    found = []
    for key in dict.fromkeys(beside):
        try:
            source = scenario_source.scenario_argument(workspace, key)
            scenario = load_scenario(source, extends=company)
            scenario.changes(Window(span.warm_up, span.days, span.cool_down))
        except ToolkitError as error:
            told = "; ".join(_said(problem) for problem in error.problems)
            problems["beside"] = f"{problems['beside']}; {told}" if "beside" in problems else told
            continue
        text = ""
        if key.startswith(SAVED):
            saved = workspace.scenario(key.removeprefix(SAVED))
            text = saved.path.read_text("utf-8") if saved else ""
        found.append(_Other(scenario.name, source, text, bool(scenario.file.phases)))
    return found


def _said(problem: Any) -> str:
    told = str(problem.message)
    return f"{told}; try: {problem.suggestion}" if problem.suggestion else told


def _base(workspace: Workspace, start: str, source: str, company: str) -> ScenarioFile:
    base = scenario_source.read_base(
        workspace, source, company or _named_company(workspace, source)
    )
    return shocks_in_form(base)


def _named_company(workspace: Workspace, source: str) -> str:
    """Return the company that a scenario is about, by its name here."""
    from pathlib import Path

    from o2c_sim import reference_names
    from scenarios.inheritance import read_scenario, scenario_names

    named = source
    if source not in scenario_names():
        named = scenario_source.company_of(Path(source).read_text("utf-8"))
    if named in scenario_names():
        named = read_scenario(named).file.extends
    known = {*reference_names(), *(one.name for one in workspace.companies())}
    return named if named in known else DEFAULT_COMPANY


def _levers(form: Mapping[str, str]) -> dict[str, object]:
    return {key.removeprefix(LEVER): text for key, text in form.items() if key.startswith(LEVER)}


def _calendars(model: CompanyModel) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [
        (CALENDAR + role, role.replace("_", " "), pool.calendar, tuple(model.calendars))
        for role, pool in model.staff.items()
    ]


def _whole(form: Mapping[str, str], name: str, default: int, problems: dict[str, str]) -> int:
    text = form.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 12):
        problems[name] = f"{text[:40]!r} is not a whole number"
        return default
    return int(text)
