"""The REST API: HTTP in and out, and nothing decided here that a flow decides."""

from tradecoin.api.app import create_app
from tradecoin.api.services import DevnetControls, Services

__all__ = ["DevnetControls", "Services", "create_app"]
