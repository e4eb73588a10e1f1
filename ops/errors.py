"""What keeps a question about an account from being answered."""


class OpsError(Exception):
    """The message says what is in the way and how to go on."""
