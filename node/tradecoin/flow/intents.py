"""Transactions that are wanted on the chain once: asking for one, taking the wish back, asking again.

These functions run inside somebody else's transaction and talk to nobody outside.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from tradecoin.domain.chain import Call, TxAttempt, TxIntent
from tradecoin.domain.errors import Conflict
from tradecoin.domain.states import IntentState
from tradecoin.ports.chain import Chain, SendResult
from tradecoin.ports.store import Tx

OUTCOME: Final = "intent.outcome"
"""The kind of work put for an intent that is included, final, failed or withdrawn, or whose block was dropped."""

FILL: Final = "fill"
"""The purpose of a zero-value self-transfer that fills a nonce nobody else fills."""

REVERTED: Final = "reverted"
_WITHDRAWING: Final = "withdrawing: "
_WITHDRAWAL: Final = "withdrawal "

OPEN: Final = (IntentState.PREPARED, IntentState.SENT)
"""Signed and not known to be in a block."""


def raw_call(to: str, data: bytes) -> Call:
    """Return a Call of ready calldata: an address instead of a name, no function, the bytes as its one argument."""
    return Call(to, "", (data,))


def want(
    *,
    tx: Tx,
    chain: Chain,
    call: Call,
    purpose: str,
    subject: str,
    sender: str,
    value: int = 0,
    deadline: datetime | None = None,
) -> TxIntent:
    """Want one transaction for `(purpose, subject)` from the key `sender`; the first wish stands, a second finds it.

    The chain only encodes here, nothing is asked of it. `value` in wei. After `deadline` it is not sent any more, and
    withdrawn if it was.
    """
    present = tx.intents.find(purpose=purpose, subject=subject)
    if present is not None:
        return present
    to, data = chain.encode(call)
    intent = TxIntent(
        id=tx.new_id("tx"),
        version=1,
        state=IntentState.QUEUED,
        purpose=purpose,
        subject=subject,
        sender=sender,
        to=to,
        data=data,
        value=value,
        gas_limit=0,
        deadline=deadline,
        tx_hash="",
        block_number=-1,
        problem="",
        created_at=tx.now,
        updated_at=tx.now,
    )
    tx.intents.add(intent)
    tx.publish("intent.queued", intent.id, {"purpose": purpose, "subject": subject, "sender": sender})
    return intent


def want_again(*, tx: Tx, chain: Chain, intent_id: str, call: Call, deadline: datetime | None = None) -> TxIntent:
    """Queue a failed intent again, with a fresh call; raises IllegalTransition when it did not fail."""
    to, data = chain.encode(call)
    fresh: dict[str, Any] = {"to": to, "data": data, "deadline": deadline}
    return tx.move(tx.intents.get(intent_id), IntentState.QUEUED, cause="wanted again", **fresh, **UNSENT)


def withdraw(*, tx: Tx, intent_id: str, reason: str, actor: str = "node") -> TxIntent:
    """Take a wish back. One that was signed stays open until a self-transfer in its place, or it itself, is final."""
    intent = tx.intents.get(intent_id)
    if intent.state not in OPEN:
        moved = tx.move(intent, IntentState.WITHDRAWN, cause=reason, actor=actor, problem=reason)
        tx.put_work(OUTCOME, intent_id)
        return moved
    if not is_withdrawing(intent):
        tx.intents.save(replace(intent, problem=_WITHDRAWING + reason, updated_at=tx.now))
        tx.audit(actor, "intent.withdraw", intent_id, {"reason": reason})
    return tx.intents.get(intent_id)


def bump(*, tx: Tx, intent_id: str, actor: str) -> TxIntent:
    """Have the next step offer more for a transaction on its way, if its nonce is the lowest and the cap leaves room.

    Raises Conflict when it is not on its way.
    """
    intent = tx.intents.get(intent_id)
    attempt = tx.attempts.find(hash=intent.tx_hash) if intent.state in OPEN else None
    if attempt is None:
        raise Conflict("it is not on its way", state=str(intent.state))
    tx.attempts.save(replace(attempt, result=marked(attempt, SendResult.UNDERPRICED)))
    tx.audit(actor, "intent.bump", intent_id, {"hash": attempt.hash})
    return intent


UNSENT: Final[dict[str, Any]] = {"tx_hash": "", "block_number": -1, "problem": "", "gas_limit": 0}
"""What an intent without an attempt carries."""


def is_withdrawing(intent: TxIntent) -> bool:
    """Return whether the wish was taken back while a signed form of it may be on its way."""
    return intent.problem.startswith(_WITHDRAWING)


def is_withdrawal(attempt: TxAttempt) -> bool:
    """Return whether an attempt is the self-transfer that takes an intent's place."""
    return attempt.result.startswith(_WITHDRAWAL)


def marked(attempt: TxAttempt, result: str) -> str:
    """Return the text to keep for a result; that of a withdrawal says so."""
    return (_WITHDRAWAL if is_withdrawal(attempt) else "") + result


def result_of(attempt: TxAttempt) -> str:
    """Return what the endpoint last made of an attempt, by meaning; "" before it was sent."""
    return attempt.result.removeprefix(_WITHDRAWAL)


def new_withdrawal_result() -> str:
    """Return the result text of a self-transfer that was not sent yet."""
    return _WITHDRAWAL
