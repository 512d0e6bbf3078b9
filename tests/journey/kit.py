"""Moves that several stories make: redeem, wait for an end, see why minting stands still."""

from typing import Any

from tradecoin_devnet.demo.doors import sign_typed, wait_for
from tradecoin_devnet.plugin.handles import Holder
from tradecoin_devnet.plugin.harness import Harness


def redeem(devnet: Harness, holder: Holder, amount: str) -> str:
    """Hand coins back by a signature; return the redemption's id."""
    told = devnet.client.redemptions.create(
        holder=holder.address, amount=amount, bank_account=holder.bank_account, mode="gasless"
    )
    devnet.client.redemptions.sign(told["id"], sign_typed(holder.account, dict(told["typed_data"] or {})))
    return told["id"]


def ended(devnet: Harness, redemption_id: str, state: str = "settled") -> Any:
    """Wait until a redemption has come to its end."""
    return wait_for(
        f"redemption {state}", lambda: devnet.client.redemptions.get(redemption_id), lambda row: row["state"] == state
    )


def feed(devnet: Harness, after: int = 0) -> list[Any]:
    """Return everything that the node published since."""
    found: list[Any] = []
    while True:
        rows, last = devnet.client.events.since(after)
        found += rows
        if not rows:
            return found
        after = last


def ordered(devnet: Harness, amount: str, holder: Holder) -> str:
    """Order coins and let their money come; return the order's id without waiting for the coins."""
    order = devnet.client.mint_orders.create(amount=amount, currency="EUR", recipient=holder.address)
    devnet.bank.credit(amount, reference=order["reference"])
    return order["id"]


def says(devnet: Harness, word: str, after: int = 0) -> Any:
    """Wait until the feed holds an event whose type or text has the word; return it."""

    def found() -> list[Any]:
        return [event for event in feed(devnet, after) if word in f"{event}"]

    return wait_for(f"{word!r} in the feed", found, bool)[0]


def supply(devnet: Harness) -> str:
    """Return the token's supply by the chain itself, in base units."""
    data = {"to": devnet.contracts["Token"], "data": "0x18160ddd"}
    return str(int(devnet.chain.call("eth_call", data, "latest"), 16))
