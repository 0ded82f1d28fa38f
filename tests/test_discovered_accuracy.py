"""The discovered model on the logs of the literature, against published methods and the past."""

from __future__ import annotations

import pytest

from benchmarks.accuracy import LOGS, default_folder
from mining.read import read_log
from mining.validation.event_table import event_table
from mining.validation.protocol import run_protocol
from mining.validation.scores import MEASURES

pytestmark = pytest.mark.slow


def test_the_bar_of_the_literature_is_met():
    """At least 11 of 15 published bests, no published median missed, 10 of 15 replays reached."""
    best = median = replay = 0
    for name in LOGS:
        path = default_folder() / f"{name}.csv.gz"
        if not path.exists():
            pytest.skip(f"{path} is not there")
        found = run_protocol(event_table(read_log(path)), source=path.name, runs=10, seed=1)
        assert found.published is not None
        for key in MEASURES:
            value = found.model[key].mean
            best += value <= found.published.best[key]
            median += value <= found.published.median[key]
            replay += value <= found.replay[key].mean
    assert best >= 11
    assert median == 15
    assert replay >= 10
