"""Signing parties that are down or say something else: one is not missed, two stop minting and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.journey.kit import ended, feed, ordered, redeem, says, supply
from tradecoin.client import ApiUnavailable
from tradecoin_devnet.plugin.handles import Holder
from tradecoin_devnet.plugin.harness import Harness

pytestmark = pytest.mark.slow
Minted = Callable[[str, str], Any]


def test_one_bank_signer_and_one_attestor_down_change_nothing(
    tc_devnet: Harness, tc_minted: Minted, tc_accounts: tuple[Holder, ...], tc_invariants: None
) -> None:
    """Two of three are enough on either side, for mint, attestation, redemption and payout."""
    anna = tc_accounts[0]
    tc_devnet.stop_parties("bank-signer-2", "attestor-3")
    assert tc_minted("120.00", anna.address)["state"] == "issued"
    ended(tc_devnet, redeem(tc_devnet, anna, "20.00"))


@pytest.mark.parametrize(
    ("stopped", "said"),
    [
        (("attestor-1", "attestor-2"), "attestation.waiting"),
        (("bank-signer-1", "bank-signer-3"), "1 of 2 bank signers signed"),
    ],
)
def test_two_parties_down_stop_minting_and_redemption_goes_on(
    tc_devnet: Harness,
    tc_minted: Minted,
    tc_accounts: tuple[Holder, ...],
    tc_invariants: None,
    stopped: tuple[str, str],
    said: str,
) -> None:
    """No coin comes without enough signatures, the feed says whose are missing, and coins go back into money."""
    bram = tc_accounts[1]
    tc_minted("200.00", bram.address)
    tc_devnet.stop_parties(*stopped)
    seen = len(feed(tc_devnet))
    before = supply(tc_devnet)
    waiting = ordered(tc_devnet, "12000.00", bram)
    problem = says(tc_devnet, said, seen)["data"]["problem"]
    assert problem
    ended(tc_devnet, redeem(tc_devnet, bram, "50.00"))
    assert tc_devnet.client.mint_orders.get(waiting)["state"] == "batched"
    assert int(supply(tc_devnet)) < int(before)
    tc_devnet.heal()
    tc_devnet.wait_order(waiting)


def test_a_bank_that_tells_less_than_it_holds_stops_minting_only(
    tc_isolated: Harness, tc_devnet: Harness, tc_minted: Minted, tc_accounts: tuple[Holder, ...]
) -> None:
    """The attestors see a hole that the node's own books do not have: no coin is minted, coins still become money."""
    chloe = tc_accounts[2]
    tc_minted("300.00", chloe.address)
    tc_devnet.bank.control("misbehave", iban=tc_devnet.bank.iban, behaviour="short", amount="10200.00")
    tc_devnet.client.attestations.start()
    assert "reserve" in str(says(tc_devnet, "attestation.mismatch"))
    with pytest.raises(ApiUnavailable, match="books differ"):
        ordered(tc_devnet, "700.00", chloe)
    tc_devnet.bank.credit("700.00", reference=chloe.reference)
    ended(tc_devnet, redeem(tc_devnet, chloe, "100.00"))
    assert [row["amount"] for row in tc_devnet.client.mint_orders.list(state="issued")] == ["300.00"]
    assert supply(tc_devnet) == "200000000"
