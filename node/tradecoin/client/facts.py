"""What anybody may read, the books, and the feed."""

from collections.abc import Iterator, Sequence
from typing import cast

from tradecoin.client.bodies import (
    Attestation,
    Audit,
    Contracts,
    Event,
    Journal,
    LedgerAccount,
    Proof,
    Reserves,
    Status,
    Supply,
    TokenCard,
    TrialBalance,
)
from tradecoin.client.session import Session


class Facts:
    """/v1/reserves and its neighbours."""

    def __init__(self, session: Session) -> None:
        """Use the session."""
        self._session = session

    def reserves(self) -> Reserves:
        """Read what backs the coins."""
        return cast(Reserves, self._session.get("/v1/reserves"))

    def supply(self) -> Supply:
        """Read how many coins there are."""
        return cast(Supply, self._session.get("/v1/supply"))

    def status(self) -> Status:
        """Read how the node is."""
        return cast(Status, self._session.get("/v1/status"))

    def contracts(self) -> Contracts:
        """Read contracts, roles and signers."""
        return cast(Contracts, self._session.get("/v1/contracts"))

    def token_card(self) -> TokenCard:
        """Read what a wallet wants to know."""
        return cast(TokenCard, self._session.get("/v1/token-card"))


class Attestations:
    """/v1/attestations."""

    def __init__(self, session: Session) -> None:
        """Use the session."""
        self._session = session

    def start(self) -> Attestation:
        """Start one, or get the one under way."""
        return cast(Attestation, self._session.post("/v1/attestations"))

    def get(self, attestation_id: str) -> Attestation:
        """Read one; "latest" is the one in the contract."""
        return cast(Attestation, self._session.get(f"/v1/attestations/{attestation_id}"))

    def list(self, *, state: str | None = None) -> Iterator[Attestation]:
        """Read every attestation that fits, oldest first."""
        return cast(Iterator[Attestation], self._session.pages("/v1/attestations", state=state))

    def proof(self, claim: str, *, attestation_id: str = "latest") -> Proof:
        """Read the proof that a deposit, by its id or key, is among the claims."""
        return cast(Proof, self._session.get(f"/v1/attestations/{attestation_id}/proofs/{claim}"))


class Ledger:
    """/v1/ledger and /v1/audit."""

    def __init__(self, session: Session) -> None:
        """Use the session."""
        self._session = session

    def accounts(self) -> Sequence[LedgerAccount]:
        """Read the five balances."""
        return cast(Sequence[LedgerAccount], self._session.get("/v1/ledger/accounts")["data"])

    def journals(self, *, after: int = 0) -> Iterator[Journal]:
        """Read every entry after a sequence number."""
        while True:
            page = self._session.get("/v1/ledger/journals", after=after, limit=1000)
            yield from cast(Sequence[Journal], page["data"])
            if page["next"] is None:
                return
            after = int(page["next"])

    def trial_balance(self) -> TrialBalance:
        """Read debits against credits."""
        return cast(TrialBalance, self._session.get("/v1/ledger/trial-balance"))

    def audit(self) -> Audit:
        """Compare bank, ledger and chain."""
        return cast(Audit, self._session.get("/v1/audit"))


class Events:
    """/v1/events."""

    def __init__(self, session: Session) -> None:
        """Use the session."""
        self._session = session

    def since(self, after: int = 0, *, limit: int = 1000) -> tuple[Sequence[Event], int]:
        """Read up to `limit` lines after a number, and the number to go on from."""
        page = self._session.get("/v1/events", after=after, limit=limit)
        return cast(Sequence[Event], page["data"]), int(page["next"])
