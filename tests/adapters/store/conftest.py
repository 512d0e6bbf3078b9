"""What only one of the databases, or only the real one, can show."""

from tests.stores import clock, store, url

__all__ = ["clock", "store", "url"]
