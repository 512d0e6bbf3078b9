"""Errors carry a stable code, a sentence and the facts."""

from dataclasses import dataclass

import pytest

from tradecoin.domain import errors
from tradecoin.domain.errors import BrokenInvariant, Conflict, NotFound, Refused, TradecoinError, Unavailable


@dataclass
class _Full(Refused):
    """The shelf is full."""

    limit: int


def test_an_error_keeps_its_sentence_and_facts() -> None:
    """Both are for somebody who reads a log."""
    error = Conflict("it is taken", by="somebody", at=7)
    assert (error.message, error.facts) == ("it is taken", {"by": "somebody", "at": 7})
    assert str(error) == "it is taken (by=somebody, at=7)"


def test_an_error_without_a_sentence_says_what_its_class_says() -> None:
    """Raised bare, or as a dataclass of its facts."""
    assert str(NotFound()) == "There is no such thing."
    assert (str(_Full(3)), _Full(3).facts) == ("The shelf is full. (limit=3)", {"limit": 3})


def test_codes_are_stable_and_each_its_own() -> None:
    """They are part of the interface."""
    classes = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, TradecoinError)]
    codes = [one.code for one in classes]
    assert len(set(codes)) == len(codes)
    assert {"refused", "not_found", "conflict", "forbidden", "unavailable", "broken_invariant"} <= set(codes)


@pytest.mark.parametrize("kind", [Unavailable, BrokenInvariant])
def test_what_may_work_later_or_must_never_happen_is_no_refusal(kind: type[TradecoinError]) -> None:
    """A caller that catches refusals catches neither."""
    assert not issubclass(kind, Refused)
