"""A Safe pays by x402: the wallet's code, the SDK and the coin are by three parties who never spoke of each other."""

from dataclasses import dataclass
from typing import Any

import pytest
from eth_account.messages import encode_typed_data
from x402.mechanisms.evm.types import TypedDataDomain, TypedDataField

from tests.contracts.abi import keccak
from tests.contracts.judges.safe import Makers, Safe
from tests.contracts.kit import BOB, COIN, make_keys
from tests.judges.paywall import PRICE, Shop
from tests.judges.refused import the_coins_word

pytestmark = pytest.mark.npm


@dataclass(frozen=True)
class WalletSigner:
    """A Safe as the SDK's payer. `appended` follows the owners' signatures; the Safe does not read it."""

    safe: Safe
    appended: bytes = b""

    @property
    def address(self) -> str:
        """Who pays."""
        return self.safe.address

    def sign_typed_data(
        self,
        domain: TypedDataDomain,
        types: dict[str, list[TypedDataField]],
        primary_type: str,
        message: dict[str, Any],
    ) -> bytes:
        """Sign what the SDK composed."""
        place = {"name": domain.name, "version": domain.version, "chainId": domain.chain_id}
        plain = {kind: [{"name": part.name, "type": part.type} for part in parts] for kind, parts in types.items()}
        signable = encode_typed_data(place | {"verifyingContract": domain.verifying_contract}, plain, message)
        digest = keccak(b"\x19" + signable.version + signable.header + signable.body)
        return self.safe.sign(digest) + self.appended


def wallet(shop: Shop, owners: int) -> Safe:
    """Create a wallet of so many owners, with 10 coins."""
    safe = Makers.deploy(shop.system).wallet(make_keys("owner", owners))
    shop.system.mint(amount=10 * COIN, to=safe.address)
    return safe


def test_an_owner_alone_cannot_pay_for_two(shop: Shop) -> None:
    """Facilitator and coin both ask the wallet."""
    safe = wallet(shop, 2)
    payment = shop.payment(WalletSigner(Safe(safe.address, safe.owners[:1]), b"\0" * 65))
    assert not shop.verify(payment).is_valid
    assert not shop.settle(payment).success
    assert shop.system.balance(BOB) == 0


def test_a_wallet_of_two_owners_pays_once(shop: Shop) -> None:
    """Through the form of the authorisation that takes bytes."""
    safe = wallet(shop, 2)
    payment = shop.payment(WalletSigner(safe))
    assert shop.verify(payment).is_valid
    assert shop.settle(payment).success
    assert (shop.system.balance(BOB), shop.system.balance(safe.address)) == (PRICE, 10 * COIN - PRICE)
    assert the_coins_word(shop.verify(payment)) == "ERC3009UsedAuthorization"


def test_a_wallet_of_one_owner_pays_with_a_byte_more(shop: Shop) -> None:
    """The SDK takes 65 bytes for an account's v, r, s, which the coin refuses; the Safe ignores what follows."""
    safe = wallet(shop, 1)
    assert the_coins_word(shop.verify(shop.payment(WalletSigner(safe)))) == "ERC3009InvalidSignature"
    assert shop.settle(shop.payment(WalletSigner(safe, b"\0"))).success
    assert shop.system.balance(BOB) == PRICE
