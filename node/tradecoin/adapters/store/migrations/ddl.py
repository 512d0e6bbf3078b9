"""The schema of this version as SQL, from which a new revision starts.

`python -m tradecoin.adapters.store.migrations.ddl sqlite` prints it.
"""

import sys
from typing import cast

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateSequence, CreateTable

from tradecoin.adapters.store.columns import DialectName
from tradecoin.adapters.store.schema import METADATA
from tradecoin.adapters.store.system import APPEND_ONLY


def statements(name: DialectName) -> list[str]:
    """Return the statements that make the schema in one dialect, in an order that works."""
    dialect = sqlite.dialect() if name == "sqlite" else postgresql.dialect()  # type: ignore[no-untyped-call]
    made = []
    if name == "postgresql":
        made += [str(CreateSequence(each).compile(dialect=dialect)) for each in METADATA._sequences.values()]
    for table in METADATA.sorted_tables:
        made.append(str(CreateTable(table).compile(dialect=dialect)))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        made += [str(CreateIndex(index).compile(dialect=dialect)) for index in indexes]
    guards = _guards_sqlite() if name == "sqlite" else _guards_postgresql()
    return [_tidy(each) for each in [*made, *guards]]


def _tidy(sql: str) -> str:
    return "\n".join(line.rstrip().replace("\t", "    ") for line in sql.strip().splitlines()).replace(
        "\n)\n STRICT", "\n) STRICT"
    )


def _guards_sqlite() -> list[str]:
    """Return the triggers that keep append-only tables so."""
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}\n"
        f"BEGIN SELECT RAISE(ABORT, '{table} is append only'); END"
        for table in APPEND_ONLY
        for verb in ("UPDATE", "DELETE")
    ]


def _guards_postgresql() -> list[str]:
    refuse = (
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        "BEGIN RAISE EXCEPTION '% is append only', TG_TABLE_NAME\n"
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    guards = [
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}\n"
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in APPEND_ONLY
    ]
    return [refuse, *guards]


def main() -> None:
    """Print the schema of the dialect named on the command line."""
    sys.stdout.write("".join(f"{each};\n\n" for each in statements(cast(DialectName, sys.argv[1]))))


if __name__ == "__main__":
    main()
