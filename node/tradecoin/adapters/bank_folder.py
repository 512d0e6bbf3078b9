"""The bank by files: its messages lie in one folder, our payment files go to another, each by one rename."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from tradecoin.domain.statement import PaymentStatus
from tradecoin.ports.bank import BankUnreachable, Handover, Incoming

_SUFFIXES = (".xml", ".sta", ".txt", ".940")


class FolderBank:
    """`inbox` is read and never changed; `outbox` gets a file for each pain.001. A name that starts with a dot
    waits.
    """

    def __init__(self, inbox: Path | None, outbox: Path) -> None:
        """Remember the folders; nothing is read until asked."""
        self._inbox, self._outbox = inbox, outbox

    def new_messages(self, after: str) -> Sequence[Incoming]:
        """Return the files that are newer than the cursor, or as new and later in name; raises BankUnreachable."""
        if self._inbox is None:
            return []
        try:
            found = [(path.stat().st_mtime_ns, path) for path in self._inbox.iterdir() if _is_message(path)]
            cursors = sorted((f"{stamp:020d}:{path.name}", path) for stamp, path in found)
            return [Incoming(cursor, path.read_bytes()) for cursor, path in cursors if cursor > after]
        except OSError as error:
            raise BankUnreachable(f"the bank's folder cannot be read: {error}") from error

    def hand_over(self, raw: bytes) -> tuple[Handover, str]:
        """Write a payment file; the bytes name it, so the same file is written once however often it is tried."""
        name = f"pain.001-{_digest(raw)}.xml"
        draft = self._outbox / f".{name}"
        try:
            draft.write_bytes(raw)
            os.replace(draft, self._outbox / name)
        except OSError as error:
            return Handover.UNKNOWN, f"the file could not be written: {error}"
        return Handover.TAKEN, ""

    def payment_status(self, end_to_end_id: str) -> PaymentStatus | None:
        """Files cannot be asked; only a message in the inbox tells how a payment stands."""
        return None

    def interim_report(self) -> bytes:
        """Files cannot be asked; the next statement in the inbox is the next cut."""
        return b""


def _is_message(path: Path) -> bool:
    """Whether a file is complete and of a kind that banks send."""
    return path.is_file() and not path.name.startswith(".") and path.suffix.lower() in _SUFFIXES


def _digest(raw: bytes) -> str:
    """Name bytes."""
    return hashlib.sha256(raw).hexdigest()[:16]
