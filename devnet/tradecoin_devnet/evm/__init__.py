"""An Ethereum chain (Prague rules) in one small process, for development and tests, without Node.js.

`chain.EmbeddedChain` is the chain itself; `python -m tradecoin_devnet.evm` puts it behind HTTP JSON-RPC. This module
imports nothing, so that a server can choose its keccak backend before the EVM is loaded.
"""
