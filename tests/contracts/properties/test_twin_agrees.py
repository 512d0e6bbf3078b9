"""The contracts do what their twin does: in every result, every refusal with its facts, and every event."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.contracts.kit import System
from tests.contracts.properties.compare import compare_state
from tests.contracts.properties.holders import Moving, Redeeming
from tests.contracts.properties.machine import Everything, Minting
from tests.contracts.properties.tour import STOPS, Tour
from tradecoin.twin import errors

# A story is long and each of its calls runs on two chains: a fifth of the examples of other properties.
STORIES = settings(max_examples=max(settings().max_examples // 5, 8), stateful_step_count=20)


@pytest.mark.slow
@pytest.mark.parametrize("stories", [Minting, Redeeming, Moving])
def test_no_story_tells_contract_and_twin_apart(deployed: System, stories: type[Everything]) -> None:
    """Two texts that say the same in every case that was tried; a bug must be in both to hide."""
    chosen = type(stories.__name__, (stories,), {"system": deployed})
    run_state_machine_as_test(chosen, settings=STORIES)


# Refused by constructors alone, in a view, or only in forms that the twin leaves out.
NOT_ON_THE_WAY = {"BadMaxAge", "OtherToken", "NoAttestation", "ERC2612InvalidSigner"}


def test_every_refusal_of_the_twin_was_one_of_the_contracts(system: System) -> None:
    """A walk past each of them: none is compared only by luck."""
    tour = Tour(system)
    for stop in STOPS:
        stop(tour)
    compare_state(tour.pair)
    known = {one.__name__ for one in vars(errors).values() if isinstance(one, type)} - {"Refused"}
    assert known - tour.seen == NOT_ON_THE_WAY
