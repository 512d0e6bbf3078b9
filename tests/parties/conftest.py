"""Parties that run for one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parties.world import World
from tradecoin.parties.attestor import Attestor
from tradecoin.parties.bank_signer import BankSigner


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[World]:
    """A bank signer with empty bank and chain."""
    with World(tmp_path).serving(BankSigner) as world:
        yield world


@pytest.fixture
def auditor(tmp_path: Path) -> Iterator[World]:
    """An attestor with empty bank and chain."""
    with World(tmp_path).serving(Attestor) as world:
        yield world
