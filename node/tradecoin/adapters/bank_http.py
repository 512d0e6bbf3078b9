"""The bank over HTTP, in the message shape of the package mock-bank, which the devnet's bank speaks too."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import httpx

from tradecoin.domain.statement import PaymentStatus
from tradecoin.ports.bank import BankUnreachable, Handover, Incoming

_XML = {"Content-Type": "application/xml"}


class HttpBank:
    """One bank at `url`, seen from the account `account`; a request is given up after `seconds`."""

    def __init__(self, url: str, account: str, *, seconds: float = 10) -> None:
        """Keep connections alive, and go to no proxy on the way."""
        self._client = httpx.Client(base_url=url, timeout=seconds, trust_env=False)
        self._account = account

    def new_messages(self, after: str) -> Sequence[Incoming]:
        """Return messages that came after the cursor, oldest first; raises BankUnreachable."""
        rows = self._ask("GET", "/messages", params={"after": after or "0", "iban": self._account, "limit": "100"})
        return [self._fetched(row) for row in rows]

    def hand_over(self, raw: bytes) -> tuple[Handover, str]:
        """Send a pain.001 once; whatever breaks on the way leaves its fate unknown."""
        try:
            answer = self._client.post("/payments", content=raw, headers=_XML)
        except httpx.ConnectError as error:
            return Handover.UNKNOWN, f"no connection: {error}"
        except httpx.HTTPError as error:
            return Handover.UNKNOWN, f"the line broke: {error!r}"
        if answer.status_code < 300:
            return Handover.TAKEN, ""
        if answer.status_code < 500:
            return Handover.REFUSED, answer.text[:200]
        return Handover.UNKNOWN, f"HTTP {answer.status_code}"

    def payment_status(self, end_to_end_id: str) -> PaymentStatus | None:
        """Return how one payment stands, None when the bank does not know it; raises BankUnreachable."""
        try:
            answer = self._client.get(f"/payments/{quote(end_to_end_id, safe='')}")
        except httpx.HTTPError as error:
            raise BankUnreachable(f"the bank does not answer: {error!r}") from error
        if answer.status_code == 404:
            return None
        told = self._json(answer)
        return PaymentStatus(
            original_message_id=told["msg_id"],
            status=told["iso_status"],
            end_to_end_id=end_to_end_id,
            reason=told.get("reason"),
        )

    def interim_report(self) -> bytes:
        """Have the bank report now and return its camt.052; raises BankUnreachable."""
        told = self._ask("POST", f"/accounts/{self._account}/report")
        return self._document(told["id"])

    def _fetched(self, row: dict[str, Any]) -> Incoming:
        """Fetch a message of the feed."""
        return Incoming(str(row["seq"]), self._document(str(row["seq"])))

    def _document(self, name: str) -> bytes:
        """Return a message's bytes."""
        try:
            answer = self._client.get(f"/messages/{quote(name, safe='')}")
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise BankUnreachable(f"the bank does not hand out message {name}: {error!r}") from error
        return answer.content

    def _ask(self, method: str, path: str, *, params: dict[str, str] | None = None) -> Any:
        """Ask for JSON."""
        try:
            answer = self._client.request(method, path, params=params)
        except httpx.HTTPError as error:
            raise BankUnreachable(f"the bank does not answer: {error!r}") from error
        return self._json(answer)

    def _json(self, answer: httpx.Response) -> Any:
        """Return the body, or raise BankUnreachable for anything but success."""
        if answer.status_code >= 300:
            raise BankUnreachable(f"the bank answers {answer.status_code}: {answer.text[:200]}")
        return answer.json()
