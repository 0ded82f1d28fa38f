"""Whose job runs next, so that nobody waits for all that somebody else has asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from reports.workbench.job import Job


class Turns:
    """Turns at a number of places.

    One session may fill all places but one (with a single place, that one); sessions take turns.

    Parameters
    ----------
    places
        How many jobs may run at the same time.
    """

    def __init__(self, places: int) -> None:
        self._share = max(1, places - 1)
        self._begun: dict[str, int] = {}
        self._count = 0

    def next(self, waiting: Iterable[Job], running: Collection[Job]) -> Job | None:
        """Return the job that runs next, which counts as a turn of its session.

        It is one of the session that has least running, then of the one whose last turn is
        longest ago, and of these jobs the oldest.
        """
        order = [
            (
                sum(other.session == job.session for other in running),
                self._begun.get(job.session, 0),
                job.created,
                job.id,
                job,
            )
            for job in waiting
        ]
        free = [entry for entry in order if entry[0] < self._share]
        if not free:
            return None
        job = min(free)[-1]
        self._count += 1
        self._begun[job.session] = self._count
        return job
