"""`tradecoin bank …`: what the bank says, what nobody claimed, and money on its way out."""

from pathlib import Path
from typing import Any

import click

from tradecoin.cli.options import emit, emit_one, output_option
from tradecoin.cli.rest import Door, limit_option, once_option, rest, segment

_DEPOSITS, _PAYOUTS = "/v1/deposits", "/v1/payouts"
_ENTRY_COLUMNS = ("file", "kind", "duplicate", "id", "amount", "currency", "credit", "status", "reference", "state")
_DEPOSIT_COLUMNS = ("id", "state", "amount", "currency", "reference", "debtor", "remittance", "reason", "booked_at")
_PAYOUT_COLUMNS = ("id", "state", "cause", "subject", "amount", "currency", "end_to_end_id", "reason")


@click.group("bank")
def _bank() -> None:
    """Import bank messages, see to credits that match nothing, follow payouts."""


@_bank.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@rest("operator")
@output_option
def _import(door: Door, files: tuple[Path, ...], output: str) -> None:
    """Import bank messages: camt.052, .053, .054, pain.002, pacs.004, MT940.

    Each file is booked whole or refused whole, naming line, path and reason; the first refusal ends the command. A file
    that was here before changes nothing.
    """
    imported = []
    for path in files:
        raw = path.read_bytes()
        kind = "application/xml" if raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" else "text/plain"
        click.echo(f"{path}", err=True)
        imported.append({"file": str(path), **door.post_raw("/v1/bank-messages", raw, kind)})
    emit(output, {"data": imported}, [row for each in imported for row in _entries(each)], _ENTRY_COLUMNS)


def _entries(imported: dict[str, Any]) -> list[dict[str, Any]]:
    """List the entries of a message; one without any still has a line."""
    about = {name: imported[name] for name in ("file", "kind", "duplicate")}
    return [{**about, **entry} for entry in imported["entries"]] or [about]


@_bank.command("unmatched")
@limit_option
@rest("operator")
@output_option
def _unmatched(door: Door, limit: int, output: str) -> None:
    """List credits that match no order, with the reason."""
    page = door.rows(_DEPOSITS, limit, state="unmatched")
    emit(output, page, page["data"], _DEPOSIT_COLUMNS)


@_bank.command("deposits")
@click.option("--state", default="", help="only those in this state")
@limit_option
@rest("operator")
@output_option
def _deposits(door: Door, state: str, limit: int, output: str) -> None:
    """List credits, oldest first."""
    page = door.rows(_DEPOSITS, limit, state=state)
    emit(output, page, page["data"], _DEPOSIT_COLUMNS)


@_bank.command("assign")
@click.argument("deposit_id")
@click.option("--to", "recipient", required=True, help="address that gets the coins, with its checksum")
@once_option
@rest("operator")
@output_option
def _assign(door: Door, deposit_id: str, recipient: str, once: str, output: str) -> None:
    """Give what is left of a credit to an address; shows the order that comes of it."""
    emit_one(output, door.post(f"{_DEPOSITS}/{segment(deposit_id)}/assign", {"recipient": recipient}, once=once))


@_bank.command("return")
@click.argument("deposit_id")
@click.option("--reason", required=True, help="why; the payer sees it")
@click.option("--iban", default="", help="where to, if the bank did not name the payer's account")
@once_option
@rest("operator")
@output_option
def _return(door: Door, deposit_id: str, reason: str, iban: str, once: str, output: str) -> None:
    """Send a credit back to its payer."""
    body = {"reason": reason, "iban": iban}
    emit_one(output, door.post(f"{_DEPOSITS}/{segment(deposit_id)}/return", body, once=once))


@_bank.command("payouts")
@click.option("--state", default="", help="only those in this state")
@click.option("--subject", default="", help="only those of this redemption or deposit")
@limit_option
@rest("operator")
@output_option
def _payouts(door: Door, state: str, subject: str, limit: int, output: str) -> None:
    """List payouts, oldest first."""
    page = door.rows(_PAYOUTS, limit, state=state, subject=subject)
    emit(output, page, page["data"], _PAYOUT_COLUMNS)


@_bank.command("confirm-missing")
@click.argument("payout_id")
@rest("operator")
@output_option
def _confirm_missing(door: Door, payout_id: str, output: str) -> None:
    """State that a payout without an answer never happened; it takes two persons and a later statement."""
    emit_one(output, door.post(f"{_PAYOUTS}/{segment(payout_id)}/confirm-missing"))


COMMANDS: dict[str, click.Command] = {"bank": _bank}
