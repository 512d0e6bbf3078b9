"""Log lines as JSON, one an event, with the ids of what is being worked on and without secrets or account numbers."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from typing import Any, Final, TextIO

import structlog
from structlog.typing import Processor

_SECRET_NAMES: Final = re.compile(r"(?i)secret|token$|password|authorization|private|signature")
_TOKENS: Final = re.compile(r"\btck_([0-9a-z]{4})[0-9a-z]*_[0-9a-f]+")
_ACCOUNTS: Final = re.compile(r"\b((?!RF)[A-Z]{2}[0-9]{2})(?: ?[0-9A-Z]){7,26}?((?: ?[0-9A-Z]){4})(?! ?[0-9A-Z])")
_HIDDEN: Final = "…"


def configure(stream: TextIO = sys.stderr, level: int = logging.INFO) -> None:
    """Write every log line of the process, also those of libraries, to `stream` as JSON."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            hide,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))


def get_logger(name: str) -> "structlog.stdlib.BoundLogger":
    """Return a logger whose lines carry names and values: `log.info("issued", order=row.id)`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def bound(**values: Any) -> AbstractContextManager[Any]:
    """Put `values` into every line that is written inside, also by other modules and in threads started from here."""
    return structlog.contextvars.bound_contextvars(**values)


def hide(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take secrets and the middle of account numbers out of a line, wherever they stand in it."""
    return {name: _hidden(name, value) for name, value in line.items()}


def _hidden(name: str, value: Any) -> Any:
    """Return a value that may be written."""
    if _SECRET_NAMES.search(name):
        return _HIDDEN
    if isinstance(value, str):
        return _ACCOUNTS.sub(rf"\1{_HIDDEN}\2", _TOKENS.sub(rf"tck_\1{_HIDDEN}", value))
    if isinstance(value, dict):
        return {inner: _hidden(str(inner), each) for inner, each in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden("", each) for each in value]
    return value
