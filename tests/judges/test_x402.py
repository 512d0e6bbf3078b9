"""The x402 SDK, which knows nothing of this project, pays with our coin and settles it on our chain."""

import pytest
from x402 import PaymentPayload

from tests.contracts.kit import ALICE, BOB, COIN, COMPLIANCE, ORDER
from tests.judges.paywall import PRICE, Shop, account_signer
from tests.judges.refused import the_coins_word


def test_a_page_is_not_served_unpaid(shop: Shop) -> None:
    """402, and no coins move."""
    assert shop.visit(None).status_code == 402
    assert shop.system.balance(BOB) == 0


def test_who_has_no_coins_is_refused(shop: Shop) -> None:
    """By the coin, in the facilitator's simulation, before any gas is spent."""
    verdict = shop.verify(shop.payment(account_signer(COMPLIANCE)))
    assert (verdict.is_valid, verdict.payer) == (False, COMPLIANCE)
    assert the_coins_word(verdict) == "ERC20InsufficientBalance"


def test_a_payment_to_another_is_refused(shop: Shop) -> None:
    """Whoever settles cannot turn the coins to himself."""
    payment = shop.payment(account_signer(ALICE))
    assert not shop.verify(payment, shop.price(pay_to=COMPLIANCE)).is_valid


def test_a_changed_payment_is_refused(shop: Shop) -> None:
    """Though shop and amount agree, what the holder signed does not."""
    payment = shop.payment(account_signer(ALICE))
    dearer = shop.price(amount=str(2 * PRICE))
    changed: PaymentPayload = payment.model_copy(deep=True, update={"accepted": dearer})
    changed.payload["authorization"]["value"] = dearer.amount
    verdict = shop.verify(changed, dearer)
    assert (verdict.is_valid, verdict.invalid_reason) == (False, "invalid_exact_evm_payload_signature")


@pytest.mark.parametrize("wrong", [{"name": "Narrow coin", "version": "1"}, {"name": "Narrow Coin", "version": "2"}])
def test_a_signature_under_another_domain_is_refused(shop: Shop, wrong: dict[str, str]) -> None:
    """The coin's own check refuses it, where the facilitator was told the same wrong domain."""
    price = shop.price(extra=wrong)
    verdict = shop.verify(shop.payment(account_signer(ALICE), price), price)
    assert not verdict.is_valid
    assert the_coins_word(verdict) == "ERC3009InvalidSignature"


def test_a_blocked_holder_cannot_pay(shop: Shop) -> None:
    """The choke point holds for authorisations too."""
    payment = shop.payment(account_signer(ALICE))
    shop.system.token.send("setBlocked", ALICE, True, ORDER, sender=COMPLIANCE)
    assert the_coins_word(shop.verify(payment)) == "ERC7943CannotSend"
    assert not shop.settle(payment).success
    assert shop.system.balance(BOB) == 0


def test_a_payment_settles_once(shop: Shop) -> None:
    """Signed by the client, verified and brought to the chain by the facilitator; a second time it is refused."""
    payment = shop.payment(account_signer(ALICE))
    assert shop.verify(payment).is_valid
    settled = shop.settle(payment)
    assert (settled.success, settled.payer, settled.network) == (True, ALICE, shop.price().network)
    receipt = shop.system.evm.chain.rpc("eth_getTransactionReceipt", [settled.transaction])
    assert receipt["status"] == "0x1"
    assert shop.system.balance(BOB) == PRICE
    assert shop.system.balance(ALICE) == 100 * COIN - PRICE
    assert the_coins_word(shop.verify(payment)) == "ERC3009UsedAuthorization"
    assert not shop.settle(payment).success
    assert shop.system.balance(BOB) == PRICE


def test_a_page_is_served_for_coins(shop: Shop) -> None:
    """The whole way by HTTP: 402, a signed payment in the header, settlement, the page."""
    answer = shop.visit(account_signer(ALICE))
    assert (answer.status_code, answer.json()) == (200, "worth a quarter")
    assert "payment-response" in answer.headers
    assert shop.system.balance(BOB) == PRICE
