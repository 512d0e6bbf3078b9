"""Saying in one line that a contract refuses, and with which facts."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.contracts.abi import Reverted


@contextmanager
def refuses(name: str, *facts: object) -> Iterator[None]:
    """Expect a typed error of this name; its first members must be `facts`."""
    with pytest.raises(Reverted) as caught:
        yield
    assert (caught.value.name, caught.value.facts[: len(facts)]) == (name, facts)
