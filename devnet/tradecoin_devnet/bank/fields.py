"""Reading the fields of a JSON request, each with a refusal that names the field."""

import re
from collections.abc import Mapping
from typing import Any

from tradecoin_devnet.bank.refusals import invalid

Body = Mapping[str, Any]
# What XML 1.0 cannot carry, and line breaks, which no field of a bank message holds.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def only_fields(body: Body, allowed: str) -> None:
    """Refuse a body with a field that nobody reads: a misspelt field must not be silently dropped."""
    strange = sorted(set(body) - set(allowed.split()))
    if strange:
        raise invalid(f"unknown field {', '.join(strange)}; known are {allowed.replace(' ', ', ')}")


def text(body: Body, name: str, limit: int, default: str | None = None) -> str:
    """Return a non-empty text of at most `limit` characters, or the default when the field is absent."""
    value = body.get(name, default)
    if not isinstance(value, str) or not value.strip() or len(value) > limit or _UNWRITABLE.search(value):
        raise invalid(f"{name} is a printable text of 1 to {limit} characters, not {value!r}")
    return value


def optional_text(body: Body, name: str, limit: int) -> str | None:
    """Return the text, or None when the field is absent."""
    return None if body.get(name) is None else text(body, name, limit)


def flag(body: Body, name: str, default: bool) -> bool:
    """Return a JSON true or false, or the default when the field is absent."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise invalid(f"{name} is true or false, not {value!r}")
    return value


def choice(body: Body, name: str, allowed: str, default: str | None = None) -> str:
    """Return one of the allowed words, or the default when the field is absent."""
    value = body.get(name, default)
    if not isinstance(value, str) or value not in allowed.split():
        raise invalid(f"{name} is one of {allowed.replace(' ', ', ')}, not {value!r}")
    return value


def mapping(body: Body, name: str) -> dict[str, Any]:
    """Return a JSON object, empty when the field is absent."""
    value = body.get(name) or {}
    if not isinstance(value, dict):
        raise invalid(f"{name} is a JSON object, not {value!r}")
    return value


def mappings(body: Body, name: str) -> list[dict[str, Any]]:
    """Return a list of JSON objects, empty when the field is absent."""
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise invalid(f"{name} is a list of JSON objects")
    return value


def lines(body: Body, name: str) -> list[str]:
    """Return free text as lines of at most 140 characters, the length of `Ustrd`; a longer line is cut on."""
    value = body.get(name) or []
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(line, str) and line.strip() for line in given):
        raise invalid(f"{name} is a text or a list of texts that are not empty")
    if any(_UNWRITABLE.search(line) for line in given):
        raise invalid(f"{name} holds a control character, which XML cannot carry")
    return [line[start : start + 140] for line in given for start in range(0, len(line), 140)]


def whole_number(value: object, name: str, lowest: int = 0) -> int:
    """Return a JSON integer, or the integer in a query's text, that is not below `lowest`."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < lowest:
        raise invalid(f"{name} is a whole number of at least {lowest}, not {value!r}")
    return value
