"""The one door for a file from the bank: it is read whole or refused whole."""

from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo

from tradecoin.adapters.bank_files.camt import read_camt
from tradecoin.adapters.bank_files.mt940 import read_mt940
from tradecoin.adapters.bank_files.payments import read_pacs004, read_pain002
from tradecoin.adapters.bank_files.values import Reading
from tradecoin.adapters.bank_files.xml import Document, parse
from tradecoin.domain.statement import BadBankMessage, BankMessage

MAX_BYTES = 10_000_000

_READERS: dict[str, tuple[int, Callable[[Document, Reading], BankMessage]]] = {
    "camt.052": (2, read_camt),
    "camt.053": (2, read_camt),
    "camt.054": (2, read_camt),
    "pain.002": (3, read_pain002),
    "pacs.004": (2, read_pacs004),
}
"""By message: the oldest version that has the structure we read, and the reader."""


def read_bank_message(
    raw: bytes,
    content_type: str | None = None,
    *,
    zone: tzinfo = UTC,
    accounts: Mapping[str, str] | None = None,
    max_bytes: int = MAX_BYTES,
) -> BankMessage:
    """Read a bank's file; raises BadBankMessage naming line, path and reason.

    `zone` is that of times without one and of booking days; `accounts` gives IBANs for a bank's other account numbers.
    A `content_type` that says XML is held to it; otherwise the bytes show what they are.
    """
    if len(raw) > max_bytes:
        raise BadBankMessage(1, "/", f"file has {len(raw)} bytes, the limit is {max_bytes}")
    reading = Reading(zone, accounts)
    start = raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:200]
    if not start:
        raise BadBankMessage(1, "/", "file is empty")
    if start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")) or "xml" in (content_type or "").lower():
        return _read_iso(raw.lstrip(), reading)
    if b":20:" in raw:
        return read_mt940(_decoded(raw), reading)
    raise BadBankMessage(1, "/", "neither an ISO 20022 message nor an MT940 statement")


def _read_iso(raw: bytes, reading: Reading) -> BankMessage:
    """Read an ISO message by what its namespace says."""
    document = parse(raw)
    if document.message not in _READERS:
        raise document.node.bad(f"{document.message} is not a message that this node reads")
    oldest, read = _READERS[document.message]
    if int(document.version) < oldest:
        raise document.node.bad(f"version {document.version} of {document.message} is older than {oldest:02d}")
    return read(document, reading)


def _decoded(raw: bytes) -> str:
    """Decode an MT940 file: UTF-8, else Latin-1, in which every byte means something."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
