"""The state tables of the five words: every state, and every arrow that may be walked."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from tradecoin.domain.errors import IllegalTransition


class DepositState(StrEnum):
    """A credit on the reserve account, from the bank's entry to its one use."""

    SEEN = "seen"
    MATCHED = "matched"
    UNMATCHED = "unmatched"
    CONSUMED = "consumed"
    RETURN_PENDING = "return_pending"
    RETURNED = "returned"
    REVERSED = "reversed"


class OrderState(StrEnum):
    """A wish to have coins minted, from the reference to the final `Issued` event."""

    AWAITING_FUNDS = "awaiting_funds"
    FUNDED = "funded"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    BATCHED = "batched"
    ISSUED = "issued"
    PARKED = "parked"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


class BatchState(StrEnum):
    """Up to 250 vouchers that share one quorum, one transaction and one fate."""

    PLANNED = "planned"
    VOUCHERED = "vouchered"
    ATTESTED = "attested"
    PREPARED = "prepared"
    SUBMITTED = "submitted"
    INCLUDED = "included"
    FINAL = "final"
    ABANDONED = "abandoned"


class AttestationState(StrEnum):
    """A statement about bank, ledger and chain at one cut."""

    DUE = "due"
    CUT = "cut"
    RECONCILED = "reconciled"
    MISMATCHED = "mismatched"
    SIGNING = "signing"
    PREPARED = "prepared"
    SUBMITTED = "submitted"
    FINAL = "final"
    SUPERSEDED = "superseded"


class RedemptionState(StrEnum):
    """Coins on their way back, from the intent to their one end."""

    CREATED = "created"
    REQUESTED = "requested"
    LOCKED = "locked"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    ACCEPTED = "accepted"
    PAID = "paid"
    SETTLED = "settled"
    GIVEN_BACK = "given_back"
    CANCELLED = "cancelled"
    RECLAIMED = "reclaimed"
    EXPIRED = "expired"


class PayoutState(StrEnum):
    """Money leaving the reserve account, from the stored file to the bank's booking."""

    PREPARED = "prepared"
    SENDING = "sending"
    SENT = "sent"
    ACCEPTED = "accepted"
    BOOKED = "booked"
    REJECTED = "rejected"
    RETURNED = "returned"
    UNKNOWN = "unknown"
    MISSING = "missing"


class IntentState(StrEnum):
    """A transaction that we want on the chain once."""

    QUEUED = "queued"
    PREPARED = "prepared"
    SENT = "sent"
    INCLUDED = "included"
    FINAL = "final"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


State: TypeAlias = (
    DepositState | OrderState | BatchState | AttestationState | RedemptionState | PayoutState | IntentState
)

_D, _O, _B, _A = DepositState, OrderState, BatchState, AttestationState
_R, _P, _I = RedemptionState, PayoutState, IntentState

ARROWS: Final[Mapping[type[State], Mapping[State, frozenset[State]]]] = {
    DepositState: {
        _D.SEEN: frozenset({_D.MATCHED, _D.UNMATCHED, _D.REVERSED}),
        _D.MATCHED: frozenset({_D.CONSUMED, _D.RETURN_PENDING, _D.UNMATCHED, _D.REVERSED}),
        _D.UNMATCHED: frozenset({_D.MATCHED, _D.RETURN_PENDING, _D.REVERSED}),
        _D.CONSUMED: frozenset({_D.REVERSED}),
        _D.RETURN_PENDING: frozenset({_D.RETURNED, _D.MATCHED, _D.UNMATCHED, _D.REVERSED}),
        _D.RETURNED: frozenset({_D.UNMATCHED, _D.REVERSED}),
        _D.REVERSED: frozenset(),
    },
    OrderState: {
        _O.AWAITING_FUNDS: frozenset({_O.FUNDED, _O.EXPIRED, _O.CANCELLED}),
        _O.FUNDED: frozenset({_O.APPROVED, _O.ISSUED, _O.IN_REVIEW, _O.PARKED, _O.REJECTED, _O.CANCELLED}),
        _O.IN_REVIEW: frozenset({_O.APPROVED, _O.ISSUED, _O.REJECTED, _O.PARKED, _O.CANCELLED}),
        _O.APPROVED: frozenset({_O.BATCHED, _O.ISSUED, _O.PARKED, _O.CANCELLED, _O.REJECTED}),
        _O.BATCHED: frozenset({_O.ISSUED, _O.APPROVED, _O.PARKED, _O.REJECTED}),
        _O.PARKED: frozenset({_O.ISSUED, _O.FUNDED, _O.IN_REVIEW, _O.APPROVED, _O.BATCHED, _O.CANCELLED, _O.REJECTED}),
        _O.ISSUED: frozenset(),
        _O.EXPIRED: frozenset(),
        _O.CANCELLED: frozenset({_O.ISSUED}),
        _O.REJECTED: frozenset({_O.ISSUED}),
    },
    BatchState: {
        _B.PLANNED: frozenset({_B.VOUCHERED, _B.ABANDONED}),
        _B.VOUCHERED: frozenset({_B.ATTESTED, _B.PLANNED, _B.ABANDONED, _B.FINAL}),
        _B.ATTESTED: frozenset({_B.PREPARED, _B.PLANNED, _B.ABANDONED, _B.FINAL}),
        _B.PREPARED: frozenset({_B.SUBMITTED, _B.INCLUDED, _B.FINAL, _B.PLANNED, _B.ABANDONED}),
        _B.SUBMITTED: frozenset({_B.INCLUDED, _B.FINAL, _B.PLANNED, _B.ABANDONED}),
        _B.INCLUDED: frozenset({_B.FINAL, _B.SUBMITTED, _B.ABANDONED}),
        _B.FINAL: frozenset(),
        _B.ABANDONED: frozenset(),
    },
    AttestationState: {
        _A.DUE: frozenset({_A.CUT, _A.SUPERSEDED}),
        _A.CUT: frozenset({_A.RECONCILED, _A.MISMATCHED, _A.SUPERSEDED}),
        _A.RECONCILED: frozenset({_A.SIGNING, _A.MISMATCHED, _A.SUPERSEDED}),
        _A.MISMATCHED: frozenset({_A.SIGNING, _A.SUPERSEDED}),
        _A.SIGNING: frozenset({_A.PREPARED, _A.MISMATCHED, _A.SUPERSEDED}),
        _A.PREPARED: frozenset({_A.SUBMITTED, _A.FINAL, _A.SUPERSEDED}),
        _A.SUBMITTED: frozenset({_A.FINAL, _A.PREPARED, _A.SUPERSEDED}),
        _A.FINAL: frozenset({_A.SUPERSEDED}),
        _A.SUPERSEDED: frozenset(),
    },
    RedemptionState: {
        _R.CREATED: frozenset({_R.REQUESTED, _R.EXPIRED, _R.LOCKED}),
        _R.REQUESTED: frozenset({_R.LOCKED, _R.CREATED, _R.CANCELLED, _R.EXPIRED}),
        _R.LOCKED: frozenset({_R.APPROVED, _R.IN_REVIEW, _R.SETTLED, _R.GIVEN_BACK, _R.CANCELLED, _R.RECLAIMED}),
        _R.IN_REVIEW: frozenset({_R.APPROVED, _R.SETTLED, _R.GIVEN_BACK, _R.CANCELLED, _R.RECLAIMED}),
        _R.APPROVED: frozenset({_R.ACCEPTED, _R.SETTLED, _R.GIVEN_BACK, _R.CANCELLED, _R.RECLAIMED}),
        _R.ACCEPTED: frozenset({_R.PAID, _R.GIVEN_BACK, _R.RECLAIMED, _R.SETTLED}),
        _R.PAID: frozenset({_R.SETTLED, _R.ACCEPTED, _R.GIVEN_BACK, _R.RECLAIMED}),
        _R.SETTLED: frozenset(),
        _R.GIVEN_BACK: frozenset(),
        _R.CANCELLED: frozenset(),
        _R.RECLAIMED: frozenset(),
        _R.EXPIRED: frozenset({_R.LOCKED}),
    },
    PayoutState: {
        _P.PREPARED: frozenset({_P.SENDING, _P.REJECTED, _P.BOOKED}),
        _P.SENDING: frozenset({_P.SENT, _P.UNKNOWN, _P.ACCEPTED, _P.REJECTED, _P.BOOKED, _P.RETURNED}),
        _P.SENT: frozenset({_P.ACCEPTED, _P.REJECTED, _P.BOOKED, _P.RETURNED, _P.MISSING}),
        _P.UNKNOWN: frozenset({_P.SENT, _P.ACCEPTED, _P.REJECTED, _P.BOOKED, _P.RETURNED, _P.MISSING}),
        _P.ACCEPTED: frozenset({_P.BOOKED, _P.REJECTED, _P.RETURNED, _P.MISSING}),
        _P.MISSING: frozenset({_P.BOOKED, _P.RETURNED}),
        _P.BOOKED: frozenset({_P.RETURNED}),
        _P.REJECTED: frozenset({_P.BOOKED, _P.RETURNED}),
        _P.RETURNED: frozenset({_P.BOOKED}),
    },
    IntentState: {
        _I.QUEUED: frozenset({_I.PREPARED, _I.FAILED, _I.WITHDRAWN}),
        _I.PREPARED: frozenset({_I.SENT, _I.INCLUDED, _I.QUEUED, _I.FAILED, _I.WITHDRAWN, _I.FINAL}),
        _I.SENT: frozenset({_I.INCLUDED, _I.QUEUED, _I.FAILED, _I.WITHDRAWN, _I.FINAL}),
        _I.INCLUDED: frozenset({_I.FINAL, _I.SENT, _I.FAILED}),
        _I.FINAL: frozenset(),
        _I.FAILED: frozenset({_I.QUEUED}),
        _I.WITHDRAWN: frozenset(),
    },
}
"""For each word, from each state, the states that may follow it.

The word comes first, since states of two words can share their text. An order can be issued from wherever it waits:
anyone may submit a signed batch, also one that we gave up on. In the same way a request can be settled from wherever it
waits here, and a bank can book a payment that this database does not know as sent.
"""


def check_arrow(present: State, wanted: State) -> None:
    """Raise IllegalTransition unless the table has an arrow from `present` to `wanted`."""
    if wanted not in ARROWS[type(present)][present]:
        raise IllegalTransition(f"cannot go from {present} to {wanted}", present=str(present), wanted=str(wanted))


def is_terminal(state: State) -> bool:
    """Return whether nothing can follow `state`."""
    return not ARROWS[type(state)][state]
