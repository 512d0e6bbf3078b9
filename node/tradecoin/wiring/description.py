"""The description of the API, for the commands."""

from tradecoin.api.app import openapi_document

__all__ = ["openapi_document"]
