"""Nouns and rules: what the money is, which states it passes through, what is posted when. Standard library only."""
