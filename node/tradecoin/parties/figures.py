"""An auditor's own figures: from the bank's book before the cut and the chain at the block, and nothing else."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from tradecoin.domain.attestation import Figures
from tradecoin.domain.money import Coins, CoinScale, Money, coins_for
from tradecoin.parties.history import Name, Request
from tradecoin.parties.standing import Standing, stem
from tradecoin.signing.refs import claim_account, end_to_end_id


@dataclass(frozen=True, slots=True)
class ChainAt:
    """The chain at the end of one block: supply, minted by deposit key, redemptions by number; base units."""

    supply: int
    issued: Mapping[bytes, int]
    requests: Mapping[int, Request]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the figures need to know about the token. `minimum_equity` never backs coins."""

    chain_id: int
    narrow_bank: str
    scale: CoinScale
    minimum_equity: Coins


@dataclass(frozen=True, slots=True)
class View:
    """Figures with the claims they count, by account text, and the lines that explain them."""

    figures: Figures
    claims: Mapping[str, int]
    lines: tuple[str, ...]


def view(*, terms: Terms, balance: Money, book: Standing, chain: ChainAt, chosen: Collection[str]) -> View:
    """Compute the figures.

    Returned payouts whose coins are burned are claims when `chosen` (accounts of the node's claims) names them, since
    they are to be issued again; otherwise they are owed in cash and encumber the reserves. Equity is what remains.
    """
    lines: list[str] = []
    units = coins_for(balance if balance.minor > 0 else -balance, terms.scale).units
    signed = units if balance.minor > 0 else -units
    claims = dict(_deposits(terms, book, chain))
    settling = _settling(terms, book, chain, lines)
    owed = _owed(terms, book, chain, chosen, claims, lines)
    total = sum(claims.values())
    lines += [f"claim {account}: {terms.scale.text(Coins(amount))}" for account, amount in claims.items()]
    figures = Figures(
        reserves=Coins(max(0, signed)),
        encumbered=Coins(owed) + terms.minimum_equity,
        settling=Coins(settling),
        claims=Coins(total),
        supply=Coins(chain.supply),
        equity_units=signed - (chain.supply - settling) - total - owed,
    )
    return View(figures, claims, (f"bank balance: {balance}", *lines))


def _deposits(terms: Terms, book: Standing, chain: ChainAt) -> Iterator[tuple[str, int]]:
    """Credits booked and still there, as far as they were not minted."""
    for key, payment in book.deposits.items():
        left = coins_for(payment.amount, terms.scale).units - chain.issued.get(key, 0)
        if key not in book.gone and left > 0:
            yield claim_account(key), left


def _stem_of(terms: Terms, request: int) -> str:
    """Return what the EndToEndIds of a redemption's payouts share."""
    return stem(end_to_end_id(terms.chain_id, terms.narrow_bank, request, 1))


def _settling(terms: Terms, book: Standing, chain: ChainAt, lines: list[str]) -> int:
    """Escrow whose payout the bank had booked, and whose coins still exist."""
    total = 0
    for number, request in chain.requests.items():
        if request.end is None and book.paid[_stem_of(terms, number)] > 0:
            total += request.amount
            lines.append(f"settling request {number}: {terms.scale.text(Coins(request.amount))}")
    return total


def _owed(
    terms: Terms,
    book: Standing,
    chain: ChainAt,
    chosen: Collection[str],
    claims: dict[str, int],
    lines: list[str],
) -> int:
    """Coins burned and not paid for: the payment came back, or never left. Adds the chosen ones to `claims`."""
    total = 0
    for number, request in chain.requests.items():
        name = _stem_of(terms, number)
        if request.end is not Name.SETTLED or book.paid[name] > 0:
            continue
        back = book.back.get(name)
        if back is None:
            left, account = request.paid, ""
        else:
            left = coins_for(back.amount, terms.scale).units - chain.issued.get(back.key, 0)
            account = claim_account(back.key)
        if left > 0 and account in chosen:
            claims[account] = left
        elif left > 0:
            total += left
            lines.append(f"owed for request {number}: {terms.scale.text(Coins(left))}")
    return total
