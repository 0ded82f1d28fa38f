"""Train on the simulated log, test on the real one.

A predictor of the next activity that has learnt from a simulated log should do as well on the test
log as one that has learnt from the real training log. The distances of a whole log cannot see
whether sequences hang together; this can.
"""

from __future__ import annotations

import polars as pl

# A prediction rests on this many activities before, or on fewer where they are new.
MEMORY = 2
_END = "\x1e"


def next_activity_accuracy(learnt_from: pl.DataFrame, test: pl.DataFrame) -> float:
    """Return the share of steps of the test log whose next activity is foreseen.

    The prediction is what most often followed the last two activities in the log it learns from;
    the last one, where the two are new; whatever is most frequent, where that is new too. The end
    of a case counts as an activity. Equally frequent ones are taken in the order of their names.

    Parameters
    ----------
    learnt_from, test
        Event tables; see :func:`mining.validation.event_table.event_table`.

    References
    ----------
    Esteban, Hyland and Raetsch, "Real-valued (medical) time series generation with recurrent
    conditional GANs", 2017: train on synthetic, test on real.
    """
    known, asked = _steps(learnt_from), _steps(test)
    places = [f"back{n}" for n in range(1, MEMORY + 1)]
    for length in range(MEMORY, -1, -1):
        keys = places[:length]
        likely = (
            known.group_by(*keys, "next")
            .len()
            .sort("len", "next", descending=[True, False])
            .group_by(keys or pl.lit(0).alias("all"), maintain_order=True)
            .agg(pl.col("next").first().alias(f"guess{length}"))
        )
        if keys:
            asked = asked.join(likely, on=keys, how="left", maintain_order="left")
        else:
            asked = asked.with_columns(pl.lit(likely["guess0"][0]).alias("guess0"))
    guess = pl.coalesce([f"guess{length}" for length in range(MEMORY, -1, -1)])
    return float(asked.select((guess == pl.col("next")).mean()).item())


def _steps(events: pl.DataFrame) -> pl.DataFrame:
    """Return each event with what preceded and what followed it in its case."""
    ordered = events.sort("case", "start", "time", "event")
    before = [
        pl.col("activity").shift(n - 1).over("case").fill_null("").alias(f"back{n}")
        for n in range(1, MEMORY + 1)
    ]
    after = pl.col("activity").shift(-1).over("case").fill_null(_END).alias("next")
    return ordered.select(*before, after)
