"""From the bank's closing time to a statement in the contract: three books compared, signed by who sees the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.bank import euros
from tests.flow.world import ALICE, BOB, COIN, World
from tradecoin.domain.attestation import Attestation, Figures
from tradecoin.domain.errors import Conflict
from tradecoin.domain.ledger import Event, posting
from tradecoin.flow import attestation, attestation_record, deposit, payout
from tradecoin.flow.figures import reconcile


def _figures(row: Attestation) -> dict[str, int]:
    """Return figures in whole coins, those that are not zero."""
    told = row.figures
    assert isinstance(told, Figures)
    units = {name: getattr(told, name).units for name in ("reserves", "encumbered", "settling", "claims", "supply")}
    return {name: amount // COIN for name, amount in (units | {"equity": told.equity_units}).items() if amount}


# ------------------------------------------------------------------------------------------- the cut


def test_nothing_is_attested_before_a_block_of_ours(funded: World) -> None:
    """A statement from before the deployment says nothing about the chain."""
    funded.bank.gives_reports = False
    old = funded.clock.moment - timedelta(days=30)
    stated = funded.bank.day()
    assert stated.closing is not None
    funded.take(funded.bank.message("camt.053", replace(stated, closing=replace(stated.closing, on=old))))
    funded.steps["attest.start"]("request")
    funded.run(6)
    assert [row.state for row in funded.attestations()] == ["due"]


def test_a_complete_statement_is_the_cut(funded: World) -> None:
    """When nothing was booked since it closed, no report is asked for."""
    funded.run(3)
    funded.bank.gives_reports = False
    funded.bank.statement()
    funded.poll()
    closed = funded.read(lambda tx: tx.statements.list())[0].closed_at
    assert funded.attest().cut == closed.replace(microsecond=0)


def test_between_day_ends_an_interim_report_is_the_cut(funded: World) -> None:
    """A credit since the last statement is to be in the figures."""
    funded.bank.statement()
    funded.bank.post("10.00")
    funded.poll()
    row = funded.attest()
    assert _figures(row) == {"reserves": 1010, "claims": 10, "equity": 1000}
    assert funded.read(lambda tx: tx.statements.get(row.statement_id)).kind == "camt.052"


def test_a_bank_that_is_silent_ends_in_waiting(funded: World) -> None:
    """It is no error, and the attestation goes on when the bank is back."""
    funded.bank.unreachable = True
    funded.steps["attest.start"]("request")
    funded.run(4)
    assert [row.state for row in funded.attestations()] == ["due"]
    funded.bank.unreachable = False
    funded.until(lambda: funded.attestations(state="final"))


def test_an_attestation_starts_by_the_clock(funded: World) -> None:
    """When the last cut has grown older than the interval."""
    first = funded.attest()
    attestation.start_when_due(store=funded.store, chain=funded.chain, terms=funded.terms)
    assert len(funded.attestations()) == 1
    funded.clock.advance(hours=13)
    attestation.start_when_due(store=funded.store, chain=funded.chain, terms=funded.terms)
    funded.until(lambda: funded.chain.state.head != first.digest)
    funded.settle_chain()
    assert [row.state for row in funded.attestations()] == ["superseded", "final"]
    assert funded.last_final().prev == first.digest


def test_one_attestation_runs_at_a_time(funded: World) -> None:
    """A second wish finds the first."""
    ids = {funded.store.write(lambda tx: attestation_record.start(tx=tx, cause="twice")).id for _ in range(3)}
    assert len(ids) == 1


# ------------------------------------------------------------------------------------------- the three books


def test_a_cent_that_the_bank_does_not_have_stops_minting_at_once(funded: World) -> None:
    """The line is named with both figures; when it is mended, minting resumes by itself."""
    funded.bank.withheld = euros("0.01")
    funded.pay_in()
    funded.until(lambda: funded.read(lambda tx: tx.get_value("mint.stopped")))
    said = funded.read(lambda tx: tx.get_value("mint.stopped"))
    assert said == "bank reserve: 1099.99 outside, 1100.00 in the books"
    funded.run(6)
    assert funded.held() == 0
    funded.bank.withheld = euros("0.00")
    funded.until(lambda: funded.held() == 100)
    assert (funded.feed().count("attestation.mismatch"), funded.feed().count("attestation.agrees")) == (1, 1)


def test_a_cent_that_only_the_ledger_has_stops_minting_at_once(funded: World) -> None:
    """A deposit's entry that no credit stands behind."""
    at = funded.clock.now()
    one = posting(Event.CREDIT_BOOKED, euros("0.01"), key="forged", subject="dp_x", at=at)
    other = posting(Event.LOSS, euros("0.01"), key="forged too", subject="dp_x", at=at)
    funded.store.write(lambda tx: tx.books.post(one, other))
    funded.clock.advance(seconds=1)
    funded.pay_in()
    funded.until(lambda: funded.read(lambda tx: tx.get_value("mint.stopped")))
    assert funded.read(lambda tx: tx.get_value("mint.stopped")) == (
        "deposits unminted: 100.00 outside, 100.01 in the books"
    )
    assert funded.held() == 0


def test_a_cent_that_only_the_chain_has_stops_minting_at_once(funded: World) -> None:
    """Coins from nowhere."""
    funded.minted()
    funded.chain.state.balances[BOB] = 10_000
    funded.pay_in("2000.00", to=BOB)
    funded.until(lambda: funded.read(lambda tx: tx.get_value("mint.stopped")))
    assert funded.read(lambda tx: tx.get_value("mint.stopped")) == (
        "coins outstanding and in escrow: 100.01 outside, 100.00 in the books"
    )
    funded.run(5)
    assert funded.held(BOB) == 0


def test_redemption_goes_on_while_the_books_differ(funded: World) -> None:
    """Who wants to leave can leave."""
    funded.minted()
    funded.bank.withheld = euros("0.01")
    funded.steps["attest.start"]("request")
    funded.until(lambda: funded.read(lambda tx: tx.get_value("mint.stopped")))
    funded.redeemed()
    assert funded.held() == 60


# ------------------------------------------------------------------------------------------- signatures


def test_one_attestor_down_changes_nothing(funded: World) -> None:
    """Two of three are enough, and named."""
    funded.attestors[1].down = True
    row = funded.attest()
    assert set(row.signers) == {funded.attestors[at].key.address for at in (0, 2)}


def test_two_attestors_down_stop_minting_say_so_and_let_holders_leave(funded: World) -> None:
    """Silence is no difference: the books are not said to differ."""
    funded.minted()
    for at in (0, 1):
        funded.attestors[at].down = True
    funded.pay_in("2000.00", to=BOB)
    funded.redeemed()
    (row,) = funded.attestations(state="reconciled")
    assert [one.split(":")[0] for one in row.differences] == ["attestor-0", "attestor-1"]
    assert funded.feed().count("attestation.waiting") == 1
    assert not funded.read(lambda tx: tx.get_value("mint.stopped"))
    assert (funded.held(ALICE), funded.held(BOB)) == (60, 0)
    funded.attestors[0].down = False
    funded.until(lambda: funded.held(BOB) == 2000)


def test_figures_that_do_not_cover_are_published_and_halt_the_contract(funded: World) -> None:
    """Bank and attestors agree that it is less; nobody needs the ledger's word for it."""
    funded.minted("900.00")
    funded.bank.withheld = euros("1500.00")
    funded.clock.advance(seconds=60)
    funded.steps["attest.start"]("request")
    funded.until(lambda: "not_covered" in funded.chain.reserve_view().halted)


def test_short_figures_of_the_attestors_replace_ours(funded: World) -> None:
    """Only they see less: the node publishes what they sign, with the evidence of their figures, and stops minting."""
    funded.minted("900.00")
    for one in funded.attestors:
        one.bank = replace(funded.bank, withheld=euros("1500.00"))
    funded.steps["attest.start"]("request")
    funded.until(lambda: "not_covered" in funded.chain.reserve_view().halted)
    funded.settle_chain()
    assert _figures(funded.last_final()) == {"reserves": 400, "supply": 900, "equity": -500}
    assert "reserves: 400.000000 there, 1900.000000 here" in (
        funded.read(lambda tx: tx.get_value("mint.stopped")) or ""
    )


def test_a_changed_set_of_auditors_is_asked_again(funded: World) -> None:
    """Signatures of the old set are of no use."""
    funded.hold("chain.send")
    funded.steps["attest.start"]("request")
    funded.until(lambda: funded.attestations(state="submitted"))
    funded.chain.state.audit_set = 2
    funded.let_go("chain.send")
    funded.until(lambda: funded.attestations(state="final"))
    assert funded.last_final().signer_set == 2


def test_a_statement_that_somebody_else_overtook_is_made_anew(funded: World) -> None:
    """Its predecessor is no longer the head."""
    funded.hold("chain.send")
    funded.steps["attest.start"]("request")
    funded.until(lambda: funded.attestations(state="submitted"))
    funded.chain.state.head = b"\x99" * 32
    funded.let_go("chain.send")
    funded.until(lambda: funded.attestations(state="final"))
    assert funded.last_final().prev == b"\x99" * 32


def test_an_attestation_of_strangers_is_told_and_not_adopted(funded: World) -> None:
    """It replaces ours as the head all the same."""
    row = funded.attest()
    event = funded.read(lambda tx: tx.chain.events("Attested"))[-1]
    strange = replace(event, log_index=9, args=event.args | {"digest": b"\x98" * 32})
    funded.store.write(lambda tx: attestation.note_attested(tx=tx, event=strange))
    assert "attestation.foreign" in funded.feed()
    assert funded.read(lambda tx: tx.attestations.get(row.id)).state == "superseded"


# ------------------------------------------------------------------------------------------- figures of a redemption


@pytest.mark.parametrize("burned", [False, True])
def test_a_paid_redemption_is_settling_until_its_burn(funded: World, burned: bool) -> None:
    """Reserves and supply 100, 10 paid: the burden is 90 before the burn and after it."""
    funded.minted()
    number = funded.request("10.00")
    if not burned:
        funded.hold("redeem.settle")
    funded.until(lambda: funded.state_of(number) == ("settled" if burned else "paid"))
    told = _figures(funded.attest())
    settling = {} if burned else {"settling": 10}
    assert told == {"reserves": 1090, "supply": 90 if burned else 100, "equity": 1000} | settling
    assert funded.chain.state.burden == 90 * COIN


def test_a_payout_that_came_back_before_the_burn_owes_coins(funded: World) -> None:
    """Nothing is settling and nothing encumbered: the coins are there and so is the money."""
    funded.minted()
    funded.hold("redeem.settle")
    number = funded.request("10.00")
    funded.until(lambda: funded.state_of(number) == "paid")
    funded.hold("redeem.give_back")
    funded.bank.give_back(funded.payouts()[0].end_to_end_id)
    funded.poll()
    assert _figures(funded.attest()) == {"reserves": 1100, "supply": 100, "equity": 1000}
    funded.let_go("redeem.give_back")
    funded.store.write(lambda tx: tx.put_work("redeem.give_back", "all"))
    funded.until(lambda: funded.state_of(number) == "given_back")
    assert _figures(funded.attest()) == {"reserves": 1100, "supply": 100, "equity": 1000}
    assert funded.held() == 100


@pytest.mark.parametrize("kept", ["0.00", "3.00"])
def test_a_payout_that_came_back_after_the_burn_encumbers_until_it_is_paid_again(funded: World, kept: str) -> None:
    """What came back is owed in cash, and backs no coins."""
    funded.minted()
    funded.redeemed("10.00")
    (paid,) = funded.payouts()
    funded.bank.give_back(paid.end_to_end_id, kept=kept)
    funded.poll()
    back = 10 - int(float(kept))
    assert _figures(funded.attest()) == {
        "reserves": 1090 + back,
        "encumbered": back,
        "supply": 90,
        "equity": 1000,
    }
    account = funded.account().id
    payout.repay(store=funded.store, terms=funded.terms, payout_id=paid.id, bank_account_id=account, actor="op")
    funded.until(lambda: len(funded.payouts(state="booked")) == 1)
    assert _figures(funded.attest()) == {"reserves": 1080 + back, "supply": 90, "equity": 990 + back}
    assert funded.false_lines() == []


def test_a_payout_that_is_issued_again_is_a_claim_and_then_coins(funded: World) -> None:
    """It is in the claims tree, not encumbered, or it could never be minted."""
    funded.minted()
    funded.redeemed("10.00")
    (paid,) = funded.payouts()
    funded.bank.give_back(paid.end_to_end_id)
    funded.poll()
    funded.hold("mint.plan")
    deposit.reissue(store=funded.store, terms=funded.terms, payout_id=paid.id, actor="op")
    assert _figures(funded.attest()) == {"reserves": 1100, "claims": 10, "supply": 90, "equity": 1000}
    assert funded.false_lines() == []
    funded.let_go("mint.plan")
    funded.until(lambda: funded.held() == 100)
    assert _figures(funded.attest()) == {"reserves": 1100, "supply": 100, "equity": 1000}
    assert funded.false_lines() == []


def test_what_is_paid_again_is_not_issued_again(funded: World) -> None:
    """The two ways exclude each other, in either order."""
    funded.minted()
    funded.redeemed("10.00")
    (paid,) = funded.payouts()
    funded.bank.give_back(paid.end_to_end_id)
    funded.poll()
    told = {"store": funded.store, "terms": funded.terms, "payout_id": paid.id, "actor": "op"}
    deposit.reissue(**told)  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="issued again"):
        payout.repay(**told, bank_account_id=funded.account().id)  # type: ignore[arg-type]


def test_a_statement_of_an_older_cut_speaks_of_that_time(funded: World) -> None:
    """What was minted, paid or reversed since is not in it."""
    funded.bank.gives_reports = False
    row = funded.pay_in("50.00")
    funded.run(2)
    funded.bank.statement()
    funded.poll()
    funded.bank.reverse(funded.bank.book[-1])
    funded.run(2)
    statement = funded.read(lambda tx: tx.statements.list())[0]
    block = funded.read(lambda tx: tx.chain.last_final_before(statement.closed_at))
    assert block is not None
    found = funded.read(
        lambda tx: reconcile(tx=tx, terms=funded.terms, statement=statement, block=block, supply=0, salt=b"s")
    )
    assert (found.differences, found.figures.claims.units) == ((), 50 * COIN)
    assert datetime.fromtimestamp(block.timestamp, tz=UTC) < statement.closed_at
    assert funded.read(lambda tx: tx.deposits.get(row.id)).state == "reversed"
