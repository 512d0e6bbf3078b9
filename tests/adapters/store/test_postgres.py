"""What only PostgreSQL can do wrong: connections that break, transactions that clash, several processes at once."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

import psycopg
import pytest

from tests.adapters.store.children import child
from tests.postgres import fresh_database, server
from tests.stores import HandClock, row
from tradecoin.adapters.store import DatabaseUnavailable, open_store, postgres
from tradecoin.domain.party import Customer
from tradecoin.ports.store import Store, Tx


@pytest.fixture
def url() -> Generator[str]:
    """A database of this test's own, since its connections are cut."""
    with fresh_database() as found:
        yield found


def cut(url: str) -> None:
    """End every connection to the database, as a server that restarts does."""
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with psycopg.connect(server().get_uri(), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


def test_a_database_that_went_away_is_unavailable_and_found_again(url: str) -> None:
    """Nothing is half done, nobody has to restart the program."""
    store = open_store(url, clock=HandClock())
    store.write(lambda tx: tx.customers.add(row(Customer)))
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with psycopg.connect(server().get_uri(), autocommit=True) as administrator:
        administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        cut(url)
        with pytest.raises(DatabaseUnavailable):
            store.write(lambda tx: tx.customers.add(row(Customer)))
        with pytest.raises(DatabaseUnavailable):
            store.read(lambda tx: tx.customers.count())
        with pytest.raises(DatabaseUnavailable):
            store.claim(kinds=("x",), limit=1, lease_seconds=1)
        administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
    store.write(lambda tx: tx.customers.add(row(Customer)))
    assert store.read(lambda tx: tx.customers.count()) == 2
    store.close()


def test_a_connection_that_broke_while_idle_is_not_noticed(store: Store, url: str) -> None:
    """The next change, question and claim take a new one."""
    for _ in range(2):
        store.write(lambda tx: tx.put_work("x", "y"))
        assert store.read(lambda tx: tx.customers.count()) == 0
        assert len(store.claim(kinds=("x",), limit=1, lease_seconds=0)) == 1
        cut(url)


def test_questions_that_broke_together_are_all_answered(store: Store, url: str) -> None:
    """However many connections were idle when the server went, each question is answered at the first call."""
    ready = Barrier(8)

    def ask(tx: Tx) -> int:
        ready.wait(30)
        return tx.customers.count()

    for _ in range(2):
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(store.read, ask) for _ in range(8)]
        assert [each.result() for each in asked] == [0] * 8
        cut(url)
    assert [store.read(lambda tx: tx.customers.count()) for _ in range(9)] == [0] * 9


def test_a_connection_that_breaks_within_a_change_has_it_run_again(store: Store, url: str) -> None:
    """Before the commit nothing was kept, so it is safe; the result is that of the run that counted."""
    runs: list[int] = []

    def change(tx: Tx) -> int:
        runs.append(1)
        tx.customers.add(row(Customer))
        if len(runs) == 1:
            cut(url)
        return tx.customers.count()

    assert store.write(change) == 1
    assert len(runs) == 2


def test_a_change_that_clashes_runs_again(store: Store, url: str) -> None:
    """Somebody else changed what it read, past the writers' turns: it sees the new state the second time."""
    store.write(lambda tx: tx.set_value("n", "1"))
    runs: list[str | None] = []

    def change(tx: Tx) -> None:
        runs.append(tx.get_value("n"))
        if len(runs) == 1:
            with psycopg.connect(url) as other:
                other.execute("UPDATE kept_values SET value = '10' WHERE name = 'n'")
        tx.set_value("n", str(int(runs[-1] or 0) + 1))

    store.write(change)
    assert runs == ["1", "10"]
    assert store.read(lambda tx: tx.get_value("n")) == "11"


def test_a_change_that_always_clashes_is_given_up(store: Store, url: str) -> None:
    """Running again is bounded; then the database is unavailable, and nothing was kept."""
    store.write(lambda tx: tx.set_value("n", "1"))

    def change(tx: Tx) -> None:
        tx.get_value("n")
        with psycopg.connect(url) as other:
            other.execute("UPDATE kept_values SET value = '10' WHERE name = 'n'")
        tx.set_value("n", "2")

    with pytest.raises(DatabaseUnavailable):
        store.write(change)
    assert store.read(lambda tx: tx.get_value("n")) == "10"


def test_a_turn_that_never_comes_is_unavailable(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process that keeps the turn delays a change, not for ever."""
    monkeypatch.setattr(postgres, "_SETTINGS", ("SET TIME ZONE 'UTC'", "SET lock_timeout = '50ms'"))
    store = open_store(url, clock=HandClock())
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE write_turn IN EXCLUSIVE MODE")
        with pytest.raises(DatabaseUnavailable):
            store.write(lambda tx: tx.now)
        assert store.read(lambda tx: tx.customers.count()) == 0
    store.write(lambda tx: tx.now)
    store.close()


CLAIM = """
say("ready")
sys.stdin.readline()
while works := store.claim(kinds=("x",), limit=3, lease_seconds=600):
    for work in works:
        say(work.subject)
        store.finish(work) if len(work.subject) % 2 else None
store.close()
"""


def test_two_processes_never_get_the_same_work(store: Store, url: str) -> None:
    """Every piece is claimed, none twice, though both ask all the time."""
    subjects = {str(number) for number in range(300)}

    def put(tx: Tx) -> None:
        for subject in subjects:
            tx.put_work("x", subject)

    store.write(put)
    with child(CLAIM, url) as one, child(CLAIM, url) as two:
        for each in (one, two):
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        for each in (one, two):
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        claimed = [each.communicate(timeout=60)[0].split() for each in (one, two)]
    assert sorted(claimed[0] + claimed[1]) == sorted(subjects)
    assert all(claimed)


def test_two_stores_write_beside_each_other_without_holes(store: Store, url: str) -> None:
    """Feed and books are one sequence, whichever process writes; nobody's change is refused."""
    other = open_store(url, clock=HandClock())

    def count_up(tx: Tx) -> None:
        tx.set_value("n", str(int(tx.get_value("n") or 0) + 1))
        tx.publish("x", "y", {})

    def ask(mine: Store) -> None:
        for _ in range(20):
            mine.write(count_up)

    threads = [Thread(target=ask, args=(each,)) for each in (store, other) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert store.read(lambda tx: tx.get_value("n")) == "160"
    assert [each.seq for each in store.read(lambda tx: tx.feed())] == list(range(1, 161))
