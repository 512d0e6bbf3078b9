"""`devnet.json`: what scripts read of a devnet. Its keys are worth nothing anywhere else."""

import json
import os
from pathlib import Path
from typing import Any, Final

from tradecoin.adapters.chain.deployment import Deployment
from tradecoin.adapters.store import open_store
from tradecoin.domain.money import Currency
from tradecoin.flow.api_key import make_key
from tradecoin_devnet import samples
from tradecoin_devnet.clock import DevnetClock
from tradecoin_devnet.stack import actors
from tradecoin_devnet.stack.layout import Layout, Ports

_ROLES: Final = {
    "admin": ("admin",),
    "operator": ("client", "operator", "auditor"),
    "approver": ("approver",),
    "auditor": ("auditor",),
    "client": ("client",),
}


def summarise(layout: Layout, ports: Ports, deployment: Deployment, api_keys: dict[str, str]) -> dict[str, Any]:
    """Write and return the summary."""
    summary = {
        "api": ports.url("api"),
        "rpc": ports.url("rpc"),
        "bank": ports.url("bank"),
        "proxy": None,
        "chain_id": deployment.chain_id,
        "deployment": str(layout.deployments / f"{deployment.chain_id}.json"),
        "api_keys": api_keys,
        "accounts": [
            {"name": one.name, "address": account.address, "key": account.key, "iban": one.iban}
            for one, account in zip(samples.CUSTOMERS, actors.CUSTOMERS, strict=True)
        ],
        "tokens": {"NRW": deployment.address("Token")},
        "ports": ports.by_name,
    }
    _write(layout.summary, summary)
    return summary


def api_keys(layout: Layout, database: str, clock: DevnetClock, currency: str) -> dict[str, str]:
    """Return the API's keys by role, made once, before the node is there to be asked."""
    kept = layout.home / "keys" / "api.json"
    if not kept.exists():
        _write(kept, _made_keys(database, clock, Currency(currency)))
    found: dict[str, str] = json.loads(kept.read_text())
    return found


def _made_keys(database: str, clock: DevnetClock, currency: Currency) -> dict[str, str]:
    """Make a key for each role."""
    store = open_store(database, clock=clock, currency=currency)
    try:
        return store.write(
            lambda tx: {role: make_key(tx, f"demo-{role}", scopes)[1] for role, scopes in _ROLES.items()}
        )
    finally:
        store.close()


def _write(path: Path, told: dict[str, Any]) -> None:
    """Replace a file that is for the owner alone."""
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(told, indent=2))
    os.replace(draft, path)
