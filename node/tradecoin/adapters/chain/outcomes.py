"""What an endpoint's answer to `eth_sendRawTransaction` means, whoever wrote it.

The texts are those of geth and Erigon (txpool errors), anvil, Besu (TransactionInvalidReason) and Nethermind
(AcceptTxResult). Codes are not looked at: every implementation uses them differently, and a proxy may change them. A
text that nobody knows means UNKNOWN: the transaction may be on its way, so it counts as sent.
"""

from tradecoin.ports.chain import SendResult

_MEANINGS: tuple[tuple[SendResult, tuple[str, ...]], ...] = (
    (
        SendResult.ALREADY_KNOWN,
        ("already known", "already imported", "known transaction", "alreadyknown", "already in mempool"),
    ),
    (
        SendResult.UNDERPRICED,
        (
            "underpriced",
            "less than block base fee",
            "below current base fee",
            "gas price below configured minimum",
            "gas price too low",
            "feetoolow",
            "fee too low",
            "replacementnotallowed",
        ),
    ),
    (SendResult.NONCE_TOO_LOW, ("nonce too low", "nonce is too low", "oldnonce", "nonce below")),
    (
        SendResult.NONCE_GAP,
        (
            "nonce too high",
            "nonce too distant",
            "too distant from",
            "noncegap",
            "nonce gap",
            "gapped-nonce",
            "nonce too far",
        ),
    ),
    (
        SendResult.INSUFFICIENT_FUNDS,
        (
            "insufficient funds",
            "insufficientfunds",
            "insufficient balance",
            "upfront cost exceeds",
            "doesn't have enough funds",
        ),
    ),
    (
        SendResult.REFUSED,
        (
            "intrinsic gas",
            "exceeds block gas limit",
            "exceeds transaction gas limit",
            "gas limit too high",
            "gas limit exceeds",
            "invalid sender",
            "invalid signature",
            "invalid chain id",
            "wrong chain",
            "chain id mismatch",
            "transaction type not supported",
            "oversized data",
            "max initcode size exceeded",
            "max priority fee per gas higher than max fee per gas",
            "floor data gas",
            "replay-protected",
            "rlp:",
            "could not decode",
            "failed to decode",
        ),
    ),
)


def meaning_of(said: str) -> SendResult:
    """Return what an error's text means; UNKNOWN when nobody is known to say it."""
    lowered = said.lower()
    for meaning, texts in _MEANINGS:
        if any(text in lowered for text in texts):
            return meaning
    return SendResult.UNKNOWN
