"""A statement that is to be signed beside the auditor's own figures: every line that differs."""

from collections.abc import Iterator
from typing import Final

from tradecoin.domain.money import Coins, CoinScale
from tradecoin.parties.answers import Difference
from tradecoin.parties.figures import View
from tradecoin.parties.messages import AttestationMessage
from tradecoin.signing.tree import ClaimTree, SumTooLarge

_AMOUNTS: Final = ("reserves", "encumbered", "settling", "claims", "supply")
_NONE: Final = "none"


def compare_figures(own: View, request: AttestationMessage, scale: CoinScale) -> Iterator[Difference]:
    """Compare the figures line by line, in whole tokens."""
    for name in _AMOUNTS:
        mine: Coins = getattr(own.figures, name)
        yours: Coins = getattr(request.figures, name)
        if mine != yours:
            yield Difference(name, scale.text(mine), scale.text(yours))
    mine_left, yours_left = own.figures.equity_units, request.figures.equity_units
    if mine_left != yours_left:
        yield Difference("equity", _signed(scale, mine_left), _signed(scale, yours_left))


def compare_claims(own: View, request: AttestationMessage, scale: CoinScale) -> Iterator[Difference]:
    """Compare the claims leaf by leaf with the auditor's list, and the root with the tree of those leaves."""
    yours: dict[str, int] = {}
    for claim in request.claims:
        if claim.account in yours or len(claim.salt) != 32:
            yield Difference(f"claim {claim.account}", "once, with a salt of 32 bytes", "twice, or another salt")
            return
        yours[claim.account] = claim.amount.units
    for account in sorted(own.claims.keys() | yours.keys()):
        mine, theirs = own.claims.get(account), yours.get(account)
        if mine != theirs:
            yield Difference(f"claim {account}", _text(scale, mine), _text(scale, theirs))
    try:
        root = ClaimTree.of(request.claims).root
    except SumTooLarge:
        yield Difference("claims", "a sum within uint128", "more")
        return
    if root != request.claims_root:
        yield Difference("claims root", f"0x{root.hex()}", f"0x{request.claims_root.hex()}")


def _text(scale: CoinScale, units: int | None) -> str:
    """Write an amount that may be missing."""
    return _NONE if units is None else scale.text(Coins(units))


def _signed(scale: CoinScale, units: int) -> str:
    """Write an amount that may be below zero."""
    return ("-" if units < 0 else "") + scale.text(Coins(abs(units)))
