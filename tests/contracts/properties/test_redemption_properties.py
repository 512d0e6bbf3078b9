"""N3, N5, N6: what is always true of escrow."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.contracts.abi import Receipt
from tests.contracts.kit import NOBODY, System
from tests.contracts.properties.acts import ENDED, ENDS, OPEN, REDEEMING, STORIES, Act, Stage, play, populate, stories

pytestmark = pytest.mark.slow
OTHERS = ("block", "pause", "seize", "transfer")


@given(story=stories(*REDEEMING, *OTHERS, length=16))
@STORIES
def test_n3_the_banks_balance_is_the_sum_of_open_requests(stage: Stage, story: list[Act]) -> None:
    """Whatever holders, payer and powers do."""
    with stage.fresh() as system:
        populate(system)
        for act in story:
            play(system, act)
            numbers = range(1, system.bank.call("requestCount") + 1)
            requests = [system.request_of(number) for number in numbers]
            assert system.balance(system.bank.address) == sum(r.amount for r in requests if r.status in OPEN)
            assert system.bank.call("overdue") == sum(r.status in OPEN and r.protestedAt != 0 for r in requests)


@given(story=stories(*REDEEMING, *OTHERS, length=16))
@STORIES
def test_n5_each_request_ends_exactly_once(stage: Stage, story: list[Act]) -> None:
    """An end is told once, is what is stored, and is never followed by another state."""
    with stage.fresh() as system:
        populate(system)
        ends: dict[int, int] = {}
        for act in story:
            receipt = play(system, act)
            for event in receipt.events if receipt else []:
                if event.name in ENDS:
                    assert event.members["id"] not in ends
                    ends[event.members["id"]] = ENDS[event.name]
            for number in range(1, system.bank.call("requestCount") + 1):
                status = system.request_of(number).status
                assert status == ends.get(number, status)
                assert (status in ENDED) == (number in ends)


def paid_out(system: System, receipt: Receipt) -> list[tuple[str, int]]:
    """Who got coins of the bank in a transaction, and how many; burned coins go to nobody."""
    transfers = [event.members for event in receipt.events if event.name == "Transfer"]
    return sorted((part["to"], part["value"]) for part in transfers if part["from"] == system.bank.address)


def owed(system: System, receipt: Receipt) -> list[tuple[str, int]]:
    """To whom the ends told in a transaction owe coins: the holder of each, or, for all that were settled, nobody."""
    ended = {event.members["id"]: event.name for event in receipt.events if event.name in ENDS}
    requests = {number: system.request_of(number) for number in ended}
    burned = sum(requests[number].amount for number, name in ended.items() if name == "Settled")
    back = [(requests[n].holder, requests[n].amount) for n, name in ended.items() if name != "Settled"]
    return sorted(back + ([(NOBODY, burned)] if burned else []))


@given(story=stories(*REDEEMING, *OTHERS, length=16))
@STORIES
def test_n6_escrow_goes_to_nobody_but_its_holder(stage: Stage, story: list[Act]) -> None:
    """Every coin that leaves the bank goes to the holder of a request that ends there, whole, or is burned."""
    with stage.fresh() as system:
        populate(system)
        for act in story:
            receipt = play(system, act)
            if receipt is not None:
                assert paid_out(system, receipt) == owed(system, receipt)
