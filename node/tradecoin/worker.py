"""The worker: claims due pieces of work, runs each in its own bounded step, and can be killed at any line.

Work is a kind and a subject. A step asks the outside whether its effect already happened, acts at most once, and says
when to look again. Recurring work is put again after every run.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tradecoin.domain.errors import BrokenInvariant, TradecoinError, Unavailable
from tradecoin.ports.clock import Clock
from tradecoin.ports.store import Store, Work

log = logging.getLogger(__name__)

Step = Callable[[str], timedelta | None]
"""A step takes its subject and returns when to look again, or None when it is done."""

_LEASE_SECONDS: Final = 60
_IDLE_SECONDS: Final = 0.1
_FIRST_DELAY: Final = timedelta(seconds=1)
_LONGEST_DELAY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Worker:
    """Runs `steps` for due work on `threads` threads until `stop` is set.

    `recurring` names kinds that run with the subject "all" again and again, each after its interval.
    """

    store: Store
    clock: Clock
    steps: Mapping[str, Step]
    recurring: Mapping[str, timedelta]
    stop: threading.Event
    broken: threading.Event
    threads: int = 4

    def run(self) -> None:
        """Work until stopped; a broken invariant stops everything, since whatever follows could be wrong too."""
        self.seed()
        with ThreadPoolExecutor(max_workers=self.threads, thread_name_prefix="step") as pool:
            running: set[Future[None]] = set()
            while not self.stop.is_set():
                running = {future for future in running if not future.done()}
                claimed = self._claim(self.threads - len(running))
                running |= {pool.submit(self._run, work) for work in claimed}
                if not claimed:
                    self.stop.wait(_IDLE_SECONDS)

    def seed(self) -> None:
        """Put the recurring work that is not there yet."""
        for kind in self.recurring:
            self.store.write(lambda tx, kind=kind: tx.put_work(kind, "all"))  # type: ignore[misc]

    def run_due(self, limit: int = 100) -> int:
        """Run what is due now on this thread, for tests and drills that move the clock; return how much it was."""
        claimed = self.store.claim(kinds=tuple(self.steps), limit=limit, lease_seconds=_LEASE_SECONDS)
        for work in claimed:
            self._run(work)
        return len(claimed)

    def _claim(self, free: int) -> list[Work]:
        """Lease as much as there are free threads; a database that is away is waited for."""
        if free <= 0:
            return []
        try:
            return list(self.store.claim(kinds=tuple(self.steps), limit=free, lease_seconds=_LEASE_SECONDS))
        except Unavailable as problem:
            log.warning("work cannot be claimed: %s", problem)
            return []

    def _run(self, work: Work) -> None:
        """Run one piece; keep it, with a growing delay, when it fails."""
        try:
            again = self.steps[work.kind](work.subject)
        except BrokenInvariant:
            log.critical("broken invariant in %s %s; the worker stops", work.kind, work.subject, exc_info=True)
            self.broken.set()
            self.stop.set()
            return
        except TradecoinError as problem:
            log.warning("%s %s: %s", work.kind, work.subject, problem)
            self._give_back(work, self._delay(work), str(problem))
            return
        except Exception as problem:  # a bug in one step must not stop the others
            log.exception("%s %s failed", work.kind, work.subject)
            self._give_back(work, self._delay(work), repr(problem))
            return
        self._end(work, again)

    def _end(self, work: Work, again: timedelta | None) -> None:
        """Finish the work, or let it be due again."""
        interval = self.recurring.get(work.kind) if work.subject == "all" else None
        delay = again if interval is None else min(again or interval, interval)
        if delay is None:
            try:
                self.store.finish(work)
            except Unavailable as problem:
                log.warning("%s %s will run again: %s", work.kind, work.subject, problem)
        else:
            self._give_back(work, delay)

    def _give_back(self, work: Work, delay: timedelta, problem: str = "") -> None:
        """Let the work be due later; if the database is away, its lease runs out instead."""
        try:
            self.store.postpone(work, self.clock.now() + delay, problem)
        except Unavailable as gone:
            log.warning("%s %s stays leased: %s", work.kind, work.subject, gone)

    def _delay(self, work: Work) -> timedelta:
        """Return one second, doubled with every failed attempt, at most five minutes."""
        return min(_FIRST_DELAY * (1 << min(work.attempts, 16)), _LONGEST_DELAY)
