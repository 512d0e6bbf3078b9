"""Outside systems behind the ports: bank files, chain, signer, store, clock."""
