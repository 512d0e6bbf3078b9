"""What the demo prints at the end: the five words with ids, amounts, states and transactions, and the audit."""

from typing import Any

from rich.console import Console
from rich.table import Table


def five_words(console: Console, report: dict[str, Any]) -> None:
    """Print a row for everything that happened, by word."""
    table = Table(title="Five words carry the money", title_justify="left")
    for column in ("word", "id", "amount", "state", "reference or transaction"):
        table.add_column(column, justify="right" if column == "amount" else "left", no_wrap=column != "state")
    for row in report["deposits"]:
        table.add_row("deposit", _short(row["id"]), row["amount"], row["state"], row["reference"] or "-")
    table.add_section()
    for row in report["mints"]:
        table.add_row("mint", _short(row["order"]), row["amount"], row["state"], _hash(row["tx"]))
    table.add_section()
    told = report["attestation"]
    table.add_row("attestation", _hash(told["digest"]), told["reserves"], f"cut {told['cut']}", _hash(told["tx"]))
    table.add_section()
    for row in report["redemptions"]:
        where = f"request {row['request_id']}, {row['mode']}"
        table.add_row("redemption", _short(row["id"]), row["amount"], row["state"], where)
    table.add_section()
    for row in report["payouts"]:
        table.add_row("payout", _short(row["id"]), row["amount"], row["state"], row["end_to_end_id"])
    console.print(table)


def attestation(console: Console, told: dict[str, Any]) -> None:
    """Print who signed which figures."""
    figures = told["figures"]
    table = Table(title=f"Attestation {told['digest']}", title_justify="left", show_header=False)
    for name in ("reserves", "encumbered", "settling", "claims", "supply", "equity"):
        table.add_row(name, figures[name])
    table.add_row("cut", told["cut"])
    table.add_row("block", str(told["block"]))
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


def _short(row_id: str) -> str:
    """Return the prefix and the last characters of an id, which differ most."""
    return f"{row_id[:3]}…{row_id[-6:]}"


def _hash(text: str | None) -> str:
    """Shorten a hash."""
    return f"{text[:10]}…{text[-6:]}" if text else "-"
