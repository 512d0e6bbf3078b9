"""Which figures an auditor finds, from the bank's book and the chain."""

from pathlib import Path

from tests.parties.auditing import HUNDRED, agreed, credit, later, settling_world, signed
from tests.parties.fakes import coins
from tests.parties.world import World, figures, key_of, seconds
from tradecoin.domain.attestation import Figures
from tradecoin.domain.money import Coins
from tradecoin.parties.attestor import Attestor
from tradecoin.signing.refs import deposit_return_id


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
