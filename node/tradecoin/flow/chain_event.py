"""Which flow an event of the contracts belongs to. Only final events move money; earlier ones are shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tradecoin.domain.chain import ChainEvent
from tradecoin.domain.terms import Terms
from tradecoin.flow import attestation, mint, redemption
from tradecoin.ports.store import Tx

_SETTLING: Final = ("NarrowBank", "Reserves")


@dataclass(frozen=True, slots=True)
class EventHandlers:
    """The indexer's handlers for one token."""

    terms: Terms

    def included(self, tx: Tx, event: ChainEvent) -> None:
        """Show an event of a block that can still be dropped."""
        self._tell(tx, event, "included")

    def dropped(self, tx: Tx, event: ChainEvent) -> None:
        """Say that an event shown before is gone; nothing was moved for it."""
        self._tell(tx, event, "dropped")

    def final(self, tx: Tx, event: ChainEvent) -> None:
        """Settle what the event settles."""
        takers: dict[str, Callable[[], None]] = {
            "Issued": lambda: mint.note_issued(tx=tx, terms=self.terms, event=event),
            "Attested": lambda: attestation.note_attested(tx=tx, event=event),
            "Requested": lambda: redemption.note_requested(tx=tx, terms=self.terms, event=event),
            "Accepted": lambda: redemption.note_accepted(tx=tx, terms=self.terms, event=event),
            "Settled": lambda: redemption.note_settled(tx=tx, terms=self.terms, event=event),
            "GivenBack": lambda: redemption.note_coins_returned(tx=tx, terms=self.terms, event=event),
            "Cancelled": lambda: redemption.note_coins_returned(tx=tx, terms=self.terms, event=event),
            "Reclaimed": lambda: redemption.note_coins_returned(tx=tx, terms=self.terms, event=event),
            "Protested": lambda: redemption.note_protested(tx=tx, terms=self.terms, event=event),
        }
        taker = takers.get(event.name)
        if taker is not None and event.contract in _SETTLING:
            taker()
        self._tell(tx, event, "final")

    def _tell(self, tx: Tx, event: ChainEvent, when: str) -> None:
        """Write a line of the feed about what concerns the five words."""
        if event.contract in _SETTLING:
            tx.publish(f"chain.{event.name}.{when}", event.key, {"block": event.block.number, "tx": event.tx_hash})
