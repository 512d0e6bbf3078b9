"""The controls of a devnet; elsewhere they are refused with 404."""

from typing import Any, cast

from tradecoin.client.bodies import Audit
from tradecoin.client.session import Session


class Devnet:
    """/v1/_devnet. Each is sent once: a broken line does not make it happen twice."""

    def __init__(self, session: Session) -> None:
        """Use the session."""
        self._session = session

    def advance(self, duration: str) -> str:
        """Move the clock by an ISO 8601 duration; return its new time."""
        return str(self._post("clock", advance=duration)["now"])

    def mine(self, blocks: int = 1) -> int:
        """Make blocks; return the head's number."""
        return int(self._post("mine", blocks=blocks)["head"])

    def reorg(self, depth: int) -> int:
        """Replace the last blocks; return the head's number."""
        return int(self._post("reorg", depth=depth)["head"])

    def credit(self, *, iban: str, amount: str, currency: str, reference: str = "", debtor: str = "") -> dict[str, Any]:
        """Let the bank book a payment."""
        return self._post("credit", iban=iban, amount=amount, currency=currency, reference=reference, debtor=debtor)

    def misbehave(self, *, iban: str, behaviour: str, after: str = "") -> dict[str, Any]:
        """Let the bank treat the next payment to an account badly."""
        return self._post("misbehave", iban=iban, behaviour=behaviour, after=after)

    def invariants(self) -> Audit:
        """Compare bank, ledger and chain."""
        return cast(Audit, self._session.get("/v1/_devnet/invariants"))

    def _post(self, name: str, **body: Any) -> dict[str, Any]:
        """Send a control."""
        return cast(dict[str, Any], self._session.post_once(f"/v1/_devnet/{name}", body))
