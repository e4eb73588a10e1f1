"""The errors of this room: what upstream could not give us, and what to do about it."""


class UpstreamError(Exception):
    """Upstream could not be found, trusted, rendered or ordered; the message says what to do."""


class MissingError(UpstreamError):
    """A URL that answers, but has no such file."""
