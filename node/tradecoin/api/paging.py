"""Lists in pages, with opaque cursors that stay right while rows are added."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Protocol, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from tradecoin.domain.errors import Refused
from tradecoin.ports.store import Repo

Item = TypeVar("Item", bound=BaseModel)


class Row(Protocol):
    """A row with an id."""

    @property
    def id(self) -> str:
        """Prefixed, sortable by time."""


AnyRow = TypeVar("AnyRow", bound=Row)


class BadCursor(Refused):
    """A cursor that no list gave."""

    code = "cursor_invalid"


class Page(BaseModel, Generic[Item]):
    """A page of a list; `next` goes into `after` to get the following page and is null on the last one."""

    data: list[Item]
    next: str | None = Field(examples=["bW9fMDFr"])


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is asked for."""

    after: str
    limit: int


def _paging(
    after: Annotated[str, Query(description="`next` of the page before", max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Paging:
    """Read the query."""
    return Paging(_decoded(after), limit)


Pages = Annotated[Paging, Depends(_paging)]


def page(repo: Repo[AnyRow], view: Callable[[AnyRow], Item], paging: Paging, **where: Any) -> Page[Item]:
    """Return a page of the rows that fit; a condition of None is none."""
    wanted = {name: value for name, value in where.items() if value is not None}
    rows = repo.list(after=paging.after, limit=paging.limit + 1, **wanted)
    return page_of(rows, view, paging.limit, lambda row: row.id)


def page_of(
    rows: Sequence[AnyRow], view: Callable[[AnyRow], Item], limit: int, name: Callable[[AnyRow], str]
) -> Page[Item]:
    """Return the first `limit` rows; one more among them means that there is a next page."""
    shown = rows[:limit]
    return Page(data=[view(row) for row in shown], next=_encoded(name(shown[-1])) if len(rows) > limit else None)


def _encoded(name: str) -> str:
    """Write a cursor."""
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _decoded(cursor: str) -> str:
    """Read a cursor; raises BadCursor."""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as problem:
        raise BadCursor("this cursor was given by no list") from problem
