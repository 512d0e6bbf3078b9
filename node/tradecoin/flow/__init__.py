"""The verbs, one a file: what the node does with money, told through its ports."""
