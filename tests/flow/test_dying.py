"""The node can be killed between any two steps: after a restart the flows end where they would have ended."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from tests.flow.world import World
from tradecoin.ports.store import Store, Tx

Result = TypeVar("Result")


class Killed(BaseException):
    """The process ended at this line; nothing in the node catches it."""


class DyingStore:
    """A store whose process is killed right after its nth commit."""

    def __init__(self, store: Store, after: int) -> None:
        self.store, self.left = store, after

    def write(self, change: Callable[[Tx], Result]) -> Result:
        """Commit, and die when it is time."""
        result = self.store.write(change)
        self._count()
        return result

    def finish(self, work: Any) -> None:
        """See Store."""
        self.store.finish(work)
        self._count()

    def postpone(self, *given: Any) -> None:
        """See Store."""
        self.store.postpone(*given)
        self._count()

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def _dying(store: Store, *, after: int) -> Store:
    return cast(Store, DyingStore(store, after))


def _live(world: World, kills: int) -> int:
    """Go from a credit to a burn, killed every so many commits, and return how often; it ends as without."""
    died = 0

    def until(holds: Callable[[], object]) -> None:
        nonlocal died
        for _ in range(120):
            if holds():
                return
            try:
                world.run(1)
            except Killed:
                died += 1
                world.clock.advance(seconds=61)
                world.close()
                world.start(partial(_dying, after=kills + died % 3))
        raise AssertionError(f"it never came true: {world.feed()[-9:]}")

    world.capital()
    world.account()
    world.pay_in()
    world.close()
    world.start(partial(_dying, after=kills))
    until(lambda: world.held() == 100)
    number = world.request()
    until(lambda: world.state_of(number) == "settled")
    until(lambda: world.batches(state="final"))
    return died


@pytest.mark.parametrize("kills", [33, 41, 52])
def test_a_node_that_is_killed_again_and_again_ends_in_the_same_state(tmp_path: Path, kills: int) -> None:
    """One credit, one mint, one payout, one burn: nothing twice, nothing lost."""
    world = World(tmp_path)
    died = _live(world, kills)
    assert died > 2
    assert world.balances() == ("1060.00", "0.00", "60.00", "0.00", "1000.00")
    assert (world.held(), len(world.bank.payments), len(world.orders())) == (60, 1, 1)
    assert [row.state for row in world.payouts()] == ["booked"]
    assert sum(entry.details[0].end_to_end_id in world.bank.payments for entry in world.bank.book) == 1
    world.bank.statement()
    world.poll()
    assert world.false_lines() == []
    world.close()


@pytest.mark.parametrize("kind", ["batch.advance", "attest.advance", "redeem.accept", "redeem.pay", "redeem.settle"])
def test_a_step_that_runs_twice_does_its_work_once(funded: World, kind: str) -> None:
    """A lease that ran out lets another worker repeat it."""
    step = funded.steps[kind]

    def twice(subject: str) -> Any:
        step(subject)
        return step(subject)

    funded.steps[kind] = twice
    funded.minted()
    funded.redeemed()
    assert funded.balances() == ("1060.00", "0.00", "60.00", "0.00", "1000.00")
    assert (len(funded.payouts()), funded.false_lines()) == (1, [])


def test_a_file_that_was_being_sent_is_not_sent_again(funded: World) -> None:
    """Killed after the bank took it and before we noted it: the bank is asked, and only asked."""
    funded.minted()
    funded.hold("payout.send")
    number = funded.request()
    funded.until(lambda: funded.payouts(state="sending"))
    (file,) = funded.read(lambda tx: tx.payout_files.list())
    hand_over = funded.bank.hand_over

    def dies(raw: bytes) -> Any:
        hand_over(raw)
        raise Killed

    funded.bank.hand_over = dies  # type: ignore[method-assign]
    funded.let_go("payout.send")
    with pytest.raises(Killed):
        funded.steps["payout.send"](file.id)
    funded.until(lambda: funded.state_of(number) == "settled")
    assert len(funded.bank.handed_over) == 1
