"""`tradecoin mint …`: orders for coins."""

import click

from tradecoin.cli.options import emit, emit_one, output_option
from tradecoin.cli.rest import Door, limit_option, once_option, rest, segment

_PATH = "/v1/mint-orders"
_COLUMNS = ("id", "state", "amount", "currency", "recipient", "reference", "tx")


@click.group("mint")
def _mint() -> None:
    """Order coins for a payment, and follow the orders."""


@_mint.command("new")
@click.argument("amount")
@click.option("--to", "recipient", required=True, help="address that gets the coins, with its checksum")
@click.option("--currency", default="EUR", show_default=True)
@click.option("--wait", type=click.IntRange(0, 30), default=0, help="seconds to wait for the order's end")
@once_option
@rest("operator")
@output_option
def _new(door: Door, amount: str, recipient: str, currency: str, wait: int, once: str, output: str) -> None:
    """Order coins for AMOUNT; the payment must carry the reference that is shown."""
    body = {"amount": amount, "currency": currency, "recipient": recipient}
    emit_one(output, door.post(_PATH, body, once=once, wait=wait))


@_mint.command("show")
@click.argument("order_id")
@rest("operator")
@output_option
def _show(door: Door, order_id: str, output: str) -> None:
    """Show an order and how it came to its state."""
    place = f"{_PATH}/{segment(order_id)}"
    emit_one(output, {**door.get(place), "timeline": door.get(f"{place}/timeline")["data"]})


@_mint.command("list")
@click.option("--state", default="", help="only those in this state")
@click.option("--reference", default="", help="only those with this payment reference")
@limit_option
@rest("operator")
@output_option
def _list(door: Door, state: str, reference: str, limit: int, output: str) -> None:
    """List orders, oldest first."""
    page = door.rows(_PATH, limit, state=state, reference=reference)
    emit(output, page, page["data"], _COLUMNS)


@_mint.command("cancel")
@click.argument("order_id")
@rest("operator")
@output_option
def _cancel(door: Door, order_id: str, output: str) -> None:
    """Withdraw an order that no voucher was signed for."""
    emit_one(output, door.post(f"{_PATH}/{segment(order_id)}/cancel"))


@_mint.command("approve")
@click.argument("order_id")
@click.option("--reason", required=True, help="why; it stays in the record")
@click.option("--reject", is_flag=True, help="turn it down instead")
@rest("approver")
@output_option
def _approve(door: Door, order_id: str, reason: str, reject: bool, output: str) -> None:
    """Decide on an order in review, as somebody else than who made it."""
    body = {"approve": not reject, "reason": reason}
    emit_one(output, door.post(f"{_PATH}/{segment(order_id)}/approvals", body))


COMMANDS: dict[str, click.Command] = {"mint": _mint}
