"""What a validated model may be used for, in words."""

from __future__ import annotations

from collections.abc import Mapping

from mining.validation.general_measures import GeneralMeasures
from mining.validation.published_accuracy import PublishedAccuracy
from mining.validation.scores import MEASURES, Score

# What a distance speaks for.
USES = {
    "ngd": "how often activities, repetitions and sequences occur",
    "aedd": "the volume of work by date",
    "cedd": "the hours of the week at which work is done",
    "redd": "how far cases have come after a given time",
    "ctdd": "the length of cases",
}
# Figures of the process that must agree as well: a distance compares with the replayed past, and
# where the process has changed, the past may be as far off as the model.
FIGURES = {
    "ngd": ("events_per_case",),
    "aedd": ("cases_per_week",),
    "cedd": (),
    "redd": ("mean_cycle_hours", "median_cycle_hours"),
    "ctdd": ("mean_cycle_hours", "median_cycle_hours", "p90_cycle_hours"),
}
# A mean of runs varies: so much above the yardstick is not yet worse.
TOLERANCE = 0.1
# Most shares by which a model may miss how often an activity occurs, or at which hour.
_MOST_SHARE = 0.1


def verdict(
    model: Mapping[str, Score],
    replay: Mapping[str, Score],
    measures: GeneralMeasures,
    published: PublishedAccuracy | None = None,
) -> tuple[str, ...]:
    """Return the verdict, one sentence each.

    A model may be used for what a distance speaks for if its distance is at most a tenth above
    that of the replayed past, and if the figures that belong to it agree: within a tenth of the
    test log's, or with the test log inside their 95 % band, where that is no wider than their
    mean.

    Parameters
    ----------
    model, replay
        Distances from the test log by measure: of the model, and of the replayed past.
    measures
        What else the logs differ in.
    published
        What published methods reach on the log.
    """
    near = [name for name in MEASURES if _near(model[name], replay[name])]
    agreeing = {name: _agrees(name, measures) for name in MEASURES}
    below = sum(model[name].mean <= replay[name].mean for name in MEASURES)
    said = [f"At or below the replayed past in {below} of {len(MEASURES)} distances."]
    if used := [name for name in near if agreeing[name]]:
        said.append(f"May be used for {_listed(used)}.")
    if far := [name for name in MEASURES if name not in near]:
        said.append(f"Not for {_listed(far)}: replaying the past comes nearer.")
    if changed := [name for name in near if not agreeing[name]]:
        said.append(
            f"Not for {_listed(changed)}: no farther than replaying the past, but the figures of "
            "the test period are others, so the process has changed in a way that neither shows."
        )
    if published is not None:
        said.append(_beside(model, published))
    return tuple(said)


def _near(model: Score, replay: Score) -> bool:
    return model.mean <= replay.mean * (1 + TOLERANCE)


def _agrees(name: str, measures: GeneralMeasures) -> bool:
    if name == "ngd" and measures.prevalence_gap > _MOST_SHARE:
        return False
    if name == "cedd":
        return max(measures.hour["simulated"], measures.weekday["simulated"]) <= _MOST_SHARE
    figures = [kpi for kpi in measures.kpis if kpi.name in FIGURES[name]]
    return all(
        abs(kpi.simulated - kpi.test) <= TOLERANCE * abs(kpi.test)
        or (kpi.inside and kpi.high - kpi.low <= abs(kpi.simulated))
        for kpi in figures
    )


def _beside(model: Mapping[str, Score], published: PublishedAccuracy) -> str:
    best, middle = published.best, published.median
    below = sum(model[name].mean <= best[name] for name in MEASURES)
    worse = [name.upper() for name in MEASURES if model[name].mean > middle[name]]
    return f"At or below the best published method in {below} of {len(MEASURES)} distances" + (
        f"; above the published median in {', '.join(worse)}." if worse else "."
    )


def _listed(names: list[str]) -> str:
    return "; ".join(f"{USES[name]} ({name.upper()})" for name in names)
