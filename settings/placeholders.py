"""What somebody meant to fill in and did not: a placeholder is well-formed, and nobody's."""

import re
from collections.abc import Iterator, Mapping

# Whoever patches upstream's objects has to say upstream's words.
PATCHES = "kubeflow.patches"
PLACEHOLDER = re.compile(
    r"change[ _-]?me|replace[ _-]?me|fill[ _-]?me|<[^<>]*>|\bexample\.(com|net|org)\b",
    re.IGNORECASE,
)


def placeholders(said: object, at: str = "") -> Iterator[tuple[str, str]]:
    """The place and the text of every placeholder in settings."""
    if isinstance(said, Mapping):
        for key, value in said.items():
            yield from placeholders(value, f"{at}.{key}".removeprefix("."))
    elif isinstance(said, list):
        for number, value in enumerate(said):
            yield from placeholders(value, f"{at}[{number}]")
    elif isinstance(said, str) and PLACEHOLDER.search(said) and not at.startswith(PATCHES):
        yield at, said
