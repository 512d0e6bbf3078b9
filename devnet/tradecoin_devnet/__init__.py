"""Everything around the node that a developer needs on one machine: a chain, a bank, the other parties, one clock."""
