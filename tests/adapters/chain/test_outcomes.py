"""What endpoints say about a raw transaction, by meaning."""

import pytest

from tradecoin.adapters.chain.outcomes import meaning_of
from tradecoin.ports.chain import SendResult


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("already known", SendResult.ALREADY_KNOWN),
        ("transaction already imported", SendResult.ALREADY_KNOWN),
        ("Known transaction", SendResult.ALREADY_KNOWN),
        ("AlreadyKnown", SendResult.ALREADY_KNOWN),
        ("nonce too low: next nonce 5, tx nonce 4", SendResult.NONCE_TOO_LOW),
        ("Nonce too low", SendResult.NONCE_TOO_LOW),
        ("OldNonce, Current nonce: 5, nonce of rejected tx: 4", SendResult.NONCE_TOO_LOW),
        ("nonce too high", SendResult.NONCE_GAP),
        ("Transaction nonce is too distant from current sender nonce", SendResult.NONCE_GAP),
        ("NonceGap", SendResult.NONCE_GAP),
        ("replacement transaction underpriced", SendResult.UNDERPRICED),
        ("transaction underpriced: gas tip cap 1, minimum needed 10", SendResult.UNDERPRICED),
        ("max fee per gas less than block base fee", SendResult.UNDERPRICED),
        ("Gas price below configured minimum gas price", SendResult.UNDERPRICED),
        ("insufficient funds for gas * price + value: balance 0", SendResult.INSUFFICIENT_FUNDS),
        ("Insufficient funds for gas * price + value", SendResult.INSUFFICIENT_FUNDS),
        ("Upfront cost exceeds account balance", SendResult.INSUFFICIENT_FUNDS),
        ("intrinsic gas too low: gas 1, minimum needed 21000", SendResult.REFUSED),
        ("insufficient gas for floor data gas cost: gas 1, minimum needed 2", SendResult.REFUSED),
        ("exceeds block gas limit", SendResult.REFUSED),
        ("invalid sender: invalid chain id for signer: have 1 want 2", SendResult.REFUSED),
        ("txpool is full", SendResult.UNKNOWN),
        ("internal error", SendResult.UNKNOWN),
        ("", SendResult.UNKNOWN),
    ],
)
def test_a_text_means_the_same_whoever_says_it(said: str, meaning: SendResult) -> None:
    """Each implementation's words lead to one meaning; words that nobody knows mean that it may have been sent."""
    assert meaning_of(said) is meaning
