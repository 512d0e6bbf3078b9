"""The first schema."""

from tradecoin.adapters.store.migrations.files import run_file

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    run_file("0001_up")


def downgrade() -> None:
    """Drop every table."""
    run_file("0001_down")
