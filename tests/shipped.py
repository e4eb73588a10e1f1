"""The stacks that the project ships, as whoever copies one makes it theirs."""


def filled_in(text: str) -> str:
    """A stack file, or a part of one, with a domain of somebody's."""
    return text.replace("your-domain.test", "corp.test")
