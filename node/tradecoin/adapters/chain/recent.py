"""The last few things seen, shared between threads."""

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """A mapping from hashes that forgets what was put first."""

    def __init__(self, kept: int) -> None:
        """Keep the last `kept` values."""
        self._kept = kept
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = Lock()

    def put(self, key: str, value: Value) -> None:
        """Remember a value."""
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._kept:
                self._values.popitem(last=False)

    def get(self, key: str) -> Value | None:
        """Return a value that is still remembered."""
        with self._lock:
            return self._values.get(key)
