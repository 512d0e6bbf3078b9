"""The twin by itself: money in, money out, and nothing half done."""

import pytest

from tests.twin.bench import AUDIT, BANK, CENT, COIN, PAYOUT, TERMS, Bench
from tradecoin.twin import errors
from tradecoin.twin.manager import Role
from tradecoin.twin.narrow_bank import STALE, VOID, NarrowBank
from tradecoin.twin.redemptions import Request, Status
from tradecoin.twin.reserves import Reserves
from tradecoin.twin.world import DAY, HOUR, NOTHING, Signed


def state(bench: Bench) -> list[dict[str, object]]:
    """Everything that the contracts store."""
    return [contract.state() for contract in bench.world.contracts]


def test_a_refused_batch_leaves_no_trace() -> None:
    """The second voucher is bad: the first is not spent, no coin and no event is made."""
    bench = Bench().rich()
    before, told = state(bench), len(bench.world.events)
    with pytest.raises(errors.ERC20InvalidReceiver):
        bench.mint(bench.voucher(), bench.voucher(to="token"))
    assert (state(bench), len(bench.world.events)) == (before, told)


def test_a_permit_that_fails_is_undone_while_the_request_goes_on() -> None:
    """The refused inner call changes nothing, the outer one stands."""
    bench = Bench().rich()
    bench.token.approve("bank", COIN, sender="alice")
    bench.bank.requestWithPermit(COIN, PAYOUT, bench.world.now, Signed("bob", NOTHING), sender="alice")
    assert bench.token.nonces == {}
    assert bench.bank.requests[1] == Request("alice", Status.REQUESTED, bench.world.now + 2 * DAY, 0, COIN)


@pytest.mark.parametrize("names", [(), BANK[:1], (BANK[0], BANK[0]), (BANK[1], BANK[0]), (BANK[0], "eve"), AUDIT[:2]])
def test_names_that_are_no_quorum_mint_nothing(names: tuple[str, ...]) -> None:
    """Too few, twice the same, out of order, a stranger, the other side."""
    bench = Bench()
    bench.attest(1_000 * COIN)
    with pytest.raises((errors.TooFewSignatures, errors.UnexpectedSigner)):
        bench.mint(bench.voucher(), names=names)


def test_a_name_under_another_text_counts_for_nothing() -> None:
    """A signature is a name and what it stands under."""
    bench = Bench()
    bench.attest(1_000 * COIN)
    signed = [Signed(name, NOTHING) for name in BANK]
    with pytest.raises(errors.UnexpectedSigner):
        bench.bank.mint([bench.voucher()], bench.world.now, signed, sender="anyone")


def test_money_goes_in_and_out_and_the_books_agree() -> None:
    """Deposit, mint, request, acceptance, payout: the backing is the burden at every step."""
    bench = Bench()
    bench.attest(100 * COIN)
    bench.mint(bench.voucher())
    number = bench.request()
    assert bench.bank.accept([number, 7], sender="payer") == 1
    bench.attest(90 * COIN, settling=10 * COIN)
    assert bench.reserves.coverage() == (90 * COIN, 90 * COIN)
    assert bench.bank.settle([number, 7], [PAYOUT, PAYOUT], sender="payer") == 1
    assert bench.reserves.coverage() == (90 * COIN, 90 * COIN)
    assert bench.token.totalSupply == bench.token.balanceOf("alice") == 90 * COIN


def test_a_gasless_request_is_signed_for_one_payout() -> None:
    """Another payout makes another nonce, which nobody signed."""
    bench = Bench().rich()
    now = bench.world.now
    nonce = bench.bank.authorizationNonce(PAYOUT, b"salt")
    message = ("alice", "bank", COIN, now - 1, now + 1, nonce)
    signed = Signed("alice", bench.world.digest("Token", "ReceiveWithAuthorization", message))
    with pytest.raises(errors.ERC3009InvalidSignature):
        bench.bank.requestWithAuthorization("alice", COIN, b"mine", b"salt", now - 1, now + 1, signed, sender="relayer")
    bench.bank.requestWithAuthorization("alice", COIN, PAYOUT, b"salt", now - 1, now + 1, signed, sender="relayer")
    assert bench.token.balanceOf("bank") == COIN


def test_bounds_in_blocks_are_judged_by_the_block() -> None:
    """The token's library reads both bounds as numbers of blocks when both carry its mark."""
    bench = Bench().rich()
    mark, block = 1 << 47, bench.world.block
    message = ("alice", "bob", COIN, mark | block - 1, mark | block + 1, b"n")
    signed = Signed("alice", bench.world.digest("Token", "TransferWithAuthorization", message))
    bench.world.advance(5 * DAY)
    with pytest.raises(errors.ERC3009InvalidAuthorizationTime):
        bench.token.transferWithAuthorization(*message, signed, sender="anyone")
    bench.world.block = block
    bench.token.transferWithAuthorization(*message, signed, sender="anyone")
    assert bench.token.balanceOf("bob") == COIN


def test_a_power_with_a_delay_is_used_once_and_in_its_week() -> None:
    """Scheduled, waited for, done; not before, not twice, not after."""
    bench = Bench()
    call = bench.bank, "raiseInstantCap", (10**14,)
    with pytest.raises(errors.AccessManagerUnauthorizedCall):
        bench.manager.schedule(*call, sender="guardian")
    bench.manager.schedule(*call, sender="governor")
    with pytest.raises(errors.AccessManagerAlreadyScheduled):
        bench.manager.schedule(*call, sender="governor")
    with pytest.raises(errors.AccessManagerNotReady):
        bench.bank.raiseInstantCap(10**14, sender="governor")
    bench.world.advance(Role.GOVERNOR.delay + 7 * DAY)
    with pytest.raises(errors.AccessManagerExpired):
        bench.bank.raiseInstantCap(10**14, sender="governor")
    bench.manager.schedule(*call, sender="governor")
    bench.world.advance(Role.GOVERNOR.delay)
    bench.bank.raiseInstantCap(10**14, sender="governor")
    with pytest.raises(errors.AccessManagerNotScheduled):
        bench.bank.raiseInstantCap(10**14, sender="governor")


def test_a_successor_reads_what_its_predecessor_spent() -> None:
    """And nobody signs for both sides there either."""
    bench = Bench().rich()
    bench.bank.void(PAYOUT, sender=BANK[2])
    args = bench.world, "successor", bench.manager, bench.reserves, bench.bank
    with pytest.raises(errors.CannotJoin):
        NarrowBank(*args, AUDIT, 2, TERMS)
    successor = NarrowBank(*args, BANK, 2, TERMS)
    assert (successor.spent((1).to_bytes(32, "big")), successor.spent(PAYOUT)) == (100 * COIN, VOID)


def test_after_a_wind_down_payouts_are_cut_to_whole_cents() -> None:
    """The ratio is fixed once, and never above one."""
    bench = Bench().rich()
    bench.attest(75 * COIN + CENT // 2)
    bench.world.advance(30 * DAY)
    bench.bank.windDown(sender="anyone")
    assert bench.bank.windDownRatio == (75 * COIN + CENT // 2, 100 * COIN)
    assert bench.bank.paysFor(COIN + CENT) == 75 * CENT
    assert bench.bank.halted() & STALE


@pytest.mark.parametrize(
    "wrong",
    [{"minorUnit": 0}, {"minRequest": 1}, {"sla": 11 * DAY}, {"announceDelay": HOUR - 1}, {"payer": "0x" + "00" * 20}],
)
def test_terms_out_of_bounds_are_refused(wrong: dict[str, int]) -> None:
    """The bounds of the constructors."""
    with pytest.raises(errors.OutOfBounds):
        Bench(TERMS._replace(**wrong))  # type: ignore[arg-type]


def test_an_age_out_of_bounds_is_refused() -> None:
    """No off switch: seven days at most."""
    bench = Bench()
    with pytest.raises(errors.BadMaxAge):
        Reserves(bench.world, "r", bench.manager, bench.token, 7 * DAY + 1, AUDIT, 2)
