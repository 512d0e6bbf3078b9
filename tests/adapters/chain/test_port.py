"""The Chain port: what the fake promises, the real chains keep."""

import itertools
from collections.abc import Iterator

import pytest

from tests.adapters.chain.grounds import FakeGround, Ground, RpcGround, engines, ground_of
from tests.fakes.chain import with_higher_fees
from tradecoin.domain.chain import Call
from tradecoin.ports.chain import ChainUnreachable, SendResult, TxFields

_GWEI = 10**9


@pytest.fixture(scope="module", params=engines())
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Return one chain of each kind for all tests."""
    with ground_of(request.param, tmp_path_factory.mktemp("ground")) as ground:
        yield ground


@pytest.fixture
def ground(opened: FakeGround | RpcGround) -> Ground:
    """Return the chain as it was in the beginning."""
    if isinstance(opened, RpcGround):
        opened.renew()
        return opened
    return FakeGround()


def _fields(ground: Ground, nonce: int, **changes: int) -> TxFields:
    terms = {"gas_limit": 21_000, "max_fee": 20 * _GWEI, "priority_fee": _GWEI, "value": 1} | changes
    return TxFields(chain_id=ground.chain.chain_id, nonce=nonce, to=ground.keys.address("admin"), data=b"", **terms)


def _send(ground: Ground, fields: TxFields, sender: str = "relay") -> tuple[SendResult, str]:
    raw, hash_ = ground.keys.sign(sender, fields)
    return ground.chain.send_raw(raw), hash_


def _nonce(ground: Ground) -> int:
    return ground.chain.nonce(ground.keys.address("relay"))


def test_a_block_that_is_not_there_is_not_made_up(ground: Ground) -> None:
    """Beyond the head the endpoint has no answer."""
    head = ground.chain.head().number
    with pytest.raises(ChainUnreachable):
        ground.chain.blocks(head, head + 1)


def test_a_used_nonce_is_too_low(ground: Ground) -> None:
    """By meaning, whatever the words."""
    first = _nonce(ground)
    _send(ground, _fields(ground, first))
    ground.mine()
    assert _send(ground, _fields(ground, first, value=2))[0] is SendResult.NONCE_TOO_LOW


def test_a_replacement_must_offer_more(ground: Ground) -> None:
    """The same nonce for the same fees is underpriced; for 15 % more it replaces, and one of the two is mined."""
    fields = _fields(ground, _nonce(ground))
    _, old = _send(ground, fields)
    assert _send(ground, _fields(ground, fields.nonce, value=2))[0] is SendResult.UNDERPRICED
    result, new = _send(ground, with_higher_fees(fields, 15))
    assert result is SendResult.ACCEPTED
    ground.mine()
    assert ground.chain.receipt(old) is None
    assert ground.chain.receipt(new) is not None


def test_a_key_without_money_is_told_so(ground: Ground) -> None:
    """Gas and value must be there before anything is taken."""
    ground.drain("payer")
    nonce = ground.chain.nonce(ground.keys.address("payer"))
    assert _send(ground, _fields(ground, nonce), "payer")[0] is SendResult.INSUFFICIENT_FUNDS


def test_too_little_gas_is_refused_for_good(ground: Ground) -> None:
    """Sending the same bytes again would change nothing."""
    assert _send(ground, _fields(ground, _nonce(ground), gas_limit=20_000))[0] is SendResult.REFUSED


def test_a_transaction_is_known_until_it_is_mined(ground: Ground) -> None:
    """Accepted, already known, then a receipt in its block."""
    fields = _fields(ground, _nonce(ground))
    result, hash_ = _send(ground, fields)
    assert result is SendResult.ACCEPTED
    assert _send(ground, fields)[0] is SendResult.ALREADY_KNOWN
    assert ground.chain.receipt(hash_) is None
    assert ground.chain.nonce(ground.keys.address("relay"), pending=True) == fields.nonce + 1
    ground.mine()
    receipt = ground.chain.receipt(hash_)
    assert receipt is not None
    assert (receipt.succeeded, receipt.block) == (True, ground.chain.head())
    assert _nonce(ground) == fields.nonce + 1


def test_a_gap_is_not_mined_before_it_is_filled(ground: Ground) -> None:
    """A nonce ahead of its time waits, or is refused as a gap; it never jumps."""
    first = _nonce(ground)
    result, later = _send(ground, _fields(ground, first + 1))
    assert result in (SendResult.ACCEPTED, SendResult.NONCE_GAP)
    ground.mine()
    assert _nonce(ground) == first
    assert ground.chain.receipt(later) is None
    _send(ground, _fields(ground, first))
    ground.mine(2)
    assert _nonce(ground) == first + 2


def test_blocks_name_their_parents(ground: Ground) -> None:
    """A range comes in order, ends included, and its last is the head."""
    ground.mine(4)
    head = ground.chain.head()
    blocks = ground.chain.blocks(head.number - 3, head.number)
    assert [block.number for block in blocks] == list(range(head.number - 3, head.number + 1))
    assert all(new.parent == old.hash for old, new in itertools.pairwise(blocks))
    assert blocks[-1] == head
    assert ground.chain.final_number() == head.number - 2


def test_a_dropped_block_takes_its_receipt_along(ground: Ground) -> None:
    """After a reorganisation the transaction is nowhere and its nonce is free again."""
    first = _nonce(ground)
    ground.mine()
    _, hash_ = _send(ground, _fields(ground, first))
    ground.mine()
    old = ground.chain.head()
    ground.reorg(1)
    assert ground.chain.head().number == old.number
    assert ground.chain.head().hash != old.hash
    assert ground.chain.receipt(hash_) is None
    assert _nonce(ground) == first


def test_fees_and_balances_are_numbers(ground: Ground) -> None:
    """In wei; there is always a base fee here."""
    assert ground.chain.fees().base > 0
    assert ground.chain.fees().tip >= 0
    assert ground.chain.balance(ground.keys.address("relay")) > 10**18


def test_ready_calldata_is_passed_through(ground: Ground) -> None:
    """A Call without a function carries an address and bytes."""
    to = ground.keys.address("admin")
    assert ground.chain.encode(Call(to, "", (b"\x01\x02",))) == (to, b"\x01\x02")
