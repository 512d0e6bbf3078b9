"""Where each deposit and each payout stands in the bank's book: still owed, taken back, paid, come back."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tradecoin.domain.classify import undone
from tradecoin.domain.deposit import EntryKind
from tradecoin.parties.book import Payment
from tradecoin.signing.refs import deposit_return_id


def stem(end_to_end_id: str) -> str:
    """Return an EndToEndId of ours without its attempt: what all attempts share."""
    return end_to_end_id.rpartition("-")[0]


@dataclass
class Standing:
    """The account's payments, added up.

    `deposits` are credits by deposit key, also those in `gone`: taken back by the bank, or sent back by us. `paid` is,
    by the stem of the EndToEndId, how many attempts were booked less how many came back; `back` the last of these.
    """

    deposits: dict[bytes, Payment] = field(default_factory=dict)
    gone: set[bytes] = field(default_factory=set)
    paid: Counter[str] = field(default_factory=Counter)
    back: dict[str, Payment] = field(default_factory=dict)


def standing(payments: Sequence[Payment]) -> Standing:
    """Add up payments, oldest first."""
    result = Standing()
    for at, payment in enumerate(payments):
        if payment.kind is EntryKind.DEPOSIT_REVERSED:
            _take_back(result, payment, payments[:at])
        else:
            _add(result, payment, payment.kind)
    _send_back(result)
    return result


def _add(result: Standing, payment: Payment, kind: EntryKind) -> None:
    """Count one payment."""
    if kind is EntryKind.DEPOSIT:
        result.deposits[payment.key] = payment
    elif kind in (EntryKind.PAYOUT_BOOKED, EntryKind.DEPOSIT_RETURNED):
        result.paid[stem(payment.end_to_end_id)] += 1
    elif kind is EntryKind.PAYOUT_RETURNED:
        result.paid[stem(payment.end_to_end_id)] -= 1
        result.back[stem(payment.end_to_end_id)] = payment


def _take_back(result: Standing, reversal: Payment, before: Sequence[Payment]) -> None:
    """Undo what a reversal names; one that names nothing we know is money lost, and takes nothing from a depositor."""
    for original in _originals(result, reversal, before):
        if original.kind is EntryKind.DEPOSIT:
            result.gone.add(original.key)
        elif original.kind is EntryKind.PAYOUT_RETURNED:
            _add(result, original, undone(original.kind))


def _originals(result: Standing, reversal: Payment, before: Sequence[Payment]) -> Iterable[Payment]:
    """Return what a reversal takes back: by the bank's reference of the booking, else by what both have in common."""
    if reversal.undoes:
        return [one for one in before if one.entry == reversal.undoes]
    alike = (
        one
        for one in reversed(before)
        if one.amount == -reversal.amount and one.key not in result.gone and _has_a_name_of(one, reversal)
    )
    return [one for one in (next(alike, None),) if one is not None]


def _has_a_name_of(one: Payment, reversal: Payment) -> bool:
    """Whether two payments share the bank's reference, the end-to-end id, a payment reference or the remittance."""
    return (
        one.entry == reversal.entry
        or (one.end_to_end_id == reversal.end_to_end_id != "")
        or not one.payees.isdisjoint(reversal.payees)
        or (one.remittance == reversal.remittance != "")
    )


def _send_back(result: Standing) -> None:
    """Mark the deposits that we sent back, unless that payment came back too."""
    sent = {name for name, count in result.paid.items() if name.startswith("D") and count > 0}
    if sent:
        result.gone |= {key for key in result.deposits if stem(deposit_return_id(key, 1)) in sent}
