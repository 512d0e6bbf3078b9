"""The store behind its port: what only one database can show."""

from tests.stores import clock, store, url

__all__ = ["clock", "store", "url"]
