"""The chains that these tests run on: the embedded one, and anvil where its binary is at hand."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.devnet.evm.driver import Driver
from tradecoin_devnet.anvil import AnvilMissing, AnvilOptions, find_anvil, start_anvil
from tradecoin_devnet.evm.chain import EmbeddedChain


def _anvil() -> Path | None:
    try:
        return find_anvil([Path(os.environ.get("TRADECOIN_TEST_NODE_MODULES", "node_modules"))])
    except AnvilMissing:
        return None


ANVIL = _anvil()
collect_ignore = [] if ANVIL else ["test_anvil_process.py"]
ENGINES = ["embedded", *([pytest.param("anvil", marks=pytest.mark.npm)] if ANVIL else [])]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Name the chain that a test runs on."""
    return str(request.param)


@pytest.fixture
def chain(engine: str, tmp_path: Path) -> Iterator[Driver]:
    """Give a fresh chain that mines each transaction at once."""
    if engine == "embedded":
        embedded = EmbeddedChain.in_memory()
        yield Driver(embedded.rpc)
        embedded.close()
    elif ANVIL is not None:
        with start_anvil(ANVIL, tmp_path / "anvil.log", AnvilOptions()) as process:
            yield Driver(process.rpc)


@pytest.fixture
def embedded() -> Iterator[Driver]:
    """Give a fresh embedded chain, for what only it promises."""
    chain = EmbeddedChain.in_memory()
    yield Driver(chain.rpc)
    chain.close()
