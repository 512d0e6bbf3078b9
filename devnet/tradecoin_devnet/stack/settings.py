"""The settings files of the devnet's node and parties, written as TOML."""

import json
from typing import TYPE_CHECKING, Any

from tradecoin.adapters.chain.deployment import Deployment
from tradecoin_devnet.stack.layout import ATTESTORS, BANK_SIGNERS

if TYPE_CHECKING:
    from tradecoin_devnet.stack.devnet import Devnet

_BANK_ID = "NRWB"
_DECIMALS = 6


def _toml(values: dict[str, Any]) -> str:
    """Write settings; TOML's strings, numbers, booleans and lists of strings are those of JSON."""
    groups = {name: value for name, value in values.items() if isinstance(value, dict)}
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items() if name not in groups]
    for name, group in groups.items():
        lines += ["", f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in group.items())]
    return "\n".join(lines) + "\n"


def node_toml(devnet: "Devnet") -> str:
    """Return the node's settings."""
    layout, ports, reserve = devnet.layout, devnet.ports, devnet.wish.reserve
    return _toml(
        {
            "profile": "devnet",
            "home": str(layout.home),
            "database": devnet.database,
            "clock_file": str(layout.clock),
            "api": {"port": ports.by_name["api"]},
            "chain": {
                "rpc": ports.url("rpc"),
                "deployment": str(layout.deployments / "31337.json"),
                "finality": "depth:2",
            },
            "keys": {"relay": str(layout.key("relay")), "payer": str(layout.key("payer"))},
            "bank": {
                "name": _BANK_ID,
                "account": reserve.iban,
                "account_name": reserve.name,
                "country": reserve.iban[:2],
                "town": "Amsterdam",
                "currency": reserve.currency,
                "zone": reserve.zone,
                "url": ports.url("bank"),
                "inbox": str(layout.home / "inbox"),
            },
            "parties": {
                "bank_signers": [ports.url(name) for name in BANK_SIGNERS],
                "attestors": [ports.url(name) for name in ATTESTORS],
            },
        }
    )


def party_toml(devnet: "Devnet", name: str, deployment: Deployment) -> str:
    """Return the settings of a bank signer or an attestor."""
    layout, ports, reserve = devnet.layout, devnet.ports, devnet.wish.reserve
    return _toml(
        {
            "name": name,
            "port": ports.by_name[name],
            "key_file": str(layout.key(name)),
            "data": str(layout.data(name)),
            "bank_url": ports.url("bank"),
            "bank_id": _BANK_ID,
            "account": reserve.iban,
            "currency": reserve.currency,
            "decimals": _DECIMALS,
            "rpc_url": ports.url("rpc"),
            "chain_id": deployment.chain_id,
            "token": deployment.address("Token"),
            "narrow_bank": deployment.address("NarrowBank"),
            "reserves": deployment.address("Reserves"),
            "first_block": deployment.block,
            "finality": "depth:2",
            "clock_file": str(layout.clock),
        }
    )
