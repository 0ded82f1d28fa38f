"""Levers on people: how many, who helps whom, who is absent."""

from __future__ import annotations

from o2c_sim import CompanyModel
from o2c_sim.model.section import ROLES, Role
from scenarios.lever import Changes, Lever, choice, percentage

# The desks whose work is done at a screen; warehouse people do not answer letters.
OFFICE: tuple[Role, ...] = tuple(role for role in ROLES if role != "warehouse")


def _headcount(role: Role, label: str) -> Lever:
    return Lever(
        f"{role}_headcount",
        f"People, {label}",
        "people",
        1,
        10_000,
        (),
        "queueing theory; a toy model: one more person at 85 % utilisation takes 10 % off the mean "
        "and 43 % off the median",
        read=lambda model: model.staff[role].headcount.value,
        write=lambda model, value: _set_headcount(model, role, int(value)),
    )


def _set_headcount(model: CompanyModel, role: Role, value: int) -> Changes:
    """Change a role's people; its teams keep their proportions, the first one taking the rest."""
    changes: Changes = {f"staff.{role}.headcount": value}
    teams, before = model.staff[role].teams.value, model.staff[role].headcount.value
    if teams and value != before:
        if value < len(teams):
            raise ValueError(f"{len(teams)} teams need a person each")
        spare = value - len(teams)
        extra = [spare * (team.headcount - 1) // max(1, before - len(teams)) for team in teams]
        extra[0] += spare - sum(extra)
        changes[f"staff.{role}.teams"] = [
            {"headcount": 1 + more, "calendar": team.calendar}
            for team, more in zip(teams, extra, strict=True)
        ]
    return changes


def _absence(model: CompanyModel) -> float:
    """Return the part of all working days on which somebody is absent."""
    staff = model.staff.values()
    absent = sum(pool.headcount.value * pool.absence_share.value for pool in staff)
    return absent / sum(pool.headcount.value for pool in staff)


def _set_absence(model: CompanyModel, value: float) -> Changes:
    """Add the same to every role's absence, or take the same part of each away."""
    before = _absence(model)
    if abs(value - before) < 1e-8:
        return {}
    staff = model.staff.items()
    if value < before:
        return {
            f"staff.{role}.absence_share": pool.absence_share.value * value / before
            for role, pool in staff
        }
    return {
        f"staff.{role}.absence_share": min(0.9, pool.absence_share.value + value - before)
        for role, pool in staff
    }


def _helps(model: CompanyModel) -> str:
    found = {role: set(pool.helps.value) for role, pool in model.staff.items()}
    if not any(found.values()):
        return "none"
    office = {role: set(OFFICE) - {role} if role in OFFICE else set() for role in ROLES}
    return "office" if found == office else "some"


def _set_helps(model: CompanyModel, value: str) -> Changes:
    return {
        f"staff.{role}.helps": (
            [other for other in OFFICE if other != role]
            if value == "office" and role in OFFICE
            else []
        )
        for role in ROLES
    }


PEOPLE_LEVERS = (
    _headcount("order_desk", "order desk"),
    _headcount("credit", "credit analysts"),
    _headcount("warehouse", "warehouse"),
    _headcount("billing", "billers"),
    _headcount("collections", "collectors"),
    _headcount("disputes", "dispute analysts"),
    _headcount("cash_application", "cash application"),
    choice(
        "cross_training",
        "Office people who help at the other desks",
        ("none", "office"),
        "queueing theory: one queue for all waits less than many; what training costs, and how "
        "much slower a helper is, is not modelled",
        read=_helps,
        write=_set_helps,
    ),
    percentage(
        "absence_pct",
        "Working days on which people are absent",
        "Signavio's teaching question is what happens when employees are out sick; no figure",
        read=_absence,
        write=_set_absence,
        high=90,
    ),
)
