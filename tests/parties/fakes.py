"""A bank's book and a chain, as far as a signing party reads them, each behind a real HTTP server on a free port."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from tradecoin.domain.money import Coins
from tradecoin.parties.rpc import topic_of
from tradecoin.signing.hashing import address_word, checksum_address, keccak, uint_word
from tradecoin.signing.refs import end_to_end_id

BANK_ID = "TESTBANK"
ACCOUNT = "DE89370400440532013000"
CHAIN_ID = 31337
TOKEN, NARROW_BANK, RESERVES = (checksum_address(bytes([byte]) * 20) for byte in (0xA1, 0xB2, 0xC3))
ALICE, MALLORY = checksum_address(b"\x11" * 20), checksum_address(b"\x66" * 20)
START = datetime(2026, 11, 2, 9, tzinfo=UTC)
POLL_SECONDS = 0.01
"""How often a test's server looks whether it is to stop."""


def coins(euros: int) -> Coins:
    """Return whole euros as coins of six decimals."""
    return Coins(euros * 1_000_000)


class Answering(Protocol):
    """Something that a fake server can speak for."""

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """Return status and JSON."""


@contextmanager
def listening(what: Answering) -> Iterator[str]:
    """Serve `what` on a free port; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._reply(None)

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            self._reply(json.loads(raw))

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _reply(self, body: Any) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, answer = what.answer(self.command, parts.path, query, body)
            raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class FakeBank:
    """A book of one account. `short_by` cents are kept from its balance; `now` bounds what it tells.

    While `gate` is closed it keeps whoever asks waiting; `asked` says that somebody did.
    """

    lines: list[dict[str, Any]] = field(default_factory=list)
    now: datetime = START
    short_by: int = 0
    broken: bytes | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def book(self, cents: int, **facts: Any) -> str:
        """Book cents now, a credit above zero; return the bank's reference. Time goes on by a second."""
        reference = facts.pop("reference", f"TB{len(self.lines):06d}")
        line = {
            "reference": reference,
            "end_to_end_id": None,
            "amount": f"{abs(cents) // 100}.{abs(cents) % 100:02d}",
            "currency": "EUR",
            "credit": cents > 0,
            "booked_at": _stamp(self.now),
            "booking_date": self.now.date().isoformat(),
            "status": "BOOK",
            "reversal": False,
            "code": "PMNT/RCDT/ESCT" if cents > 0 else "PMNT/ICDT/ESCT",
            "details": [],
        }
        self.lines.append(line | facts)
        self.now += timedelta(seconds=1)
        return str(reference)

    def credit(self, euros: int, reference: str = "", **facts: Any) -> str:
        """Book a payer's credit with a structured reference."""
        return self.book(euros * 100, remittance={"reference": reference or None, "lines": []}, **facts)

    def payout(self, euros: int, request: int, attempt: int = 1) -> str:
        """Book a payout of a redemption."""
        return self.book(-euros * 100, end_to_end_id=end_to_end_id(CHAIN_ID, NARROW_BANK, request, attempt))

    def give_back(self, euros: int, request: int, attempt: int = 1) -> str:
        """Book the return of a payout."""
        own_id = end_to_end_id(CHAIN_ID, NARROW_BANK, request, attempt)
        return self.book(euros * 100, end_to_end_id=own_id, returned={"reason": "AC04"}, code="PMNT/ICDT/RRTN")

    def reverse(self, reference: str) -> str:
        """Book the reversal of an entry."""
        line = next(line for line in self.lines if line["reference"] == reference)
        cents = int(line["amount"].replace(".", ""))
        return self.book(-cents if line["credit"] else cents, reversal=True, reverses=reference)

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """Speak as the bank does."""
        self.asked.set()
        self.gate.wait(10)
        if self.broken is not None:
            return 200, self.broken
        if path == f"/accounts/{ACCOUNT}/entries":
            return 200, self.lines[int(query.get("after", "0")) :]
        if path != f"/accounts/{ACCOUNT}/balance":
            return 404, {"code": "unknown"}
        at = datetime.fromisoformat(query["at"])
        if at > self.now:
            return 409, {"code": "in_the_future"}
        signed = (_cents(line) for line in self.lines if datetime.fromisoformat(line["booked_at"]) < at)
        cents = sum(signed) - self.short_by
        text = f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
        return 200, {"balance": text, "currency": "EUR", "at": query["at"]}


def _cents(line: dict[str, Any]) -> int:
    return int(line["amount"].replace(".", "")) * (1 if line["credit"] else -1)


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class FakeChain:
    """Blocks with logs of the bank contract, and the few views that parties call."""

    now: datetime = START
    finality: int = 0
    salt: bytes = b""
    chain_id: int = CHAIN_ID
    blocks: list[datetime] = field(default_factory=lambda: [START - timedelta(days=1)])
    logs: list[dict[str, Any]] = field(default_factory=list)
    supplies: list[int] = field(default_factory=lambda: [0])
    head: bytes = bytes(32)
    head_cut: int = 0
    set_number: int = 1
    max_age: int = 7 * 86_400
    spent: dict[bytes, int] = field(default_factory=dict)
    requests: dict[int, tuple[str, int]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def mine(self, at: datetime, supply: int | None = None) -> int:
        """Add a block; return its number."""
        self.blocks.append(at)
        self.supplies.append(self.supplies[-1] if supply is None else supply)
        return len(self.blocks) - 1

    def emit(self, at: datetime, signature: str, topics: list[bytes], words: list[bytes], *, supply: int = 0) -> int:
        """Add a block with one log, which moves the supply by `supply`."""
        number = self.mine(at, self.supplies[-1] + supply)
        self.logs.append(
            {
                "address": NARROW_BANK,
                "blockNumber": hex(number),
                "logIndex": "0x0",
                "topics": [f"0x{topic.hex()}" for topic in (topic_of(signature), *topics)],
                "data": f"0x{b''.join(words).hex()}",
            }
        )
        return number

    def issue(self, at: datetime, deposit: bytes, euros: int, to: str = ALICE) -> int:
        """Mint coins on a deposit."""
        units = coins(euros).units
        topics = [bytes(32), deposit, address_word(to)]
        return self.emit(at, "Issued(bytes32,bytes32,address,uint256)", topics, [uint_word(units)], supply=units)

    def request(self, at: datetime, number: int, euros: int, holder: str = ALICE) -> int:
        """Put coins into escrow."""
        self.requests[number] = (holder, 1)
        topics = [uint_word(number), address_word(holder), b"\1" * 32]
        words = [uint_word(coins(euros).units), uint_word(0)]
        return self.emit(at, "Requested(uint256,address,uint256,bytes32,uint48)", topics, words)

    def settle(self, at: datetime, number: int, euros: int) -> int:
        """Burn escrow."""
        self.requests[number] = (self.requests[number][0], 3)
        units = coins(euros).units
        words = [uint_word(units), uint_word(units), bytes(32)]
        return self.emit(at, "Settled(uint256,uint256,uint256,bytes32)", [uint_word(number)], words, supply=-units)

    def cancel(self, at: datetime, number: int) -> int:
        """Return escrow to its holder."""
        self.requests[number] = (self.requests[number][0], 5)
        return self.emit(at, "Cancelled(uint256)", [uint_word(number)], [])

    def hash_of(self, number: int) -> str:
        """Return a block's hash."""
        return f"0x{keccak(self.salt + uint_word(number)).hex()}"

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """Speak JSON-RPC."""
        self.asked.append(body["method"])
        result = getattr(self, f"_{body['method']}")(*body["params"])
        return 200, {"jsonrpc": "2.0", "id": body["id"], "result": result}

    def _eth_chainId(self) -> str:
        return hex(self.chain_id)

    def _eth_getBlockByNumber(self, tag: str, full: bool) -> dict[str, str] | None:
        top = len(self.blocks) - 1
        number = {"latest": top, "finalized": max(0, top - self.finality)}.get(tag)
        number = int(tag, 16) if number is None else number
        if number > top:
            return None
        stamp = hex(int(self.blocks[number].timestamp()))
        return {"number": hex(number), "hash": self.hash_of(number), "timestamp": stamp}

    def _eth_getLogs(self, query: dict[str, str]) -> list[dict[str, Any]]:
        first, last = int(query["fromBlock"], 16), int(query["toBlock"], 16)
        return [log for log in self.logs if first <= int(log["blockNumber"], 16) <= last]

    def _eth_call(self, call: dict[str, str], tag: str) -> str:
        data = bytes.fromhex(call["data"][2:])
        number = len(self.blocks) - 1 if tag == "latest" else int(tag, 16)
        for signature, words in self._views(number, data[4:]).items():
            if keccak(signature.encode())[:4] == data[:4]:
                return f"0x{b''.join(words).hex()}"
        return "0x"

    def _views(self, number: int, argument: bytes) -> dict[str, list[bytes]]:
        holder, status = self.requests.get(int.from_bytes(argument, "big"), (ALICE, 0))
        return {
            "totalSupply()": [uint_word(self.supplies[number])],
            "head()": [self.head, uint_word(0), uint_word(0), uint_word(self.head_cut), uint_word(0)],
            "setNumber()": [uint_word(self.set_number)],
            "maxAge()": [uint_word(self.max_age)],
            "spent(bytes32)": [uint_word(self.spent.get(argument, 0))],
            "requestCount()": [uint_word(len(self.requests))],
            "requests(uint256)": [address_word(holder), uint_word(status), *[bytes(32)] * 4],
        }
