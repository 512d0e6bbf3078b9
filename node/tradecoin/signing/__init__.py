"""Hashes, typed messages and signatures as the contracts compute them; no web3, no network, no keys at import."""
