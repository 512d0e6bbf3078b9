"""A teller's window for tests: the whole bank in this process, asked through its route table, without a socket."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sepaxml import SepaTransfer

from tradecoin_devnet.bank.bank import Bank
from tradecoin_devnet.bank.http_server import ROUTES
from tradecoin_devnet.clock import DevnetClock

START = datetime(2026, 9, 30, 9, 0, tzinfo=UTC)
TODAY = date(2026, 9, 30)
BOB = {"name": "Bob", "iban": "DE89370400440532013000", "bic": "COBADEFFXXX"}


class Window:
    """One bank with a reserve account of 1000.00 EUR; `ask` is the whole of its HTTP, without HTTP."""

    def __init__(self, folder: Path, **habits: object) -> None:
        """Open the bank at nine on the last of September and its reserve account."""
        self.clock = DevnetClock(folder / "clock.json")
        self.clock.start_at(START)
        self.bank = Bank(folder / "data", folder / "clock.json")
        self.bank.desk.books.run("PRAGMA synchronous=OFF")  # no test here cuts the power
        opening = {"name": "Issuer", "kind": "reserve", "opening_balance": "1000.00", **habits}
        self.iban: str = self.post("/accounts", opening)["iban"]

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Return status and content; `body` is raw bytes or becomes JSON."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        response = ROUTES.answer(self.bank, method, path, raw)
        return response.status, json.loads(json.dumps(response.content))

    def post(self, path: str, body: object = None) -> Any:
        """Return what the bank answers to something that it does."""
        status, content = self.ask("POST", path, {} if body is None else body)
        assert status < 400, content
        return content

    def get(self, path: str) -> Any:
        """Return what the bank answers to a question."""
        status, content = self.ask("GET", path)
        assert status == 200, content
        return content

    def refused(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """Return status and code of a refusal."""
        status, content = self.ask(method, path, body)
        assert status >= 400, content
        return status, content["code"]

    def credit(self, amount: str, **more: object) -> Any:
        """Let money arrive on the reserve account."""
        return self.post("/_bank/credits", {"iban": self.iban, "amount": amount, "debtor": BOB, **more})

    def misbehave(self, behaviour: str, **more: object) -> None:
        """Tell the bank what to do wrong, with the reserve account unless another is named."""
        about = {} if "end_to_end_id" in more else {"iban": self.iban}
        self.post("/_bank/misbehave", {**about, "behaviour": behaviour, **more})

    def pay(self, *payments: tuple[str, str], **more: Any) -> Any:
        """Send a pain.001 with these (EndToEndId, amount) from the reserve account; return the answer."""
        return self.post("/payments", payment_file(self.iban, *payments, **more))

    def advance(self, **by: float) -> None:
        """Move the bank's time."""
        self.clock.advance(timedelta(**by))

    def balance(self) -> str:
        """Return the reserve account's balance now."""
        balance: str = self.get(f"/accounts/{self.iban}/balance")["balance"]
        return balance

    def messages(self, kind: str = "", after: int = 0) -> list["Message"]:
        """Return what the bank sent, oldest first."""
        found = self.get(f"/messages?kind={kind}&after={after}")
        return [Message(message["type"], message["key"], message["body"]) for message in found]

    def sound(self) -> None:
        """Fail when the bank's books contradict themselves."""
        assert self.get("/status")["contradictions"] == []


class Message:
    """A message with the texts along paths in it, whatever the namespace."""

    def __init__(self, kind: str, key: str, body: str) -> None:
        """Parse the body."""
        self.kind, self.key, self.body = kind, key, body
        self.root = ElementTree.fromstring(body)

    def texts(self, path: str) -> list[str]:
        """Return every text along the path, wherever it begins."""
        wild = "/".join(f"{{*}}{part}" for part in path.split("/"))
        return [found.text or "" for found in self.root.findall(f".//{wild}")]

    def text(self, path: str) -> str:
        """Return the only text along the path."""
        (found,) = self.texts(path)
        return found


def payment_file(
    iban: str,
    *payments: tuple[str, str],
    to: dict[str, str] = BOB,
    version: str = "09",
    currency: str = "EUR",
    on: date = TODAY,
    checked: bool = True,
) -> bytes:
    """Return a pain.001 by an independent writer, `checked` against the schema that comes with it (30 ms)."""
    debtor = {"name": "Issuer", "IBAN": iban, "BIC": "NRWBNL2A", "batch": True, "currency": currency}
    writer = SepaTransfer(debtor, schema=f"pain.001.001.{version}", clean=False)
    for end_to_end_id, amount in payments:
        payment = {
            "name": to["name"],
            "IBAN": to["iban"],
            "BIC": to.get("bic", "NRWBNL2A"),
            "amount": int(Decimal(amount) * 100),
            "execution_date": on,
            "description": f"payout {end_to_end_id}",
            "endtoend_id": end_to_end_id,
        }
        writer.add_payment(payment)
    made: bytes = writer.export(validate=checked)
    return made
