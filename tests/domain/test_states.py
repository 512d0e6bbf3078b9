"""The state tables: what may follow what, and what is over."""

from itertools import product

import pytest

from tradecoin.domain.errors import Conflict, IllegalTransition
from tradecoin.domain.states import (
    ARROWS,
    AttestationState,
    BatchState,
    DepositState,
    IntentState,
    OrderState,
    PayoutState,
    RedemptionState,
    State,
    check_arrow,
    is_terminal,
)

FIRST: dict[type[State], State] = {
    DepositState: DepositState.SEEN,
    OrderState: OrderState.AWAITING_FUNDS,
    BatchState: BatchState.PLANNED,
    AttestationState: AttestationState.DUE,
    RedemptionState: RedemptionState.CREATED,
    PayoutState: PayoutState.PREPARED,
    IntentState: IntentState.QUEUED,
}


@pytest.mark.parametrize("word", list(ARROWS))
def test_every_state_of_a_word_is_in_its_table_and_can_be_reached(word: type[State]) -> None:
    """No state is a dead letter, and each word is in one table only."""
    reached, new = {FIRST[word]}, {FIRST[word]}
    while new:
        new = {after for state in new for after in ARROWS[word][state]} - reached
        reached |= new
    assert set(ARROWS[word]) == reached == set(word)


@pytest.mark.parametrize("word", list(ARROWS))
def test_only_the_arrows_of_the_table_can_be_walked(word: type[State]) -> None:
    """All others are refused with both ends, standing still included."""
    for present, wanted in product(ARROWS[word], repeat=2):
        if wanted in ARROWS[word][present]:
            check_arrow(present, wanted)
            continue
        with pytest.raises(IllegalTransition) as caught:
            check_arrow(present, wanted)
        assert caught.value.facts == {"present": str(present), "wanted": str(wanted)}
        assert isinstance(caught.value, Conflict)


def test_words_that_share_a_text_do_not_share_arrows() -> None:
    """`prepared` is a payout's, a batch's and an attestation's."""
    check_arrow(PayoutState.PREPARED, PayoutState.SENDING)
    with pytest.raises(IllegalTransition):
        check_arrow(BatchState.PREPARED, PayoutState.SENDING)


@pytest.mark.parametrize(
    "state",
    [
        OrderState.ISSUED,
        OrderState.EXPIRED,
        BatchState.FINAL,
        BatchState.ABANDONED,
        AttestationState.SUPERSEDED,
        RedemptionState.SETTLED,
        RedemptionState.GIVEN_BACK,
        RedemptionState.RECLAIMED,
        DepositState.REVERSED,
        IntentState.FINAL,
    ],
)
def test_what_has_ended_stays_ended(state: State) -> None:
    """Each request and each order has one end."""
    assert is_terminal(state)


@pytest.mark.parametrize(
    ("present", "wanted"),
    [
        (DepositState.RETURNED, DepositState.RETURN_PENDING),
        (DepositState.CONSUMED, DepositState.RETURN_PENDING),
        (OrderState.BATCHED, OrderState.CANCELLED),
        (RedemptionState.PAID, RedemptionState.CANCELLED),
        (RedemptionState.ACCEPTED, RedemptionState.CANCELLED),
        (PayoutState.BOOKED, PayoutState.REJECTED),
        (PayoutState.UNKNOWN, PayoutState.SENDING),
    ],
)
def test_money_does_not_go_twice(present: State, wanted: State) -> None:
    """The arrows that would pay, mint or free something a second time are not there."""
    with pytest.raises(IllegalTransition):
        check_arrow(present, wanted)
