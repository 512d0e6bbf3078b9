"""Errors of the JSON-RPC interface, with the codes and texts of go-ethereum where clients look at them."""

from typing import Any

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
SERVER_ERROR = -32000
LIMIT_EXCEEDED = -32005
EXECUTION_REVERTED = 3


class RpcError(Exception):
    """A refusal as the caller of a method sees it; `data` carries the revert data, if any, as 0x hex."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        """Keep the three members of a JSON-RPC 2.0 error object."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def body(self) -> dict[str, Any]:
        """Return the JSON-RPC error object."""
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        return body if self.data is None else {**body, "data": self.data}


def refused(message: str) -> RpcError:
    """Make the error for a request that was understood but cannot be granted."""
    return RpcError(SERVER_ERROR, message)


def bad_params(message: str) -> RpcError:
    """Make the error for parameters that cannot be understood."""
    return RpcError(INVALID_PARAMS, message)
