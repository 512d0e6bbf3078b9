"""The same app that the API's own tests run on."""

from tests.api.conftest import clock, ground, lines, store

__all__ = ["clock", "ground", "lines", "store"]
