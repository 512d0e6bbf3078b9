"""What the demo prints at the end: the five words with ids, amounts, states and transactions, and the audit."""

from typing import Any

from rich.console import Console
from rich.table import Table


def five_words(console: Console, report: dict[str, Any], attestation_tx: str) -> None:
    """Print a row for everything that happened, by word."""
    table = Table(title="Five words carry the money", title_justify="left")
    for column in ("word", "id", "amount", "state", "reference, transaction or end-to-end id"):
        table.add_column(column, justify="right" if column == "amount" else "left", no_wrap=True)
    for row in report["deposits"]:
        table.add_row("deposit", _short(row["id"]), _amount(row["amount"]), row["state"], row["reference"] or "-")
    table.add_section()
    for row in report["mints"]:
        table.add_row("mint", _short(row["order"]), _amount(row["amount"]), row["state"], _hash(row["tx"]))
    table.add_section()
    told = report["attestation"]
    table.add_row("attestation", _hash(told["digest"]), _amount(told["reserves"]), "final", _hash(attestation_tx))
    table.add_section()
    for row in report["redemptions"]:
        where = f"request {row['request_id']}, {row['mode']}"
        table.add_row("redemption", _short(row["id"]), _amount(row["amount"]), row["state"], where)
    table.add_section()
    for row in report["payouts"]:
        table.add_row("payout", _short(row["id"]), _amount(row["amount"]), row["state"], row["end_to_end_id"])
    console.print(table)


def attestation(console: Console, told: dict[str, Any]) -> None:
    """Print who signed which figures."""
    figures = told["figures"]
    table = Table(title="The attestation", title_justify="left", show_header=False)
    table.add_row("digest", told["digest"])
    table.add_row("cut", f"{told['cut']}, block {told['block']}")
    for name in ("reserves", "encumbered", "settling", "claims", "supply", "equity"):
        table.add_row(name, _amount(figures[name]))
    table.add_row("signers", "\n".join(told["signers"]))
    console.print(table)


def audit(console: Console, told: dict[str, Any]) -> None:
    """Print every line of the audit with its difference."""
    table = Table(title="Audit: bank, ledger and chain", title_justify="left")
    for column in ("line", "expected", "actual", "difference"):
        table.add_column(column, justify="left" if column == "line" else "right")
    for line in told["checks"]:
        table.add_row(line["name"], line["expected"], line["actual"], "0" if line["ok"] else "[red]differs[/red]")
    console.print(table)


def _amount(text: str) -> str:
    """Drop zeros behind the second decimal; what a currency without decimals lacks is not added."""
    whole, point, part = text.partition(".")
    return f"{whole}{point}{part[:2]}{part[2:].rstrip('0')}"


def _short(row_id: str) -> str:
    """Return the prefix and the last characters of an id, which differ most."""
    return f"{row_id[:3]}…{row_id[-6:]}"


def _hash(text: str | None) -> str:
    """Shorten a hash."""
    return f"{text[:10]}…{text[-6:]}" if text else "-"
