"""Why the coin refused, out of what the x402 SDK says of it."""

import re

from x402.schemas import VerifyResponse

from tests.contracts.abi import refusal


def the_coins_word(verdict: VerifyResponse) -> str:
    """Return the name of the coin's error; AssertionError when the verdict carries none."""
    found = re.search(r"0x(?:[0-9a-f]{2})+", verdict.invalid_message or "")
    assert found is not None, verdict
    return refusal(bytes.fromhex(found.group()[2:])).name
