"""The doors that the demo uses, the same as everybody's: the REST API, the chain's endpoint, the bank's controls."""

import time
from collections.abc import Callable
from typing import Any, Final, TypeVar
from uuid import uuid4

import httpx
from eth_account import Account

from tradecoin_devnet.evm.accounts import DevAccount
from tradecoin_devnet.stack.http import post

Seen = TypeVar("Seen")
_LOOK_SECONDS: Final = 0.25
_PATIENCE_SECONDS: Final = 90.0
_GAS: Final = 250_000


class DemoFailed(RuntimeError):
    """Something did not come out as it must; the message says what and what was seen instead."""


class Api:
    """The node's REST API with one key."""

    def __init__(self, url: str, key: str) -> None:
        """Keep a connection; no proxy stands between."""
        headers = {"Authorization": f"Bearer {key}"}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False)

    def get(self, path: str, **query: str) -> Any:
        """Return what stands there; raises DemoFailed."""
        return self._checked(self._client.get(path, params=query))

    def all(self, path: str, **query: str) -> list[Any]:
        """Return every row of a list, page by page."""
        rows: list[Any] = []
        after = ""
        while True:
            page = self.get(path, **({**query, "after": after} if after else query))
            rows += page["data"]
            after = page["next"]
            if not after:
                return rows

    def post(self, path: str, body: Any = None) -> Any:
        """Ask for something to be done, once however often it is asked."""
        headers = {"Idempotency-Key": uuid4().hex}
        return self._checked(self._client.post(path, json=body, headers=headers))

    def post_file(self, path: str, raw: bytes) -> Any:
        """Upload a bank message."""
        kind = "application/xml" if raw.lstrip()[:1] == b"<" else "text/plain"
        headers = {"Content-Type": kind, "Idempotency-Key": uuid4().hex}
        return self._checked(self._client.post(path, content=raw, headers=headers))

    def _checked(self, answer: httpx.Response) -> Any:
        """Return the body, or raise with the problem that the node described."""
        if answer.status_code >= 400:
            raise DemoFailed(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}")
        return answer.json()


class Chain:
    """The chain's endpoint, used as a holder's wallet does."""

    def __init__(self, url: str, chain_id: int) -> None:
        """Remember where it is."""
        self._url, self._chain_id = url, chain_id

    def send(self, account: DevAccount, to: str, data: str) -> str:
        """Sign and send a transaction of `account`; return its hash."""
        base = int(self._call("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
        tip = 10**9
        fields = {
            "chainId": self._chain_id,
            "nonce": int(self._call("eth_getTransactionCount", account.address, "pending"), 16),
            "to": to,
            "data": data,
            "value": 0,
            "gas": _GAS,
            "maxFeePerGas": 2 * base + tip,
            "maxPriorityFeePerGas": tip,
        }
        signed = Account.from_key(account.key).sign_transaction(fields)
        return str(self._call("eth_sendRawTransaction", "0x" + bytes(signed.raw_transaction).hex()))

    def wait_mined(self, tx_hash: str) -> None:
        """Wait until a transaction is in a block; raises DemoFailed when it reverted."""
        receipt = wait_for(f"transaction {tx_hash}", lambda: self._call("eth_getTransactionReceipt", tx_hash), bool)
        if receipt["status"] != "0x1":
            raise DemoFailed(f"transaction {tx_hash} reverted")

    def _call(self, method: str, *params: Any) -> Any:
        """Ask the endpoint."""
        reply = post(self._url, {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
        if "error" in reply:
            raise DemoFailed(f"{method}: {reply['error']}")
        return reply["result"]


def sign_text(account: DevAccount, text: str) -> str:
    """Sign a personal message (ERC-191)."""
    from eth_account.messages import encode_defunct

    return "0x" + bytes(Account.sign_message(encode_defunct(text=text), account.key).signature).hex()


def sign_typed(account: DevAccount, message: dict[str, Any]) -> str:
    """Sign typed data (EIP-712)."""
    return "0x" + bytes(Account.sign_typed_data(account.key, full_message=message).signature).hex()


def wait_for(
    what: str, look: Callable[[], Seen], good: Callable[[Seen], bool], *, seconds: float = _PATIENCE_SECONDS
) -> Seen:
    """Look until it is good; raises DemoFailed with what was seen last."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if good(seen):
            return seen
        if time.monotonic() > deadline:
            raise DemoFailed(f"{what}: not there after {seconds:.0f} s; last seen: {str(seen)[:1500]}")
        time.sleep(_LOOK_SECONDS)
