"""The whole devnet on one machine: chain, bank, signing parties and node, each a process of its own."""
