"""Log lines: JSON, with the ids of what is worked on, without secrets and account numbers."""

import json
import logging
from io import StringIO
from typing import Any

import pytest

from tradecoin import logs


def _last(lines: StringIO) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(lines.getvalue().splitlines()[-1])
    return told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret", "hunter2"),
        ("api_token", "hunter2"),
        ("authorization", "Bearer hunter2"),
        ("key_password", "hunter2"),
        ("text", "paid to DE89370400440532013000 today"),
        ("text", "paid to DE89 3704 0044 0532 0130 00 today"),
        ("text", "key tck_01jbpk4m8wq7v3c2x9n5t6r8ya_" + "ab" * 32),
        ("inner", {"password": "hunter2", "iban": "NL91ABNA0417164300"}),
        ("inner", ["NL91ABNA0417164300"]),
    ],
)
def test_secrets_and_account_numbers_are_not_written(lines: StringIO, name: str, value: Any) -> None:
    """Wherever they stand in a line, and by whichever library it was written."""
    logs.get_logger("t").info("event", **{name: value})
    logging.getLogger("library").warning("saw %s", value if name != "secret" else "nothing")
    written = lines.getvalue()
    kept = ("370400440532", "3704 0044", "abab", "ABNA0417")
    assert not [part for part in kept if part in written]
    assert "hunter2" not in lines.getvalue().splitlines()[0]


def test_a_line_carries_what_is_bound_around_it(lines: StringIO) -> None:
    """The request's id is in every line, also in those of modules that know nothing of it."""
    with logs.bound(request_id="r1"):
        logging.getLogger("tradecoin.worker").warning("odd %s", "thing")
    line = _last(lines)
    assert (line["event"], line["request_id"], line["level"]) == ("odd thing", "r1", "warning")
    logs.get_logger("t").info("after")
    assert "request_id" not in _last(lines)


def test_an_error_is_written_with_its_trace(lines: StringIO) -> None:
    """One line of JSON, whatever was raised, masked like any other."""
    try:
        raise ValueError("account DE89370400440532013000")
    except ValueError:
        logs.get_logger("t").exception("failed")
    line = _last(lines)
    assert "ValueError" in line["exception"]
    assert "0532013000" not in line["exception"]
