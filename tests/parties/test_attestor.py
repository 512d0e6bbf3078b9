"""What an auditor refuses, and what it signs."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parties.auditing import FEW, HUNDRED, agreed, credit, later, refused, settling_world, signed
from tests.parties.fakes import ALICE, START, coins
from tests.parties.world import SALT, World, figures, lines, seconds
from tradecoin.domain.attestation import Claim, Figures
from tradecoin.domain.money import Coins
from tradecoin.parties.attestor import Attestor, AttestorConfig, accept_fork, explain
from tradecoin.signing.refs import claim_account
from tradecoin.signing.wire import from_json, to_json


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


def test_a_cut_in_whole_seconds_stands_for_any_instant_of_its_second(auditor: World) -> None:
    """What is signed counts seconds; figures of no instant within are refused, and those of the second's start told."""
    one, two = credit(auditor, 60), credit(auditor, 40)
    for line, stamp in zip(auditor.bank.lines, ("05.250", "05.750"), strict=True):
        line["booked_at"] = f"2026-11-02T09:00:{stamp}Z"
    cut = START + seconds(5)
    auditor.bank.now = auditor.now = START + seconds(60)
    both = {one: coins(60).units, two: coins(40).units}
    only_two = auditor.statement(figures(reserves=40, claims=40), {two: coins(40).units}, cut=cut)
    status, body = auditor.sign("attestation", only_two)
    assert (status, from_json(Figures, body["figures"])) == (409, figures())
    signed(auditor, auditor.statement(HUNDRED, both, cut=cut))
    auditor.chain.head = b"\1" * 32
    signed(auditor, auditor.statement(figures(reserves=60, claims=60), {one: coins(60).units}, cut=cut))
    auditor.chain.head = b"\2" * 32
    signed(auditor, auditor.statement(figures(), {}, cut=cut))


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
