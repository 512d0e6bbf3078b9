"""From a transaction on its way to its one end: in a block, final, failed, withdrawn, or back in the queue."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from tradecoin.domain.chain import TxAttempt, TxIntent
from tradecoin.domain.states import IntentState
from tradecoin.flow.intents import OPEN, OUTCOME, REVERTED, UNSENT, is_withdrawal, is_withdrawing, marked
from tradecoin.flow.nonces import Flight, flights, release_ended
from tradecoin.ports.chain import Chain, Receipt
from tradecoin.ports.store import Store, Tx

_DROPPED: Final = "dropped"
_PASSED: Final = "passed at "


@dataclass(slots=True)
class TrackReport:
    """How many intents were seen in a block, became final, failed, lost their block, or lost their nonce to others."""

    included: int = 0
    final: int = 0
    failed: int = 0
    dropped: int = 0
    passed: int = 0


@dataclass(frozen=True, slots=True)
class _Finding:
    """What the chain says about a flight: the receipt of one of its attempts, or none although its nonce is used."""

    flight: Flight
    attempt: TxAttempt | None
    receipt: Receipt | None


def track_intents(*, store: Store, chain: Chain) -> TrackReport:
    """Ask the chain about whatever is signed and not at its end; raises ChainUnreachable (nothing is half done)."""
    report = TrackReport()
    live = store.read(lambda tx: flights(tx, chain_id=chain.chain_id))
    underway = [it for it in live if it.is_open or it.intent.state is IntentState.INCLUDED]
    if not underway:
        return report
    counts = {address: chain.nonce(address) for address in {it.attempt.sender_address for it in underway}}
    head, final = chain.head().number, chain.final_number()
    asked = [it for it in underway if _worth_asking(it, counts[it.attempt.sender_address], head, final)]
    signed = store.read(partial(_signed_for, asked=asked))
    findings = [_look(chain, it, signed[it.intent.id]) for it in asked]
    if findings:
        store.write(lambda tx: _apply(tx, findings, head, final, report))
    return report


def _worth_asking(flight: Flight, count: int, head: int, final: int) -> bool:
    """Return whether the chain can have news: the nonce is used, or the block we knew is final or may be gone.

    A head below the block that we know of is lag: an endpoint behind the others has nothing to tell about it.
    """
    if flight.is_open:
        return flight.nonce < count
    known = flight.intent.block_number
    return head >= known and (final >= known or flight.nonce >= count)


def _signed_for(tx: Tx, *, asked: Sequence[Flight]) -> dict[str, list[TxAttempt]]:
    """Return all attempts of these intents, the live ones first."""
    found: dict[str, list[TxAttempt]] = {flight.intent.id: [] for flight in asked}
    for attempt in tx.attempts.list(intent_id=tuple(found), limit=1_000_000) if found else ():
        found[attempt.intent_id].append(attempt)
    return {intent_id: sorted(attempts, key=lambda it: not it.live) for intent_id, attempts in found.items()}


def _look(chain: Chain, flight: Flight, signed: Sequence[TxAttempt]) -> _Finding:
    """Search all hashes that the intent signed for this nonce."""
    for attempt in (it for it in signed if it.nonce == flight.nonce):
        receipt = chain.receipt(attempt.hash)
        if receipt is not None:
            return _Finding(flight, attempt, receipt)
    return _Finding(flight, None, None)


def _apply(tx: Tx, findings: Sequence[_Finding], head: int, final: int, report: TrackReport) -> None:
    """Write down what was found, unless somebody else moved the intent meanwhile."""
    for finding in findings:
        intent = tx.intents.get(finding.flight.intent.id)
        if intent.version != finding.flight.intent.version:
            continue
        if finding.receipt is None or finding.attempt is None:
            _apply_absence(tx, finding.flight, intent, head, final, report)
        elif finding.receipt.block.number <= final:
            _end(tx, intent, finding.attempt, finding.receipt, report)
        elif not is_withdrawal(finding.attempt):
            _include(tx, intent, finding.attempt, finding.receipt, report)


def _include(tx: Tx, intent: TxIntent, attempt: TxAttempt, receipt: Receipt, report: TrackReport) -> None:
    """Note the block; that it reverted there is told, and becomes a failure when the block is final."""
    problem = intent.problem if receipt.succeeded else REVERTED
    where: dict[str, Any] = {"tx_hash": attempt.hash, "block_number": receipt.block.number, "problem": problem}
    if intent.state is IntentState.INCLUDED:
        tx.intents.save(replace(intent, updated_at=tx.now, **where))
        return
    tx.move(intent, IntentState.INCLUDED, cause=f"block {receipt.block.number}", **where)
    tx.put_work(OUTCOME, intent.id)
    report.included += 1


def _end(tx: Tx, intent: TxIntent, attempt: TxAttempt, receipt: Receipt, report: TrackReport) -> None:
    """Walk the last arrow: the block is final."""
    where: dict[str, Any] = {"tx_hash": attempt.hash, "block_number": receipt.block.number}
    cause = f"final block {receipt.block.number}"
    if is_withdrawal(attempt):
        if intent.state is IntentState.INCLUDED:
            intent = tx.move(intent, IntentState.SENT, cause="its block was dropped")
        tx.move(intent, IntentState.WITHDRAWN, cause=cause, **where)
    elif receipt.succeeded:
        tx.move(intent, IntentState.FINAL, cause=cause, problem="", **where)
        report.final += 1
    else:
        tx.move(intent, IntentState.FAILED, cause=cause, problem=REVERTED, **where)
        report.failed += 1
    tx.put_work(OUTCOME, intent.id)
    release_ended(tx, chain_id=attempt.chain_id, address=attempt.sender_address)


def _apply_absence(tx: Tx, flight: Flight, intent: TxIntent, head: int, final: int, report: TrackReport) -> None:
    """None of our hashes is on the chain: a block was dropped, or somebody else used the nonce."""
    attempt = tx.attempts.get(flight.attempt.id)
    if intent.state is IntentState.INCLUDED:
        problem = "" if intent.problem == REVERTED else intent.problem
        tx.attempts.save(replace(attempt, result=marked(attempt, _DROPPED)))
        tx.move(
            intent,
            IntentState.SENT,
            cause="its block was dropped",
            tx_hash=attempt.hash,
            block_number=-1,
            problem=problem,
        )
        tx.put_work(OUTCOME, intent.id)
        report.dropped += 1
    elif intent.state in OPEN:
        _pass(tx, attempt, intent, head, final, report)


def _pass(tx: Tx, attempt: TxAttempt, intent: TxIntent, head: int, final: int, report: TrackReport) -> None:
    """Queue the intent anew when the foreign transaction with its nonce is final; until then only remember the head.

    An endpoint that lags can know the nonce and not yet the receipt. So the search is repeated when everything that the
    chain had at the first search is final: only then it is certain that none of our bytes can still count.
    """
    seen = tx.chain.head()
    first = _passed_at(attempt)
    if first is None:
        mark = f"{_PASSED}{max(head, seen.number if seen else 0)}"
        tx.attempts.save(replace(attempt, result=marked(attempt, mark)))
    elif final >= first:
        tx.attempts.save(replace(attempt, live=False))
        ending = IntentState.WITHDRAWN if is_withdrawing(intent) else IntentState.QUEUED
        fresh = {} if ending is IntentState.WITHDRAWN else UNSENT
        tx.move(intent, ending, cause=f"nonce {attempt.nonce} was used elsewhere", **fresh)
        if ending is IntentState.WITHDRAWN:
            tx.put_work(OUTCOME, intent.id)
        report.passed += 1


def _passed_at(attempt: TxAttempt) -> int | None:
    """Return the head at which the nonce was first found used by somebody else."""
    _, mark, head = attempt.result.partition(_PASSED)
    return int(head) if mark else None
