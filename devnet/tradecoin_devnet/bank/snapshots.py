"""Putting the bank's books aside and bringing them back; the clock is not the bank's to move."""

import re
import secrets
from pathlib import Path

from tradecoin_devnet.bank.bank import Bank
from tradecoin_devnet.bank.refusals import invalid, unknown

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def take(bank: Bank, wished: object = None) -> dict[str, str]:
    """Copy the books under that id, or a new one; an older copy under the same id is replaced."""
    identifier = _checked(secrets.token_hex(8) if wished is None else wished)
    path = _path(bank, identifier)
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    bank.alone(lambda desk: desk.books.copy_to(path))
    return {"id": identifier}


def restore(bank: Bank, wished: object) -> dict[str, str]:
    """Bring the books back as they were; Refused (404) when there is no such copy."""
    identifier = _checked(wished)
    path = _path(bank, identifier)
    if not path.exists():
        raise unknown(f"the bank has no snapshot {identifier!r}")
    bank.alone(lambda desk: desk.books.copy_from(path))
    return {"id": identifier}


def _checked(wished: object) -> str:
    if not isinstance(wished, str) or not _ID.fullmatch(wished):
        raise invalid(f"id is 1 to 64 letters, digits, - and _, not {wished!r}")
    return wished


def _path(bank: Bank, identifier: str) -> Path:
    return bank.data / "snapshots" / f"{identifier}.sqlite"
