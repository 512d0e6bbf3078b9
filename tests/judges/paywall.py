"""A page that costs coins, with the x402 SDK on every side: who pays, who asks for it, who settles on the chain."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx
from eth_account import Account
from fastapi import FastAPI
from x402 import PaymentPayload, PaymentRequired, PaymentRequirements, x402Client, x402Facilitator, x402ResourceServer
from x402.http.clients.httpx import x402AsyncTransport
from x402.http.middleware.fastapi import payment_middleware
from x402.http.types import PaymentOption, RouteConfig
from x402.mechanisms.evm import FacilitatorWeb3Signer
from x402.mechanisms.evm.exact import (
    register_exact_evm_client,
    register_exact_evm_facilitator,
    register_exact_evm_server,
)
from x402.schemas import AssetAmount, SettleResponse, VerifyResponse

from tests.contracts.abi import KEYS
from tests.contracts.kit import BOB, CHAIN_ID, COIN, RELAYER, System

NETWORK = f"eip155:{CHAIN_ID}"
PRICE = COIN // 4
SCHEME = "exact"
SECONDS_MAX = 300


def account_signer(holder: str) -> Any:
    """Return a devnet account as the SDK's payer."""
    return Account.from_key(KEYS[holder])


@dataclass
class Shop:
    """Sells one page for `PRICE` to whoever pays BOB; RELAYER settles and pays the gas."""

    system: System
    url: str
    facilitator: x402Facilitator = field(init=False)

    def __post_init__(self) -> None:
        self.facilitator = x402Facilitator()
        signer = FacilitatorWeb3Signer(KEYS[RELAYER], self.url)
        register_exact_evm_facilitator(self.facilitator, signer, NETWORK)

    @property
    def domain(self) -> dict[str, str]:
        """What the SDK puts into the EIP-712 domain beside chain and contract."""
        return {"name": "Narrow Coin", "version": "1"}

    def price(self, **others: Any) -> PaymentRequirements:
        """Return what is asked for; `others` replace its members."""
        standard: dict[str, Any] = {
            "scheme": SCHEME,
            "network": NETWORK,
            "asset": self.system.token.address,
            "amount": str(PRICE),
            "pay_to": BOB,
            "max_timeout_seconds": SECONDS_MAX,
            "extra": self.domain,
        }
        return PaymentRequirements(**(standard | others))

    def payment(self, signer: Any, requirements: PaymentRequirements | None = None) -> PaymentPayload:
        """Let the SDK's client choose and sign what the page asks for."""
        asked = PaymentRequired(accepts=[requirements or self.price()])
        made = asyncio.run(self._client(signer).create_payment_payload(asked))
        assert isinstance(made, PaymentPayload)
        return made

    def verify(self, payment: PaymentPayload, requirements: PaymentRequirements | None = None) -> VerifyResponse:
        """Let the SDK's facilitator judge a payment, by a simulation on the chain."""
        return asyncio.run(self.facilitator.verify(payment, requirements or self.price()))

    def settle(self, payment: PaymentPayload, requirements: PaymentRequirements | None = None) -> SettleResponse:
        """Let the SDK's facilitator bring a payment to the chain."""
        return asyncio.run(self.facilitator.settle(payment, requirements or self.price()))

    def visit(self, signer: Any | None) -> httpx.Response:
        """Ask for the page over HTTP; a visitor with a signer answers 402 by paying."""
        return asyncio.run(self._visit(signer))

    async def _visit(self, signer: Any | None) -> httpx.Response:
        inner = httpx.ASGITransport(self._app())
        transport = inner if signer is None else x402AsyncTransport(self._client(signer), inner)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.invalid") as client:
            return await client.get("/page")

    def _client(self, signer: Any) -> x402Client:
        client = x402Client()
        # The SDK knows the large stablecoins; any other coin the payer must allow by its address.
        client.set_spend_controls({"allowed_assets": True})
        return register_exact_evm_client(client, signer, NETWORK)

    def _app(self) -> FastAPI:
        app = FastAPI()
        server = register_exact_evm_server(x402ResourceServer(self.facilitator), NETWORK)
        price = AssetAmount(amount=str(PRICE), asset=self.system.token.address, extra=self.domain)
        option = PaymentOption(SCHEME, BOB, price, NETWORK, SECONDS_MAX)
        app.middleware("http")(payment_middleware({"GET /page": RouteConfig(option)}, server))

        @app.get("/page")
        def page() -> str:
            return "worth a quarter"

        return app
