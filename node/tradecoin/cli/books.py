"""`tradecoin reserves`, `ledger …`, `audit`, `events tail`, `tx …`: what there is, and whether it agrees."""

import json
import time
from typing import Any

import click

from tradecoin.cli.options import emit, emit_one, output_option
from tradecoin.cli.rest import Door, limit_option, rest, segment

_FOLLOW_SECONDS = 0.5


@click.command("reserves")
@rest("auditor")
@output_option
def _reserves(door: Door, output: str) -> None:
    """Show what backs the coins, as the contracts hold it now."""
    emit_one(output, door.get("/v1/reserves"))


@click.group("ledger")
def _ledger() -> None:
    """Look into the books."""


@_ledger.command("balances")
@rest("auditor")
@output_option
def _balances(door: Door, output: str) -> int:
    """Show the five accounts and the trial balance; exit code 1 when debits and credits differ."""
    accounts, trial = door.get("/v1/ledger/accounts")["data"], door.get("/v1/ledger/trial-balance")
    total = {"account": "difference", "normal": "", "balance": trial["difference"], "currency": trial["currency"]}
    emit(output, {"accounts": accounts, "trial_balance": trial}, [*accounts, total])
    return 0 if trial["debits"] == trial["credits"] else 1


@_ledger.command("journal")
@click.option("--after", type=click.IntRange(0), default=0, help="only entries after this number")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@rest("auditor")
@output_option
def _journal(door: Door, after: int, limit: int, output: str) -> None:
    """List entries in their sequence."""
    page = door.get("/v1/ledger/journals", after=str(after), limit=str(limit))
    emit(output, page, [row for entry in page["data"] for row in _lines(entry)])


def _lines(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """List the legs of an entry; what they share stands on the first."""
    shared = {name: entry[name] for name in ("seq", "event", "subject")}
    rows = [{**dict.fromkeys(shared, ""), **line} for line in entry["lines"]]
    rows[0] |= shared
    return rows


@click.command("audit")
@rest("auditor")
@output_option
def _audit(door: Door, output: str) -> int:
    """Compare bank, ledger and chain line by line; exit code 1 on any difference."""
    found = door.get("/v1/audit")
    emit(output, found, found["checks"], ("name", "ok", "expected", "actual"))
    return 0 if found["ok"] else 1


@click.group("events")
def _events() -> None:
    """Follow what happens."""


@_events.command("tail")
@click.option("--after", type=click.IntRange(0), default=0, help="only lines after this number")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--follow", "-f", is_flag=True, help="go on as things happen; with -o json a document a line")
@rest("operator")
@output_option
def _tail(door: Door, after: int, limit: int, follow: bool, output: str) -> None:
    """Show what happened, line by line."""
    page = door.get("/v1/events", after=str(after), limit=str(limit))
    if not follow:
        emit(output, page, page["data"], ("seq", "at", "type", "subject", "data"))
        return
    while True:
        for line in page["data"]:
            click.echo(json.dumps(line) if output == "json" else _sentence(line))
        if not page["data"]:
            time.sleep(_FOLLOW_SECONDS)
        page = door.get("/v1/events", after=page["next"], limit=str(limit))


def _sentence(line: dict[str, Any]) -> str:
    """Write one line of the feed."""
    return f"{line['seq']} {line['at']} {line['type']} {line['subject']} {json.dumps(line['data'])}"


@click.group("tx")
def _tx() -> None:
    """Look at the node's transactions, and take one back."""


@_tx.command("list")
@click.option("--state", default="", help="only those in this state")
@click.option("--purpose", default="", help="only those for this purpose")
@limit_option
@rest("operator")
@output_option
def _list(door: Door, state: str, purpose: str, limit: int, output: str) -> None:
    """List transactions, oldest first."""
    page = door.rows("/v1/transactions", limit, state=state, purpose=purpose)
    columns = ("id", "state", "purpose", "subject", "sender", "block", "tx", "problem")
    emit(output, page, page["data"], columns)


@_tx.command("show")
@click.argument("transaction_id")
@rest("operator")
@output_option
def _show(door: Door, transaction_id: str, output: str) -> None:
    """Show a transaction with every form of it that was signed."""
    emit_one(output, door.get(f"/v1/transactions/{segment(transaction_id)}"))


@_tx.command("withdraw")
@click.argument("transaction_id")
@click.option("--reason", required=True, help="why; it stays in the record")
@rest("operator")
@output_option
def _withdraw(door: Door, transaction_id: str, reason: str, output: str) -> None:
    """Take a transaction back; one that was signed is replaced, and may still be the one that is mined."""
    emit_one(output, door.post(f"/v1/transactions/{segment(transaction_id)}/cancel", {"reason": reason}))


COMMANDS: dict[str, click.Command] = {
    "reserves": _reserves,
    "ledger": _ledger,
    "audit": _audit,
    "events": _events,
    "tx": _tx,
}
