"""What the worker of a node does: every step by the kind of work, and what recurs."""

import socket
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from tradecoin.adapters.bank_folder import FolderBank
from tradecoin.flow import (
    attestation,
    attestation_record,
    bank_message,
    batch,
    mint,
    outcome,
    payout,
    redemption,
    settlement,
)
from tradecoin.flow.chain_event import EventHandlers
from tradecoin.flow.fees import SendLimits
from tradecoin.flow.indexing import index_chain
from tradecoin.flow.sending import send_intents
from tradecoin.flow.tracking import track_intents
from tradecoin.wiring.node import Node
from tradecoin.worker import Step, Worker

_GWEI: Final = 10**9
_LEAD_SECONDS: Final = 15

RECURRING: Final[Mapping[str, timedelta]] = {
    "bank.poll": timedelta(seconds=1),
    "inbox.poll": timedelta(seconds=2),
    "chain.index": timedelta(milliseconds=400),
    "chain.send": timedelta(milliseconds=400),
    "mint.plan": timedelta(seconds=5),
    "mint.expire": timedelta(minutes=1),
    "redeem.expire": timedelta(minutes=1),
    "attest.clock": timedelta(seconds=10),
}
"""Work that is done again and again, each after its interval."""


def steps_of(node: Node) -> dict[str, Step]:
    """Return every step of the node by the kind of work."""
    return {**_deposit_steps(node), **_mint_steps(node), **_redemption_steps(node), **_chain_steps(node)}


def _deposit_steps(node: Node) -> dict[str, Step]:
    """Messages in."""
    told = node.settings.bank
    inbox = FolderBank(told.inbox, told.outbox or node.settings.home / "outbox")
    poll_channel = partial(bank_message.poll_bank, store=node.store, format_=node.format, terms=node.terms)

    def poll(subject: str) -> None:
        poll_channel(bank=node.bank)

    def poll_inbox(subject: str) -> None:
        if told.url:
            poll_channel(bank=inbox, channel="inbox")

    return {"bank.poll": poll, "inbox.poll": poll_inbox}


def _mint_steps(node: Node) -> dict[str, Step]:
    """Orders, batches and attestations."""
    store, chain, terms = node.store, node.chain, node.terms

    def plan(subject: str) -> None:
        batch.plan(store=store, chain=chain, terms=terms)

    def advance(subject: str) -> timedelta | None:
        return batch.advance(store=store, chain=chain, signers=node.bank_signers, terms=terms, batch_id=subject)

    def start(subject: str) -> None:
        store.write(lambda tx: attestation_record.start(tx=tx, cause=subject))

    def attest(subject: str) -> timedelta | None:
        return attestation.advance(
            store=store,
            chain=chain,
            bank=node.bank,
            format_=node.format,
            attestors=node.attestors,
            terms=terms,
            attestation_id=subject,
        )

    return {
        "mint.plan": plan,
        "mint.expire": lambda subject: _nothing(mint.expire_orders(store=store)),
        "batch.advance": advance,
        "attest.start": start,
        "attest.clock": lambda subject: attestation.start_when_due(store=store, chain=chain, terms=terms),
        "attest.advance": attest,
    }


def _redemption_steps(node: Node) -> dict[str, Step]:
    """Escrow and payments."""
    store, chain, terms, bank = node.store, node.chain, node.terms, node.bank

    return {
        "redeem.accept": lambda subject: _nothing(settlement.accept(store=store, chain=chain)),
        "redeem.pay": lambda subject: settlement.pay(store=store, chain=chain, terms=terms, redemption_id=subject),
        "redeem.settle": lambda subject: _nothing(settlement.settle(store=store, chain=chain)),
        "redeem.give_back": lambda subject: _nothing(settlement.return_coins(store=store, chain=chain)),
        "redeem.watch": lambda subject: settlement.watch(store=store, redemption_id=subject),
        "redeem.expire": lambda subject: _nothing(redemption.expire_intents(store=store)),
        "payout.file": lambda subject: _nothing(payout.write_file(store=store, format_=node.format)),
        "payout.send": lambda subject: payout.send_file(store=store, bank=bank, file_id=subject),
    }


def _chain_steps(node: Node) -> dict[str, Step]:
    """Indexing and sending; one process at a time holds the lease that sending needs."""
    owner = f"{socket.gethostname()}:{id(node)}:{datetime.now(UTC).timestamp()}"
    limits = SendLimits(max_fee=node.settings.chain.max_fee_gwei * _GWEI)
    handlers = EventHandlers(node.terms)

    def index(subject: str) -> None:
        index_chain(store=node.store, chain=node.chain, handlers=handlers, first_block=node.deployment.block)

    def send(subject: str) -> None:
        fence = node.store.lead("sender", owner, lease_seconds=_LEAD_SECONDS)
        if fence is None:
            return
        send_intents(store=node.store, chain=node.chain, keys=node.keys, clock=node.clock, limits=limits, fence=fence)
        track_intents(store=node.store, chain=node.chain)

    return {
        "chain.index": index,
        "chain.send": send,
        "intent.outcome": lambda subject: outcome.note_outcome(store=node.store, intent_id=subject),
    }


def _nothing(result: object) -> None:
    """Drop a result that the worker has no use for."""


def worker_of(node: Node, *, stop: threading.Event, broken: threading.Event) -> Worker:
    """Return the worker of a node."""
    return Worker(
        store=node.store,
        clock=node.clock,
        steps=steps_of(node),
        recurring=RECURRING,
        stop=stop,
        broken=broken,
        threads=node.settings.workers,
    )
