"""The parties' message shapes and the node's ports are written down apart; here they meet."""

from typing import Any, get_args, get_origin, get_type_hints

import pytest

from tradecoin.parties import messages
from tradecoin.ports import parties as ports

PAIRS = [
    (messages.VouchersMessage, ports.VoucherRequest),
    (messages.AttestationMessage, ports.AttestationRequest),
    (messages.Ground, ports.VoucherGround),
]


def _plain(hint: Any) -> Any:
    """Reduce a sequence type to its item, and a ground to one word."""
    if get_origin(hint) is not None:
        return [_plain(get_args(hint)[0])]
    return "ground" if hint in (messages.Ground, ports.VoucherGround) else hint


@pytest.mark.parametrize(("mine", "theirs"), PAIRS)
def test_a_message_has_the_fields_of_the_port(mine: type, theirs: type) -> None:
    """A field that one side adds must be added on the other."""
    ours = {name: _plain(hint) for name, hint in get_type_hints(mine).items()}
    assert ours == {name: _plain(hint) for name, hint in get_type_hints(theirs).items()}
