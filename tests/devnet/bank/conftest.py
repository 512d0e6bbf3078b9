"""One fresh bank for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.devnet.bank.kit import Window


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """Return a bank with a reserve account, closed after the test."""
    window = Window(tmp_path)
    yield window
    window.bank.close()
