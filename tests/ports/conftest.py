"""The contract tests of the ports run on every adapter."""

from tests.stores import clock, store, url

__all__ = ["clock", "store", "url"]
