"""The devnet of the plugin, and how these tests ask things of its node."""

from tradecoin_devnet.plugin import (
    tc_accounts,
    tc_bank,
    tc_chain,
    tc_client,
    tc_clock,
    tc_contracts,
    tc_db,
    tc_devnet,
    tc_invariants,
    tc_isolated,
    tc_minted,
    tc_node,
    tc_shared,
)

__all__ = [
    "tc_accounts",
    "tc_bank",
    "tc_chain",
    "tc_client",
    "tc_clock",
    "tc_contracts",
    "tc_db",
    "tc_devnet",
    "tc_invariants",
    "tc_isolated",
    "tc_minted",
    "tc_node",
    "tc_shared",
]
