"""From a form of levers to a scenario file and back: the same file as ``o2c scenario new`` writes.

Whether a scenario is right is decided by the code that reads scenario files, not here.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from o2c_sim.errors import ToolkitError
from reports.workbench.experiment import SCENARIO
from reports.workbench.lever_form import SHOCKS, LeverField, read_levers, shown

if TYPE_CHECKING:
    from o2c_sim import CompanyModel
    from reports.workbench.experiment import Span
    from scenarios.scenario_file import Phase, ScenarioFile

SHOCK = "shock"
# Names of the form's fields; what follows the dot is a lever or a role.
LEVER, CALENDAR, COST = "lever.", "calendar.", "cost."
COSTS = ("one_off", "per_year", "life_years", "discount_rate_pct_per_year")
_SUBJECT = re.compile(r"^['\"]?([A-Za-z_][\w.]*)['\"]?\s*(?::|$|\s)")
_TEAMS = re.compile(r"staff\.(\w+)\.teams")


@dataclass(frozen=True, slots=True)
class Made:
    """What a form makes.

    Parameters
    ----------
    text
        The scenario file; empty if something is wrong, or if nothing is moved.
    name
        The scenario's name.
    values
        Field to what it shows.
    problems
        Field to what is wrong with it; the empty field for what concerns the whole.
    in_time
        Whether it has phases, which no search can vary.
    """

    text: str
    name: str
    values: Mapping[str, Any]
    problems: Mapping[str, str] = field(default_factory=dict)
    in_time: bool = False


def scenario_text(
    form: Mapping[str, str],
    company: CompanyModel,
    extends: str,
    fields: tuple[LeverField, ...],
    base: ScenarioFile | None = None,
    *,
    span: Span | None = None,
    taken: Collection[str] = (),
) -> Made:
    """Return the scenario file that a form describes, or what is wrong with it.

    Parameters
    ----------
    form
        Field to what was entered: ``title``, ``description``, ``lever.NAME``, ``calendar.ROLE``,
        ``shock_from_day``, ``shock_until_day``, ``cost.NAME``, ``volume_response_pct``.
    company
        What it changes.
    extends
        The company's name in the file.
    fields
        Of the company's levers.
    base
        The scenario that the form began from: what the form does not show of it stays.
    span
        Of the runs, in which its phases must begin; None leaves that open.
    taken
        Names that others of the same comparison have.
    """
    from scenarios.scenario_template import name_from

    texts = {key.removeprefix(LEVER): text for key, text in form.items() if key.startswith(LEVER)}
    levers, wrong = read_levers(texts, fields)
    problems = {LEVER + name: told for name, told in wrong.items()}
    title = " ".join(form.get("title", "").split())
    name = _free(name_from(title) if title else "what_if", taken)
    tree: dict[str, Any] = {
        "schema_version": 1,
        "name": name,
        "title": title or "What if",
        "extends": extends,
    }
    if description := form.get("description", "").strip():
        tree["description"] = description
    phases = [] if base is None else [phase for phase in base.phases if not _is_shock(phase)]
    written = [phase.model_dump(exclude_defaults=True) for phase in phases]
    stages = {one.name: one.stage for one in fields}
    shocks = {lever: value for lever, value in levers.items() if stages[lever] == SHOCKS}
    steady = {lever: value for lever, value in levers.items() if lever not in shocks}
    if shocks and not any(form.get(f"shock_{k}", "").strip() for k in ("from_day", "until_day")):
        steady |= shocks
    elif shocks:
        phase: dict[str, Any] = {"name": SHOCK, "levers": shocks}
        for key in ("from_day", "until_day"):
            text = form.get(f"shock_{key}", "").strip()
            if text or key == "from_day":
                phase[key] = _number(text or "0", f"shock_{key}", problems)
        written.append(phase)
        written.sort(key=lambda one: one["from_day"] if isinstance(one["from_day"], int) else 0)
    tree["levers"] = steady
    tree["phases"] = written
    tree["overrides"] = _overrides(form, company, steady, base)
    cost = {}
    for key in COSTS:
        if text := form.get(COST + key, "").strip():
            cost[key] = _number(text, COST + key, problems)
    if base is not None and base.cost is not None and base.cost.one_off_day and cost:
        cost["one_off_day"] = base.cost.one_off_day
    if cost.get("one_off") or cost.get("per_year"):
        tree["cost"] = cost
    if text := form.get("volume_response_pct", "").strip():
        tree["volume_response_pct"] = _number(text, "volume_response_pct", problems)
    if problems or not _moves(tree):
        return Made("", name, {}, problems)
    return _checked(tree, company, problems, span)


def form_values(
    file: ScenarioFile, fields: tuple[LeverField, ...]
) -> tuple[dict[str, str], dict[str, object], list[str]]:
    """Return how a form shows a scenario.

    Returns
    -------
    tuple
        Field to text, without levers; lever to value; in words, what the form does not show.
    """
    stages = {one.name: one.stage for one in fields}
    levers: dict[str, object] = dict(file.levers)
    texts = {"title": file.title, "description": file.description}
    hidden = []
    for phase in file.phases:
        if _is_shock(phase) and all(stages.get(name) == SHOCKS for name in phase.levers):
            levers |= phase.levers
            texts["shock_from_day"] = str(phase.from_day)
            texts["shock_until_day"] = "" if phase.until_day is None else str(phase.until_day)
        else:
            until = "" if phase.until_day is None else f" to day {phase.until_day}"
            settings = {**phase.levers, **phase.overrides}
            told = ", ".join(f"{name} {shown(value)}" for name, value in settings.items())
            hidden.append(f"From day {phase.from_day}{until}: {told}")
    for path, value in file.overrides.items():
        calendar = _calendar_of(path, value)
        if calendar is None:
            hidden.append(f"{path}: {value}")
        else:
            texts[CALENDAR + calendar[0]] = calendar[1]
    if file.cost is not None:
        texts |= {COST + key: shown(getattr(file.cost, key)) for key in COSTS}
    if file.volume_response_pct:
        texts["volume_response_pct"] = shown(file.volume_response_pct)
    return texts, levers, hidden


def shocks_in_form(file: ScenarioFile) -> ScenarioFile:
    """Return a scenario whose only phase, if it is all shocks without a ramp, is the form's own."""
    from scenarios.shock_levers import SHOCK_LEVERS

    names = {lever.name for lever in SHOCK_LEVERS}
    if len(file.phases) != 1:
        return file
    phase = file.phases[0]
    if phase.ramp_up_days or phase.overrides or not set(phase.levers) <= names:
        return file
    return file.model_copy(update={"phases": (phase.model_copy(update={"name": SHOCK}),)})


def checked_text(
    text: str, company: str | Path | None = None
) -> tuple[ScenarioFile | None, list[str]]:
    """Return a scenario text as its file, or every problem of it in words.

    Parameters
    ----------
    text
        YAML; what it extends must have been checked by :func:`scenario_source.refusal`.
    company
        Another company than it names.
    """
    from scenarios.scenario import load_scenario

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.yaml"
        path.write_text(text, "utf-8", "replace")
        try:
            found = load_scenario(path, extends=None if company is None else str(company))
        except ToolkitError as error:
            told = [str(problem) for problem in error.problems]
            return None, [line.replace(f"{folder}/", "").replace(folder, "") for line in told]
    return found.file, []


def _free(name: str, taken: Collection[str]) -> str:
    """Return a name that no other scenario of the comparison has, nor the baseline."""
    used = {"baseline", *taken}
    number = 2
    free = name
    while free in used:
        free = f"{name[:56]}_{number}"
        number += 1
    return free


def _checked(
    tree: dict[str, Any], company: CompanyModel, problems: dict[str, str], span: Span | None
) -> Made:
    from pydantic import ValidationError

    from o2c_sim import Window
    from o2c_sim.errors import Problem
    from scenarios.scenario import apply
    from scenarios.scenario_checks import file_problems
    from scenarios.scenario_file import Places, ScenarioFile
    from scenarios.scenario_template import template_text

    values = {LEVER + name: value for name, value in tree["levers"].items()}
    found: list[Problem] = list(file_problems(tree, Places("", {})))
    file = None
    try:
        file = ScenarioFile.model_validate(tree)
    except ValidationError as error:
        found += [
            Problem(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}")
            for one in error.errors(include_url=False)
        ]
    if file is not None and not found:
        try:
            applied = apply(file, company, "")
            if span is not None:
                applied.changes(Window(span.warm_up, span.days, span.cool_down))
        except ToolkitError as error:
            found += error.problems
    for problem in found:
        place = _place(problem.message, tree)
        told = _told(problem, within=bool(place))
        problems[place] = f"{problems[place]}; {told}" if place in problems else told
    if file is None or problems:
        return Made("", tree["name"], values, problems)
    text = template_text(SCENARIO, file.name, company, file)
    return Made(text, file.name, values, in_time=bool(file.phases))


def _told(problem: Any, *, within: bool) -> str:
    """Return a problem in words; beside its field it need not name the field."""
    told = problem.message.lstrip(": ")
    if within and (found := _SUBJECT.match(told)) and found[0].rstrip().endswith(":"):
        told = told[found.end() :].lstrip()
    if problem.allowed:
        told += f"; allowed: {problem.allowed}"
    return f"{told}; try: {problem.suggestion}" if problem.suggestion else told


def _place(text: str, tree: Mapping[str, Any]) -> str:
    """Return the field that a problem is about; empty for the whole form."""
    found = _SUBJECT.match(text.lstrip(": "))
    subject = found[1] if found else ""
    shock: Mapping[str, Any] = next(
        (p["levers"] for p in tree["phases"] if p.get("name") == SHOCK), {}
    )
    if subject in tree["levers"] or subject in shock:
        return LEVER + subject
    if teams := _TEAMS.match(subject):
        return CALENDAR + teams[1]
    parts = subject.split(".")
    if parts[0] == "cost" and len(parts) == 2:
        return COST + parts[1]
    if parts[0] in ("title", "description", "volume_response_pct"):
        return parts[0]
    if parts[0] == "phases" and parts[-1] in ("from_day", "until_day"):
        return f"shock_{parts[-1]}"
    if subject in ("from_day", "until_day"):
        return f"shock_{subject}"
    return "title" if parts[0] == "name" else ""


def _number(text: str, place: str, problems: dict[str, str]) -> float | int | None:
    try:
        if not text.isascii() or "_" in text:
            raise ValueError
        number = float(text)
        if number - number != 0:  # infinite or not a number
            raise ValueError
    except ValueError:
        problems[place] = f"{text[:40]!r} is not a number"
        return None
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _moves(tree: Mapping[str, Any]) -> bool:
    names = ("levers", "phases", "overrides", "volume_response_pct")
    return any(tree.get(name) for name in names)


def _is_shock(phase: Phase) -> bool:
    return phase.name == SHOCK and not phase.ramp_up_days and not phase.overrides


def _overrides(
    form: Mapping[str, str],
    company: CompanyModel,
    levers: Mapping[str, Any],
    base: ScenarioFile | None,
) -> dict[str, Any]:
    """Return what the base sets by path, and one team for each role with other working hours."""
    kept = {} if base is None else base.overrides
    found = {path: value for path, value in kept.items() if _calendar_of(path, value) is None}
    for role, pool in company.staff.items():
        chosen = form.get(CALENDAR + role, "").strip()
        if chosen and chosen != pool.calendar:
            people = levers.get(f"{role}_headcount", pool.headcount.value)
            team = {"headcount": people, "calendar": chosen}
            found[f"staff.{role}.teams"] = [team]
    return found


def _calendar_of(path: str, value: object) -> tuple[str, str] | None:
    """Return role and calendar of an override that moves a whole role to other hours."""
    found = _TEAMS.fullmatch(path)
    if found is None or not isinstance(value, list) or len(value) != 1:
        return None
    team = value[0]
    if not isinstance(team, Mapping) or set(team) != {"headcount", "calendar"}:
        return None
    return found[1], str(team["calendar"])
