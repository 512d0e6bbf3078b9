"""The one thread that writes: it takes the changes that wait and commits them together.

A commit costs one flush to the disk however much is in it. So each change runs in a savepoint of a shared transaction:
one that raises is rolled back alone, and nobody's result is returned before the commit that holds it is durable.
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread, current_thread
from time import perf_counter
from typing import Any, Final, Protocol, TypeVar

from tradecoin.adapters.store.errors import DatabaseUnavailable
from tradecoin.domain.errors import BrokenInvariant

Result = TypeVar("Result")

_MOST_CHANGES: Final = 256
_MOST_SECONDS: Final = 0.05
"""A group takes no further change after so long, so that the first in it does not wait for ever."""


@dataclass(slots=True, eq=False)
class Change:
    """A waiting change; it runs in the caller's context, so that log lines inside it carry the caller's ids."""

    run: Callable[[Any], Any]
    context: Context = field(default_factory=copy_context)
    answer: "Future[Any]" = field(default_factory=Future)
    result: Any = None
    error: BaseException | None = None


class Groups(Protocol):
    """What commits a group: fills in each change's result or error; raises what hit all of them."""

    def commit(self, changes: "Waiting") -> None:
        """Run the changes in one transaction and make it durable."""

    def close(self) -> None:
        """Let go of the connection."""


class Waiting:
    """The changes of one group: those already taken, and while there is time and room, those that came meanwhile."""

    def __init__(self, first: Change, queue: "SimpleQueue[Change | None]") -> None:
        self.taken = [first]
        self.ended = False
        self._queue = queue
        self._until = perf_counter() + _MOST_SECONDS

    def take(self) -> Change | None:
        """Take one more, or None when this group is complete."""
        if self.ended or len(self.taken) >= _MOST_CHANGES or perf_counter() > self._until:
            return None
        try:
            change = self._queue.get_nowait()
        except Empty:
            return None
        if change is None:
            self.ended = True
        else:
            self.taken.append(change)
        return change


class Writer:
    """Takes changes from any thread; runs them on its own."""

    def __init__(self, groups: Groups, name: str) -> None:
        self._groups = groups
        self._queue: SimpleQueue[Change | None] = SimpleQueue()
        self._open = True
        self._lock = Lock()
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def run(self, change: Callable[[Any], Result]) -> Result:
        """Run `change` and return its result when it is durable."""
        if current_thread() is self._thread:
            raise BrokenInvariant("a change does not start another one")
        waiting = Change(change)
        with self._lock:
            if not self._open:
                raise DatabaseUnavailable("the store is closed")
            self._queue.put(waiting)
        result: Result = waiting.answer.result()
        return result

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._lock:
            if not self._open:
                return
            self._open = False
            self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        """Commit groups until told to stop."""
        ended = False
        while not ended and (first := self._queue.get()) is not None:
            waiting = Waiting(first, self._queue)
            try:
                self._groups.commit(waiting)
            except BaseException as error:  # noqa: BLE001  it is raised again where each change was asked for
                for change in waiting.taken:
                    change.error = error
            for change in waiting.taken:
                _reply(change)
            ended = waiting.ended
        self._groups.close()


def _reply(change: Change) -> None:
    """Wake the caller."""
    if change.error is not None:
        change.answer.set_exception(change.error)
    else:
        change.answer.set_result(change.result)
