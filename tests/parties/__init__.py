"""Signing parties over real HTTP, with small fake banks and chains behind them."""
