"""What runs tasks: the results are the same whichever does it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Executor(ABC):
    """Runs a function on tasks; a context manager, to be used for as many lots as wanted."""

    @abstractmethod
    def run(
        self, function: Callable[[T], R], tasks: Sequence[T]
    ) -> Generator[tuple[int, R], None, None]:
        """Yield the index and the result of each task as it ends, in any order.

        Close the generator (``contextlib.closing``) where the loop over it may be interrupted:
        tasks under way end at once, and before :meth:`close`.

        Parameters
        ----------
        function
            A module-level function without side effects.
        tasks
            Its arguments.

        Raises
        ------
        ScenarioError
            If workers died again and again over the same tasks.
        """

    def close(self) -> None:
        """Give back what it holds."""
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Serial(Executor):
    """Runs one task after the other in this process."""

    def run(
        self, function: Callable[[T], R], tasks: Sequence[T]
    ) -> Generator[tuple[int, R], None, None]:
        """Yield the results in the order of the tasks; see :meth:`Executor.run`."""
        for index, task in enumerate(tasks):
            yield index, function(task)
