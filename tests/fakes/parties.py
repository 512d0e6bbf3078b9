"""Signers that look for themselves: the real parties' own reckoning, on the fake bank's book and the fake chain."""

from dataclasses import dataclass
from typing import Any, cast

from tests.fakes.bank import FakeBank
from tests.fakes.contracts import CHAIN_ID, NARROW_BANK, RESERVES, ContractChain
from tradecoin.domain.terms import Terms
from tradecoin.parties import checks
from tradecoin.parties.answers import Difference
from tradecoin.parties.book import BankBook
from tradecoin.parties.checks import Known, Rules
from tradecoin.parties.compare import compare_claims, compare_figures
from tradecoin.parties.figures import ChainAt, View, view
from tradecoin.parties.figures import Terms as AuditTerms
from tradecoin.parties.history import Name, Request
from tradecoin.parties.messages import Ground
from tradecoin.parties.standing import Standing, standing, stem
from tradecoin.parties.web import Web
from tradecoin.ports.parties import (
    AttestationRequest,
    PartyRefused,
    PartyUnreachable,
    Signature,
    VoucherRequest,
)
from tradecoin.signing.hashing import address_bytes
from tradecoin.signing.keys import Key
from tradecoin.signing.refs import end_to_end_id, evidence_hash
from tradecoin.signing.typed import Domain, attestation_digest, vouchers_digest
from tradecoin.signing.wire import to_json

_ENDS = {name.value.title().replace("_", ""): name for name in Name}


@dataclass
class Sight:
    """What every party has: a view of bank and chain that is its own, a key, and a line that can be cut."""

    name: str
    key: Key
    bank: FakeBank
    chain: ContractChain
    terms: Terms
    down: bool = False

    def payments(self) -> list[Any]:
        """Read the bank's book."""
        if self.down:
            raise PartyUnreachable("the party does not answer", party=self.name)
        return self.reader().payments()

    def reader(self) -> BankBook:
        """Return the reader of the bank's book."""
        terms, web = self.terms, cast(Web, self.bank)
        return BankBook(web, bank_id=terms.bank, account=terms.account, currency=terms.currency)

    def requests(self, up_to: int) -> dict[int, Request]:
        """Return the redemptions at a block."""
        found: dict[int, Request] = {}
        for event in self._events(up_to):
            if event.name == "Requested":
                found[event.args["id"]] = Request(event.args["amount"])
            elif event.name in _ENDS and event.name != "Issued":
                found[event.args["id"]].end = _ENDS[event.name]
                found[event.args["id"]].paid = event.args.get("paid", 0)
        return found

    def issued(self, up_to: int) -> dict[bytes, int]:
        """Return what was minted by deposit at a block."""
        found: dict[bytes, int] = {}
        for event in self._events(up_to):
            if event.name == "Issued":
                found[event.args["deposit"]] = found.get(event.args["deposit"], 0) + event.args["amount"]
        return found

    def _events(self, up_to: int) -> list[Any]:
        return [event for block in self.chain.chain[: up_to + 1] for event in self.chain.logs[block.header.hash]]


class FakeBankSigner(Sight):
    """The BankSigner port."""

    def sign_vouchers(self, request: VoucherRequest) -> Signature:
        """Sign what the bank's book supports."""
        book = standing(self.payments())
        terms = self.terms
        ours = frozenset(map(address_bytes, (terms.token, terms.narrow_bank, terms.reserves)))
        rules = Rules(terms.bank, terms.account, terms.currency, terms.scale, ours, True)
        known = Known(book, self._holders(book))
        found: list[Difference] = list(checks.within(request.vouchers))
        for voucher, given in zip(request.vouchers, request.grounds, strict=True):
            ground = Ground(given.bank_reference, given.reference, given.nonce, given.assigned_by, given.cause)
            found += [*checks.form(voucher, rules), *checks.ground(voucher, ground, rules, known)]
        if found:
            raise _refusal("vouchers_differ", found)
        digest = vouchers_digest(
            Domain("NarrowBank", CHAIN_ID, NARROW_BANK),
            signer_set=request.signer_set,
            expires_at=request.expires_at,
            vouchers=request.vouchers,
        )
        return Signature(self.key.address, self.key.sign(digest))

    def _holders(self, book: Standing) -> dict[str, str]:
        requests = self.chain.state.requests
        names = {stem(end_to_end_id(CHAIN_ID, NARROW_BANK, number, 1)): one for number, one in requests.items()}
        return {name: names[name].holder for name in book.back if name in names and names[name].status == "settled"}


class FakeAttestor(Sight):
    """The Attestor port."""

    def sign_attestation(self, request: AttestationRequest) -> Signature:
        """Sign figures that are the auditor's own."""
        own = self.view(request)
        scale = self.terms.scale
        found = [*compare_figures(own, request, scale), *compare_claims(own, request, scale)]  # type: ignore[arg-type]
        if request.evidence != self._evidence(request):
            found.append(Difference("evidence", "another", request.evidence.hex()))
        if request.prev != self.chain.state.head:
            found.append(Difference("prev", self.chain.state.head.hex(), request.prev.hex()))
        if found:
            raise _refusal("figures_differ", found, to_json(own.figures))
        return Signature(self.key.address, self.key.sign(self._digest(request)))

    def view(self, request: AttestationRequest) -> View:
        """Compute the auditor's own figures."""
        payments = [one for one in self.payments() if one.booked_at < request.cut]
        block = self.chain.chain[request.block_number].header
        assert block.hash == request.block_hash
        supply = self.chain.states[block.hash].supply
        at = ChainAt(supply, self.issued(block.number), self.requests(block.number))
        terms = AuditTerms(CHAIN_ID, NARROW_BANK, self.terms.scale, self.terms.coins(self.terms.minimum_equity))
        chosen = {claim.account for claim in request.claims}
        balance = self.reader().balance(request.cut)
        return view(terms=terms, balance=balance, book=standing(payments), chain=at, chosen=chosen)

    def _evidence(self, request: AttestationRequest) -> bytes:
        return evidence_hash(
            self.terms.bank,
            self.terms.account,
            cut=request.cut,
            reserves=request.figures.reserves,
            block_number=request.block_number,
            block_hash=request.block_hash,
        )

    def _digest(self, request: AttestationRequest) -> bytes:
        told = request.figures
        return attestation_digest(
            Domain("Reserves", CHAIN_ID, RESERVES),
            signer_set=request.signer_set,
            prev=request.prev,
            reserves=told.reserves,
            encumbered=told.encumbered,
            settling=told.settling,
            claims=told.claims,
            claims_root=request.claims_root,
            evidence=request.evidence,
            cut=request.cut,
        )


def _refusal(code: str, found: list[Difference], figures: Any = None) -> PartyRefused:
    rows = [{"line": one.line, "mine": one.mine, "yours": one.yours} for one in found]
    facts = {"differences": rows} | ({} if figures is None else {"figures": figures})
    return PartyRefused("it found something else", reason=code, **facts)
