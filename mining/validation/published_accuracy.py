"""What published methods reach on the logs of the literature, by the same protocol.

Every figure is the mean of ten runs in the journal evaluation of AgentSimulator (Kirchdorfer,
Bluemel, Kampik, van der Aa, Stuckenschmidt), which compares AgentSimulator, Simod with Prosimos,
RIMS, DeepSimulator (DSIM) and an LSTM generator (DGEN). A method that a log lacks was not run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median

from mining.validation.scores import MEASURES

SOURCE = (
    "Kirchdorfer, Bluemel, Kampik, van der Aa, Stuckenschmidt: AgentSimulator, journal "
    "evaluation, nine logs, mean of ten runs"
)

_Row = tuple[float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class PublishedAccuracy:
    """The published figures of one log.

    Parameters
    ----------
    log
        Its name in the publication.
    methods
        Of each method: NGD, AEDD, CEDD, REDD, CTDD.
    """

    log: str
    methods: dict[str, _Row]

    @property
    def best(self) -> dict[str, float]:
        """The lowest value of any method, by measure."""
        return {name: min(self._column(n)) for n, name in enumerate(MEASURES)}

    @property
    def median(self) -> dict[str, float]:
        """The median over the methods, by measure."""
        return {name: median(self._column(n)) for n, name in enumerate(MEASURES)}

    def _column(self, number: int) -> list[float]:
        return [row[number] for row in self.methods.values()]


_TABLE = (
    PublishedAccuracy("Loan Application", {
        "Simod": (0.15, 13.551, 0.402, 9.228, 20.425),
        "DGEN": (0.219, 212.278, 13.403, 5.262, 9.385),
        "AgentSimulator": (0.069, 2.971, 0.271, 1.656, 2.711),
    }),
    PublishedAccuracy("P2P", {
        "Simod": (0.415, 1044.251, 2.213, 840.194, 677.053),
        "DGEN": (0.2, 1481.46, 2.558, 828.093, 670.053),
        "DSIM": (0.222, 1310.037, 1.157, 722.334, 566.637),
        "RIMS": (0.22, 1266.295, 0.832, 727.771, 581.407),
        "AgentSimulator": (0.24, 1214.542, 1.216, 725.374, 558.359),
    }),
    PublishedAccuracy("CVS", {
        "Simod": (0.44, 52.947, 0.444, 39.432, 54.594),
        "DGEN": (0.219, 310.394, 11.699, 176.652, 294.214),
        "DSIM": (0.201, 36.237, 8.982, 19.743, 52.43),
        "RIMS": (0.443, 58.73, 8.879, 40.05, 28.262),
        "AgentSimulator": (0.101, 93.429, 7.627, 87.238, 107.488),
    }),
    PublishedAccuracy("Confidential 1000", {
        "Simod": (0.247, 344.486, 3.01, 468.818, 804.074),
        "DGEN": (0.581, 462.847, 18.934, 8.114, 13.929),
        "DSIM": (0.203, 246.41, 2.28, 5.342, 7.297),
        "RIMS": (0.251, 242.8, 2.097, 5.06, 7.385),
        "AgentSimulator": (0.252, 106.507, 3.126, 16.701, 28.126),
    }),
    PublishedAccuracy("Confidential 2000", {
        "Simod": (0.246, 820.454, 2.968, 952.378, 1614.918),
        "DGEN": (0.161, 857.683, 18.092, 4.588, 8.12),
        "DSIM": (0.186, 591.136, 2.845, 1.701, 2.262),
        "RIMS": (0.277, 620.611, 2.815, 2.294, 2.329),
        "AgentSimulator": (0.246, 221.482, 2.84, 31.744, 52.424),
    }),
    PublishedAccuracy("ACR", {
        "Simod": (0.239, 287.279, 2.602, 32.461, 93.512),
        "DGEN": (0.314, 559.675, 17.84, 30.875, 95.113),
        "DSIM": (0.26, 273.468, 4.644, 15.621, 48.246),
        "RIMS": (0.259, 241.947, 3.068, 18.549, 41.577),
        "AgentSimulator": (0.362, 328.714, 7.609, 22.911, 62.482),
    }),
    PublishedAccuracy("Production", {
        "Simod": (0.928, 146.381, 2.82, 83.88, 89.15),
        "DGEN": (0.528, 224.455, 9.3, 70.113, 90.82),
        "DSIM": (0.868, 154.319, 2.669, 33.308, 43.267),
        "RIMS": (0.872, 132.817, 2.73, 18.694, 24.711),
        "AgentSimulator": (0.598, 61.132, 5.703, 31.724, 29.953),
    }),
    PublishedAccuracy("BPI12W", {
        "Simod": (0.72, 71.977, 1.716, 95.72, 155.467),
        "DGEN": (0.435, 306.28, 4.534, 116.188, 176.794),
        "DSIM": (0.655, 78.625, 2.887, 119.126, 173.491),
        "RIMS": (0.558, 73.821, 3.008, 99.124, 150.927),
        "AgentSimulator": (0.151, 115.445, 1.847, 54.853, 89.069),
    }),
    PublishedAccuracy("BPIC17W", {
        "Simod": (0.591, 300.28, 3.342, 136.63, 148.403),
        "DGEN": (0.671, 4557.193, 3.396, 118.848, 172.94),
        "DSIM": (0.536, 54.613, 3.346, 33.106, 30.266),
        "RIMS": (0.688, 122.315, 3.726, 54.431, 108.655),
        "AgentSimulator": (0.195, 218.429, 2.39, 40.69, 41.06),
    }),
)  # fmt: skip

PUBLISHED = {one.log: one for one in _TABLE}

# What files of these logs are called, in lower case without anything but letters and digits.
_NAMES = {
    "Loan Application": r"loan_?app",
    "P2P": r"purchasing_?example|p2p",
    "CVS": r"cvs",
    "Confidential 1000": r"confidential_?1000",
    "Confidential 2000": r"confidential_?2000",
    "ACR": r"academic_?credentials|consulta_?data_?mining|(?<![a-z])acr(?![a-z])",
    "Production": r"production",
    "BPI12W": r"bpic?_?(challenge_?)?(20)?12_?w",
    "BPIC17W": r"bpic?_?(challenge_?)?(20)?17_?w",
}


def published_of(name: str) -> PublishedAccuracy | None:
    """Return the published figures of a log by the name of its file; None if it is another.

    Parameters
    ----------
    name
        Name of the file, with or without what follows a dot.
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower().partition(".")[0]).strip("_")
    for log, pattern in _NAMES.items():
        if re.search(pattern, plain):
            return PUBLISHED[log]
    return None
