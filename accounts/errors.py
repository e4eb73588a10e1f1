"""What an account can answer besides yes."""


class AccountError(Exception):
    """The account cannot take the stack; the message says every reason, and what to do."""
