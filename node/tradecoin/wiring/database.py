"""The node's database by itself: its schema, up, down and as it is."""

from tradecoin.adapters.store import HEAD, current_revision, downgrade, migrate
from tradecoin.config import Settings
from tradecoin.domain.errors import BadConfig


def upgrade(settings: Settings) -> str:
    """Bring the database to the schema of this version and return it; raises DatabaseUnavailable, BadConfig."""
    _require_known_kind(settings)
    return migrate(settings.database)


def revisions(settings: Settings) -> tuple[str | None, str]:
    """Return the schema that the database has (None: empty) and the one that this version works with."""
    _require_known_kind(settings)
    return current_revision(settings.database), HEAD


def take_back(settings: Settings, revision: str) -> str | None:
    """Go back to an earlier schema, "base" for none; what only later ones can hold is lost. Return the schema then.

    Raises BadConfig for a revision that does not exist.
    """
    _require_known_kind(settings)
    known = ("base", *(f"{number:04d}" for number in range(1, int(HEAD) + 1)))
    if revision not in known:
        raise BadConfig("there is no such schema", got=revision, known=", ".join(known))
    downgrade(settings.database, revision)
    return current_revision(settings.database)


def _require_known_kind(settings: Settings) -> None:
    """Refuse a URL of neither kind of database; raises BadConfig."""
    if not settings.database.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise BadConfig("database is sqlite:///path or postgresql://…", got=settings.database.partition(":")[0])
