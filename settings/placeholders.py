"""What somebody meant to fill in and did not: a placeholder is well-formed, and nobody's."""

import re
from collections.abc import Iterator, Mapping

# The stacks that the project ships, to be read, priced and rehearsed: they are nobody's. Whoever
# copies one, as README says, has a stack of another name.
EXAMPLES = frozenset(
    {
        "README",
        "README-aws",
        "README-digitalocean",
        "aws-dev",
        "aws-prod",
        "digitalocean-dev",
        "digitalocean-prod",
        "existing",
    }
)
# Whoever patches upstream's objects has to say upstream's words.
PATCHES = "kubeflow.patches"
PLACEHOLDER = re.compile(
    r"change[ _-]?me|replace[ _-]?me|fill[ _-]?me|<[^<>]*>|\bexample\.(com|net|org)\b",
    re.IGNORECASE,
)
OF_EXAMPLES = re.compile(r"\byour-domain\.test\b", re.IGNORECASE)


def placeholders(stack: str, said: object) -> Iterator[tuple[str, str]]:
    """The place and the text of every placeholder in a stack's settings."""
    for at, text in _texts(said):
        is_left = PLACEHOLDER.search(text) or (stack not in EXAMPLES and OF_EXAMPLES.search(text))
        if is_left and not at.startswith(PATCHES):
            yield at, text


def _texts(said: object, at: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(said, Mapping):
        for key, value in said.items():
            yield from _texts(value, f"{at}.{key}".removeprefix("."))
    elif isinstance(said, list):
        for number, value in enumerate(said):
            yield from _texts(value, f"{at}[{number}]")
    elif isinstance(said, str):
        yield at, said
