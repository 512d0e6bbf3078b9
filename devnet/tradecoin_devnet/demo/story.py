"""The demo's story, told through the public doors: import, mint, transfer, redeem, pay, attest, audit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tradecoin_devnet import samples
from tradecoin_devnet.demo.doors import Api, Chain, sign_text, sign_typed, wait_for
from tradecoin_devnet.evm.accounts import DevAccount
from tradecoin_devnet.stack import actors
from tradecoin_devnet.stack.http import post

Say = Callable[[str], None]
_OVER = ("issued", "rejected", "cancelled", "expired")
_REDEEMED = ("settled", "given_back")
_TRANSFER = "a9059cbb"
_SPARE_IBAN = "BE68539007547034"  # for a customer whose account is the reserve account of a user's own file


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer of the story, with what the node knows of them."""

    name: str
    iban: str
    account: DevAccount
    customer_id: str
    bank_account: str


@dataclass(slots=True)
class Story:
    """The cast and the doors; each chapter is a method, to be told in order."""

    admin: Api
    operator: Api
    chain: Chain
    bank_url: str
    reserve_iban: str
    token: str
    say: Say
    holders: list[Holder] = field(default_factory=list)
    redemptions: list[str] = field(default_factory=list)

    def register(self) -> None:
        """Customers with an account to be paid out to and a wallet whose owner signs for it."""
        for customer in samples.CUSTOMERS:
            iban = customer.iban if customer.iban != self.reserve_iban else _SPARE_IBAN
            account = actors.CUSTOMERS[customer.account - 6]
            told = self.operator.post("/v1/customers", {"name": customer.name})
            body = {"customer_id": told["id"], "iban": iban, "name": customer.name, "town": customer.town}
            paid_to = self.operator.post("/v1/bank-accounts", body)
            challenge = self.operator.post("/v1/wallets/challenge", {"address": account.address})
            wallet = self.operator.post(
                "/v1/wallets",
                {
                    "customer_id": told["id"],
                    "message": challenge["message"],
                    "signature": sign_text(account, challenge["message"]),
                    "nonce": "0x" + customer.nonce.hex(),
                },
            )
            self.holders.append(Holder(customer.name, iban, account, told["id"], paid_to["id"]))
            self.say(f"{customer.name} pays with reference {wallet['reference']}")

    def import_file(self, raw: bytes, name: str) -> dict[str, Any]:
        """Upload a bank file."""
        told: dict[str, Any] = self.operator.post_file("/v1/bank-messages", raw)
        booked = [entry for entry in told["entries"] if entry["id"]]
        again = "nothing new: it was imported before" if told["duplicate"] else f"{len(booked)} new bookings"
        self.say(f"{name} ({told['kind']}): {again}")
        return told

    def wait_minted(self) -> list[Any]:
        """Wait until no mint order is under way."""
        orders = wait_for("every mint order settled", self.orders, lambda rows: all(o["state"] in _OVER for o in rows))
        issued = [order for order in orders if order["state"] == "issued"]
        self.say(f"{len(issued)} mint orders issued, {sum(Decimal(order['amount']) for order in issued)} in all")
        return orders

    def orders(self) -> list[Any]:
        """Return all mint orders."""
        return self.operator.all("/v1/mint-orders")

    def unmatched(self) -> list[Any]:
        """Return credits that wait for somebody's decision."""
        return self.operator.all("/v1/deposits", state="unmatched")

    def tell_unmatched(self) -> list[Any]:
        """List what waits for a decision."""
        rows = self.unmatched()
        for row in rows:
            self.say(f"unmatched: {row['amount']} {row['currency']} from {row['debtor'] or 'unknown'}: {row['reason']}")
        return rows

    def assign(self, deposit: dict[str, Any], holder: Holder) -> None:
        """An operator decides who gets the coins of a credit."""
        self.operator.post(f"/v1/deposits/{deposit['id']}/assign", {"recipient": holder.account.address})
        self.say(f"{deposit['amount']} assigned to {holder.name} by the operator")

    def send_back(self, deposit: dict[str, Any]) -> None:
        """An operator returns a credit to its payer."""
        self.operator.post(f"/v1/deposits/{deposit['id']}/return", {"reason": "no customer of ours"})
        self.say(f"{deposit['amount']} goes back to {deposit['debtor']}")

    def transfer(self, source: Holder, target: Holder, amount: str) -> None:
        """A holder sends coins, with a transaction of their own."""
        units = int(Decimal(amount) * 10**6)
        data = "0x" + _TRANSFER + target.account.address[2:].lower().rjust(64, "0") + f"{units:064x}"
        self.chain.wait_mined(self.chain.send(source.account, self.token, data))
        self.say(f"{source.name} sends {amount} to {target.name} on the chain")

    def redeem(self, holder: Holder, amount: str, mode: str) -> str:
        """A holder hands coins back: by transactions, or by a signature that the node relays."""
        wish = {
            "holder": holder.account.address,
            "amount": amount,
            "bank_account": holder.bank_account,
            "mode": mode,
        }
        told = self.operator.post("/v1/redemptions", wish)
        if mode == "direct":
            for step in ("approve", "request"):
                call = told["calldata"][step]
                self.chain.wait_mined(self.chain.send(holder.account, call["to"], call["data"]))
        else:
            signature = sign_typed(holder.account, told["typed_data"])
            self.operator.post(f"/v1/redemptions/{told['id']}/signature", {"signature": signature})
        self.redemptions.append(told["id"])
        self.say(f"{holder.name} redeems {amount} ({mode})")
        return str(told["id"])

    def let_bank_reject(self, holder: Holder) -> None:
        """The bank will refuse the next payment to this account."""
        post(f"{self.bank_url}/_bank/misbehave", {"iban": holder.iban, "behaviour": "reject"})

    def wait_redeemed(self) -> list[Any]:
        """Wait until every redemption has its one end."""

        def look() -> list[Any]:
            return [self.operator.get(f"/v1/redemptions/{one}") for one in self.redemptions]

        rows = wait_for("every redemption ended", look, lambda found: all(row["state"] in _REDEEMED for row in found))
        for row in rows:
            self.say(f"redemption of {row['amount']}: {row['state']} {row['reason']}".rstrip())
        return rows

    def wait_payouts_booked(self) -> list[Any]:
        """Wait until the bank has booked or refused every payment."""
        over = ("booked", "rejected", "returned")

        def look() -> list[Any]:
            return self.operator.all("/v1/payouts")

        return wait_for("every payout closed", look, lambda rows: all(row["state"] in over for row in rows))

    def close_statement(self) -> None:
        """The bank closes its statement; the node picks it up by itself."""
        told = post(f"{self.bank_url}/_bank/statement", {"iban": self.reserve_iban})
        self.say(f"the bank's statement closes with {told['closing']} {told['currency']}")

    def attest(self) -> dict[str, Any]:
        """Ask for an attestation and wait until it is final on the chain."""
        started = self.operator.post("/v1/attestations", {})
        over = ("final", "superseded")
        earlier = {row["id"] for row in self.operator.all("/v1/attestations") if row["state"] in over}
        row: dict[str, Any] = wait_for(
            f"attestation {started['id']}, or its successor, is final",
            lambda: self.operator.get("/v1/attestations/latest"),
            lambda one: one["state"] == "final" and one["id"] not in earlier,
        )
        self.say(f"attestation {row['digest'][:18]}… signed by {len(row['signers'])} attestors is final")
        return row

    def audit(self) -> dict[str, Any]:
        """Compare the three books."""
        told: dict[str, Any] = self.operator.get("/v1/audit")
        return told
