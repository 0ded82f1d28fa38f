"""A case of a discovered process that is being run."""

from __future__ import annotations

from o2c_sim.discovered.routing import Switching


class Case:
    """A case in progress: ``at`` is the last step of its history that is done, as counted."""

    __slots__ = (
        "activities", "arrived", "at", "begun", "done", "end", "left", "number", "point", "walked",
    )  # fmt: skip

    def __init__(self, number: int, first: int, end: int, arrived: float) -> None:
        self.number, self.arrived = number, arrived
        self.at = first - 1
        self.end = end
        self.begun = self.done = 0
        # Of steps that wait for several others: how many are not done.
        self.left: dict[int, int] = {}
        # Its activities until a step of its history, and the point that they lead to.
        self.activities: list[int] = []
        self.walked = first
        self.point = Switching.root
