"""What the bank says when it will not do something."""


class Refused(Exception):
    """A request the bank does not carry out; nothing of it has happened.

    `status` is the HTTP status, `code` is stable and meant for programs, the message is for people.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        """Keep the three parts of the answer."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class BrokenBooks(Exception):
    """The bank's own books contradict themselves: a defect of this program, never of a request."""


def invalid(message: str) -> Refused:
    """Return the refusal of a request that is not well formed."""
    return Refused(400, "invalid_request", message)


def conflict(code: str, message: str) -> Refused:
    """Return the refusal of a request that the state of the books does not allow."""
    return Refused(409, code, message)


def unknown(what: str) -> Refused:
    """Return the refusal of a request about something the bank does not have."""
    return Refused(404, "not_found", what)


def unreadable(message: str) -> Refused:
    """Return the refusal of a file that the bank cannot take as it is."""
    return Refused(422, "unreadable_file", message)
