"""A published attestation checked by somebody who trusts neither the node nor the file it came in.

What is trusted is the deployment file (which contract, who signs) and, when one is named, an endpoint of the chain.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tradecoin.adapters.chain.deployment import Deployment
from tradecoin.adapters.chain.reader import open_chain
from tradecoin.adapters.chain.rpc import HttpEndpoint
from tradecoin.domain.attestation import Claim
from tradecoin.domain.errors import Refused
from tradecoin.domain.money import Coins, CoinScale
from tradecoin.ports.chain import Chain
from tradecoin.signing.keys import BadSignature, recover64
from tradecoin.signing.tree import ClaimTree, account_hash, verify_claim
from tradecoin.signing.typed import Domain, attestation_digest

_SIGNATURE_BYTES: Final = 64
_LEAST: Final = 2
"""No set of ours works with fewer signers; the chain knows how many it is."""

_FIGURES: Final = ("reserves", "encumbered", "settling", "claims")


class BadDocument(Refused):
    """A file or an answer that does not have the form of an attestation, of claims, or of a proof."""

    code = "document_invalid"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold, with what was expected and what is."""

    name: str
    ok: bool
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What an attestation says, read from its JSON."""

    signer_set: int
    prev: bytes
    digest: bytes
    figures: Mapping[str, Coins]
    claims_root: bytes
    evidence: bytes
    cut: datetime
    signatures: bytes
    signers: tuple[str, ...]

    @classmethod
    def of(cls, told: Any, scale: CoinScale) -> "Statement":
        """Read what `GET /v1/attestations/{id}` answers; raises BadDocument."""
        try:
            return cls(
                signer_set=int(told["signer_set"]),
                prev=_bytes(told["prev"]),
                digest=_bytes(told["digest"]),
                figures={name: scale.parse(told["figures"][name]) for name in _FIGURES},
                claims_root=_bytes(told["claims_root"]),
                evidence=_bytes(told["evidence"]),
                cut=datetime.fromisoformat(told["cut"]),
                signatures=_bytes(told["signatures"]),
                signers=tuple(told["signers"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, Refused) as problem:
            raise BadDocument("no attestation with its figures and signatures", problem=repr(problem)) from problem

    def digest_in(self, domain: Domain) -> bytes:
        """Compute what was to be signed."""
        return attestation_digest(
            domain,
            signer_set=self.signer_set,
            prev=self.prev,
            reserves=self.figures["reserves"],
            encumbered=self.figures["encumbered"],
            settling=self.figures["settling"],
            claims=self.figures["claims"],
            claims_root=self.claims_root,
            evidence=self.evidence,
            cut=self.cut,
        )


def verify(
    attestation: Any, *, deployment: Path, rpc: str, claims: Path | None, proof: Path | None, decimals: int
) -> list[Check]:
    """Check an attestation, against the chain when `rpc` is not empty; `decimals` are the token's where no chain is.

    Raises BadDocument, BadDeploymentFile, WrongChain, ChainUnreachable.
    """
    known = Deployment.load(deployment)
    if not rpc:
        scale = CoinScale(decimals)
        told = Statement.of(attestation, scale)
        checks = [*_signed(told, known, None)]
    else:
        with closing(HttpEndpoint(rpc)) as endpoint:
            chain = open_chain(endpoint, known, finality="instant")
            scale = CoinScale(chain.read("Token", "decimals"))
            told = Statement.of(attestation, scale)
            checks = [*_signed(told, known, chain), *_published(told, chain, scale)]
    if claims is not None:
        checks += _claimed(told, _claims(claims, scale), scale)
    if proof is not None:
        checks.append(_proven(told, _document(proof), scale))
    return checks


def _same(name: str, expected: str, actual: str) -> Check:
    """Two texts must be the same."""
    return Check(name, expected == actual, expected, actual)


def _signed(told: Statement, known: Deployment, chain: Chain | None) -> Iterator[Check]:
    """The digest is that of what is stated; the signatures are the stated signers', who are enough of the set."""
    digest = told.digest_in(Domain("Reserves", known.chain_id, known.address("Reserves")))
    yield _same("digest of what is stated", f"0x{digest.hex()}", f"0x{told.digest.hex()}")
    recovered = _recovered(told.signatures, digest)
    yield _same("signatures are those of the stated signers", ", ".join(told.signers), ", ".join(recovered))
    allowed = chain.read("Reserves", "signers") if chain else known.signers.get("auditors", ())
    strangers = [signer for signer in recovered if signer not in allowed]
    where = "chain" if chain else "deployment file"
    yield _same(f"signers that are not of the set ({where})", "", ", ".join(strangers))
    needed, found = chain.read("Reserves", "threshold") if chain else _LEAST, len({*recovered} - {*strangers})
    yield Check("enough signers", found >= needed, f"at least {needed}", str(found))


def _recovered(packed: bytes, digest: bytes) -> list[str]:
    """Return who signed; what recovers to nobody is named so."""
    found = []
    for start in range(0, len(packed), _SIGNATURE_BYTES):
        try:
            found.append(recover64(packed[start : start + _SIGNATURE_BYTES], digest))
        except BadSignature:
            found.append("nobody")
    return found


def _published(told: Statement, chain: Chain, scale: CoinScale) -> Iterator[Check]:
    """The contract's head is this attestation, with these figures."""
    view = chain.reserve_view()
    yield _same("head of the contract", f"0x{view.head.hex()}", f"0x{told.digest.hex()}")
    for name in _FIGURES:
        on_chain = scale.text(Coins(getattr(view, name)))
        yield _same(f"{name} on the chain", on_chain, scale.text(told.figures[name]))
    yield _same("signer set on the chain", str(view.auditor_set), str(told.signer_set))


def _claimed(told: Statement, claims: list[Claim], scale: CoinScale) -> Iterator[Check]:
    """The claims, all of them, make root and sum."""
    tree = ClaimTree.of(claims)
    yield _same("claims root of the claims", f"0x{tree.root.hex()}", f"0x{told.claims_root.hex()}")
    yield _same("sum of the claims", scale.text(tree.total), scale.text(told.figures["claims"]))


def _claims(path: Path, scale: CoinScale) -> list[Claim]:
    """Read [{account, salt, amount}], in the order of the tree, amounts in whole tokens."""
    rows = _document(path)
    try:
        return [Claim(str(row["account"]), _bytes(row["salt"]), scale.parse(row["amount"])) for row in rows]
    except (KeyError, TypeError, ValueError, AttributeError, Refused) as problem:
        raise BadDocument("claims are a list of account, salt and amount", problem=repr(problem)) from problem


def _proven(told: Statement, proof: Any, scale: CoinScale) -> Check:
    """One claim is in the tree, as `GET /v1/attestations/{id}/proofs/{claim}` shows it."""
    try:
        named = account_hash(proof["account_text"])
        holds = _bytes(proof["account"]) == named and verify_claim(
            told.claims_root,
            told.figures["claims"],
            account=named,
            salt=_bytes(proof["salt"]),
            amount=scale.parse(proof["amount"]),
            index=int(proof["index"]),
            siblings=_bytes(proof["siblings"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, Refused) as problem:
        raise BadDocument("a proof has account, salt, amount, index and siblings", problem=repr(problem)) from problem
    text = f"{proof['account_text']} for {proof['amount']}"
    return Check("claim is in the tree", holds, text, text if holds else "not in this tree")


def _document(path: Path) -> Any:
    """Read JSON."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as problem:
        raise BadDocument("no JSON", path=str(path), problem=str(problem)) from problem


def read_attestation(path: Path) -> Any:
    """Read what `attest show -o json` printed; raises BadDocument."""
    return _document(path)


def _bytes(text: str) -> bytes:
    """Read 0x and hexadecimal digits."""
    return bytes.fromhex(text.removeprefix("0x"))
