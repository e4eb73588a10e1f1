"""Texts with a form: each refused in words, since nobody reads expressions."""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator

EXAMPLE_DOMAINS = ("example.com", "example.net", "example.org")  # upstream's, and its like
LONGEST_DOMAIN = 253
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def like(pattern: str, words: str) -> AfterValidator:
    """A text that a pattern takes as a whole, refused in words: nobody reads expressions."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(f"it has to be {words}")
        return text

    return AfterValidator(check)


def _domain(text: str) -> str:
    """A host that a certificate can be for and a record can be made of."""
    why = next((words for words, is_so in NO_DOMAIN.items() if is_so(text)), "")
    if why:
        raise ValueError(f"it {why}; name a host of yours like ml.your-domain.test")
    return text


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


NO_DOMAIN: dict[str, Callable[[str], bool]] = {
    "is an address, and certificates and logins need a name": _is_address,
    "has a wildcard, and the names under a domain follow by themselves": lambda text: "*" in text,
    "ends with a dot": lambda text: text.endswith("."),
    "has more than a host in it": lambda text: not {"/", ":", "@"}.isdisjoint(text),
    "has capital letters": lambda text: text != text.lower(),
    'has "_"': lambda text: "_" in text,
    "is no full domain": lambda text: "." not in text or len(text) > LONGEST_DOMAIN,
    "has a part that is not made of small letters, digits and hyphens": lambda text: any(
        LABEL.fullmatch(label) is None for label in text.split(".")
    ),
    "is nobody's": lambda text: any(f".{text}".endswith(f".{one}") for one in EXAMPLE_DOMAINS),
}
DnsLabel = Annotated[
    str,
    like(
        r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?",
        "at most 40 small letters, digits and hyphens, beginning with a letter and not ending "
        "with a hyphen",
    ),
]
Email = Annotated[str, like(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an address like ada@your-domain.test")]
Host = Annotated[str, AfterValidator(_domain)]
HttpsUrl = Annotated[
    str, like(r"https://[^\s/?#]+[^\s?#]*", "an address like https://login.your-domain.test/realm")
]

Minor = Annotated[str, like(r"1\.\d{2}", 'a minor version of Kubernetes like "1.35"')]
