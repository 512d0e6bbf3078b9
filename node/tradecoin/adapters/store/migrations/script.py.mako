"""${message}"""

from tradecoin.adapters.store.migrations.files import run_file

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL of this revision for the database in use."""
    run_file("${up_revision}_up")


def downgrade() -> None:
    """Undo it."""
    run_file("${up_revision}_down")
