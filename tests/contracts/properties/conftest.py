"""The stage of the properties."""

import pytest

from tests.contracts.kit import System
from tests.contracts.properties.acts import Stage


@pytest.fixture(scope="session")
def stage(deployed: System) -> Stage:
    """Each example begins there with `with stage.fresh() as system:`."""
    return Stage(deployed)
