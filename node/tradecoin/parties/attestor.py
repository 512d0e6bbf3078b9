"""An auditor: recomputes every figure of a statement from bank and chain, and signs what it finds true."""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tradecoin.domain.money import Coins
from tradecoin.parties.answers import Difference, Disagreement, NotYet
from tradecoin.parties.book import BankBook, Payment
from tradecoin.parties.compare import compare_claims, compare_figures
from tradecoin.parties.figures import ChainAt, Terms, View, view
from tradecoin.parties.history import History
from tradecoin.parties.memory import SignedStatement, StatementMemory, open_file
from tradecoin.parties.messages import AttestationMessage
from tradecoin.parties.rpc import Header, Rpc
from tradecoin.parties.server import PartyServer, serve_until_stopped
from tradecoin.parties.settings import PartyConfig
from tradecoin.parties.standing import standing
from tradecoin.parties.web import Web
from tradecoin.signing.hashing import unix_rounded_down
from tradecoin.signing.keys import Key
from tradecoin.signing.refs import evidence_hash
from tradecoin.signing.typed import Domain, attestation_digest
from tradecoin.signing.wire import from_json

_LISTED: Final = 50
_NOTHING: Final = Coins(0)
_AHEAD: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)
_MOMENT: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, kw_only=True)
class AttestorConfig(PartyConfig):
    """Settings of an auditor.

    `minimum_equity` in base units never backs coins. `release_seconds`: how long after signing a statement that nobody
    published the auditor may sign a later cut in its place.
    """

    minimum_equity: Coins = _NOTHING
    release_seconds: int = 600


class Attestor:
    """The party behind the server."""

    kind = "attestation"

    def __init__(self, config: AttestorConfig) -> None:
        """Read the key and open the memory; bank and chain are asked when something is to be signed."""
        self.config = config
        self.key: Key = config.key()
        self._now: Callable[[], datetime] = config.clock()
        bank = Web(config.bank_url, config.timeout_seconds)
        self._book = BankBook(bank, bank_id=config.bank_id, account=config.account, currency=config.money)
        chain = Web(config.rpc_url, config.timeout_seconds)
        self._rpc = Rpc(chain, chain_id=config.chain_id, finality=config.finality)
        self._db: sqlite3.Connection = open_file(config.data)
        self._memory = StatementMemory(self._db)
        self._count = self._memory.count()
        self._history = History(self._db, self._rpc, contract=config.narrow_bank, first_block=config.first_block)
        self._domain = Domain("Reserves", config.chain_id, config.reserves)
        self._terms = Terms(config.chain_id, config.narrow_bank, config.scale, config.minimum_equity)

    def sign(self, message: object) -> bytes:
        """Sign a statement if every figure is the auditor's own; raises Disagreement, BadMessage, NotYet."""
        request = from_json(AttestationMessage, message)
        _refuse("cut_differs", self._cut(request))
        final = self._rpc.final()
        _refuse("block_differs", self._block(request, final))
        _refuse("predecessor_differs", self._predecessor(request))
        self._compare(request, final)
        return self._signed(request, final)

    def status(self) -> Mapping[str, Any]:
        """Return who signs here and how much was signed."""
        return {
            "party": "attestor",
            "name": self.config.name,
            "signer": self.key.address,
            "signed": self._count,
            "chain_id": self.config.chain_id,
            "contract": self.config.reserves,
            "now": self._now().isoformat(timespec="seconds").replace("+00:00", "Z"),
        }

    def explain(self, cut: datetime | None = None) -> list[str]:
        """Return the auditor's view line by line, at a cut or now, at the last final block before it."""
        moment = cut or self._now().replace(microsecond=0)
        final = self._rpc.final()
        block = self._last_before(unix_rounded_down(moment), final)
        own = self._view(moment, self._book.payments(), self._chain_at(block.number, final), ())
        figures, scale = own.figures, self.config.scale
        named = [(name, scale.text(getattr(figures, name))) for name in _SHOWN]
        sign, equity = "-" if figures.equity_units < 0 else "", scale.text(Coins(abs(figures.equity_units)))
        head = [f"cut: {moment.astimezone(UTC).isoformat()}", f"block: {block.number} {block.hash}"]
        return [*head, *own.lines, *(f"{name}: {text}" for name, text in named), f"equity: {sign}{equity}"]

    def accept_fork(self) -> None:
        """Forget the chain's history, not what was signed: an operator decided that the present chain is the one."""
        self._history.forget()

    def close(self) -> None:
        """Let go of the memory."""
        self._db.close()

    def _cut(self, request: AttestationMessage) -> Iterator[Difference]:
        """The cut lies in the past; clocks may differ by a little, which time mends."""
        now = self._now()
        if now < request.cut <= now + _AHEAD:
            raise NotYet("the cut lies ahead", cut=request.cut.isoformat(), now=now.isoformat())
        if request.cut > now:
            yield Difference("cut", f"not after {now.isoformat()}", request.cut.isoformat())

    def _block(self, request: AttestationMessage, final: Header) -> Iterator[Difference]:
        """The block is on the chain, final, and the last before the cut; seconds of the cut are rounded down."""
        number, cut = request.block_number, unix_rounded_down(request.cut)
        if number > final.number:
            raise NotYet("the block is not final here", block=number, final=final.number)
        block = self._rpc.header(number) if number >= 0 else None
        if block is None or block.hash != request.block_hash.lower():
            yield Difference("block", block.hash if block else "none", request.block_hash)
        elif block.timestamp >= cut:
            yield Difference("block", f"one before {cut}", f"{number} at {block.timestamp}")
        elif number < final.number:
            following = self._rpc.header(number + 1)
            if following is not None and following.timestamp < cut:
                yield Difference("block", f"at least {following.number}", str(number))

    def _predecessor(self, request: AttestationMessage) -> Iterator[Difference]:
        """The statement follows the contract's head, is newer, and is for the current set of signers."""
        words = self._rpc.call(self.config.reserves, "head()")
        if words[0] != request.prev:
            yield Difference("prev", f"0x{words[0].hex()}", f"0x{request.prev.hex()}")
        newest = int.from_bytes(words[3], "big")
        if unix_rounded_down(request.cut) <= newest:
            yield Difference("cut", f"after {newest}", request.cut.isoformat())
        current = int.from_bytes(self._rpc.call(self.config.reserves, "setNumber()")[0], "big")
        if current != request.signer_set:
            yield Difference("signer_set", str(current), str(request.signer_set))

    def _compare(self, request: AttestationMessage, final: Header) -> None:
        """Raise Disagreement unless every line is true at the cut.

        What is signed counts seconds. So a cut told in whole seconds stands for any instant of its second, of which
        those just after a booking are all that differ.
        """
        chosen = {claim.account for claim in request.claims}
        chain = self._chain_at(request.block_number, final)
        payments = self._book.payments()
        refusal: Disagreement | None = None
        for cut in _instants(request.cut, payments):
            own = self._view(cut, payments, chain, chosen)
            differences = [
                *compare_figures(own, request, self.config.scale),
                *compare_claims(own, request, self.config.scale),
                *self._evidence(request),
            ]
            if not differences:
                return
            refusal = refusal or Disagreement("figures_differ", differences[:_LISTED], own.figures)
        if refusal is not None:
            raise refusal

    def _chain_at(self, block: int, final: Header) -> ChainAt:
        """Read the chain at the end of a block."""
        self._history.read_to(final)
        supply = int.from_bytes(self._rpc.call(self.config.token, "totalSupply()", at=block)[0], "big")
        return ChainAt(supply, self._history.issued(block), self._history.requests(block))

    def _view(self, cut: datetime, payments: Sequence[Payment], chain: ChainAt, chosen: Collection[str]) -> View:
        """Compute the auditor's figures."""
        balance = self._book.balance(cut)
        before = [payment for payment in payments if payment.booked_at < cut]
        return view(terms=self._terms, balance=balance, book=standing(before), chain=chain, chosen=chosen)

    def _evidence(self, request: AttestationMessage) -> Iterator[Difference]:
        """The evidence names this account, cut, balance and block."""
        expected = evidence_hash(
            self.config.bank_id,
            self.config.account,
            cut=request.cut,
            reserves=request.figures.reserves,
            block_number=request.block_number,
            block_hash=request.block_hash,
        )
        if expected != request.evidence:
            yield Difference("evidence", f"0x{expected.hex()}", f"0x{request.evidence.hex()}")

    def _signed(self, request: AttestationMessage, final: Header) -> bytes:
        """Remember the statement and sign it, unless another one for the same predecessor may still be published."""
        figures = request.figures
        digest = attestation_digest(
            self._domain,
            signer_set=request.signer_set,
            prev=request.prev,
            reserves=figures.reserves,
            encumbered=figures.encumbered,
            settling=figures.settling,
            claims=figures.claims,
            claims_root=request.claims_root,
            evidence=request.evidence,
            cut=request.cut,
        )
        now = unix_rounded_down(self._now())
        statement = SignedStatement(digest, request.signer_set, unix_rounded_down(request.cut), now)
        _refuse("predecessor_taken", self._rival(request.prev, statement, final))
        self._memory.keep(request.prev, statement)
        self._count = self._memory.count()
        return self.key.sign(digest)

    def _rival(self, prev: bytes, statement: SignedStatement, final: Header) -> Iterator[Difference]:
        """An auditor signs one statement for each predecessor, so that nobody can choose between two.

        An earlier one no longer counts when the contract cannot accept it any more (too old, or of another set of
        signers), or when nobody published it for `release_seconds` and the new cut is later.
        """
        earlier = [one for one in self._memory.after(prev) if one.digest != statement.digest]
        if any(one.digest == statement.digest for one in self._memory.after(prev)) or not earlier:
            return
        oldest = final.timestamp - int.from_bytes(self._rpc.call(self.config.reserves, "maxAge()")[0], "big")
        for one in earlier:
            released = statement.signed_at - one.signed_at >= self.config.release_seconds and statement.cut > one.cut
            if one.cut >= oldest and one.signer_set == statement.signer_set and not released:
                yield Difference("prev", f"signed for 0x{one.digest.hex()} already", f"0x{statement.digest.hex()}")

    def _last_before(self, cut: int, final: Header) -> Header:
        """Return the last final block before a Unix second, by halving."""
        low, high, found = self.config.first_block, final.number, None
        while low <= high:
            middle = (low + high) // 2
            block = self._rpc.header(middle)
            if block is None or block.timestamp >= cut:
                high = middle - 1
            else:
                low, found = middle + 1, block
        if found is None:
            raise NotYet("no final block lies before that time", cut=cut)
        return found


_SHOWN: Final = ("reserves", "encumbered", "settling", "claims", "supply")


def _instants(cut: datetime, payments: Sequence[Payment]) -> list[datetime]:
    """Return the instants that a cut may stand for: itself, and if it has no fraction those after a booking within."""
    if cut.microsecond:
        return [cut]
    within = {payment.booked_at for payment in payments if cut <= payment.booked_at < cut + _SECOND - _MOMENT}
    return [cut, *(moment + _MOMENT for moment in sorted(within))]


def _refuse(code: str, differences: Iterator[Difference]) -> None:
    """Raise Disagreement when there is any difference."""
    found = list(differences)
    if found:
        raise Disagreement(code, found)


def serve(config: AttestorConfig, ready: Callable[[str], None] | None = None) -> None:
    """Run an auditor until SIGTERM; raises BadKeyFile, OSError when the port is taken. `ready` gets its address."""
    party = Attestor(config)
    try:
        serve_until_stopped(PartyServer((config.host, config.port), party), ready)
    finally:
        party.close()


def explain(config: AttestorConfig, cut: datetime | None = None) -> list[str]:
    """Return what this auditor sees, line by line; raises NotYet when bank or chain cannot be seen."""
    party = Attestor(config)
    try:
        return party.explain(cut)
    finally:
        party.close()


def accept_fork(config: AttestorConfig) -> None:
    """Let an auditor that stopped at a fork beyond finality read the chain anew; what it signed stays remembered."""
    party = Attestor(config)
    try:
        party.accept_fork()
    finally:
        party.close()
