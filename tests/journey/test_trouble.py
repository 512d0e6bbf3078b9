"""Kills, reorganisations, returned payouts: whatever happens in the middle, each thing happens once."""

import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.journey.kit import ended, feed, ordered, redeem
from tests.postgres import fresh_database
from tradecoin_devnet.demo.doors import wait_for
from tradecoin_devnet.plugin.handles import BankHandle, ChainHandle, Holder, NodeHandle
from tradecoin_devnet.plugin.harness import Harness, running

pytestmark = pytest.mark.slow
Minted = Callable[[str, str], Any]
SEED = 20261123


def test_a_node_killed_at_any_moment_finishes_everything_once(
    tc_devnet: Harness, tc_node: NodeHandle, tc_accounts: tuple[Holder, ...], tc_minted: Minted, tc_invariants: None
) -> None:
    """Three kills, wherever they hit a mint and a redemption: every order ends, no coin and no euro twice."""
    dice = random.Random(SEED)
    anna = tc_accounts[0]
    tc_minted("500.00", anna.address)
    before = _issued(tc_devnet)
    orders, redemptions = [], []
    for number in range(3):
        orders.append(ordered(tc_devnet, f"{100 + number}.00", anna))
        redemptions.append(redeem(tc_devnet, anna, f"{10 + number}.00"))
        time.sleep(dice.uniform(0, 3))
        tc_node.kill9()
        tc_node.restart()
    for order in orders:
        tc_devnet.wait_order(order)
    for redemption in redemptions:
        ended(tc_devnet, redemption)
    assert _issued(tc_devnet) == before + 3
    paid = [line["end_to_end_id"] for line in tc_devnet.bank.entries() if not line["credit"]]
    assert len(paid) == len(set(paid))


def test_a_mint_whose_block_is_reorganised_away_is_settled_once(
    tc_devnet: Harness, tc_chain: ChainHandle, tc_accounts: tuple[Holder, ...], tc_minted: Minted, tc_invariants: None
) -> None:
    """What an orphaned block said is undone, and its transaction comes again; the order is issued once."""
    dario = tc_accounts[3]
    tc_minted("5.00", dario.address)
    before = _issued(tc_devnet)
    order = ordered(tc_devnet, "77.00", dario)

    def included() -> int:
        return sum(event["type"] == "chain.Issued.included" for event in feed(tc_devnet))

    wait_for("the mint is in a block", included, lambda count: count > before)
    tc_chain.reorg(1)
    assert tc_devnet.wait_order(order)["state"] == "issued"
    assert _issued(tc_devnet) == before + 1


def test_a_payout_that_comes_back_after_the_burn_is_owed(
    tc_devnet: Harness, tc_bank: BankHandle, tc_accounts: tuple[Holder, ...], tc_minted: Minted, tc_invariants: None
) -> None:
    """The coins are burned and the money is back with us: it is shown as a payout returned, and the books agree."""
    bram = tc_accounts[1]
    tc_minted("60.00", bram.address)
    redemption = redeem(tc_devnet, bram, "40.00")
    ended(tc_devnet, redemption)
    (payout,) = tc_devnet.client.payouts.list(subject=redemption)
    tc_bank.control("misbehave", end_to_end_id=payout["end_to_end_id"], behaviour="return", after="PT0S")
    row = wait_for(
        "payout returned", lambda: tc_devnet.client.payouts.get(payout["id"]), lambda one: one["state"] == "returned"
    )
    assert row["amount"] == "40.00"
    payable = {one["account"]: one["balance"] for one in tc_devnet.client.ledger.accounts()}["redemptions_payable"]
    assert payable == "40.00"


def test_the_story_is_the_same_on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Mint, attest, redeem, pay and agree, with the node's books on a PostgreSQL server."""
    with fresh_database(migrated=False) as url, running(tmp_path_factory.mktemp("devnet"), database=url) as devnet:
        anna = devnet.accounts[0]
        assert devnet.mint("80.00", anna.address)["state"] == "issued"
        ended(devnet, redeem(devnet, anna, "30.00"))
        devnet.check_books()


def _issued(devnet: Harness) -> int:
    """Count the mints in final blocks, each log once."""
    return sum(event["type"] == "chain.Issued.final" for event in feed(devnet))
