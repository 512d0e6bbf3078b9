"""What became of a transaction is told to the flow that wanted it."""

from tradecoin.domain.chain import TxIntent
from tradecoin.domain.states import IntentState, RedemptionState
from tradecoin.ports.store import Store, Tx

_AGAIN = {"accept": "redeem.accept", "settle": "redeem.settle", "giveBack": "redeem.give_back"}


def note_outcome(*, store: Store, intent_id: str) -> None:
    """Wake the flow whose transaction is included, final, failed, withdrawn or dropped."""

    def change(tx: Tx) -> None:
        intent = tx.intents.get(intent_id)
        subject = intent.subject.partition("/")[0]
        if intent.purpose == "mint":
            tx.put_work("batch.advance", subject)
            _wake_carried(tx, intent)
        elif intent.purpose == "attest":
            tx.put_work("attest.advance", subject)
        elif intent.purpose == "redeem" and intent.state in (IntentState.FAILED, IntentState.WITHDRAWN):
            _request_failed(tx, subject, intent)
        elif intent.purpose in _AGAIN:
            tx.put_work(_AGAIN[intent.purpose], "all")

    store.write(change)


def _wake_carried(tx: Tx, intent: TxIntent) -> None:
    """A mint may have carried an attestation."""
    carried = tx.attestations.find(intent_id=intent.id)
    if carried is not None:
        tx.put_work("attest.advance", carried.id)


def _request_failed(tx: Tx, redemption_id: str, intent: TxIntent) -> None:
    """The contract took no request: the holder may sign again."""
    row = tx.redemptions.get(redemption_id)
    if row.state is RedemptionState.REQUESTED:
        tx.move(row, RedemptionState.CREATED, cause=intent.problem, signature=b"", intent_id="")
