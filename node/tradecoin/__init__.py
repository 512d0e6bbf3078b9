"""The node of a narrow bank and a Tradecoin: bank, ledger, chain and attestation joined."""
