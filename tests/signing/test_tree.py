"""The claims tree."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tradecoin.domain.attestation import Claim
from tradecoin.domain.money import MAX_COIN_UNITS, Coins
from tradecoin.signing.hashing import ZERO_32, keccak
from tradecoin.signing.tree import ClaimTree, SumTooLarge, account_hash, verify_claim

AMOUNTS = st.integers(1, 10**24).map(Coins)
CLAIMS = st.builds(Claim, st.text(min_size=1, max_size=8), st.binary(min_size=32, max_size=32), AMOUNTS)
LISTS = st.lists(CLAIMS, min_size=1, max_size=9)
SALT = b"\5" * 32


def shown(tree: ClaimTree, claim: Claim, index: int, siblings: bytes, *, more: int = 0) -> bool:
    """Verify a claim against a tree's root and sum, `more` added to the sum."""
    return verify_claim(
        tree.root,
        Coins(tree.total.units + more),
        account=account_hash(claim.account),
        salt=claim.salt,
        amount=claim.amount,
        index=index,
        siblings=siblings,
    )


def test_claims_beyond_the_type_are_refused() -> None:
    """A sum that wraps would hide a debt."""
    huge = Claim("one", SALT, Coins(MAX_COIN_UNITS))
    with pytest.raises(SumTooLarge):
        ClaimTree.of([huge, Claim("two", SALT, Coins(1))])


def test_a_proof_whose_sums_wrap_is_refused() -> None:
    """As in the contract: a sibling that would take the sum beyond 128 bits proves nothing."""
    tree = ClaimTree.of([Claim("one", SALT, Coins(5)), Claim("two", SALT, Coins(6))])
    wrapping = tree.proof(0)[:32] + b"\xff" * 16
    assert not shown(tree, Claim("one", SALT, Coins(5)), 0, wrapping)


def test_a_torn_proof_is_refused_also_where_the_missing_part_is_zero() -> None:
    """The contract takes whole pieces only."""
    claim = Claim("one", SALT, Coins(5))
    tree = ClaimTree.of([claim, Claim("two", SALT, Coins(0))])
    assert shown(tree, claim, 0, tree.proof(0))
    assert not shown(tree, claim, 0, tree.proof(0)[:32])


def test_no_claims_have_no_root() -> None:
    """Root and sum are zero, and nothing can be shown."""
    tree = ClaimTree.of([])
    assert (tree.root, tree.total) == (ZERO_32, Coins(0))
    assert not shown(tree, Claim("one", SALT, Coins(0)), 0, b"")


def test_a_single_claim_is_its_own_root() -> None:
    """The bytes that the contract hashes, spelled out once."""
    claim = Claim("account", SALT, Coins(7))
    tree = ClaimTree.of([claim])
    hidden = keccak(keccak(b"account") + SALT)
    assert tree.root == keccak(b"\0" + hidden + (7).to_bytes(16, "big"))
    assert shown(tree, claim, 0, b"")


def test_three_claims_lie_beside_an_empty_leaf() -> None:
    """The fourth place has hash and sum zero, as written down."""
    claims = [Claim(name, SALT, Coins(amount)) for name, amount in (("a", 1), ("b", 2), ("c", 4))]
    tree = ClaimTree.of(claims)
    (a, _), (b, _), (c, _), (empty, nothing) = tree.levels[0]
    left = keccak(b"\1" + a + (1).to_bytes(16, "big") + b + (2).to_bytes(16, "big"))
    right = keccak(b"\1" + c + (4).to_bytes(16, "big") + bytes(48))
    assert (empty, nothing) == (ZERO_32, 0)
    assert tree.root == keccak(b"\1" + left + (3).to_bytes(16, "big") + right + (4).to_bytes(16, "big"))
    assert tree.proof(2) == bytes(48) + left + (3).to_bytes(16, "big")


@given(LISTS)
def test_every_claim_can_be_shown(claims: list[Claim]) -> None:
    """Each with its own proof, and the sum is the sum."""
    tree = ClaimTree.of(claims)
    assert tree.total == Coins.total(claim.amount for claim in claims)
    assert all(shown(tree, claim, index, tree.proof(index)) for index, claim in enumerate(claims))


@given(LISTS, st.data())
def test_a_changed_leaf_is_refused(claims: list[Claim], data: st.DataObject) -> None:
    """Another account, salt or amount, by as little as one unit."""
    tree = ClaimTree.of(claims)
    index = data.draw(st.integers(0, len(claims) - 1))
    claim = claims[index]
    for changed in (
        replace(claim, account=claim.account + "'"),
        replace(claim, salt=keccak(claim.salt)),
        replace(claim, amount=claim.amount + Coins(1)),
    ):
        assert not shown(tree, changed, index, tree.proof(index))


@given(LISTS, st.data())
def test_a_changed_sibling_is_refused(claims: list[Claim], data: st.DataObject) -> None:
    """Every bit of hash and sum counts; so do a piece too many, too few, and a torn one."""
    tree = ClaimTree.of(claims)
    assume(len(tree.levels) > 1)
    index = data.draw(st.integers(0, len(claims) - 1))
    siblings = tree.proof(index)
    bit = data.draw(st.integers(0, 8 * len(siblings) - 1))
    flipped = bytearray(siblings)
    flipped[bit // 8] ^= 1 << bit % 8
    for changed in (bytes(flipped), siblings[:-48], siblings + bytes(48), siblings[:-1]):
        assert not shown(tree, claims[index], index, changed)


@given(LISTS, st.data())
def test_another_index_or_sum_is_refused(claims: list[Claim], data: st.DataObject) -> None:
    """The place is part of the proof, also beyond the tree's width."""
    tree = ClaimTree.of(claims)
    index = data.draw(st.integers(0, len(claims) - 1))
    other = data.draw(st.integers(0, 4 * len(tree.levels[0])).filter(lambda at: at != index))
    twins = other < len(claims) and claims[other] == claims[index] and tree.proof(other) == tree.proof(index)
    assert twins or not shown(tree, claims[index], other, tree.proof(index))
    assert not shown(tree, claims[index], index, tree.proof(index), more=1)


@given(st.lists(CLAIMS, min_size=2, max_size=9, unique=True), st.randoms())
def test_another_order_is_another_root(claims: list[Claim], random: st.DataObject) -> None:
    """Claims that change places change the root."""
    mixed = list(claims)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert (ClaimTree.of(mixed).root == ClaimTree.of(claims).root) == (mixed == claims)


@given(LISTS)
def test_an_empty_leaf_cannot_be_shown(claims: list[Claim]) -> None:
    """Nobody can claim a place that was only filled up."""
    tree = ClaimTree.of(claims)
    for index in range(len(claims), len(tree.levels[0])):
        assert not shown(tree, Claim("", bytes(32), Coins(0)), index, tree.proof(index))


def test_there_is_no_proof_beyond_the_leaves() -> None:
    """A place that is not there is an error of the caller."""
    with pytest.raises(IndexError):
        ClaimTree.of([]).proof(1)
