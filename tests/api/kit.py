"""What the API's tests share: the app in this process over a real database, a chain that answers, a plain client."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from tests.fakes.chain import FakeChain
from tests.stores import EUR, HandClock
from tradecoin.adapters.bank_files import BankFiles
from tradecoin.api import Services, create_app
from tradecoin.domain.chain import Block, ReserveView
from tradecoin.domain.money import CoinScale, Money
from tradecoin.domain.payment import Account, Address
from tradecoin.domain.terms import Terms
from tradecoin.flow.api_key import make_key
from tradecoin.ports.store import Store
from tradecoin.signing.hashing import checksum_address
from tradecoin.signing.keys import Key

RESERVE = "NL02ABNA0123456789"
PAYEE = "DE89370400440532013000"
HOLDER = Key(b"\x11" * 32)
STRANGER = Key(b"\x22" * 32)
TOKEN, NARROW_BANK, RESERVES = (checksum_address(bytes([each]) * 20) for each in (0xA1, 0xB2, 0xC3))

TERMS = Terms(
    bank="NRWB",
    account=RESERVE,
    account_name="Narrow Coin Issuer",
    bic="",
    currency=EUR,
    scale=CoinScale(6),
    zone="Europe/Amsterdam",
    chain_id=31337,
    token=TOKEN,
    narrow_bank=NARROW_BANK,
    reserves=RESERVES,
    review_above=Money(100_000_00, EUR),
    minimum_equity=Money(0, EUR),
)


class SpeakingChain(FakeChain):
    """The fake chain with the views that the API asks for; `facts` change what it says about minting."""

    facts: dict[str, Any]

    def read(self, contract: str, function: str, *args: Any, at: Block | None = None) -> Any:
        """Answer the few views."""
        self.head()
        answers = {"minRequest": 10**6, "totalSupply": 0, "balanceOf": 0, "decimals": 6, "name": "Narrow Euro"}
        return answers[function]

    def reserve_view(self, at: Block | None = None) -> ReserveView:
        """Answer with nothing attested, unless `facts` say otherwise."""
        plain = ReserveView(
            block=self.head(),
            supply=0,
            reserves=0,
            encumbered=0,
            settling=0,
            claims=0,
            head=bytes(32),
            cut=0,
            covered=False,
            fresh=False,
            halted=("stale", "not_covered"),
            headroom=0,
            rate_capacity=10**12,
            instant_cap=10**12,
            signer_set=1,
            auditor_set=1,
        )
        return replace(plain, **getattr(self, "facts", {}))


@dataclass
class FakeControls:
    """Devnet controls that remember what they were asked."""

    clock: HandClock
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def advance(self, by: timedelta) -> datetime:
        """See DevnetControls."""
        self.clock.advance(seconds=by.total_seconds())
        return self.clock.now()

    def mine(self, blocks: int) -> int:
        """See DevnetControls."""
        self.asked.append(("mine", blocks))
        return blocks

    def reorg(self, depth: int) -> int:
        """See DevnetControls."""
        self.asked.append(("reorg", depth))
        return depth

    def credit(self, *, iban: str, amount: str, currency: str, reference: str, debtor: str) -> dict[str, Any]:
        """See DevnetControls."""
        self.asked.append(("credit", amount))
        return {"reference": "BANK1"}

    def misbehave(self, *, iban: str, behaviour: str, after: str) -> dict[str, Any]:
        """See DevnetControls."""
        self.asked.append(("misbehave", behaviour))
        return {"rules": []}


class InProcess(httpx.BaseTransport):
    """Carries requests of a plain client to an app in this process; the app runs on a loop of its own."""

    def __init__(self, app: Any, portal: BlockingPortal) -> None:
        self._inner = httpx.ASGITransport(app=app)
        self._portal = portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and read the whole answer."""
        return self._portal.call(self._answer, request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        request.read()
        pieces = _pieces(request.content) if "transfer-encoding" in request.headers else request.content
        fresh = httpx.Request(request.method, request.url, headers=request.headers, content=pieces)
        response = await self._inner.handle_async_request(fresh)
        body = await response.aread()
        return httpx.Response(response.status_code, headers=response.headers, content=body)


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    """Give a body whose length nobody told beforehand, in pieces."""
    for start in range(0, len(content), 65_536):
        yield content[start : start + 65_536]


@dataclass
class Ground:
    """An app with its parts."""

    services: Services
    chain: SpeakingChain
    clock: HandClock
    controls: FakeControls
    app: FastAPI
    transport: InProcess
    tokens: dict[str, str]

    @property
    def store(self) -> Store:
        """The app's database."""
        return self.services.store

    def client(self, *scopes: str, name: str = "") -> httpx.Client:
        """Return a client with a key of these scopes, named after the first; without scopes it has no key."""
        headers = {}
        if scopes:
            label = f"{name or scopes[0]}:{','.join(scopes)}"
            if label not in self.tokens:
                self.tokens[label] = self.store.write(lambda tx: make_key(tx, name or scopes[0], scopes))[1]
            headers["Authorization"] = f"Bearer {self.tokens[label]}"
        return httpx.Client(transport=self.transport, base_url="http://node", headers=headers)


def services_for(store: Store, chain: SpeakingChain, controls: FakeControls | None) -> Services:
    """Describe a node around a store and a chain."""
    account = Account("Narrow Coin Issuer", RESERVE, Address(town="Amsterdam", country="NL"))
    return Services(
        store=store,
        chain=chain,
        format=BankFiles(account, zone=ZoneInfo(TERMS.zone)),
        terms=TERMS,
        token_name="Narrow Euro",
        token_symbol="NRW",
        origin="http://node",
        key_addresses={"relay": HOLDER.address, "payer": STRANGER.address},
        deployment={
            "chain_id": 31337,
            "block": 1,
            "contracts": {"Token": {"address": TOKEN, "code_hash": "0x00", "block": 1}},
            "roles": [],
            "signers": {"bank": [], "auditors": []},
        },
        devnet=controls,
    )


@contextmanager
def ground_over(store: Store, clock: HandClock, *, devnet: bool = True) -> Iterator[Ground]:
    """Run the app over a store."""
    chain, controls = SpeakingChain(), FakeControls(clock)
    services = services_for(store, chain, controls if devnet else None)
    with start_blocking_portal() as portal:
        app = create_app(services)
        yield Ground(services, chain, clock, controls, app, InProcess(app, portal), {})


def key(name: str = "k1") -> dict[str, str]:
    """Return the header that a request which moves money carries."""
    return {"Idempotency-Key": name}


def order(amount: str = "100.00", **changes: Any) -> dict[str, Any]:
    """Return the body of a mint order."""
    return {"amount": amount, "currency": "EUR", "recipient": HOLDER.address, **changes}


def camt054(*credits: tuple[str, str, str], account: str = RESERVE, message: str = "M1") -> bytes:
    """Write a credit notification: each credit is amount, reference of the bank, remittance text."""
    entries = "".join(
        f"<Ntry><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>2026-03-02</Dt></BookgDt><AcctSvcrRef>{name}</AcctSvcrRef>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls><TxDtls><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        for amount, name, text in credits
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.054.001.08'><BkToCstmrDbtCdtNtfctn>"
        f"<GrpHdr><MsgId>{message}</MsgId><CreDtTm>2026-03-02T11:00:00Z</CreDtTm></GrpHdr>"
        f"<Ntfctn><Id>{message}-1</Id><CreDtTm>2026-03-02T11:00:00Z</CreDtTm><Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>{entries}</Ntfctn>"
        "</BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()
