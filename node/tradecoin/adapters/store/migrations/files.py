"""The SQL files of the revisions."""

from pathlib import Path
from typing import Any, Final

from alembic import op

VERSIONS: Final = Path(__file__).parent / "versions"


def run_file(name: str) -> None:
    """Run `name.<dialect>.sql`; its statements end with a semicolon at the end of a line, followed by an empty line."""
    connection = op.get_bind()
    # The driver itself, since a statement without values may hold a percent sign.
    driver: Any = connection.connection.driver_connection
    text = (VERSIONS / f"{name}.{connection.dialect.name}.sql").read_text(encoding="utf-8")
    for statement in text.split(";\n\n"):
        driver.execute(statement)
