"""Shortcuts for what py-evm does again for every transaction, with the same results."""

from functools import lru_cache
from typing import Any

from coincurve import PublicKey
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.state import PragueState
from eth_utils.exceptions import ValidationError
from sha3 import keccak_256

_CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class FastComputation(PragueComputation):
    """Runs code; which bytes of a contract are instructions is found out once, not once a call."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        code: Any = self.code
        code.valid_positions, code.invalid_positions = _positions(bytes(self.msg.code))


class FastState(PragueState):
    """The state of Prague with `FastComputation`."""

    computation_class = FastComputation


@lru_cache(maxsize=256)
def _positions(code: bytes) -> tuple[set[int], set[int]]:
    """Return two sets that the runs of one contract fill together: instructions, and bytes that are data of a PUSH."""
    return set(), set()


def recover_sender(transaction: Any) -> bytes:
    """Return the address that signed, and let py-evm remember it; raise ValidationError for a signature that is none.

    High values of s are refused (EIP-2). A signature from which a key can be recovered is valid for that key.
    """
    r, s = transaction.r, transaction.s
    if not 0 < r < _CURVE_ORDER or not 0 < s <= _CURVE_ORDER // 2 or transaction.y_parity not in (0, 1):
        raise ValidationError("invalid transaction v, r, s values")
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((transaction.y_parity,))
    digest = keccak_256(transaction.get_message_for_signing()).digest()
    try:
        public = PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except ValueError:
        raise ValidationError("no key could have made this signature") from None
    sender: bytes = keccak_256(public.format(compressed=False)[1:]).digest()[12:]
    transaction.__dict__["sender"] = sender
    return sender
