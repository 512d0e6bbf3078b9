"""The types that bodies are made of: amounts and times as text, bytes as 0x and hexadecimal."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

_ISO: Final = "%Y-%m-%dT%H:%M:%S."


def stamp(moment: datetime) -> str:
    """Write a time in UTC with milliseconds."""
    moment = moment.astimezone(UTC)
    return moment.strftime(_ISO) + f"{moment.microsecond // 1000:03d}Z"


Stamp = Annotated[
    datetime,
    PlainSerializer(stamp, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-02T12:00:00.000Z"]}),
]
"""A time: UTC, milliseconds."""

Decimal = Annotated[str, Field(description="Decimal text", examples=["100.00"])]
"""An amount going out."""

Amount = Annotated[str, Field(max_length=60, description="Decimal text, above zero", examples=["100.00"])]
"""An amount coming in; how many decimals it may have depends on its unit."""

Address = Annotated[
    str,
    Field(
        max_length=60,
        description="Checksummed address (ERC-55)",
        examples=["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"],
    ),
]
Bytes = Annotated[
    str,
    Field(
        description="0x and hexadecimal",
        examples=["0x8f1e5a0c0de3b4a7968f1e5a0c0de3b4a7968f1e5a0c0de3b4a7968f1e5a0c0d"],
    ),
]
Text = Annotated[str, Field(min_length=1, max_length=140, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""A line of text coming in."""

OptionalText = Annotated[str, Field(max_length=140, pattern=r"^[^\x00-\x1f\x7f]*$")]
Currency = Annotated[str, Field(max_length=3, description="ISO 4217", examples=["EUR"])]
Iban = Annotated[str, Field(max_length=60, description="ISO 13616", examples=["NL91ABNA0417164300"])]
Id = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[0-9A-Za-z_:.-]+$")]


class Ask(BaseModel):
    """A body coming in: unknown members are refused."""

    model_config = ConfigDict(extra="forbid")


class View(BaseModel):
    """A body going out."""

    model_config = ConfigDict(frozen=True)


def hexed(raw: bytes) -> str:
    """Write bytes."""
    return f"0x{raw.hex()}"


def example(**body: Any) -> ConfigDict:
    """Return the settings of a model with an example."""
    return ConfigDict(json_schema_extra={"examples": [body]})
