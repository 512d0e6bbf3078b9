"""A bank signer's checks of a voucher, one a line of the answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tradecoin.domain.mint import Voucher
from tradecoin.domain.money import CoinScale, Currency, coins_for
from tradecoin.parties.answers import Difference
from tradecoin.parties.book import Payment
from tradecoin.parties.messages import Ground
from tradecoin.parties.standing import Standing, stem
from tradecoin.signing.hashing import ZERO_32, BadAddress, address_bytes
from tradecoin.signing.refs import NONCE_BYTES, deposit_key, payment_reference

_NOBODY: Final = bytes(20)


@dataclass(frozen=True, slots=True)
class Rules:
    """What vouchers are checked against. `contracts` are addresses that must never be paid."""

    bank_id: str
    account: str
    currency: Currency
    scale: CoinScale
    contracts: frozenset[bytes]
    accept_operator_assignments: bool

    @property
    def minor_unit(self) -> int:
        """Base units of the currency's minor unit."""
        return int(10 ** max(0, self.scale.decimals - self.currency.exponent))


@dataclass(frozen=True, slots=True)
class Known:
    """What the signer knows by itself: the book added up, credits by deposit key, redemptions' holders by id stem."""

    book: Standing
    holders: Mapping[str, str]


def form(voucher: Voucher, rules: Rules) -> Iterator[Difference]:
    """What can be seen from a voucher alone."""
    if len(voucher.deposit) != 32 or len(voucher.order) != 32 or voucher.order == ZERO_32:
        yield Difference("order", "32 bytes that are not zero", f"0x{voucher.order.hex()}")
    amount = voucher.amount.units
    if amount == 0 or amount % rules.minor_unit:
        yield Difference("amount", f"a multiple of {rules.minor_unit} above zero", str(amount))
    if voucher.offset.units + amount > voucher.value.units:
        yield Difference("value", f"at least {voucher.offset.units + amount}", str(voucher.value.units))
    try:
        recipient = address_bytes(voucher.to)
    except BadAddress:
        recipient = _NOBODY
    if recipient == _NOBODY or recipient in rules.contracts:
        yield Difference("to", "an address that can hold coins", voucher.to)


def ground(voucher: Voucher, given: Ground, rules: Rules, known: Known) -> Iterator[Difference]:
    """What the bank's book says about a voucher."""
    if not given.bank_reference or deposit_key(rules.bank_id, rules.account, given.bank_reference) != voucher.deposit:
        yield Difference("deposit", f"the key of {given.bank_reference!r}", f"0x{voucher.deposit.hex()}")
        return
    returned = next((one for one in known.book.back.values() if one.key == voucher.deposit), None)
    credit = returned or known.book.deposits.get(voucher.deposit)
    if credit is None:
        yield Difference("credit", "no such credit is booked", given.bank_reference)
        return
    yield from _worth(voucher, credit, rules)
    if returned is not None:
        yield from _reissue(voucher, returned, known)
    else:
        yield from _first_issue(voucher, given, credit, rules, known)


def _worth(voucher: Voucher, credit: Payment, rules: Rules) -> Iterator[Difference]:
    """The credit is worth what the voucher says."""
    worth = coins_for(credit.amount, rules.scale)
    if worth != voucher.value:
        yield Difference("value", str(worth.units), str(voucher.value.units))


def _first_issue(voucher: Voucher, given: Ground, credit: Payment, rules: Rules, known: Known) -> Iterator[Difference]:
    """The credit is still there, and it is the payer, or an operator, who named the recipient."""
    if credit.key in known.book.gone:
        yield Difference("credit", "taken back or sent back", credit.reference)
    if given.assigned_by:
        if not rules.accept_operator_assignments:
            yield Difference("assigned_by", "assignments are not accepted here", given.assigned_by)
        return
    if len(given.nonce) != NONCE_BYTES:
        yield Difference("nonce", f"{NONCE_BYTES} bytes", str(len(given.nonce)))
    elif given.reference not in credit.payees:
        yield Difference("reference", " ".join(sorted(credit.payees)) or "none in the credit", given.reference)
    elif payment_reference(voucher.to, given.nonce) != given.reference:
        yield Difference("to", "not whom the payment reference commits to", voucher.to)


def _reissue(voucher: Voucher, returned: Payment, known: Known) -> Iterator[Difference]:
    """A payout that came back is issued again to the one whose coins were burned, if it was not paid again since."""
    name = stem(returned.end_to_end_id)
    holder = known.holders.get(name)
    if holder is None:
        yield Difference("credit", "no settled redemption that it came back from", returned.end_to_end_id)
    elif holder.lower() != voucher.to.lower():
        yield Difference("to", holder, voucher.to)
    if known.book.paid[name] > 0:
        yield Difference("credit", "paid again meanwhile", returned.end_to_end_id)


def within(vouchers: Sequence[Voucher]) -> Iterator[Difference]:
    """What vouchers of one request say about each other: no two draw on a common part of a deposit."""
    past: dict[bytes, int] = {}
    for at, voucher in sorted(enumerate(vouchers), key=lambda item: (item[1].deposit, item[1].offset.units)):
        if voucher.offset.units < past.get(voucher.deposit, 0):
            line = f"vouchers[{at}].offset"
            yield Difference(line, f"at least {past[voucher.deposit]}", str(voucher.offset.units))
        past[voucher.deposit] = voucher.offset.units + voucher.amount.units
