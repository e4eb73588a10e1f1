"""What can go wrong in a rehearsal, each said in one clear sentence."""


class RehearsalError(Exception):
    """The rehearsal cannot go on; the message says why and what to do."""
