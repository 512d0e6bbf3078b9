"""Flows inside an open transaction, so that an answer is stored with its effect or neither is."""

from collections.abc import Callable
from typing import TypeVar, cast

from tradecoin.ports.store import Store, Tx

Result = TypeVar("Result")


class _Open:
    """The part of a Store that a flow uses, over a transaction that somebody else ends."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def write(self, change: Callable[[Tx], Result]) -> Result:
        """Run `change` as a part of the open transaction."""
        return change(self._tx)

    def read(self, question: Callable[[Tx], Result]) -> Result:
        """Ask inside the open transaction."""
        return question(self._tx)


def inside(tx: Tx) -> Store:
    """Return a Store whose writes are parts of `tx`; it only reads and writes, and claims no work."""
    return cast(Store, _Open(tx))
