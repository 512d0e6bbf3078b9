"""What comes in from callers before a flow takes it: order references, reasons not to take orders, proofs of claims."""

import secrets
from dataclasses import dataclass
from typing import Final

from tradecoin.domain.attestation import Attestation, Claim
from tradecoin.domain.chain import ReserveView
from tradecoin.domain.errors import NotFound
from tradecoin.domain.mint import MintOrder
from tradecoin.domain.money import Money
from tradecoin.domain.terms import Terms
from tradecoin.flow.mint import create_order
from tradecoin.ports.store import Tx
from tradecoin.signing.refs import NONCE_BYTES, claim_account
from tradecoin.signing.tree import ClaimTree, account_hash

_PASSING: Final = frozenset({"stale", "not_covered"})
"""Halts that the attestation which travels with the next mint ends by itself."""


def take_order(*, tx: Tx, terms: Terms, client: str, amount: Money, recipient: str) -> MintOrder:
    """Make an order under a payment reference that nobody can guess; see `create_order`."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return create_order(tx=tx, terms=terms, client=client, amount=amount, recipient=recipient, nonce=nonce)


def lasting_halts(view: ReserveView | None, stopped: str) -> list[str]:
    """Return the facts that keep minting off until somebody acts; `stopped` is how the books differ, "" if not.

    Without a view, since the chain is silent, there are no facts of the contract.
    """
    facts = [fact for fact in view.halted if fact not in _PASSING] if view is not None else []
    return [*facts, f"books differ: {stopped}"] if stopped else facts


@dataclass(frozen=True, slots=True)
class ClaimProof:
    """What `Reserves.verifyClaim` takes: the claim is in the tree whose root and sum the attestation states."""

    claim: Claim
    account: bytes
    index: int
    siblings: bytes


def prove_claim(*, tx: Tx, attestation: Attestation, name: str) -> ClaimProof:
    """Prove that a deposit, by its id or its key (0x…), is among the claims of an attestation; raises NotFound."""
    account = claim_account(tx.deposits.get(name).key) if name.startswith("dp_") else name.lower()
    for index, claim in enumerate(attestation.claims):
        if claim.account == account:
            siblings = ClaimTree.of(attestation.claims).proof(index)
            return ClaimProof(claim, account_hash(claim.account), index, siblings)
    raise NotFound("this attestation has no such claim", claim=name[:80])
