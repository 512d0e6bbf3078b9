"""Keys without money for gas: paused with an alert, and resumed as soon as the money is there."""

import json
from typing import Final

from tradecoin.domain.chain import TxAttempt, TxIntent
from tradecoin.ports.store import Tx

_PAUSED: Final = "sender.paused."


def is_paused(tx: Tx, address: str) -> bool:
    """Return whether the key at `address` waits for money."""
    return bool(tx.get_value(_PAUSED + address))


def pause_key(tx: Tx, address: str, sender: str, attempt: TxAttempt, intent: TxIntent) -> None:
    """Stop sending from a key that cannot pay `attempt`, and say so in the feed. Amounts in wei."""
    needed = attempt.max_fee * intent.gas_limit + intent.value
    if is_paused(tx, address):
        return
    facts = {"sender": sender, "address": address, "needed_wei": str(needed)}
    tx.set_value(_PAUSED + address, json.dumps(facts))
    tx.publish("sender.paused", sender, facts)


def resume_if_funded(tx: Tx, address: str, sender: str, balance: int) -> bool:
    """Resume when `balance` (wei) pays for what the key stopped at; return whether it may send."""
    paused = tx.get_value(_PAUSED + address)
    if not paused:
        return True
    if balance < int(json.loads(paused)["needed_wei"]):
        return False
    tx.set_value(_PAUSED + address, "")
    tx.publish("sender.resumed", sender, {"sender": sender, "address": address, "balance_wei": str(balance)})
    return True
