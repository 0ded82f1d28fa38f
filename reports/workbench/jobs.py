"""The queue of jobs: bounded, fair between people, kept over a restart."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reports.workbench.job import (
    CANCELLED,
    DONE,
    FAILED,
    OUTPUT,
    RUNNING,
    WAITING,
    Job,
    clear,
    output_name,
    read_job,
    tidy,
    write_job,
)
from reports.workbench.job_run import JobRun
from reports.workbench.job_start import Starter
from reports.workbench.settings import Settings
from reports.workbench.turns import Turns
from reports.workbench.workspace import Workspace, is_id, new_id

# A job that a server did not survive three times is not tried again.
_MOST_STARTS = 3
_SECONDS_PER_DAY = 86_400.0
_SECONDS_PER_HOUR = 3_600.0
# Requests that wait for a job at the same time; each holds a thread, and pages need some too.
_MOST_WAITERS = 16
# Quick looks at the same time, one of each person.
_QUICK_PLACES = 2
# Exit codes of a verb that has written its result: done, or done with a finding.
_COMPLETE = (0, 1)


class QueueFull(Exception):
    """No more jobs are taken now; the text says whose limit is reached and what to do."""


class JobQueue:
    """Jobs that wait and run; thread-safe, every state is written before it is told.

    Parameters
    ----------
    settings
        Limits.
    workspace
        Where jobs live. Jobs found there that were waiting or running wait again: what was run
        before comes from the store of experiments.
    """

    def __init__(self, settings: Settings, workspace: Workspace) -> None:
        self._settings = settings
        self._workspace = workspace
        self._changed = threading.Condition()
        self._jobs: dict[str, Job] = {}
        self._runs: dict[str, JobRun] = {}
        self._threads: list[threading.Thread] = []
        self._closing = False
        self._waiters = 0
        self._turns = {False: Turns(settings.max_jobs), True: Turns(_QUICK_PLACES)}
        self._starter = Starter(settings)
        with self._changed:
            self._recover()
            self._remove_old()

    def start(self) -> None:
        """Begin to run jobs: one thread for each place, and some for quick looks at files."""
        for quick in (*[False] * self._settings.max_jobs, *[True] * _QUICK_PLACES):
            thread = threading.Thread(target=self._work, args=(quick,), daemon=True)
            thread.start()
            self._threads.append(thread)
        self._starter.refill()

    def close(self) -> None:
        """End what runs; it is taken up again at the next start. Returns when all has ended."""
        with self._changed:
            self._closing = True
            runs = list(self._runs.values())
            self._changed.notify_all()
        for run in runs:
            run.stop()
        for thread in self._threads:
            thread.join(timeout=15)
        self._starter.close()

    @property
    def closing(self) -> bool:
        """Whether the queue takes and runs nothing any more."""
        return self._closing

    def submit(
        self,
        kind: str,
        title: str,
        commands: Sequence[Sequence[str]],
        session: str,
        *,
        about: Mapping[str, Any] | None = None,
        files: Mapping[str, str | bytes] | None = None,
        quick: bool = False,
    ) -> Job:
        """Take a job.

        Parameters
        ----------
        kind, title, session, about
            See :class:`Job`; the session is :func:`reports.workbench.security.session_id`.
        commands
            Arguments of ``o2c`` that run one after the other, with ``{output}``, ``{result}`` and
            ``{folder}`` (see :mod:`reports.workbench.job`). A command that ends with 0 or 1 is
            complete, and what it wrote to ``{output}`` becomes ``Job.result``; any other code ends
            the job. Give values that people typed as ``--option=VALUE``, so that no value can be
            taken for an option.
        files
            File name to content, written into the job's folder before it starts. Names are the
            caller's own, never a user's.
        quick
            For a look at a file of a few seconds, which should not wait behind long jobs; it has
            a place of its own and is ended after ``max_quick_seconds``.

        Raises
        ------
        QueueFull
            If too many wait.
        """
        with self._changed:
            self._check_room(session)
            self._remove_old()
            now = time.time()
            job_id = new_id()
            folder = self._workspace.results / job_id
            job = Job(
                id=job_id,
                kind=kind,
                title=title,
                session=session,
                commands=tuple(tuple(command) for command in commands),
                folder=folder,
                created=now,
                changed=now,
                rounds=len(commands),
                quick=quick,
                about=dict(about or {}),
            )
            try:
                folder.mkdir()
                for name, content in (files or {}).items():
                    if isinstance(content, str):
                        content = content.encode("utf-8", "replace")
                    (folder / Path(name).name).write_bytes(content)
                return self._keep(job)
            except OSError:
                # A full disk; a job that was not taken leaves nothing.
                shutil.rmtree(folder, ignore_errors=True)
                raise

    def get(self, job_id: str) -> Job | None:
        """Return the newest state of a job; None if there is none of this identifier."""
        return self._jobs.get(job_id) if is_id(job_id) else None

    def jobs(self, session: str | None = None, kind: str | None = None) -> list[Job]:
        """Return jobs, the newest first, of a session or kind if one is given."""
        with self._changed:
            found = list(self._jobs.values())
        return sorted(
            (job for job in found if session in (None, job.session) and kind in (None, job.kind)),
            key=lambda job: -job.created,
        )

    def ahead_of(self, job: Job) -> int:
        """Return how many jobs run or wait before one that waits."""
        with self._changed:
            return sum(
                not other.over
                and other.quick == job.quick
                and (other.state == RUNNING or other.created < job.created)
                for other in self._jobs.values()
                if other.id != job.id
            )

    def cancel(self, job_id: str) -> Job | None:
        """Cancel a job that waits or runs; what it has written so far stays. Returns it."""
        with self._changed:
            job = self.get(job_id)
            if job is None or job.over:
                return job
            job = self._keep_or_tell(replace(job, state=CANCELLED, message="cancelled"))
            run = self._runs.get(job_id)
        if run is not None:
            run.stop()
        return job

    def note(self, job_id: str, *, kept: bool | None = None, **about: Any) -> Job | None:
        """Add to what is noted about a job, or say that it is to be kept; return it."""
        with self._changed:
            job = self.get(job_id)
            if job is None:
                return None
            return self._keep(
                replace(
                    job,
                    kept=job.kept if kept is None else kept,
                    about={**job.about, **about},
                )
            )

    def remove(self, job_id: str) -> None:
        """Cancel a job and remove all that it has written."""
        self.cancel(job_id)
        with self._changed:
            job = self.get(job_id)
            if job is None:
                return
            while job_id in self._runs:
                self._changed.wait(timeout=1)
            del self._jobs[job_id]
        shutil.rmtree(job.folder, ignore_errors=True)

    def wait(self, job_id: str, seconds: float) -> Job | None:
        """Return a job when it is over, or as it is after so many seconds.

        Where many wait already it returns the job as it is.
        """
        until = time.monotonic() + seconds
        with self._changed:
            if self._waiters >= _MOST_WAITERS:
                return self.get(job_id)
            self._waiters += 1
            try:
                while True:
                    job = self.get(job_id)
                    left = until - time.monotonic()
                    if job is None or job.over or left <= 0:
                        return job
                    self._changed.wait(timeout=left)
            finally:
                self._waiters -= 1

    def _check_room(self, session: str) -> None:
        active = [job for job in self._jobs.values() if not job.over]
        limits = self._settings
        if self._closing:
            raise QueueFull("The workbench is closing.")
        if sum(job.session == session for job in active) >= limits.max_jobs_per_session:
            raise QueueFull(
                f"{limits.max_jobs_per_session} of your jobs wait or run already. "
                "Wait for one to end, or cancel one."
            )
        if sum(job.state == WAITING for job in active) >= limits.max_waiting:
            raise QueueFull(f"{limits.max_waiting} jobs wait already. Try again in a few minutes.")

    def _keep(self, job: Job) -> Job:
        """Write a state down, then tell it. The lock is held."""
        job = replace(job, changed=time.time())
        write_job(job)
        return self._tell(job)

    def _keep_or_tell(self, job: Job) -> Job:
        """Tell a state also where a full disk keeps it from being written down.

        After a restart the job then goes on from the last state that was written.
        """
        try:
            return self._keep(job)
        except OSError:
            return self._tell(job)

    def _tell(self, job: Job) -> Job:
        self._jobs[job.id] = job
        self._changed.notify_all()
        return job

    def _recover(self) -> None:
        for folder in self._workspace.results.iterdir():
            job = read_job(folder) if is_id(folder.name) else None
            if job is None:
                continue
            self._jobs[job.id] = job
            if not job.over:
                tidy(folder)
                too_often = job.starts >= _MOST_STARTS
                message = (
                    f"the server ended {job.starts} times while this ran; it is not tried again"
                    if too_often
                    else "taken up again after a restart"
                )
                state = FAILED if too_often else WAITING
                self._keep_or_tell(replace(job, state=state, message=message))

    def _remove_old(self) -> None:
        days = self._settings.keep_results_days
        if days is None:
            return
        before = time.time() - days * _SECONDS_PER_DAY
        for job in list(self._jobs.values()):
            if job.over and not job.kept and job.changed < before:
                del self._jobs[job.id]
                shutil.rmtree(job.folder, ignore_errors=True)

    def _next(self, quick: bool) -> Job | None:
        mine = [job for job in self._jobs.values() if job.quick == quick]
        running = [job for job in mine if job.id in self._runs]
        return self._turns[quick].next((job for job in mine if job.state == WAITING), running)

    def _work(self, quick: bool) -> None:
        while True:
            with self._changed:
                job = None if self._closing else self._next(quick)
                while job is None and not self._closing:
                    self._changed.wait()
                    job = None if self._closing else self._next(quick)
                if job is None:
                    return
                run = JobRun(self._settings, self._starter)
                self._runs[job.id] = run
                job = self._keep_or_tell(
                    replace(job, state=RUNNING, message="", starts=job.starts + 1)
                )
            try:
                self._run(job, run)
            except Exception as error:  # a place must not be lost, whatever happens to a job
                self._end(job.id, FAILED, f"the job could not be run: {error}")
            finally:
                with self._changed:
                    del self._runs[job.id]
                    self._changed.notify_all()
                    idle = not self._runs
                if idle:
                    # Not beside a job, which it would slow down.
                    self._starter.refill()

    def _run(self, job: Job, run: JobRun) -> None:
        limits = self._settings
        hours = limits.max_quick_seconds / _SECONDS_PER_HOUR if job.quick else limits.max_job_hours
        until = time.monotonic() + hours * _SECONDS_PER_HOUR
        for command in range(job.round, job.rounds):
            clear(job.folder / output_name(command))
            ended = run.command(
                self._jobs[job.id], command, until, lambda *step: self._step(job.id, *step)
            )
            with self._changed:
                now = self._jobs[job.id]
                if now.state != RUNNING:
                    return
                if self._closing:
                    # An orderly end is none that the job is to blame for.
                    waits = "waits for the next start"
                    self._keep_or_tell(
                        replace(now, state=WAITING, message=waits, starts=now.starts - 1)
                    )
                    return
                if ended.code not in _COMPLETE:
                    self._keep_or_tell(
                        replace(now, state=FAILED, message=ended.message, exit_code=ended.code)
                    )
                    return
                writes = any(argument.startswith(OUTPUT) for argument in job.commands[command])
                self._keep_or_tell(
                    replace(
                        now,
                        round=command + 1,
                        # What gets on is not what the servers ended of.
                        starts=0,
                        newest=output_name(command) if writes else now.newest,
                        exit_code=ended.code,
                        state=DONE if command + 1 == job.rounds else RUNNING,
                        step="",
                        step_done=0,
                        step_total=0,
                    )
                )

    def _step(self, job_id: str, step: str, done: int, total: int) -> None:
        with self._changed:
            job = self._jobs[job_id]
            # Not written down: after a restart a command begins anew.
            self._jobs[job_id] = replace(job, step=step, step_done=done, step_total=total)
            self._changed.notify_all()

    def _end(self, job_id: str, state: str, message: str) -> None:
        with self._changed:
            job = self._jobs.get(job_id)
            if job is not None and not job.over:
                self._keep_or_tell(replace(job, state=state, message=message))
