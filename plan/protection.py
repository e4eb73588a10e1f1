"""What outlives a stack where its owner does not say so. Pure."""

from typing import Literal


def keeps(said: Literal["keep", "remove"] | None, environment: str) -> bool:
    """Whether destroy keeps it: as said; unsaid, production keeps and the rest removes."""
    return (said or ("keep" if environment == "prod" else "remove")) == "keep"
