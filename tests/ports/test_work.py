"""What the work queue and the leases promise, on either database."""

from datetime import timedelta

from tests.stores import NOON, HandClock
from tradecoin.ports.store import Store, Work


def claim(store: Store, limit: int = 10, seconds: int = 30, kinds: tuple[str, ...] = ("mint",)) -> list[Work]:
    """Claim some work."""
    return list(store.claim(kinds=kinds, limit=limit, lease_seconds=seconds))


def put(store: Store, *subjects: str, minutes: float = 0) -> None:
    """Put work that is due so many minutes from noon on."""

    def change(tx: object) -> None:
        for subject in subjects:
            tx.put_work("mint", subject, due_at=NOON + timedelta(minutes=minutes))  # type: ignore[attr-defined]

    store.write(change)


def test_work_that_is_leased_is_nobody_elses(store: Store, clock: HandClock) -> None:
    """Until the lease ends; then it is, under a higher number."""
    put(store, "a")
    (first,) = claim(store)
    assert claim(store) == []
    clock.advance(seconds=29)
    assert claim(store) == []
    clock.advance(seconds=1)
    (second,) = claim(store)
    assert second.token > first.token


def test_whoever_lost_the_lease_changes_nothing(store: Store, clock: HandClock) -> None:
    """A worker that was slow can neither finish nor postpone what another one has now."""
    put(store, "a")
    (slow,) = claim(store)
    clock.advance(minutes=1)
    (quick,) = claim(store)
    store.finish(slow)
    store.postpone(slow, NOON + timedelta(days=1), "too late")
    clock.advance(minutes=1)
    assert [each.attempts for each in claim(store)] == [0]
    assert quick.token > slow.token


def test_an_old_lease_means_nothing_for_work_that_was_put_anew(store: Store, clock: HandClock) -> None:
    """Numbers are not used again after the work was finished and put once more."""
    put(store, "a")
    (slow,) = claim(store)
    clock.advance(minutes=1)
    store.finish(claim(store)[0])
    put(store, "a")
    (fresh,) = claim(store)
    store.finish(slow)
    clock.advance(minutes=1)
    assert [each.subject for each in claim(store)] == ["a"]
    assert fresh.token > slow.token


def test_finished_work_is_gone(store: Store, clock: HandClock) -> None:
    """It does not come back when its lease would have ended."""
    put(store, "a")
    store.finish(claim(store)[0])
    clock.advance(hours=1)
    assert claim(store) == []
    assert store.next_due() is None


def test_work_put_while_it_is_leased_runs_once_more(store: Store) -> None:
    """Something changed while the worker looked: it looks again, however often it was told."""
    put(store, "a")
    (running,) = claim(store)
    put(store, "a", minutes=5)
    put(store, "a")
    assert claim(store) == []
    store.finish(running)
    (again,) = claim(store)
    store.finish(again)
    assert claim(store) == []


def test_work_put_after_its_lease_ran_out_is_not_lost_with_a_late_finish(store: Store, clock: HandClock) -> None:
    """The worker was slow, the work was put again, nobody else had it: the late finish leaves it to be run."""
    put(store, "a")
    (slow,) = claim(store, seconds=10)
    clock.advance(seconds=20)
    put(store, "a")
    store.finish(slow)
    assert [each.subject for each in claim(store)] == ["a"]


def test_the_earlier_of_two_wishes_wins(store: Store, clock: HandClock) -> None:
    """Later wishes do not put off, earlier ones bring forward."""
    put(store, "a", minutes=5)
    put(store, "a", minutes=9)
    assert store.next_due() == NOON + timedelta(minutes=5)
    put(store, "a", minutes=2)
    assert store.next_due() == NOON + timedelta(minutes=2)
    assert claim(store) == []
    clock.advance(minutes=2)
    assert len(claim(store)) == 1


def test_postponed_work_is_due_when_it_says(store: Store, clock: HandClock) -> None:
    """A problem counts as an attempt; waiting for something does not."""
    put(store, "a")
    store.postpone(claim(store)[0], NOON + timedelta(minutes=1), "the bank is closed")
    assert claim(store) == []
    assert store.next_due() == NOON + timedelta(minutes=1)
    clock.advance(minutes=1)
    (second,) = claim(store)
    assert second.attempts == 1
    store.postpone(second, NOON + timedelta(minutes=2))
    clock.advance(minutes=1)
    assert claim(store)[0].attempts == 1


def test_a_wish_that_came_while_it_ran_beats_a_postponement(store: Store) -> None:
    """Put again for now, postponed for tomorrow: it is due now."""
    put(store, "a")
    (running,) = claim(store)
    put(store, "a")
    store.postpone(running, NOON + timedelta(days=1), "waiting")
    assert [(each.subject, each.attempts) for each in claim(store)] == [("a", 1)]


def test_the_oldest_due_work_of_the_wanted_kinds_comes_first(store: Store, clock: HandClock) -> None:
    """In the order of due times, up to the limit; other kinds and later work stay."""
    put(store, "late", minutes=3)
    put(store, "early", minutes=1)
    put(store, "middle", minutes=2)
    store.write(lambda tx: tx.put_work("payout", "other"))
    clock.advance(minutes=3)
    assert [each.subject for each in claim(store, limit=2)] == ["early", "middle"]
    assert [each.subject for each in claim(store, kinds=("payout", "mint"))] == ["other", "late"]
    assert claim(store, kinds=()) == []


def test_work_is_put_with_its_change_or_not_at_all(store: Store) -> None:
    """The outbox is part of the transaction."""

    def change(tx: object) -> None:
        tx.put_work("mint", "a")  # type: ignore[attr-defined]
        raise RuntimeError("later")

    try:
        store.write(change)
    except RuntimeError:
        assert claim(store) == []


def test_one_owner_leads_at_a_time_and_numbers_rise(store: Store, clock: HandClock) -> None:
    """Renewing keeps the number; whoever takes over gets a higher one, also the first owner after a gap."""
    first = store.lead("sender", "one", lease_seconds=10)
    assert store.lead("sender", "two", lease_seconds=10) is None
    assert store.lead("indexer", "two", lease_seconds=10) is not None
    clock.advance(seconds=9)
    assert store.lead("sender", "one", lease_seconds=10) == first
    clock.advance(seconds=9)
    assert store.lead("sender", "two", lease_seconds=10) is None
    clock.advance(seconds=1)
    second = store.lead("sender", "two", lease_seconds=10)
    clock.advance(seconds=10)
    third = store.lead("sender", "two", lease_seconds=10)
    assert first is not None
    assert second is not None
    assert third is not None
    assert first < second < third
