"""What an auditor refuses, and what it signs."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parties.fakes import ALICE, CHAIN_ID, RESERVES, START, coins
from tests.parties.world import SALT, World, figures, key_of, lines, seconds
from tradecoin.domain.attestation import Claim, Figures
from tradecoin.domain.money import Coins
from tradecoin.parties.attestor import Attestor, AttestorConfig, accept_fork, explain
from tradecoin.parties.messages import AttestationMessage
from tradecoin.signing.keys import load_key, recover64
from tradecoin.signing.refs import claim_account, deposit_return_id
from tradecoin.signing.typed import Domain, attestation_digest
from tradecoin.signing.wire import from_json, to_json

HUNDRED = figures(reserves=100, claims=100)
FEW = Coins(1)


def signed(world: World, request: AttestationMessage) -> str:
    """Return the signature of a statement that must be signed, after checking whose it is."""
    status, body = world.sign("attestation", request)
    assert status == 200, body
    told = request.figures
    digest = attestation_digest(
        Domain("Reserves", CHAIN_ID, RESERVES),
        signer_set=request.signer_set,
        prev=request.prev,
        reserves=told.reserves,
        encumbered=told.encumbered,
        settling=told.settling,
        claims=told.claims,
        claims_root=request.claims_root,
        evidence=request.evidence,
        cut=request.cut,
    )
    assert recover64(bytes.fromhex(body["signature"][2:]), digest) == body["signer"]
    assert body["signer"] == load_key(world.folder / "key").address
    return str(body["signature"])


def refused(world: World, request: AttestationMessage, code: str = "figures_differ") -> list[str]:
    """Return the lines that the auditor refuses a statement for."""
    status, body = world.sign("attestation", request)
    assert (status, body.get("code")) == (409, code), body
    return sorted(lines(body))


def agreed(world: World, expected: Figures, claims: dict[bytes, int] | None = None) -> None:
    """Check that the auditor finds exactly these figures: it signs them, and names them when asked for others."""
    later(world)
    wrong = replace(expected, reserves=expected.reserves + FEW)
    status, body = world.sign("attestation", world.statement(wrong, claims or {}))
    assert status == 409
    assert from_json(Figures, body["figures"]) == expected
    signed(world, world.statement(expected, claims or {}))


def later(world: World, by: int = 60) -> None:
    """Let time pass for everybody."""
    world.now = world.bank.now = max(world.now, world.bank.now, world.chain.blocks[-1]) + seconds(by)


def credit(world: World, euros: int) -> bytes:
    """Book a credit; return its deposit key."""
    key = key_of(world.bank.credit(euros))
    world.now = world.bank.now
    return key


@pytest.mark.parametrize("line", ["reserves", "encumbered", "settling", "claims", "supply"])
def test_a_figure_that_is_not_the_auditors_own_is_not_signed(auditor: World, line: str) -> None:
    """Off by the least unit, up or down, each line is refused by its name with both amounts."""
    key = credit(auditor, 100)
    mine: Coins = getattr(HUNDRED, line)
    changes: dict[str, Any] = {line: mine + FEW if mine == Coins(0) else mine - FEW}
    off = replace(HUNDRED, **changes)
    status, body = auditor.sign("attestation", auditor.statement(off, {key: coins(100).units}))
    assert status == 409
    assert line in lines(body)
    assert from_json(Figures, body["figures"]) == HUNDRED


def test_an_equity_that_is_not_the_auditors_own_is_not_signed(auditor: World) -> None:
    """A shortfall cannot be told as none."""
    key = credit(auditor, 100)
    off = replace(HUNDRED, equity_units=5)
    assert refused(auditor, auditor.statement(off, {key: coins(100).units})) == ["equity"]


def test_true_figures_are_signed_also_when_they_are_short(auditor: World) -> None:
    """A true statement that halts is the point."""
    key = credit(auditor, 100)
    auditor.chain.issue(auditor.now, key, 100)
    auditor.bank.reverse("TB000000")
    agreed(auditor, figures(reserves=0, supply=100, equity=-100))


def test_a_bank_that_holds_less_than_it_booked_is_told_so(auditor: World) -> None:
    """The balance is the bank's word at the cut, not the sum of entries that the node knows."""
    key = credit(auditor, 100)
    auditor.bank.short_by = 1_000
    agreed(auditor, figures(reserves=90, claims=100, equity=-10), {key: coins(100).units})


def test_the_claims_are_checked_leaf_by_leaf(auditor: World) -> None:
    """One left out, one too many, one too small: the sum being right does not help."""
    one, two = credit(auditor, 60), credit(auditor, 40)
    good = {one: coins(60).units, two: coins(40).units}
    for wrong in (
        {one: coins(100).units},
        {one: coins(40).units, two: coins(60).units},
        {one: coins(60).units, b"\1" * 32: coins(40).units},
        good | {b"\1" * 32: 0},
    ):
        found = refused(auditor, auditor.statement(HUNDRED, wrong))
        assert found
        assert all(line.startswith("claim 0x") for line in found)
    signed(auditor, auditor.statement(HUNDRED, good))


def test_a_root_of_another_tree_is_not_signed(auditor: World) -> None:
    """The leaves were checked, so the root must be theirs, in their order."""
    one, two = credit(auditor, 60), credit(auditor, 40)
    good = auditor.statement(HUNDRED, {one: coins(60).units, two: coins(40).units})
    assert refused(auditor, replace(good, claims_root=b"\1" * 32)) == ["claims root"]
    assert refused(auditor, replace(good, claims=good.claims[::-1])) == ["claims root"]


def test_a_claim_twice_or_without_its_salt_is_not_signed(auditor: World) -> None:
    """A claimant must be able to find the leaf, once."""
    key = credit(auditor, 100)
    good = auditor.statement(HUNDRED, {key: coins(100).units})
    claim = good.claims[0]
    for claims in ((claim, claim), (replace(claim, salt=b""),)):
        assert refused(auditor, replace(good, claims=claims)) == [f"claim {claim_account(key)}"]


def test_other_evidence_is_not_signed(auditor: World) -> None:
    """What the statement names as seen is what this auditor saw."""
    key = credit(auditor, 100)
    good = auditor.statement(HUNDRED, {key: coins(100).units})
    assert refused(auditor, replace(good, evidence=b"\1" * 32)) == ["evidence"]


def test_a_cut_far_ahead_is_not_signed(auditor: World) -> None:
    """Nobody can know; a cut a moment ahead is only not signed yet."""
    ahead = auditor.statement(figures(), {}, cut=auditor.now + timedelta(hours=1))
    assert refused(auditor, ahead, "cut_differs") == ["cut"]
    status, body = auditor.sign("attestation", auditor.statement(figures(), {}, cut=auditor.now + seconds(5)))
    assert (status, body["code"]) == (503, "not_yet")


def test_a_bank_that_has_not_come_so_far_is_waited_for(auditor: World) -> None:
    """Not seeing is not refusing."""
    auditor.now += seconds(600)
    status, body = auditor.sign("attestation", auditor.statement(figures(), {}))
    assert (status, body["code"]) == (503, "not_yet")


def test_a_cut_that_is_not_newer_than_the_heads_is_not_signed(auditor: World) -> None:
    """The contract would refuse it."""
    auditor.chain.head_cut = int(auditor.now.timestamp())
    assert refused(auditor, auditor.statement(figures(), {}), "predecessor_differs") == ["cut"]


def test_another_predecessor_or_set_is_not_signed(auditor: World) -> None:
    """A gap or a fork in the chain of statements is seen before anything is signed."""
    wrong = auditor.statement(figures(), {}, prev=b"\1" * 32, signer_set=2)
    assert refused(auditor, wrong, "predecessor_differs") == ["prev", "signer_set"]


def test_a_block_that_is_not_the_last_before_the_cut_is_not_signed(auditor: World) -> None:
    """Too early, too late, or of another chain."""
    chain = auditor.chain
    early, last = chain.mine(START - seconds(20)), chain.mine(START - seconds(10))
    late = chain.mine(START)
    for block in (early, late):
        request = auditor.statement(figures(), {}, block_number=block)
        assert refused(auditor, request, "block_differs") == ["block"]
    foreign = auditor.statement(figures(), {}, block_hash="0x" + "11" * 32)
    assert refused(auditor, foreign, "block_differs") == ["block"]
    assert refused(auditor, replace(foreign, block_number=-1), "block_differs") == ["block"]
    signed(auditor, auditor.statement(figures(), {}, block_number=last))


def test_a_block_within_the_second_of_the_cut_counts_as_after_it(auditor: World) -> None:
    """The contract counts seconds: burns of that very second are `since the cut` there."""
    auditor.chain.mine(START)
    auditor.now = auditor.bank.now = START + timedelta(milliseconds=500)
    late = auditor.statement(figures(), {}, block_number=1)
    assert refused(auditor, late, "block_differs") == ["block"]
    signed(auditor, auditor.statement(figures(), {}))


def test_a_block_that_is_not_final_yet_is_waited_for(auditor: World) -> None:
    """A lagging endpoint is no disagreement."""
    auditor.chain.finality = 1
    auditor.chain.mine(START - seconds(10))
    status, body = auditor.sign("attestation", auditor.statement(figures(), {}))
    assert (status, body["code"]) == (503, "not_yet")


def test_entries_at_the_very_cut_are_after_it(auditor: World) -> None:
    """The bank says what it held just before; milliseconds count."""
    key = credit(auditor, 100)
    auditor.bank.credit(7)
    auditor.bank.lines[-1]["booked_at"] = "2026-11-02T09:00:05.250Z"
    auditor.bank.now = auditor.now = START + timedelta(seconds=5, milliseconds=250)
    signed(auditor, auditor.statement(HUNDRED, {key: coins(100).units}))


def test_a_second_statement_after_the_same_predecessor_is_not_signed(auditor: World) -> None:
    """Nobody gets to choose between two; the same again is no second one."""
    first = auditor.statement(figures(), {})
    assert signed(auditor, first) == signed(auditor, first)
    later(auditor)
    assert refused(auditor, auditor.statement(figures(), {}), "predecessor_taken") == ["prev"]
    assert signed(auditor, first)


def test_a_statement_that_cannot_be_published_any_more_does_not_stand_in_the_way(auditor: World) -> None:
    """It is too old for the contract, or of a set that is gone."""
    signed(auditor, auditor.statement(figures(), {}))
    auditor.chain.set_number = 2
    signed(auditor, auditor.statement(figures(), {}, signer_set=2))
    auditor.chain.max_age = 60
    later(auditor, 300)
    auditor.chain.mine(auditor.now - seconds(1))
    signed(auditor, auditor.statement(figures(), {}, signer_set=2))


def test_a_statement_that_nobody_published_gives_way_to_a_later_cut(auditor: World) -> None:
    """After the time that the auditor waits for it; an earlier cut never."""
    signed(auditor, auditor.statement(figures(), {}))
    later(auditor, 601)
    earlier = auditor.statement(figures(), {}, cut=START - seconds(1))
    assert refused(auditor, earlier, "predecessor_taken") == ["prev"]
    signed(auditor, auditor.statement(figures(), {}))


def test_credits_count_until_they_are_minted(auditor: World) -> None:
    """Part by part, by what the chain says at the block."""
    key = credit(auditor, 100)
    agreed(auditor, HUNDRED, {key: coins(100).units})
    auditor.chain.head = b"\1" * 32
    auditor.chain.issue(auditor.now, key, 30)
    agreed(auditor, figures(reserves=100, claims=70, supply=30), {key: coins(70).units})
    auditor.chain.head = b"\2" * 32
    auditor.chain.issue(auditor.now, key, 70)
    agreed(auditor, figures(reserves=100, supply=100))


def test_a_mint_after_the_block_does_not_count_yet(auditor: World) -> None:
    """Bank and chain are told of as of one time."""
    key = credit(auditor, 100)
    later(auditor)
    cut = auditor.now
    auditor.chain.mine(cut - seconds(1))
    auditor.chain.issue(cut + seconds(1), key, 100)
    later(auditor)
    signed(auditor, auditor.statement(HUNDRED, {key: coins(100).units}, cut=cut))


def test_the_operators_own_money_is_equity(auditor: World) -> None:
    """Interest, capital, charges and what nobody explains are no claims."""
    auditor.bank.book(1_000, code="ACMT/MCOP/INTR")
    auditor.bank.book(5_000, code="CAMT/CAPL/XBRD")
    auditor.bank.book(-200, code="ACMT/MDOP/CHRG")
    auditor.bank.book(-800, end_to_end_id="NOT-OURS")
    agreed(auditor, figures(reserves=50, equity=50))


def test_reversed_and_returned_credits_are_no_claims(auditor: World) -> None:
    """Taken back by the bank, or sent back by us."""
    reversed_, sent_back, kept = credit(auditor, 10), credit(auditor, 20), credit(auditor, 40)
    auditor.bank.reverse("TB000000")
    auditor.bank.book(-2_000, end_to_end_id=deposit_return_id(sent_back, 1))
    assert reversed_ != kept
    agreed(auditor, figures(reserves=40, claims=40), {kept: coins(40).units})


def settling_world(world: World) -> bytes:
    """Mint 100 on a credit, ask for 40 back, and let the bank pay it."""
    key = credit(world, 100)
    world.chain.issue(world.now, key, 100)
    world.chain.request(world.now, 1, 40)
    world.bank.payout(40, request=1)
    return key


def test_escrow_that_the_bank_has_paid_is_settling_until_it_is_burned(auditor: World) -> None:
    """Burden and backing go down together."""
    settling_world(auditor)
    agreed(auditor, figures(reserves=60, settling=40, supply=100))
    auditor.chain.head = b"\1" * 32
    auditor.chain.settle(auditor.now, 1, 40)
    agreed(auditor, figures(reserves=60, supply=60))


def test_escrow_that_went_back_to_its_holder_is_not_settling(auditor: World) -> None:
    """Paid and given back is the issuer's loss, and the statement says so."""
    settling_world(auditor)
    auditor.chain.cancel(auditor.now, 1)
    agreed(auditor, figures(reserves=60, supply=100, equity=-40))


def test_a_payout_that_came_back_before_the_burn_is_not_settling(auditor: World) -> None:
    """Coins and money are both there again."""
    settling_world(auditor)
    auditor.bank.give_back(40, request=1)
    agreed(auditor, figures(reserves=100, supply=100))


def test_a_payout_that_came_back_after_the_burn_encumbers_until_it_is_paid_again(auditor: World) -> None:
    """Owed in cash, it backs no coins."""
    settling_world(auditor)
    auditor.chain.settle(auditor.now, 1, 40)
    auditor.bank.give_back(40, request=1)
    agreed(auditor, figures(reserves=100, encumbered=40, supply=60))
    auditor.chain.head = b"\1" * 32
    auditor.bank.payout(40, request=1, attempt=2)
    agreed(auditor, figures(reserves=60, supply=60))


def test_a_returned_payout_chosen_for_reissue_is_a_claim_until_it_is_minted(auditor: World) -> None:
    """The node chooses by putting it among the claims; it never counts twice."""
    settling_world(auditor)
    auditor.chain.settle(auditor.now, 1, 40)
    back = key_of(auditor.bank.give_back(40, request=1))
    later(auditor)
    signed(auditor, auditor.statement(figures(reserves=100, claims=40, supply=60), {back: coins(40).units}))
    auditor.chain.head = b"\1" * 32
    auditor.chain.issue(auditor.now, back, 40)
    agreed(auditor, figures(reserves=100, supply=100))


def test_coins_burned_without_a_payment_are_owed(auditor: World) -> None:
    """A payer key that burns without paying is seen at the next statement."""
    key = credit(auditor, 100)
    auditor.chain.issue(auditor.now, key, 100)
    auditor.chain.request(auditor.now, 1, 40)
    auditor.chain.settle(auditor.now, 1, 40)
    agreed(auditor, figures(reserves=100, encumbered=40, supply=60))


def test_a_charge_netted_into_a_payout_is_the_operators(auditor: World) -> None:
    """The holder's payment is whole; what the bank kept comes out of equity."""
    settling_world(auditor)
    auditor.bank.lines[-1] |= {"amount": "40.50", "charges": "0.50"}
    agreed(auditor, Figures(Coins(59_500_000), Coins(0), coins(40), Coins(0), coins(100), -500_000))


def test_minimum_equity_never_backs_coins(tmp_path: Path) -> None:
    """It is held out of the backing by agreement."""
    with World(tmp_path).serving(Attestor, minimum_equity=coins(5)) as world:
        world.bank.book(1_000, code="CAMT/CAPL/XBRD")
        agreed(world, figures(reserves=10, encumbered=5, equity=10))


def test_an_overdrawn_account_holds_nothing(auditor: World) -> None:
    """And the lack of it is stated."""
    auditor.bank.book(-1_000, end_to_end_id="NOT-OURS")
    agreed(auditor, figures(equity=-10))


def test_an_auditor_stops_when_a_final_block_changes(auditor: World) -> None:
    """Deletes nothing, signs nothing, until an operator has decided."""
    auditor.chain.mine(START - seconds(10))
    signed(auditor, auditor.statement(figures(), {}))
    auditor.chain.salt = b"another"
    auditor.chain.head = b"\1" * 32
    later(auditor)
    status, body = auditor.sign("attestation", auditor.statement(figures(), {}))
    assert (status, body["code"]) == (409, "chain_forked")


def test_after_the_operators_word_an_auditor_reads_the_chain_anew(tmp_path: Path) -> None:
    """What it signed stays remembered."""
    world = World(tmp_path)
    with world.serving(Attestor):
        world.chain.mine(START - seconds(10))
        signed(world, world.statement(figures(), {}))
        world.chain.salt = b"another"
        accept_fork(AttestorConfig(**world.common("http://127.0.0.1:1", "http://127.0.0.1:1")))
        later(world)
        assert refused(world, world.statement(figures(), {}), "predecessor_taken") == ["prev"]


def test_another_chain_behind_the_endpoint_is_no_view(auditor: World) -> None:
    """An endpoint of another chain is as good as none."""
    auditor.chain.chain_id = 1
    status, body = auditor.sign("attestation", auditor.statement(figures(), {}))
    assert (status, body["code"]) == (503, "view_unreachable")


def test_an_auditor_explains_its_view(auditor: World) -> None:
    """Line by line, with what each sum is made of."""
    key = credit(auditor, 10)
    settling_world(auditor)
    later(auditor)
    told = explain(_config_of(auditor))
    assert f"claim {claim_account(key)}: 10.000000" in told
    assert "settling request 1: 40.000000" in told
    assert told[-6:] == [
        "reserves: 70.000000",
        "encumbered: 0.000000",
        "settling: 40.000000",
        "claims: 10.000000",
        "supply: 100.000000",
        "equity: 0.000000",
    ]


def _config_of(world: World) -> AttestorConfig:
    """Return settings under which the test's clock is the party's."""
    offset = world.folder / "clock.json"
    ahead = world.now - datetime.now(UTC)
    offset.write_text(json.dumps({"offset_seconds": int(ahead.total_seconds())}))
    settings: dict[str, Any] = world.common(world.bank_url, world.chain_url)
    return AttestorConfig(**settings | {"clock_file": offset, "data": world.folder / "other"})


def test_claims_are_named_as_the_node_names_them(auditor: World) -> None:
    """One leaf, spelled out."""
    key = credit(auditor, 100)
    good = auditor.statement(HUNDRED, {key: coins(100).units})
    assert good.claims == (Claim(claim_account(key), SALT, coins(100)),)
    assert to_json(good)["claims"][0]["amount"] == "100000000"
    assert ALICE not in str(to_json(good))
