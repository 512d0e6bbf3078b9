"""The one writer: what is grouped, what fails alone, what survives."""

from collections.abc import Callable
from contextvars import ContextVar
from threading import Barrier, Event, Thread
from typing import Any

import pytest

from tests.adapters.store.children import child, said
from tests.stores import HandClock, row
from tradecoin.adapters.store import DatabaseUnavailable, open_store
from tradecoin.domain.errors import BrokenInvariant, Conflict
from tradecoin.domain.mint import MintOrder
from tradecoin.domain.party import Customer
from tradecoin.ports.store import Store, Tx

COUNT = "say(store.read(lambda tx: tx.customers.count())); store.close()"


def together(store: Store, changes: list[Callable[[Tx], Any]]) -> list[Any]:
    """Have changes wait for the writer at once, so that one commit takes all; return each one's result or error."""
    busy, go = Event(), Event()
    outcomes: list[Any] = [None] * len(changes)

    def hold(_: Tx) -> None:
        busy.set()
        go.wait(30)

    def ask(place: int) -> None:
        try:
            outcomes[place] = store.write(changes[place])
        except Exception as error:  # noqa: BLE001  the test looks at it
            outcomes[place] = error

    threads = [Thread(target=lambda: store.write(hold))]
    threads[0].start()
    busy.wait(30)
    threads += [Thread(target=ask, args=(place,)) for place in range(len(changes))]
    for thread in threads[1:]:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
    return outcomes


def test_a_failing_change_fails_alone(store: Store, url: str) -> None:
    """Its neighbours in the same commit are kept, itself leaves nothing, and the error is its own caller's."""

    def good(tx: Tx) -> str:
        tx.customers.add(row(Customer, client="good"))
        tx.publish("x", "good", {})
        return "kept"

    def bad(tx: Tx) -> None:
        tx.customers.add(row(Customer, client="bad"))
        tx.publish("x", "bad", {})
        raise RuntimeError("mine")

    def broken(tx: Tx) -> None:
        tx.orders.add(row(MintOrder, reference="RF1"), row(MintOrder, reference="RF1"))

    outcomes = together(store, [good, bad, good, broken, good, bad])
    assert [outcomes[place] for place in (0, 2, 4)] == ["kept"] * 3
    assert [str(outcomes[place]) for place in (1, 5)] == ["mine"] * 2
    assert isinstance(outcomes[3], Conflict)
    assert said(COUNT, url) == ["3"]
    assert [(each.seq, each.subject) for each in store.read(lambda tx: tx.feed())] == [(n, "good") for n in (1, 2, 3)]


def test_a_change_that_starts_another_is_refused(store: Store) -> None:
    """It would wait for itself for ever."""
    with pytest.raises(BrokenInvariant):
        store.write(lambda tx: store.write(lambda inner: inner.now))


def test_a_closed_store_refuses(url: str) -> None:
    """After `close` nothing is written; closing twice is closing."""
    store = open_store(url, clock=HandClock())
    store.close()
    store.close()
    with pytest.raises(DatabaseUnavailable):
        store.write(lambda tx: tx.now)


def test_closing_finishes_what_waits(url: str) -> None:
    """Every change that was taken is answered."""
    store = open_store(url, clock=HandClock())
    started = Barrier(9)

    def ask() -> None:
        started.wait()
        try:
            store.write(lambda tx: tx.customers.add(row(Customer)))
        except DatabaseUnavailable:
            refused.append(1)

    refused: list[int] = []
    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    started.wait()
    store.close()
    for thread in threads:
        thread.join(10)
    assert int(said(COUNT, url)[0]) == 8 - len(refused)


def test_a_change_runs_in_the_context_of_its_caller(store: Store) -> None:
    """Log lines written inside it carry the request's id."""
    request: ContextVar[str] = ContextVar("request", default="none")
    request.set("r1")
    assert store.write(lambda tx: request.get()) == "r1"


def test_what_was_returned_is_there_for_another_process(store: Store, url: str) -> None:
    """A result is not handed out before its commit."""
    store.write(lambda tx: tx.customers.add(row(Customer)))
    assert said(COUNT, url) == ["1"]


def test_a_question_sees_one_moment(store: Store) -> None:
    """What is written while it runs is not there for it."""
    store.write(lambda tx: tx.set_value("a", "1"))

    def question(tx: Tx) -> list[str | None]:
        before = tx.get_value("a")
        writing = Thread(target=lambda: store.write(lambda other: other.set_value("a", "2")))
        writing.start()
        writing.join()
        return [before, tx.get_value("a")]

    assert store.read(question) == ["1", "1"]
    assert store.read(lambda tx: tx.get_value("a")) == "2"


def test_sixty_four_writers_lose_nothing(store: Store) -> None:
    """Every change is there once, every number is given once, every counter is right."""
    ready = Barrier(64)

    def count_up(tx: Tx) -> None:
        tx.set_value("n", str(int(tx.get_value("n") or 0) + 1))
        tx.customers.add(row(Customer, id=tx.new_id("cu")))
        tx.publish("x", "y", {})

    def ask() -> None:
        ready.wait()
        for _ in range(5):
            store.write(count_up)
            store.read(lambda tx: tx.customers.count())

    threads = [Thread(target=ask) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seqs = [each.seq for each in store.read(lambda tx: tx.feed())]
    assert store.read(lambda tx: (tx.get_value("n"), tx.customers.count())) == ("320", 320)
    assert seqs == list(range(1, 321))


WRITE_FOR_EVER = """
number = 0
while True:
    number += 1
    def change(tx):
        tx.customers.add(row(Customer, id=f"cu_{number:06d}"))
        tx.publish("x", f"cu_{number:06d}", {})
        return number
    say(store.write(change))
"""


def test_a_killed_writer_loses_nothing_that_it_returned(url: str) -> None:
    """kill -9 between any two instructions: every change that was answered is there whole, and perhaps one more."""
    with child(WRITE_FOR_EVER, url) as writing:
        assert writing.stdout is not None
        for _ in range(40):
            writing.stdout.readline()
        writing.kill()
        answered = 40 + len(writing.stdout.read().splitlines())
    store = open_store(url, clock=HandClock())
    rows = [each.id for each in store.read(lambda tx: tx.customers.list(limit=100_000))]
    lines = [each.subject for each in store.read(lambda tx: tx.feed(limit=100_000))]
    store.close()
    assert rows == lines == [f"cu_{number:06d}" for number in range(1, len(rows) + 1)]
    assert len(rows) in (answered, answered + 1)
