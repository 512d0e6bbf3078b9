"""A holder's signature over typed data, made on this machine: what is signed is read, checked and told."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tradecoin.adapters.chain.keys import NodeKeys, read_key
from tradecoin.domain.errors import Refused
from tradecoin.domain.money import Coins
from tradecoin.signing.keys import Key
from tradecoin.signing.typed import Domain, TypedMessage, receive_authorization

_TYPE: Final = "ReceiveWithAuthorization"


class BadTypedData(Refused):
    """A file that does not hold the authorization of this redemption, or one for another holder's key."""

    code = "typed_data_invalid"


@dataclass(frozen=True, slots=True)
class Signed:
    """The signature (65 bytes as 0x…) and, in a sentence, what was signed."""

    signature: str
    sentence: str


def sign_redemption(path: Path, redemption_id: str, key_file: Path, *, password: str) -> Signed:
    """Sign what the node prepared for `redemption_id`; raises BadTypedData, BadKeyFile.

    Only an ERC-3009 authorization is ever signed here, and it is built anew from its fields: nothing else that a file
    could hold, such as a permit without limit, gets a signature.
    """
    told = _prepared(path, redemption_id)
    secret = read_key(key_file, password=password, plain_allowed=not password)
    holder = NodeKeys({"holder": secret}).address("holder")
    message = _authorization(told["typed_data"])
    if message.as_dict() != told["typed_data"]:
        raise BadTypedData("the typed data is not the authorization that its fields make", path=str(path))
    fields = told["typed_data"]["message"]
    if fields["from"] != holder:
        raise BadTypedData("the coins are not those of this key", holder=fields["from"], key=holder)
    sentence = f"{fields['value']} base units of {message.domain.contract} from {holder} to {fields['to']}"
    return Signed(f"0x{Key(secret).sign65(message.digest).hex()}", sentence)


def _prepared(path: Path, redemption_id: str) -> dict[str, Any]:
    """Read the answer that announced the redemption."""
    try:
        told: dict[str, Any] = json.loads(path.read_text())
        if told["id"] == redemption_id and told["typed_data"]["primaryType"] == _TYPE:
            return told
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BadTypedData("no announced redemption with typed data", path=str(path)) from problem
    raise BadTypedData("this is not the authorization of that redemption", path=str(path), wanted=redemption_id)


def _authorization(typed: dict[str, Any]) -> TypedMessage:
    """Build the message from its fields."""
    try:
        place, fields = typed["domain"], typed["message"]
        token = Domain(place["name"], int(place["chainId"]), place["verifyingContract"], place["version"])
        return receive_authorization(
            token,
            holder=fields["from"],
            to=fields["to"],
            value=Coins(int(fields["value"])),
            valid_after=int(fields["validAfter"]),
            valid_before=int(fields["validBefore"]),
            nonce=bytes.fromhex(fields["nonce"].removeprefix("0x")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise BadTypedData("a field of the authorization is missing or malformed") from problem
