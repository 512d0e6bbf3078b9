"""Orders, deposits, bank messages, redemptions, payouts."""

from collections.abc import Iterator, Sequence
from typing import cast

from tradecoin.client.bodies import (
    BankMessage,
    Deposit,
    Imported,
    MintOrder,
    Payout,
    PreparedRedemption,
    Redemption,
    Step,
)
from tradecoin.client.session import Session


class _Group:
    """Methods of one resource."""

    path = ""

    def __init__(self, session: Session) -> None:
        """Use the session."""
        self._session = session

    def _timeline(self, row_id: str) -> Sequence[Step]:
        """Read how something came to its state."""
        return cast(Sequence[Step], self._session.get(f"{self.path}/{row_id}/timeline")["data"])


class MintOrders(_Group):
    """/v1/mint-orders."""

    path = "/v1/mint-orders"

    def create(
        self, *, amount: str, currency: str, recipient: str, key: str | None = None, wait_seconds: int = 0
    ) -> MintOrder:
        """Order coins; the payment must carry the answer's `reference`."""
        body = {"amount": amount, "currency": currency, "recipient": recipient}
        headers = {"Prefer": f"wait={wait_seconds}"} if wait_seconds else {}
        return cast(MintOrder, self._session.post(self.path, body, key=key, headers=headers))

    def get(self, order_id: str) -> MintOrder:
        """Read an order."""
        return cast(MintOrder, self._session.get(f"{self.path}/{order_id}"))

    def list(self, *, state: str | None = None, reference: str | None = None) -> Iterator[MintOrder]:
        """Read every order that fits, oldest first."""
        return cast(Iterator[MintOrder], self._session.pages(self.path, state=state, reference=reference))

    def timeline(self, order_id: str) -> Sequence[Step]:
        """Read how an order came to its state."""
        return self._timeline(order_id)

    def cancel(self, order_id: str) -> MintOrder:
        """Withdraw an order that no voucher was signed for."""
        return cast(MintOrder, self._session.post(f"{self.path}/{order_id}/cancel"))

    def decide(self, order_id: str, *, approve: bool, reason: str) -> MintOrder:
        """Approve or reject an order in review."""
        body = {"approve": approve, "reason": reason}
        return cast(MintOrder, self._session.post(f"{self.path}/{order_id}/approvals", body))


class Deposits(_Group):
    """/v1/deposits."""

    path = "/v1/deposits"

    def get(self, deposit_id: str) -> Deposit:
        """Read a deposit."""
        return cast(Deposit, self._session.get(f"{self.path}/{deposit_id}"))

    def list(self, *, state: str | None = None, reference: str | None = None) -> Iterator[Deposit]:
        """Read every deposit that fits, oldest first."""
        return cast(Iterator[Deposit], self._session.pages(self.path, state=state, reference=reference))

    def timeline(self, deposit_id: str) -> Sequence[Step]:
        """Read how a deposit came to its state."""
        return self._timeline(deposit_id)

    def assign(self, deposit_id: str, *, recipient: str, key: str | None = None) -> MintOrder:
        """Give what is left of a credit to a recipient."""
        body = {"recipient": recipient}
        return cast(MintOrder, self._session.post(f"{self.path}/{deposit_id}/assign", body, key=key))

    def send_back(self, deposit_id: str, *, reason: str, iban: str = "", key: str | None = None) -> Deposit:
        """Send a credit back to its payer."""
        body = {"reason": reason, "iban": iban}
        return cast(Deposit, self._session.post(f"{self.path}/{deposit_id}/return", body, key=key))


class BankMessages(_Group):
    """/v1/bank-messages."""

    path = "/v1/bank-messages"

    def bring(self, raw: bytes) -> Imported:
        """Bring a message of the bank as it came; the same bytes again change nothing."""
        kind = "application/xml" if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else "text/plain"
        return cast(Imported, self._session.upload(self.path, raw, kind))

    def list(self, *, kind: str | None = None) -> Iterator[BankMessage]:
        """Read every message that fits, oldest first."""
        return cast(Iterator[BankMessage], self._session.pages(self.path, kind=kind))

    def raw(self, message_id: str) -> bytes:
        """Read the bytes of a message."""
        return self._session.raw(f"{self.path}/{message_id}/raw")


class Redemptions(_Group):
    """/v1/redemptions."""

    path = "/v1/redemptions"

    def create(
        self, *, holder: str, amount: str, bank_account: str, mode: str, key: str | None = None
    ) -> PreparedRedemption:
        """Announce a redemption, `direct` or `gasless`; the answer says what the holder does next."""
        body = {"holder": holder, "amount": amount, "bank_account": bank_account, "mode": mode}
        return cast(PreparedRedemption, self._session.post(self.path, body, key=key))

    def sign(self, redemption_id: str, signature: str) -> Redemption:
        """Hand in the holder's signature (0x…) over the typed data."""
        return cast(Redemption, self._session.post(f"{self.path}/{redemption_id}/signature", {"signature": signature}))

    def get(self, redemption_id: str) -> Redemption:
        """Read a redemption."""
        return cast(Redemption, self._session.get(f"{self.path}/{redemption_id}"))

    def list(self, *, state: str | None = None, holder: str | None = None) -> Iterator[Redemption]:
        """Read every redemption that fits, oldest first."""
        return cast(Iterator[Redemption], self._session.pages(self.path, state=state, holder=holder))

    def timeline(self, redemption_id: str) -> Sequence[Step]:
        """Read how a redemption came to its state."""
        return self._timeline(redemption_id)

    def cancel(self, redemption_id: str) -> Redemption:
        """Close an intent that the holder did not act on."""
        return cast(Redemption, self._session.post(f"{self.path}/{redemption_id}/cancel"))

    def decide(self, redemption_id: str, *, approve: bool, reason: str) -> Redemption:
        """Approve a redemption in review, or give its coins back."""
        body = {"approve": approve, "reason": reason}
        return cast(Redemption, self._session.post(f"{self.path}/{redemption_id}/approvals", body))


class Payouts(_Group):
    """/v1/payouts."""

    path = "/v1/payouts"

    def get(self, payout_id: str) -> Payout:
        """Read a payout."""
        return cast(Payout, self._session.get(f"{self.path}/{payout_id}"))

    def list(self, *, state: str | None = None, subject: str | None = None) -> Iterator[Payout]:
        """Read every payout that fits, oldest first."""
        return cast(Iterator[Payout], self._session.pages(self.path, state=state, subject=subject))

    def timeline(self, payout_id: str) -> Sequence[Step]:
        """Read how a payout came to its state."""
        return self._timeline(payout_id)

    def confirm_missing(self, payout_id: str) -> Payout:
        """State that a payout without an answer never happened."""
        return cast(Payout, self._session.post(f"{self.path}/{payout_id}/confirm-missing"))

    def repay(self, payout_id: str, *, bank_account: str, key: str | None = None) -> Payout:
        """Pay again what came back after its coins were burned."""
        body = {"bank_account": bank_account}
        return cast(Payout, self._session.post(f"{self.path}/{payout_id}/repay", body, key=key))
