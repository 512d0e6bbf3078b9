"""What can be read from the contracts, held against the twin."""

from __future__ import annotations

from tests.contracts.kit import (
    ALICE,
    COIN,
    DAY,
)
from tests.contracts.properties import guesses
from tests.contracts.properties.pair import Pair


def compare_state(pair: Pair) -> None:
    """What can be read from the contracts is what the twin knows."""
    token, bank, reserves, now = pair.system.token, pair.system.bank, pair.system.reserves, pair.world.now
    for account in (*guesses.PEOPLE, pair.bank.address, pair.reserves.address):
        flags = pair.token.isBlocked(account), pair.token.getFrozenTokens(account)
        assert token.call("balanceOf", account) == pair.token.balanceOf(account)
        assert (token.call("isBlocked", account), token.call("getFrozenTokens", account)) == flags
        assert token.call("canTransfer", ALICE, account, COIN) == pair.token.canTransfer(ALICE, account, COIN)
    for name in ("totalSupply", "flagged", "burned", "pausedUntil", "issuer", "announcedIssuer"):
        assert token.call(name) == getattr(pair.token, name), name
    for t in (now - DAY, now - 1, now, now + 1):
        assert token.call("supplyAndBurnedSince", t) == pair.token.supplyAndBurnedSince(t)
    for name in ("requestCount", "overdue", "brakeUntil", "issuePausedUntil", "windDownRatio", "payer", "instantCap"):
        assert bank.call(name) == getattr(pair.bank, name), name
    for number in range(pair.bank.requestCount + 1):
        assert bank.call("requests", number) == tuple(pair.bank._request(number))
        assert bank.call("reclaimableAt", number) == pair.bank.reclaimableAt(number)
    assert bank.call("limit") == pair.bank.limit()
    assert bank.call("paysFor", COIN + 7) == pair.bank.paysFor(COIN + 7)
    assert reserves.call("head") == tuple(pair.reserves.head)
    assert (reserves.call("fresh"), reserves.call("covered")) == (pair.reserves.fresh(), pair.reserves.covered())
    for contract, twin in ((bank, pair.bank), (reserves, pair.reserves)):
        said = contract.call("signers"), contract.call("threshold"), contract.call("setNumber")
        assert said == (twin.signers, twin.threshold, twin.setNumber)
