"""What the database can refuse or fail at, told in the words of the domain."""

from tradecoin.domain.errors import Unavailable


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached, is full or is locked; nothing of the change was kept."""

    code = "database_unavailable"


class Clash(Exception):
    """Two transactions cannot both have been first; the change is to be run again. Never leaves the store."""


class ConnectionLost(Exception):
    """The connection broke before the commit was asked for, so the change may be run again. Never leaves the store."""
