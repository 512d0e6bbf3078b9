"""The committed description of the API is the one that the code gives, and says what callers meet."""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
from openapi_spec_validator import OpenAPIV31SpecValidator

import tradecoin
from tests.api.kit import Ground, key, order
from tradecoin.api.app import openapi_document
from tradecoin.api.problems import STATUS, status_of
from tradecoin.domain.errors import Conflict, Forbidden, NotFound, Refused, TradecoinError, Unavailable

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
NOT_BY_REST = {
    "bad_deployment_file",
    "bad_finality",
    "chain_moved",
    "config_invalid",
    "key_file_invalid",
    "lost_lead",
    "message_malformed",
    "unmigrated_database",
    "wrong_chain",
}
"""Codes of errors that stop a process, that the worker mends itself, or that only signing parties answer with."""


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in openapi_document()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_committed_document_is_current() -> None:
    """`scripts/openapi` writes it; look at the difference before you commit it."""
    assert json.loads(COMMITTED.read_text()) == json.loads(json.dumps(openapi_document()))


def test_the_document_is_valid_openapi() -> None:
    """OpenAPI 3.1, by its own schema."""
    document = openapi_document()
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_operation_is_told_and_shown() -> None:
    """A description, an example for each body, and its errors as problem documents."""
    lacking = []
    for name, operation in _operations():
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        media = [each for body in bodies for each in body.get("content", {}).values()]
        if not operation.get("description") or not all({"example", "examples"} & set(each) for each in media):
            lacking.append(name)
        problems = [code for code in operation["responses"] if int(code) >= 400]
        if not problems:
            lacking.append(f"{name}: no errors")
    assert lacking == []


def test_every_example_fits_its_schema() -> None:
    """An example that a validator refuses would teach the wrong thing."""
    document = openapi_document()
    for name, operation in _operations():
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            for media in body.get("content", {}).values():
                if "schema" in media and "example" in media:
                    schema = {**media["schema"], "components": document["components"]}
                    jsonschema.Draft202012Validator(schema).validate(media["example"])
                    assert media["example"] != {}, name


def test_no_amount_is_a_number() -> None:
    """Whatever is counted in money or coins is text."""
    words = ("amount", "reserves", "supply", "balance", "debit", "credit", "pays", "minted", "allocated", "headroom")
    numbers = []
    for name, schema in openapi_document()["components"]["schemas"].items():
        for member, described in schema.get("properties", {}).items():
            if member in words and described.get("type") in ("number", "integer"):
                numbers.append(f"{name}.{member}")
    assert numbers == []


def _errors() -> list[type[TradecoinError]]:
    """Return every error class of the node."""
    for module in pkgutil.walk_packages(tradecoin.__path__, "tradecoin."):
        inside = ("adapters", "api", "domain", "flow", "ports", "signing")
        if module.name.split(".")[1] in inside and ".migrations" not in module.name:
            importlib.import_module(module.name)
    found: list[type[TradecoinError]] = []
    waiting: list[type[TradecoinError]] = [TradecoinError]
    while waiting:
        waiting += (following := waiting.pop().__subclasses__())
        found += [each for each in following if each.__module__.startswith("tradecoin.")]
    return found


def test_every_error_that_a_caller_can_meet_has_a_status() -> None:
    """A new class needs its line in the table, and a status that fits its parent."""
    elsewhere = ("adapters.chain.", "cli", "client", "parties.", "twin", "wiring")
    not_met = tuple(f"tradecoin.{room}" for room in elsewhere)
    fitting = ((NotFound, {404}), (Conflict, {409}), (Forbidden, {403}), (Unavailable, {503}))
    wrong = []
    for each in _errors():
        if each.__module__.startswith(not_met) or each.code in NOT_BY_REST:
            continue
        if each.code not in STATUS:
            wrong.append(f"{each.__name__}: {each.code} has no status")
        for parent, statuses in fitting:
            if issubclass(each, parent) and STATUS.get(each.code, 0) not in statuses:
                wrong.append(f"{each.__name__} is a {parent.__name__} with {STATUS.get(each.code)}")
    assert wrong == []


def test_an_error_without_a_line_still_gets_its_parents_status() -> None:
    """An adapter's own class is a refusal like its parent."""

    class Strange(Refused):
        """A class that nobody listed."""

        code = "strange"

    assert status_of(Strange("x")) == 422


def test_answers_fit_the_document(ground: Ground) -> None:
    """What is sent is what is described, problem documents included."""
    document = openapi_document()
    client = ground.client("client", "operator", "auditor", "admin")
    made = client.post("/v1/mint-orders", json=order(), headers=key())
    paths = ["mint-orders", "reserves", "status", "contracts", "token-card", "audit", "events", "ledger/accounts"]
    answers = [(f"/v1/{path}", "get", client.get(f"/v1/{path}")) for path in [*paths, "attestations/latest"]]
    for path, method, answer in [*answers, ("/v1/mint-orders", "post", made)]:
        described = document["paths"][path][method]["responses"][str(answer.status_code)]["content"]
        schema = {**described[answer.headers["content-type"]]["schema"], "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(answer.json())
